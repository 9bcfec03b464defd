package dev.gatun.nn;

import dev.gatun.tensor.Tensor;
import java.util.List;

/// A run of layers, here or elsewhere.
public interface Stage {
    /// {@return how many layers}
    int size();

    /// Passes the next positions of each sequence through all layers.
    ///
    /// @param x `[B, T, C]`
    /// @param states one for each layer
    /// @return `[B, T, C]`
    Tensor forward(Tensor x, List<LayerState> states);

    /// {@return the states of a sequence at its beginning, one for each layer}
    ///
    /// @param room for which sequences
    List<LayerState> newStates(KvCache.Room room);

    /// A part of it.
    ///
    /// @param from the first layer
    /// @param to behind the last
    /// @return these layers
    Stage slice(int from, int to);
}
