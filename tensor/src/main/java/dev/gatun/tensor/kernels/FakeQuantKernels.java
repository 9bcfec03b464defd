package dev.gatun.tensor.kernels;

import dev.gatun.tensor.Tensor;

/// Rounding to few values that stay f32, as a model sees it that is trained to be rounded. Memory-bound.
public interface FakeQuantKernels {
    /// `y[r,c] = round(x[r,c] · 127/a) · a/127` with `a = max(max_c |x[r,c]|, 10⁻⁵)`, half to even.
    ///
    /// @param y contiguous, of the shape of x, may be x
    /// @param x contiguous `[…, C]`
    void int8(Tensor y, Tensor x);

    /// Fused RMS norm and [#int8], the input of a linear map of −1, 0 and 1. The default is its meaning; override it only for speed.
    ///
    /// @param y contiguous, of the shape of x
    /// @param x contiguous `[…, C]`
    /// @param w contiguous `[C]`, the norm's weight
    /// @param eps the norm's ε
    default void normInt8(Tensor y, Tensor x, Tensor w, float eps) {
        x.device().kernels(NormKernels.class).rmsNorm(y, x, w, eps);
        int8(y, y);
    }

    /// `y = clamp(round(w / γ), −1, 1) · γ` with `γ = max(mean |w|, 10⁻⁵)`, half to even, computed as `w · (1/γ)`.
    ///
    /// @param y contiguous, of the shape of w
    /// @param w contiguous
    void ternary(Tensor y, Tensor w);
}
