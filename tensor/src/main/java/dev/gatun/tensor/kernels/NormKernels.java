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

    /// `sum[r,i] = a[r,i] + b[r,i]` and, while the row is in the L1 cache, `y = rmsNorm(sum)`: the residual stream behind a block, and what the next
    /// block reads of it.
    ///
    /// @param y contiguous `[R, C]`
    /// @param sum contiguous `[R, C]`
    /// @param a contiguous `[R, C]`
    /// @param b contiguous `[R, C]`
    /// @param w contiguous `[C]`
    /// @param eps ε
    void rmsNormOfSum(Tensor y, Tensor sum, Tensor a, Tensor b, Tensor w, float eps);

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
    /// @param dw contiguous `[P, …, C]`, P·C elements, overwritten; null if nobody wants it
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

    /// The derivative of [#softmax]: `dx[r,i] = y[r,i] · (dy[r,i] − Σ_j dy[r,j]·y[r,j])`
    ///
    /// @param dx contiguous `[R, C]`
    /// @param dy contiguous `[R, C]`
    /// @param y the result of the softmax
    void softmaxBackward(Tensor dx, Tensor dy, Tensor y);

    /// The derivative of [#logSoftmax]: `dx[r,i] = dy[r,i] − exp(y[r,i]) · Σ_j dy[r,j]`
    ///
    /// @param dx contiguous `[R, C]`
    /// @param dy contiguous `[R, C]`
    /// @param y the result of the logarithmic softmax
    void logSoftmaxBackward(Tensor dx, Tensor dy, Tensor y);

    /// `y[r] = ln Σ_j exp(x[r,j])`
    ///
    /// @param y contiguous `[R]`
    /// @param x contiguous `[R, C]`
    void logSumExp(Tensor y, Tensor x);

    /// The derivative of [#logSumExp]: `dx[r,i] = dy[r] · exp(x[r,i] − y[r])`
    ///
    /// @param dx contiguous `[R, C]`
    /// @param dy contiguous `[R]`
    /// @param y what [#logSumExp] computed
    /// @param x contiguous `[R, C]`
    void logSumExpBackward(Tensor dx, Tensor dy, Tensor y, Tensor x);

    /// `y[r,i] = x̂[r,i] · w[i] + b[i]`, `x̂[r,i] = (x[r,i] − mean(x[r])) / √(var(x[r]) + ε)`, the variance that of all C elements (arXiv:1607.06450).
    ///
    /// @param y contiguous `[R, C]`
    /// @param x contiguous `[R, C]`
    /// @param w contiguous `[C]`
    /// @param b contiguous `[C]`, null for none
    /// @param eps ε
    void layerNorm(Tensor y, Tensor x, Tensor w, @Nullable Tensor b, float eps);

    /// The derivative of [#layerNorm], in parts as [#rmsNormBackward]: with `g = dy ⊙ w`,
    ///
    /// ```
    /// dx[r,i] = rstd[r] · (g[r,i] − mean_j g[r,j] − x̂[r,i] · mean_j g[r,j]·x̂[r,j])
    /// dw[p,i] = Σ_r dy[r,i] · x̂[r,i]
    /// db[p,i] = Σ_r dy[r,i]
    /// ```
    ///
    /// @param dx contiguous `[R, C]`
    /// @param add whether to add to dx
    /// @param sums contiguous `[P, 2, C]`: dw and db of each part, overwritten; null if nobody wants them
    /// @param dy contiguous `[R, C]`
    /// @param x contiguous `[R, C]`
    /// @param w contiguous `[C]`
    /// @param eps ε
    void layerNormBackward(Tensor dx, boolean add, @Nullable Tensor sums, Tensor dy, Tensor x, Tensor w, float eps);
}
