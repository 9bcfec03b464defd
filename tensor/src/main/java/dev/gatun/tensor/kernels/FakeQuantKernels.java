package dev.gatun.tensor.kernels;

import dev.gatun.tensor.Tensor;

/// Rounding to few values that stay f32, as a model sees it that is trained to be rounded. Memory-bound.
public interface FakeQuantKernels {
    /// `y[r,c] = round(x[r,c] · 127/a) · a/127` with `a = max(max_c |x[r,c]|, 10⁻⁵)`, half to even.
    ///
    /// @param y contiguous, of the shape of x
    /// @param x contiguous `[…, C]`
    void int8(Tensor y, Tensor x);

    /// `y = clamp(round(w / γ), −1, 1) · γ` with `γ = max(mean |w|, 10⁻⁵)`, half to even, computed as `w · (1/γ)`.
    ///
    /// @param y contiguous, of the shape of w
    /// @param w contiguous
    void ternary(Tensor y, Tensor w);
}
