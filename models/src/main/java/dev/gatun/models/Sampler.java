package dev.gatun.models;

import java.util.SplittableRandom;

/// Draws the next token. It holds the state of its random numbers and belongs to one generation.
final class Sampler {
    private final LogitsFilter filter;
    private final SplittableRandom random;

    /// @param filter applied to the scores first
    /// @param seed the same seed draws the same tokens
    Sampler(LogitsFilter filter, long seed) {
        this.filter = filter;
        this.random = new SplittableRandom(seed);
    }

    /// The id of a token, drawn with the probabilities of the softmax of its filtered scores.
    ///
    /// @param logits a score for every token; overwritten
    /// @param history the ids so far
    int draw(float[] logits, int[] history) {
        filter.apply(logits, history);
        int best = -1;
        for (int i = 0; i < logits.length; i++) {
            if (Float.isNaN(logits[i])) {
                throw new IllegalStateException("the model's score of token " + i + " is NaN; its weights are damaged");
            }
            if (logits[i] > Float.NEGATIVE_INFINITY && (best < 0 || logits[i] > logits[best])) {
                best = i;
            }
        }
        if (best < 0) {
            throw new IllegalStateException("no token is left to draw from");
        }
        double total = 0;
        for (float logit : logits) {
            total += Math.exp(logit - logits[best]);
        }
        double left = random.nextDouble() * total;
        for (int i = 0; i < logits.length; i++) {
            left -= Math.exp(logits[i] - logits[best]);
            if (left < 0) {
                return i;
            }
        }
        return best;
    }
}
