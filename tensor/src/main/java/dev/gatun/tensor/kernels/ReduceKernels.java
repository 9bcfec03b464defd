package dev.gatun.tensor.kernels;

import dev.gatun.tensor.Tensor;

/// Reductions of the middle axis of `x [outer, n, inner]`, f32. Memory-bound: 4·outer·n·inner bytes
/// are read once.
public interface ReduceKernels {
    /// How elements become one.
    enum Reduction {
        /// Σx
        SUM,
        /// the largest
        MAX,
        /// the smallest
        MIN
    }

    /// `y[o,i] = reduce_k x[o,k,i]`
    ///
    /// @param reduction how
    /// @param y contiguous `[outer, inner]`
    /// @param x contiguous `[outer, n, inner]`, n ≥ 1
    void reduce(Reduction reduction, Tensor y, Tensor x);

    /// The derivative of MAX and MIN: `dx[o,k,i] = dy[o,i] / n` for the n elements that equal `y[o,i]`, else 0.
    ///
    /// @param dx contiguous `[outer, n, inner]`
    /// @param dy contiguous `[outer, inner]`
    /// @param y what [#reduce] computed
    /// @param x contiguous `[outer, n, inner]`
    void pickBackward(Tensor dx, Tensor dy, Tensor y, Tensor x);

    /// `y[r]` = the first index at which row r is largest; NaN is never largest.
    ///
    /// @param y contiguous i32 `[R]`
    /// @param x contiguous `[R, C]`, C ≥ 1
    void argMax(Tensor y, Tensor x);
}
