package dev.gatun.models.text;

import dev.gatun.io.Json;
import dev.gatun.io.JsonException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// Finds out which kind of tokenizer a directory or a file holds.
final class TokenizerFiles {
    private static final long MAX_BYTES = 64 << 20;

    private TokenizerFiles() {}

    static Tokenizer open(Path path) {
        try {
            return Files.isDirectory(path) ? openDirectory(path) : openFile(path);
        } catch (JsonException e) {
            throw new TokenizerException(String.valueOf(e.getMessage()), e);
        }
    }

    private static Tokenizer openDirectory(Path directory) {
        for (String name : List.of("tokenizer.json", "tokenizer.model")) {
            if (Files.isRegularFile(directory.resolve(name))) {
                return openFile(directory.resolve(name));
            }
        }
        for (String name : List.of("vocab.json", "encoder.json")) {
            if (Files.isRegularFile(directory.resolve(name)) && Files.isRegularFile(merges(directory.resolve(name)))) {
                return openFile(directory.resolve(name));
            }
        }
        throw new TokenizerException(
                directory
                        + ": no tokenizer — looked for tokenizer.json, tokenizer.model and"
                        + " vocab.json with merges.txt; it has "
                        + listing(directory));
    }

    private static Tokenizer openFile(Path file) {
        String name = String.valueOf(file.getFileName());
        if (name.equals("vocab.json") || name.equals("encoder.json")) {
            return Gpt2Files.read(file, merges(file));
        }
        TokenizerConfig config = TokenizerConfig.in(file.toAbsolutePath().getParent());
        if (name.endsWith(".json")) {
            return TokenizerJson.read(file.toString(), Json.read(file), config);
        }
        byte[] bytes = read(file);
        if (Tiktoken.looksLike(bytes)) {
            return Tiktoken.read(file, bytes);
        }
        return SentencePiece.of(SentencePieceModel.read(file, bytes), config);
    }

    private static Path merges(Path vocab) {
        boolean older = vocab.endsWith("encoder.json");
        return vocab.resolveSibling(older ? "vocab.bpe" : "merges.txt");
    }

    private static List<String> listing(Path directory) {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(f -> String.valueOf(f.getFileName())).sorted().limit(20).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(directory + ": cannot be listed", e);
        }
    }

    static byte[] read(Path file) {
        try {
            long size = Files.size(file);
            if (size > MAX_BYTES) {
                throw new TokenizerException(file + ": " + size + " bytes — at most " + MAX_BYTES + " are read");
            }
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UncheckedIOException(file + ": cannot be read", e);
        }
    }
}
