package dev.gatun.models.text;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Finds out which kind of tokenizer a directory or a file holds.
final class TokenizerFiles {
    private static final long MAX_BYTES = 256 << 20;

    private TokenizerFiles() {}

    static Tokenizer open(Path path) {
        Path file = Files.isDirectory(path) ? path.resolve("tokenizer.model") : path;
        return SentencePiece.of(SentencePieceModel.read(file, read(file)), null, new int[0]);
    }

    static byte[] read(Path file) {
        try {
            long size = Files.size(file);
            if (size > MAX_BYTES) {
                throw new TokenizerException(
                        file + ": " + size + " bytes — at most " + MAX_BYTES + " are read");
            }
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UncheckedIOException(file + ": cannot be read", e);
        }
    }
}
