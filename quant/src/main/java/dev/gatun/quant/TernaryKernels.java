package dev.gatun.quant;

import dev.gatun.tensor.Tensor;
import java.util.List;

/// Products with a matrix of −1, 0 and 1, and the ways into and out of the layout of a [TernaryMatrix].
///
/// Each row of x is rounded to 8-bit integers, `q[k] = round(x[k] · 127/a)` with `a = max(max |x|, 10⁻⁵)`, half to even, and `y[n] = (Σ ±q[k]) · (s[n] ·
/// a/127)`: sums of integers, exact in any order, and one multiplication for each element of y. So every implementation gives the same bits, for any number
/// of threads. A row that holds an infinity or no number gives no numbers.
public interface TernaryKernels {
    /// What the largest magnitude of a row of x counts at least.
    float LEAST = 1e-5f;

    /// The mean of the magnitudes: the scale of a matrix, before it is kept from zero.
    ///
    /// @param matrix contiguous f32, bf16 or f16 `[N, K]`
    /// @return summed in double, a row at a time; 0 of nothing
    double meanMagnitude(Tensor matrix);

    /// Rounds a matrix: `clamp(round(W / scale), −1, 1)`, half to even, computed as `W · (1 / scale)`.
    ///
    /// @param words to be written, as in a [TernaryMatrix]
    /// @param matrix contiguous f32, bf16 or f16 `[N, K]`
    /// @param scale of all its elements
    void round(Tensor words, Tensor matrix, float scale);

    /// Reads a matrix of a file.
    ///
    /// @param words to be written, as in a [TernaryMatrix]
    /// @param rows N
    /// @param columns K
    /// @param file contiguous, of the coding's type and shape
    /// @param coding how it is written
    /// @throws IllegalArgumentException if there is anything but −1, 0 and 1 in it; the message says where
    void read(Tensor words, long rows, long columns, Tensor file, TernaryCoding coding);

    /// Writes a matrix for a file.
    ///
    /// @param file to be written, contiguous, of the coding's type and shape
    /// @param coding how
    /// @param w the matrix
    void write(Tensor file, TernaryCoding coding, TernaryMatrix w);

    /// `y[m,n] = Σ_k x̂[m,k] · W[n,k]`, where x̂ is x as it is rounded.
    ///
    /// @param y contiguous f32 `[M, N]`
    /// @param x contiguous f32 `[M, K]`
    /// @param w `[N, K]`
    void linear(Tensor y, Tensor x, TernaryMatrix w);

    /// [#linear] of one x with several matrices.
    ///
    /// @param ys contiguous f32 `[M, N]`, N of each matrix
    /// @param x contiguous f32 `[M, K]`
    /// @param ws `[N, K]`
    default void linear(List<Tensor> ys, Tensor x, List<TernaryMatrix> ws) {
        for (int i = 0; i < ys.size(); i++) {
            linear(ys.get(i), x, ws.get(i));
        }
    }

    /// `dx[m,k] = Σ_n dy[m,n] · W[n,k]`, in f32: the gradient of [#linear] for x, the rounding passing it on as it is.
    ///
    /// @param dx contiguous f32 `[M, K]`
    /// @param dy contiguous f32 `[M, N]`
    /// @param w `[N, K]`
    void linearTransposed(Tensor dx, Tensor dy, TernaryMatrix w);

    /// `y[i,k] = W[ids[i],k]`
    ///
    /// @param y contiguous f32 `[I, K]`
    /// @param w `[N, K]`
    /// @param ids each in `[0, N)`
    void rows(Tensor y, TernaryMatrix w, int... ids);
}
