package dev.gatun.quant;

import dev.gatun.tensor.Tensor;
import java.util.List;

/// What can be computed with a matrix `W [N, K]` of small integers and the scales they are multiples of. The formats differ in what codes and scales
/// look like and in what is done to x; see their weights.
///
/// Codes and scales may be read up to [#SLACK] bytes past their end where K is no multiple of [#BLOCK]: what lies there is multiplied by zero.
public interface PackedKernels {
    /// The number of columns whose multiples need no slack.
    int BLOCK = 512;

    /// Bytes that may be read past the end of codes and of scales: finite numbers.
    int SLACK = 512;

    /// Rounds a matrix to the format.
    ///
    /// @param codes of N rows, to be written
    /// @param scales of N rows, to be written
    /// @param matrix contiguous f32, bf16 or f16 `[N, K]`
    /// @throws IllegalArgumentException if it holds a value that is not finite
    void quantize(Tensor codes, Tensor scales, Tensor matrix);

    /// `y[m,n] = Σ_k x[m,k] · W[n,k]`, the same bits for any number of threads.
    ///
    /// @param y contiguous f32 `[…, N]`
    /// @param x contiguous f32 `[…, K]`
    /// @param codes of W
    /// @param scales of W
    void linear(Tensor y, Tensor x, Tensor codes, Tensor scales);

    /// The products of one x with several matrices, each as [#linear] gives it, to the bit.
    ///
    /// @param ys contiguous f32 `[…, N]`, of each its N
    /// @param x contiguous f32 `[…, K]`
    /// @param codes of each W
    /// @param scales of each W
    default void linear(List<Tensor> ys, Tensor x, List<Tensor> codes, List<Tensor> scales) {
        for (int i = 0; i < ys.size(); i++) {
            linear(ys.get(i), x, codes.get(i), scales.get(i));
        }
    }

    /// `dx[m,k] = Σ_n dy[m,n] · W[n,k]`: the gradient of [#linear] for x. All in f32.
    ///
    /// @param dx contiguous f32 `[…, K]`
    /// @param dy contiguous f32 `[…, N]`
    /// @param codes of W
    /// @param scales of W
    void linearTransposed(Tensor dx, Tensor dy, Tensor codes, Tensor scales);

    /// `y[i,k] = W[from + i,k]`, exactly.
    ///
    /// @param y contiguous f32 `[rows, K]`
    /// @param from the first row
    /// @param codes of W
    /// @param scales of W
    void decode(Tensor y, long from, Tensor codes, Tensor scales);
}
