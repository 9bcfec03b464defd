package dev.gatun.nn;

import dev.gatun.tensor.Device;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.Weight;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// A source that gives the same layer to whoever asks for the same name.
record Remembered(Weights weights, Map<String, Object> layers) implements Weights {
    Remembered(Weights weights) {
        this(weights, new ConcurrentHashMap<>());
    }

    @Override
    public Tensor matrix(String name, long rows, long columns) {
        return weights.matrix(name, rows, columns);
    }

    @Override
    public Tensor vector(String name, long size) {
        return (Tensor) layers.computeIfAbsent("vector " + name, n -> weights.vector(name, size));
    }

    @Override
    public Weight weight(String name, long rows, long columns) {
        return (Weight) layers.computeIfAbsent("weight " + name, n -> weights.weight(name, rows, columns));
    }

    @Override
    public Linear linear(String name, long out, long in, boolean bias) {
        return (Linear) layers.computeIfAbsent("linear " + name, n -> weights.linear(name, out, in, bias));
    }

    @Override
    public Linear linear(String name, long out, long in, boolean bias, Weights parts) {
        return weights.linear(name, out, in, bias, parts);
    }

    @Override
    public Weight ternary(String name, long rows, long columns) {
        return (Weight) layers.computeIfAbsent("ternary " + name, n -> weights.ternary(name, rows, columns));
    }

    @Override
    public Embedding embedding(String name, long rows, long columns) {
        return (Embedding) layers.computeIfAbsent("embedding " + name, n -> weights.embedding(name, rows, columns));
    }

    @Override
    public Tensor values(String name, long... dims) {
        return (Tensor) layers.computeIfAbsent("values " + name, n -> weights.values(name, dims));
    }

    @Override
    public Device device() {
        return weights.device();
    }
}
