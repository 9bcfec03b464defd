package dev.gatun.models;

import java.util.Arrays;

/// The smallest set of likeliest tokens with a given probability.
final class Nucleus {
    private Nucleus() {}

    /// Takes out every token for which those likelier than it have probability p or more. Of equal
    /// tokens the one with the lower id counts as likelier.
    static void keep(float[] logits, float p) {
        float most = Float.NEGATIVE_INFINITY;
        for (float logit : logits) {
            most = Math.max(most, logit);
        }
        double total = 0;
        double[] weights = new double[logits.length];
        for (int i = 0; i < logits.length; i++) {
            weights[i] = Math.exp(logits[i] - most);
            total += weights[i];
        }
        // A token below this line cannot be in: were all others at the line too, the tokens above
        // it would still have p. It spares sorting the whole vocabulary.
        double line = total * (1 - p) / logits.length;
        int candidates = 0;
        long[] order = new long[logits.length];
        for (int i = 0; i < logits.length; i++) {
            if (weights[i] >= line && weights[i] > 0) {
                // Positive floats sort as their bits; inverted, the largest comes first.
                long bits = 0x7fff_ffffL - Float.floatToIntBits((float) weights[i]);
                order[candidates++] = bits << 32 | i;
            }
        }
        Arrays.sort(order, 0, candidates);
        double before = 0;
        boolean[] kept = new boolean[logits.length];
        for (int c = 0; c < candidates && before < p * total; c++) {
            int id = (int) order[c];
            kept[id] = true;
            before += weights[id];
        }
        for (int i = 0; i < logits.length; i++) {
            if (!kept[i]) {
                logits[i] = Float.NEGATIVE_INFINITY;
            }
        }
    }
}
