package dev.gatun.nn;

import dev.gatun.tensor.Tensor;
import java.util.List;

/// Layers in this process, one behind the other.
///
/// @param blocks the layers
public record LocalStage(List<? extends Block> blocks) implements Stage {
    /// @param blocks the layers
    public LocalStage {
        blocks = List.copyOf(blocks);
    }

    @Override
    public int size() {
        return blocks.size();
    }

    @Override
    public Tensor forward(Tensor x, List<LayerState> states) {
        if (states.size() != blocks.size()) {
            throw new IllegalArgumentException(states.size() + " states for " + blocks.size() + " layers");
        }
        Tensor h = x;
        for (int i = 0; i < blocks.size(); i++) {
            h = blocks.get(i).forward(h, states.get(i));
        }
        return h;
    }

    @Override
    public List<LayerState> newStates(KvCache.Room room) {
        return blocks.stream().map(block -> block.newState(room)).toList();
    }

    @Override
    public LocalStage slice(int from, int to) {
        return new LocalStage(blocks.subList(from, to));
    }
}
