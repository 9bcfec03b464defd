package dev.gatun.nn;

import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.ops.Gather;

/// A vector for each token.
///
/// @param table f32, bf16 or f16 `[V, C]`
public record Embedding(Tensor table) {
    /// The vectors of these tokens, converted to f32.
    ///
    /// @param ids i32 `[B, T]`
    /// @return `[B, T, C]`
    /// @throws IndexOutOfBoundsException if an id is not in `[0, V)`
    public Tensor forward(Tensor ids) {
        return Gather.rows(table, ids);
    }
}
