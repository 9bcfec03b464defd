package dev.gatun.quant;

import dev.gatun.tensor.DynamicMap;
import dev.gatun.tensor.Memory;
import dev.gatun.tensor.Tensor;
import java.util.List;

/// Products with matrices of 4-bit codes, and how these are made. Computed with the f32 values that the codes stand for; nothing is rounded besides.
///
/// An element of a result is summed in an order that depends on K alone, so that results are the same bits for any number of threads.
public interface Nf4Kernels {
    /// Cuts a matrix into blocks and writes the codes and the largest magnitude of each.
    ///
    /// A block of zeros takes the code of 0; where an element is infinite or no number, the block comes back as no numbers.
    ///
    /// @param packed u8, in the layout of [QuantState]
    /// @param absmax f32, one for each block
    /// @param matrix contiguous f32, bf16 or f16
    /// @param codebook what codes stand for
    /// @param blockSize elements of a block
    void quantize(Tensor packed, Tensor absmax, Tensor matrix, Codebook codebook, int blockSize);

    /// Encodes numbers in blocks of 256 with the [signed map][DynamicMap#SIGNED].
    ///
    /// @param codes u8, one for each number
    /// @param scales f32, one for each block: its largest magnitude
    /// @param values contiguous f32
    /// @param offset taken off each number first
    void quantizeScales(Tensor codes, Tensor scales, Tensor values, float offset);

    /// Lays a matrix out for computing.
    ///
    /// @param state as in a file
    /// @param memory where
    /// @return a copy; nothing of the state is referred to
    Nf4Matrix arrange(QuantState state, Memory memory);

    /// The inverse of [#arrange].
    ///
    /// @param matrix as it was arranged
    /// @param memory where
    /// @return the very bytes that it was made of
    QuantState restore(Nf4Matrix matrix, Memory memory);

    /// `y[m,n] = Σ_k x[m,k] · w[n,k]`
    ///
    /// @param y contiguous `[M, N]`
    /// @param x contiguous `[M, K]`
    /// @param w `[N, K]`
    void linear(Tensor y, Tensor x, Nf4Matrix w);

    /// The products of one x with several matrices, each as [#linear] gives it, to the bit.
    ///
    /// @param ys contiguous `[M, N]`, of each its N
    /// @param x contiguous `[M, K]`
    /// @param ws `[N, K]`
    default void linear(List<Tensor> ys, Tensor x, List<Nf4Matrix> ws) {
        for (int i = 0; i < ys.size(); i++) {
            linear(ys.get(i), x, ws.get(i));
        }
    }

    /// `y[m,k] = Σ_n x[m,n] · w[n,k]`
    ///
    /// @param y contiguous `[M, K]`
    /// @param x contiguous `[M, N]`
    /// @param w `[N, K]`
    void linearTransposed(Tensor y, Tensor x, Nf4Matrix w);

    /// `y[i,k] = w[ids[i],k]`
    ///
    /// @param y contiguous f32 `[I, K]`
    /// @param w `[N, K]`
    /// @param ids contiguous i32 `[I]`
    /// @throws IndexOutOfBoundsException if an id is no row
    void rows(Tensor y, Nf4Matrix w, Tensor ids);

    /// `y[i,k] = w[first + i,k]`
    ///
    /// @param y contiguous f32 `[I, K]`
    /// @param w `[N, K]`
    /// @param first row
    void dequantize(Tensor y, Nf4Matrix w, long first);
}
