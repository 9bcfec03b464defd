package dev.gatun.nn;

import dev.gatun.tensor.Device;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.Weight;

/// A source seen from inside a part of the model.
record Below(Weights weights, String prefix) implements Weights {
    @Override
    public Tensor matrix(String name, long rows, long columns) {
        return weights.matrix(prefix + "." + name, rows, columns);
    }

    @Override
    public Tensor vector(String name, long size) {
        return weights.vector(prefix + "." + name, size);
    }

    @Override
    public Weight weight(String name, long rows, long columns) {
        return weights.weight(prefix + "." + name, rows, columns);
    }

    @Override
    public Linear linear(String name, long out, long in, boolean bias) {
        return weights.linear(prefix + "." + name, out, in, bias);
    }

    /// @throws UnsupportedOperationException always: parts would be asked for names that they do not have
    @Override
    public Linear linear(String name, long out, long in, boolean bias, Weights parts) {
        throw new UnsupportedOperationException(prefix + "." + name + ": wrap the whole source, and look below a prefix from outside");
    }

    @Override
    public Weight ternary(String name, long rows, long columns) {
        return weights.ternary(prefix + "." + name, rows, columns);
    }

    @Override
    public Embedding embedding(String name, long rows, long columns) {
        return weights.embedding(prefix + "." + name, rows, columns);
    }

    @Override
    public Tensor values(String name, long... dims) {
        return weights.values(prefix + "." + name, dims);
    }

    @Override
    public Device device() {
        return weights.device();
    }
}
