package dev.gatun.nn;

import dev.gatun.tensor.Checkpoint;
import dev.gatun.tensor.CheckpointException;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.Device;
import dev.gatun.tensor.Memory;
import dev.gatun.tensor.Shape;
import dev.gatun.tensor.Tensor;

/// Layers as a checkpoint holds them.
record CheckpointWeights(Checkpoint checkpoint, Device device) implements Weights {
    @Override
    public Tensor vector(String name, long size) {
        return values(name, size);
    }

    @Override
    public Tensor values(String name, long... dims) {
        return tensor(name, Shape.of(dims)).copyTo(Memory.collected(device)).to(DType.F32);
    }

    @Override
    public Tensor matrix(String name, long rows, long columns) {
        String full = name + ".weight";
        Tensor tensor = tensor(full, Shape.of(rows, columns));
        return switch (tensor.dtype()) {
            case F32, BF16, F16 -> tensor;
            case F64 -> tensor.copyTo(Memory.collected(device)).to(DType.F32);
            default ->
                throw new CheckpointException(
                        checkpoint.source() + ": tensor \"" + full + "\" is " + tensor.describe() + "; want f32, bf16, f16 or f64");
        };
    }

    private Tensor tensor(String full, Shape shape) {
        if (!checkpoint.contains(full)) {
            throw new CheckpointException(checkpoint.source() + ": no tensor \"" + full + "\", which its config asks for");
        }
        if (!checkpoint.shape(full).equals(shape)) {
            throw new CheckpointException(
                    checkpoint.source() + ": tensor \"" + full + "\" has shape " + checkpoint.shape(full) + "; its config wants " + shape);
        }
        return checkpoint.tensor(full);
    }
}
