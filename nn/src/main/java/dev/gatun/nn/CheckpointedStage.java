package dev.gatun.nn;

import dev.gatun.tensor.Tape;
import dev.gatun.tensor.Tensor;
import java.util.List;

/// A run of layers that keeps only the input of each while training, and computes the rest once more on the way back (activation checkpointing,
/// arXiv:1604.06174): a third more arithmetic for a fraction of the memory.
///
/// @param stage the layers
public record CheckpointedStage(Stage stage) implements Stage {
    @Override
    public int size() {
        return stage.size();
    }

    @Override
    public Tensor forward(Tensor x, List<LayerState> states) {
        Tensor h = x;
        for (int i = 0; i < stage.size(); i++) {
            Stage layer = stage.slice(i, i + 1);
            List<LayerState> state = states.subList(i, i + 1);
            h = Tape.checkpoint(h, in -> layer.forward(in, state));
        }
        return h;
    }

    @Override
    public List<LayerState> newStates(KvCache.Room room) {
        return stage.newStates(room);
    }

    @Override
    public CheckpointedStage slice(int from, int to) {
        return new CheckpointedStage(stage.slice(from, to));
    }
}
