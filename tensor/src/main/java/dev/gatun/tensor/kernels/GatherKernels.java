package dev.gatun.tensor.kernels;

import dev.gatun.tensor.Tensor;

/// Rows picked by number: the embedding table.
public interface GatherKernels {
    /// `y[i] = table[ids[i]]`, converted to f32.
    ///
    /// @param y contiguous f32 `[N, C]`
    /// @param table contiguous f32, bf16 or f16 `[V, C]`
    /// @param ids contiguous i32 `[N]`, each in `[0, V)`
    /// @throws IndexOutOfBoundsException if an id is not a row; the message names it and V
    void gather(Tensor y, Tensor table, Tensor ids);

    /// `table[ids[i]] += x[i]`, in the order of i: the derivative of [#gather].
    ///
    /// @param table contiguous f32 `[V, C]`
    /// @param x contiguous f32 `[N, C]`
    /// @param ids contiguous i32 `[N]`, each in `[0, V)`, any of them several times
    /// @throws IndexOutOfBoundsException if an id is not a row; the message names it and V
    void scatterAdd(Tensor table, Tensor x, Tensor ids);
}
