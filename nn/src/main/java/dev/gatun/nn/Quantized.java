package dev.gatun.nn;

import dev.gatun.tensor.Device;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.Weight;
import java.util.function.Function;

/// A source whose matrices are converted as they are asked for.
record Quantized(Weights weights, Function<Tensor, Weight> format) implements Weights {
    @Override
    public Tensor matrix(String name, long rows, long columns) {
        return weights.matrix(name, rows, columns);
    }

    @Override
    public Tensor vector(String name, long size) {
        return weights.vector(name, size);
    }

    @Override
    public Weight weight(String name, long rows, long columns) {
        return format.apply(matrix(name, rows, columns));
    }

    @Override
    public Weight ternary(String name, long rows, long columns) {
        return weights.ternary(name, rows, columns);
    }

    @Override
    public Tensor values(String name, long... dims) {
        return weights.values(name, dims);
    }

    @Override
    public Device device() {
        return weights.device();
    }
}
