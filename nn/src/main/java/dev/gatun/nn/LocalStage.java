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
        // A layer reads the output of the last one and writes where the one before that has been.
        Tensor[] outputs = {x.like(), x.like()};
        Tensor h = x;
        for (int i = 0; i < blocks.size(); i++) {
            Block block = blocks.get(i);
            LayerState state = states.get(i);
            h = x.memory().scoped(outputs[i % 2], h, in -> block.forward(in, state));
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
