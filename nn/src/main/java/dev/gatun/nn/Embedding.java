package dev.gatun.nn;

import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.Weight;

/// A vector for each token.
///
/// @param table `[V, C]`
public record Embedding(Weight table) {
    /// The vectors of these tokens.
    ///
    /// @param ids i32 `[B, T]`
    /// @return `[B, T, C]`
    /// @throws IndexOutOfBoundsException if an id is not in `[0, V)`
    public Tensor forward(Tensor ids) {
        return table.lookup(ids);
    }
}
