package dev.gatun.nn;

import dev.gatun.tensor.Checkpoint;
import dev.gatun.tensor.CheckpointException;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.Device;
import dev.gatun.tensor.Memory;
import dev.gatun.tensor.Shape;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.Weight;

/// Layers as a checkpoint holds them.
record CheckpointWeights(Checkpoint checkpoint, Device device) implements Weights {
    @Override
    public Linear linear(String name, long out, long in, boolean bias) {
        Weight weight = Weight.of(matrix(name, out, in));
        return new PlainLinear(weight, bias ? f32(name + ".bias", Shape.of(out)) : null);
    }

    @Override
    public Tensor vector(String name, long size) {
        return f32(name + ".weight", Shape.of(size));
    }

    @Override
    public Embedding embedding(String name, long rows, long columns) {
        return new Embedding(matrix(name, rows, columns));
    }

    private Tensor matrix(String name, long rows, long columns) {
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

    /// Vectors are small: they are converted once.
    private Tensor f32(String full, Shape shape) {
        return tensor(full, shape).copyTo(Memory.collected(device)).to(DType.F32);
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
