package dev.gatun.nn;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.Device;
import dev.gatun.tensor.Memory;
import dev.gatun.tensor.Tensor;
import java.util.Arrays;
import java.util.SplittableRandom;

/// Layers drawn from a normal distribution; each by its own name, so that the order in which a
/// model asks does not matter.
record RandomWeights(Memory memory, DType dtype, long seed, float std) implements Weights {
    private static final int RUN = 1 << 16;

    @Override
    public Tensor vector(String name, long size) {
        float[] values = new float[Math.toIntExact(size)];
        Arrays.fill(values, name.endsWith(".bias") ? 0 : 1);
        return memory.floats(values);
    }

    @Override
    public Device device() {
        return memory.device();
    }

    /// Drawing a billion normal numbers takes a minute; a run of them, repeated from a random
    /// place, is as good for measuring speed and takes a second.
    @Override
    public Tensor matrix(String name, long rows, long columns) {
        SplittableRandom random = new SplittableRandom(seed ^ name.hashCode() * 0x9E3779B97F4A7C15L);
        float[] run = new float[RUN];
        for (int i = 0; i < RUN; i++) {
            run[i] = (float) random.nextGaussian() * std;
        }
        Memory heap = Memory.collected(device());
        Tensor source = heap.floats(run).to(dtype);
        Tensor matrix = memory.allocate(dtype, rows, columns);
        Tensor flat = matrix.reshape(matrix.size());
        for (long at = 0; at < flat.size(); ) {
            long from = at == 0 ? 0 : random.nextLong(RUN / 2);
            long n = Math.min(flat.size() - at, RUN - from);
            flat.slice(0, at, at + n).set(source.slice(0, from, from + n));
            at += n;
        }
        return matrix;
    }
}
