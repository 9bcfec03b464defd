package dev.gatun.nn;

import dev.gatun.tensor.Device;
import dev.gatun.tensor.Tensor;

/// A source seen from inside a part of the model.
record Below(Weights weights, String prefix) implements Weights {
    @Override
    public Linear linear(String name, long out, long in, boolean bias) {
        return weights.linear(prefix + "." + name, out, in, bias);
    }

    @Override
    public Tensor vector(String name, long size) {
        return weights.vector(prefix + "." + name, size);
    }

    @Override
    public Embedding embedding(String name, long rows, long columns) {
        return weights.embedding(prefix + "." + name, rows, columns);
    }

    @Override
    public Device device() {
        return weights.device();
    }
}
