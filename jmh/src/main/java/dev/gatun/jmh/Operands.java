package dev.gatun.jmh;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.Device;
import dev.gatun.tensor.Resident;
import dev.gatun.tensor.Tensor;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.Supplier;

/// Operands of kernels in the memory of one device: asked for in the same order, they have the same values on every device.
final class Operands implements AutoCloseable {
    /// After so many elements the values repeat; a prime, so that no two rows are the same.
    private static final int PERIOD = 1_000_003;

    private final SplittableRandom random = new SplittableRandom(20260);
    private final Resident memory;

    Operands(Device device) {
        memory = new Resident(device, "operands of a benchmark");
    }

    /// {@return this device's implementation of a kernel family}
    ///
    /// @param family an interface of `dev.gatun.tensor.kernels`
    <K> K kernels(Class<K> family) {
        return memory.device().kernels(family);
    }

    /// {@return whether these are for the reference}
    boolean areForReference() {
        return memory.device().equals(Device.reference());
    }

    /// {@return room for a result}
    Tensor room(DType type, long... dims) {
        return memory.allocate(type, dims);
    }

    /// {@return room for a result}
    Tensor room(long... dims) {
        return room(DType.F32, dims);
    }

    /// {@return normally distributed values of deviation 1}
    Tensor normal(long... dims) {
        return normal(DType.F32, dims);
    }

    /// {@return normally distributed values of deviation 1, rounded to a type}
    Tensor normal(DType type, long... dims) {
        Tensor all = memory.allocate(type, dims);
        long n = all.size();
        float[] values = new float[(int) Math.min(n, PERIOD)];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        Tensor piece = memory.floats(values);
        Tensor flat = all.reshape(n);
        for (long from = 0; from < n; from += PERIOD) {
            long to = Math.min(n, from + PERIOD);
            flat.slice(0, from, to).set(piece.slice(0, 0, to - from));
        }
        return all;
    }

    /// {@return i32 in `[0, bound)`}
    Tensor ints(int n, int bound) {
        return memory.ints(random.ints(n, 0, bound).toArray());
    }

    /// A tensor that is not in a cache when it is used, as the weights and keys of a layer are not when a model comes round to it: copies of it that
    /// together are as large as what [RoofMeasurement] reads, each given in turn.
    ///
    /// @param tensor the first copy
    /// @return gives the next one
    Supplier<Tensor> cold(Tensor tensor) {
        long bytes = tensor.size() * tensor.dtype().bytes();
        Tensor[] copies = new Tensor[areForReference() ? 1 : Math.toIntExact(Math.max(1, RoofMeasurement.MEMORY / bytes))];
        copies[0] = tensor;
        for (int i = 1; i < copies.length; i++) {
            copies[i] = tensor.copyTo(memory);
        }
        return inTurn(copies);
    }

    /// {@return gives the rows of a tensor, each in turn}
    ///
    /// @param rows at least one
    Supplier<Tensor> inTurn(Tensor rows) {
        Tensor[] each = new Tensor[Math.toIntExact(rows.dim(0))];
        Arrays.setAll(each, i -> rows.select(0, i));
        return inTurn(each);
    }

    private static Supplier<Tensor> inTurn(Tensor... each) {
        return new Supplier<>() {
            private int next;

            @Override
            public Tensor get() {
                Tensor tensor = each[next];
                next = next + 1 == each.length ? 0 : next + 1;
                return tensor;
            }
        };
    }

    @Override
    public void close() {
        memory.close();
    }
}
