package dev.gatun.nn;

import dev.gatun.tensor.Tape;
import dev.gatun.tensor.Tensor;

/// Zeroes a fraction of its input while training, and scales the rest so that the mean stays.
///
/// @param rate which fraction
/// @param seed of the whole training
/// @param site the layer's name: each has a mask of its own
public record Dropout(float rate, long seed, String site) {
    /// {@return x with some elements zeroed in a training step; x itself otherwise}
    ///
    /// @param x any shape
    public Tensor forward(Tensor x) {
        long step = Tape.stepOf(x);
        return step < 0 ? x : new dev.gatun.tensor.ops.Dropout(rate, seed).apply(x, (int) step, site.hashCode());
    }
}
