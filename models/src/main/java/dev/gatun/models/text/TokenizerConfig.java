package dev.gatun.models.text;

import dev.gatun.io.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/// What the files beside a tokenizer say about it: `tokenizer_config.json`, and
/// `special_tokens_map.json` in older models.
///
/// @param config the first of them that is there, null where none is
record TokenizerConfig(@Nullable Json config) {
    private static final List<String> BEGINNINGS = List.of("<s>", "<|begin_of_text|>", "<|endoftext|>");
    private static final List<String> ENDINGS = List.of("</s>", "<|end_of_text|>", "<|endoftext|>", "<eos>");

    static TokenizerConfig in(@Nullable Path directory) {
        if (directory != null) {
            for (String name : List.of("tokenizer_config.json", "special_tokens_map.json")) {
                if (Files.isRegularFile(directory.resolve(name))) {
                    return new TokenizerConfig(Json.read(directory.resolve(name)));
                }
            }
        }
        return new TokenizerConfig(null);
    }

    /// Whether `add_bos_token` or `add_eos_token` is set.
    boolean adds(String key, boolean absent) {
        return config == null ? absent : config.booleanAt(key, absent);
    }

    /// @param ids the id of a spelling, −1 if it is no special token
    OptionalInt bos(ToIntFunction<String> ids) {
        return named("bos_token", BEGINNINGS, ids);
    }

    /// @param ids the id of a spelling, −1 if it is no special token
    OptionalInt eos(ToIntFunction<String> ids) {
        return named("eos_token", ENDINGS, ids);
    }

    /// The token a file names; where no file says anything, the first usual name there is.
    private OptionalInt named(String key, List<String> usual, ToIntFunction<String> ids) {
        if (config != null && config.keys().contains(key)) {
            Optional<Json> token = config.find(key);
            String name = token.map(t -> t.isString() ? t.asString() : t.stringAt("content"))
                    .orElse("");
            int id = ids.applyAsInt(name);
            return id < 0 ? OptionalInt.empty() : OptionalInt.of(id);
        }
        return usual.stream().mapToInt(ids).filter(id -> id >= 0).findFirst();
    }
}
