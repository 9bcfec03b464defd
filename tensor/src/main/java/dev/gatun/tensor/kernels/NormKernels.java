package dev.gatun.tensor.kernels;

import dev.gatun.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/// Normalizations of the rows of `x [R, C]`, f32. Memory-bound while a row fits the cache.
public interface NormKernels {
    /// `y[r,i] = x[r,i] · rstd[r] · w[i]`, `rstd[r] = 1/√(mean_i x[r,i]² + ε)` (arXiv:1910.07467).
    ///
    /// @param y contiguous `[R, C]`
    /// @param x contiguous `[R, C]`
    /// @param w contiguous `[C]`
    /// @param eps ε
    void rmsNorm(Tensor y, Tensor x, Tensor w, float eps);

    /// The derivative of [#rmsNorm], in one reading of x and dy: with `x̂[r,i] = x[r,i] · rstd[r]` and `g[r,i] = dy[r,i] · w[i]`,
    ///
    /// ```
    /// dx[r,i] = rstd[r] · (g[r,i] − x̂[r,i] · mean_j g[r,j]·x̂[r,j])
    /// dw[p,i] = Σ_r dy[r,i] · x̂[r,i]     over the rows of part p: ⌈R/P⌉ · p and what follows, as many
    /// ```
    ///
    /// The sum of the parts is left to the caller, so that its order is fixed while the parts run in parallel.
    ///
    /// @param dx contiguous `[R, C]`
    /// @param add whether to add to dx
    /// @param dw contiguous `[P, C]`, overwritten; null if nobody wants it
    /// @param dy contiguous `[R, C]`
    /// @param x contiguous `[R, C]`
    /// @param w contiguous `[C]`
    /// @param eps ε
    void rmsNormBackward(Tensor dx, boolean add, @Nullable Tensor dw, Tensor dy, Tensor x, Tensor w, float eps);

    /// `y[r,i] = exp(x[r,i] − max_j x[r,j]) / Σ_j exp(x[r,j] − max)`; -∞ gives 0.
    ///
    /// @param y contiguous `[R, C]`, may be x
    /// @param x contiguous `[R, C]`
    void softmax(Tensor y, Tensor x);

    /// `y[r,i] = x[r,i] − max − ln Σ_j exp(x[r,j] − max)`
    ///
    /// @param y contiguous `[R, C]`, may be x
    /// @param x contiguous `[R, C]`
    void logSoftmax(Tensor y, Tensor x);
}
