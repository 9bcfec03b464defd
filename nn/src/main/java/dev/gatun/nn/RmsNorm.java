package dev.gatun.nn;

import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.ops.Norms;

/// RMS normalization of the last axis (arXiv:1910.07467).
///
/// @param weight `[C]`
/// @param eps ε
public record RmsNorm(Tensor weight, float eps) {
    /// {@return `x / √(mean(x²) + ε) ⊙ weight`}
    ///
    /// @param x `[…, C]`
    public Tensor forward(Tensor x) {
        return Norms.rmsNorm(x, weight, eps);
    }

    /// {@return `x + y` and its norm}
    ///
    /// @param x `[…, C]`, the residual stream
    /// @param y `[…, C]`, what a block adds to it
    public Norms.Residual ofSum(Tensor x, Tensor y) {
        return Norms.rmsNormOfSum(x, y, weight, eps);
    }
}
