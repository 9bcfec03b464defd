package dev.gatun.models.text;

import dev.gatun.io.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/// A byte-level byte-pair vocabulary: what [BytePairTrainer] learns, and what a `tokenizer.json` is made of.
///
/// @param tokens the spelling of each id, in GPT-2's alphabet of bytes
/// @param merges which tokens become one, the first to be applied first
/// @param special the special tokens: the first begins a text, the second, or the only one, ends it
public record BytePairs(List<String> tokens, List<Merge> merges, List<String> special) {
    /// Two tokens that become one, which is spelled like both together.
    ///
    /// @param left the first
    /// @param right the second
    public record Merge(String left, String right) {}

    /// Copies the lists.
    public BytePairs {
        tokens = List.copyOf(tokens);
        merges = List.copyOf(merges);
        special = List.copyOf(special);
        if (special.isEmpty() || !tokens.containsAll(special)) {
            throw new IllegalArgumentException("special tokens " + special + " — want at least one, and all among the tokens");
        }
    }

    /// Returns the token that begins a text.
    ///
    /// @return its spelling
    public String begin() {
        return special.getFirst();
    }

    /// Returns the token that ends a text.
    ///
    /// @return its spelling, that of [#begin] if there is no second special token
    public String end() {
        return special.get(Math.min(1, special.size() - 1));
    }

    /// Returns the tokenizer, as reading the written file gives it.
    ///
    /// @return a new tokenizer
    public Tokenizer tokenizer() {
        var config = new TokenizerConfig(Json.parse("trained", TokenizerJsonText.config(this)));
        return TokenizerJson.read("trained", Json.parse("trained", TokenizerJsonText.tokenizer(this)), config);
    }

    /// Writes `tokenizer.json` and `tokenizer_config.json`, which [Tokenizer#open] reads, and Hugging Face's tokenizers and transformers do. With special
    /// tokens added, a text begins with [#begin]; nothing is put after it, since a prompt does not end there.
    ///
    /// @param directory a model's directory, made if it is not there; files of these names are replaced
    /// @throws UncheckedIOException if it cannot be written
    public void write(Path directory) {
        try {
            Files.createDirectories(directory);
            replace(directory.resolve("tokenizer.json"), TokenizerJsonText.tokenizer(this));
            replace(directory.resolve("tokenizer_config.json"), TokenizerJsonText.config(this));
        } catch (IOException e) {
            throw new UncheckedIOException(directory + ": the tokenizer cannot be written", e);
        }
    }

    /// Nobody sees half a file.
    private static void replace(Path file, String text) throws IOException {
        Path partial = file.resolveSibling("." + file.getFileName() + ".partial");
        Files.writeString(partial, text);
        Files.move(partial, file, StandardCopyOption.REPLACE_EXISTING);
    }
}
