package dev.gatun.nn;

import dev.gatun.tensor.Tensor;

/// One layer of a decoder.
public interface Block {
    /// The layer's output for the next positions of each sequence.
    ///
    /// @param x `[B, T, C]`
    /// @param state what this layer remembers of the sequences; it goes T positions on
    /// @return `[B, T, C]`
    Tensor forward(Tensor x, LayerState state);

    /// {@return the state of a sequence at its beginning}
    ///
    /// @param room for which sequences
    LayerState newState(KvCache.Room room);
}
