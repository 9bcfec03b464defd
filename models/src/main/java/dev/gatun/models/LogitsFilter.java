package dev.gatun.models;

import java.util.Arrays;

/// Changes the scores of the next token before it is drawn. Filters are chained and read from left
/// to right:
///
/// ```java
/// LogitsFilter.temperature(0.8f).topK(40).topP(0.95f)
/// ```
///
/// A token is taken out by the score -∞. The rules are those of Hugging Face's generation.
@FunctionalInterface
public interface LogitsFilter {
    /// Changes the scores in place.
    ///
    /// @param logits a score for every token
    /// @param history the ids so far, the prompt included
    void apply(float[] logits, int[] history);

    /// {@return the filter that changes nothing}
    static LogitsFilter none() {
        return (logits, history) -> {};
    }

    /// {@return the filter that leaves only the first of the highest scores}
    static LogitsFilter greedy() {
        return (logits, history) -> {
            int best = argMax(logits);
            float score = logits[best];
            Arrays.fill(logits, Float.NEGATIVE_INFINITY);
            logits[best] = score;
        };
    }

    /// Divides the scores: below 1 the likely becomes likelier, 0 leaves only the likeliest.
    ///
    /// @param temperature at least 0
    /// @return the filter
    static LogitsFilter temperature(float temperature) {
        Ranges.require("temperature", temperature, temperature >= 0, "a number, at least 0");
        if (temperature == 0) {
            return greedy();
        }
        return (logits, history) -> {
            for (int i = 0; i < logits.length; i++) {
                logits[i] /= temperature;
            }
        };
    }

    /// {@return this filter, then another}
    ///
    /// @param next what comes after it
    default LogitsFilter then(LogitsFilter next) {
        return (logits, history) -> {
            apply(logits, history);
            next.apply(logits, history);
        };
    }

    /// {@return this filter, then only the k highest scores}
    ///
    /// @param k how many, at least 1
    default LogitsFilter topK(int k) {
        Ranges.require("top-k", k, k >= 1, "at least 1");
        return then((logits, history) -> {
            if (k < logits.length) {
                float[] sorted = logits.clone();
                Arrays.sort(sorted);
                below(logits, sorted[sorted.length - k]);
            }
        });
    }

    /// {@return this filter, then only the likeliest tokens that together have probability p}
    /// (arXiv:1904.09751): a token is out if those likelier than it already reach p.
    ///
    /// @param p above 0, at most 1
    default LogitsFilter topP(float p) {
        Ranges.require("top-p", p, p > 0 && p <= 1, "above 0 and at most 1");
        return p == 1 ? this : then((logits, history) -> Nucleus.keep(logits, p));
    }

    /// {@return this filter, then only tokens at least p times as likely as the likeliest}
    /// (arXiv:2407.01082)
    ///
    /// @param p from 0 to 1
    default LogitsFilter minP(float p) {
        Ranges.require("min-p", p, p >= 0 && p <= 1, "from 0 to 1");
        return p == 0 ? this : then((logits, history) -> below(logits, logits[argMax(logits)] + (float) Math.log(p)));
    }

    /// {@return the filter that makes what was said already less likely}: positive scores of the
    /// tokens so far are divided by the penalty, negative ones multiplied (arXiv:1909.05858).
    ///
    /// @param penalty above 0; 1 changes nothing
    static LogitsFilter repetitionPenalty(float penalty) {
        Ranges.require("repetition-penalty", penalty, penalty > 0, "above 0");
        if (penalty == 1) {
            return none();
        }
        return (logits, history) -> {
            int[] ids = history.clone();
            Arrays.sort(ids);
            for (int i = 0; i < ids.length; i++) {
                int id = ids[i];
                if (id < logits.length && (i == 0 || id != ids[i - 1])) {
                    logits[id] = logits[id] < 0 ? logits[id] * penalty : logits[id] / penalty;
                }
            }
        };
    }

    private static void below(float[] logits, float least) {
        for (int i = 0; i < logits.length; i++) {
            if (logits[i] < least) {
                logits[i] = Float.NEGATIVE_INFINITY;
            }
        }
    }

    private static int argMax(float[] logits) {
        int best = 0;
        for (int i = 1; i < logits.length; i++) {
            if (logits[i] > logits[best]) {
                best = i;
            }
        }
        return best;
    }
}
