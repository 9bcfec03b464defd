package dev.gatun.tensor.kernels;

import dev.gatun.tensor.Tensor;
import java.util.List;

/// Matrix products, accumulated in f32. Few rows of x are bound by reading the matrix once, many
/// by arithmetic: 2·M·N·K flop.
///
/// An element of a result is summed in an order that depends on K alone, so that results are the
/// same bits for any number of threads.
public interface MatmulKernels {
    /// `y[m,n] = Σ_k x[m,k] · w[n,k]`
    ///
    /// @param y contiguous `[M, N]`
    /// @param x contiguous `[M, K]`
    /// @param w contiguous f32 `[N, K]`
    void linear(Tensor y, Tensor x, Tensor w);

    /// As [#linear] with a matrix stored in bfloat16.
    ///
    /// @param y contiguous `[M, N]`
    /// @param x contiguous `[M, K]`
    /// @param w contiguous bf16 `[N, K]`
    void linearBf16(Tensor y, Tensor x, Tensor w);

    /// As [#linear] with a matrix stored in binary16.
    ///
    /// @param y contiguous `[M, N]`
    /// @param x contiguous `[M, K]`
    /// @param w contiguous f16 `[N, K]`
    void linearF16(Tensor y, Tensor x, Tensor w);

    /// The products of one x with several matrices, each as [#linear], [#linearBf16] or [#linearF16] gives it, to the bit.
    ///
    /// @param ys contiguous `[M, N]`, of each its N
    /// @param x contiguous `[M, K]`
    /// @param ws contiguous `[N, K]`, all of one type
    default void linear(List<Tensor> ys, Tensor x, List<Tensor> ws) {
        for (int i = 0; i < ys.size(); i++) {
            switch (ws.get(i).dtype()) {
                case BF16 -> linearBf16(ys.get(i), x, ws.get(i));
                case F16 -> linearF16(ys.get(i), x, ws.get(i));
                default -> linear(ys.get(i), x, ws.get(i));
            }
        }
    }

    /// `dx[m,k] = Σ_n dy[m,n] · w[n,k]`: what [#linearBf16] needs backward.
    ///
    /// @param dx contiguous `[M, K]`
    /// @param dy contiguous `[M, N]`
    /// @param w contiguous bf16 `[N, K]`
    void linearTransposedBf16(Tensor dx, Tensor dy, Tensor w);

    /// As [#linearTransposedBf16] with a matrix stored in binary16.
    ///
    /// @param dx contiguous `[M, K]`
    /// @param dy contiguous `[M, N]`
    /// @param w contiguous f16 `[N, K]`
    void linearTransposedF16(Tensor dx, Tensor dy, Tensor w);

    /// `y[m,n] = Σ_k a[m,k] · b[k,n]`
    ///
    /// @param y contiguous `[M, N]`
    /// @param a `[M, K]`, any strides
    /// @param b `[K, N]`, any strides
    void matmul(Tensor y, Tensor a, Tensor b);

    /// `y[m,n] += Σ_k a[m,k] · b[k,n]`, as the gradient of a matrix adds up.
    ///
    /// @param y contiguous `[M, N]`
    /// @param a `[M, K]`, any strides
    /// @param b `[K, N]`, any strides
    void addMatmul(Tensor y, Tensor a, Tensor b);
}
