package dev.gatun.tensor.kernels;

import dev.gatun.tensor.Tensor;

/// Normalizations of the rows of `x [R, C]`, f32. Memory-bound while a row fits the cache.
public interface NormKernels {
    /// `y[r,i] = x[r,i] · rstd[r] · w[i]`, `rstd[r] = 1/√(mean_i x[r,i]² + ε)` (arXiv:1910.07467).
    ///
    /// @param y contiguous `[R, C]`
    /// @param x contiguous `[R, C]`
    /// @param w contiguous `[C]`
    /// @param eps ε
    void rmsNorm(Tensor y, Tensor x, Tensor w, float eps);

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
