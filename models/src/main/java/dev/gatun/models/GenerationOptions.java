package dev.gatun.models;

import dev.gatun.nn.KvCache;
import java.util.List;

/// How a text is generated.
///
/// @param maxTokens at most how many tokens; the context may end it earlier
/// @param filter what is done to the scores before a token is drawn
/// @param seed the same seed draws the same text
/// @param stop texts that end the generation, not part of it
/// @param logprobs whether each token's log-probability is computed
/// @param kvCache how keys and values are stored
public record GenerationOptions(int maxTokens, LogitsFilter filter, long seed, List<String> stop, boolean logprobs, KvCache.Format kvCache) {

    /// Checks the numbers.
    public GenerationOptions {
        if (maxTokens < 1) {
            throw new IllegalArgumentException("max-tokens " + maxTokens + " — want at least 1");
        }
        stop = List.copyOf(stop);
        if (stop.contains("")) {
            throw new IllegalArgumentException("stop \"\" — an empty text stops nothing");
        }
    }

    /// {@return at most 256 tokens, temperature 0.8, of the likeliest 95 %, seed 0}
    public static GenerationOptions standard() {
        return new GenerationOptions(256, LogitsFilter.temperature(0.8f).topP(0.95f), 0, List.of(), false, KvCache.Format.F32);
    }

    /// {@return this with another length}
    ///
    /// @param tokens at most how many
    public GenerationOptions withMaxTokens(int tokens) {
        return new GenerationOptions(tokens, filter, seed, stop, logprobs, kvCache);
    }

    /// {@return this with another filter}
    ///
    /// @param other what is done to the scores
    public GenerationOptions withFilter(LogitsFilter other) {
        return new GenerationOptions(maxTokens, other, seed, stop, logprobs, kvCache);
    }

    /// {@return this with another seed}
    ///
    /// @param other for the random numbers
    public GenerationOptions withSeed(long other) {
        return new GenerationOptions(maxTokens, filter, other, stop, logprobs, kvCache);
    }

    /// {@return this with texts that end the generation}
    ///
    /// @param texts none of them empty
    public GenerationOptions withStop(String... texts) {
        return new GenerationOptions(maxTokens, filter, seed, List.of(texts), logprobs, kvCache);
    }

    /// {@return this with or without log-probabilities}
    ///
    /// @param wanted whether
    public GenerationOptions withLogprobs(boolean wanted) {
        return new GenerationOptions(maxTokens, filter, seed, stop, wanted, kvCache);
    }

    /// {@return this with keys and values stored otherwise}
    ///
    /// @param format how
    public GenerationOptions withKvCache(KvCache.Format format) {
        return new GenerationOptions(maxTokens, filter, seed, stop, logprobs, format);
    }
}
