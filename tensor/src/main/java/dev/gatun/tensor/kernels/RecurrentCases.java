package dev.gatun.tensor.kernels;

import static dev.gatun.tensor.kernels.Probe.EPS;
import static dev.gatun.tensor.kernels.Probe.Measure.BITS;
import static dev.gatun.tensor.kernels.Probe.Measure.RELATIVE;
import static dev.gatun.tensor.kernels.Probe.tensor;

import dev.gatun.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/// The cases of [KernelCheck] for recurrences and for rounding, of which MatMul-free models are made.
final class RecurrentCases {
    private static final long[][] SHAPES = {
        {1, 1, 1}, {1, 1, 64}, {2, 3, 33}, {1, 17, 70}, {3, 40, 5}, {2, 9, 200}, {1, 300, 128}, {2, 0, 8}, {1, 5, 1024}
    };

    private RecurrentCases() {}

    static void scan(Probe probe) {
        for (long[] dims : SHAPES) {
            long n = dims[0] * dims[1] * dims[2];
            float[] f = gates(probe, n);
            float[] x = probe.normal(n);
            float[] before = probe.normal(dims[0] * dims[2]);
            for (boolean padded : new boolean[] {false, true}) {
                int[] padding = probe.ints(dims[0], 0, 9);
                probe.compare(dims[0] + "," + dims[1] + "," + dims[2] + (padded ? " padded" : ""), BITS, 0, memory -> {
                    Tensor h = probe.room(memory, dims);
                    Tensor state = probe.room(memory, dims[0], dims[2]);
                    state.set(tensor(memory, before, dims[0], dims[2]));
                    @Nullable Tensor slots = padded ? memory.ints(padding) : null;
                    memory.device().kernels(ScanKernels.class).scan(h, tensor(memory, f, dims), tensor(memory, x, dims), state, 2, slots);
                    Tensor both = memory.allocate(h.dtype(), n + state.size());
                    both.slice(0, 0, n).set(h.reshape(n));
                    both.slice(0, n, n + state.size()).set(state.reshape(state.size()));
                    return both;
                });
            }
        }
    }

    static void scanBackward(Probe probe) {
        for (long[] dims : SHAPES) {
            long n = dims[0] * dims[1] * dims[2];
            float[] f = gates(probe, n);
            float[] h = probe.normal(n);
            float[] dh = probe.normal(n);
            float[] before = probe.normal(dims[0] * dims[2]);
            probe.compare(dims[0] + "," + dims[1] + "," + dims[2], BITS, 0, memory -> {
                Tensor df = probe.room(memory, dims);
                Tensor dx = probe.room(memory, dims);
                memory.device()
                        .kernels(ScanKernels.class)
                        .scanBackward(
                                df,
                                dx,
                                tensor(memory, dh, dims),
                                tensor(memory, f, dims),
                                tensor(memory, h, dims),
                                tensor(memory, before, dims[0], dims[2]));
                Tensor both = memory.allocate(df.dtype(), 2 * n);
                both.slice(0, 0, n).set(df.reshape(n));
                both.slice(0, n, 2 * n).set(dx.reshape(n));
                return both;
            });
        }
    }

    private static float[] gates(Probe probe, long n) {
        float[] f = probe.normal(n);
        for (int i = 0; i < f.length; i++) {
            f[i] = (float) (1 / (1 + Math.exp(-f[i])));
        }
        return f;
    }

    static void int8(Probe probe) {
        for (int columns : KernelCases.SIZES) {
            float[] x = probe.normal(5L * columns);
            java.util.Arrays.fill(x, 0, columns, 0);
            probe.compare("5," + columns, RELATIVE, 2 * EPS, memory -> {
                Tensor y = probe.room(memory, 5, columns);
                memory.device().kernels(FakeQuantKernels.class).int8(y, tensor(memory, x, 5, columns));
                return y;
            });
        }
    }

    /// Where an element stands near half a step, the last bit of a norm may take it to the other side. The quotient of two odd numbers times 127 is never
    /// nearer to a half than 1/70 if they are at most 35, seven times five halves.
    static void normInt8(Probe probe) {
        for (int columns : KernelCases.SIZES) {
            int[] drawn = probe.ints(5L * columns, -4, 4);
            float[] x = new float[drawn.length];
            for (int i = 0; i < x.length; i++) {
                x[i] = 2 * drawn[i] + 1;
            }
            java.util.Arrays.fill(x, 0, columns, 0);
            float[] w = new float[columns];
            for (int i = 0; i < columns; i++) {
                w[i] = 0.5f + i % 3;
            }
            probe.compare("5," + columns, RELATIVE, 4 * EPS, memory -> {
                Tensor y = probe.room(memory, 5, columns);
                var kernels = memory.device().kernels(FakeQuantKernels.class);
                kernels.normInt8(y, tensor(memory, x, 5, columns), tensor(memory, w, columns), 1e-6f);
                return y;
            });
        }
    }

    static void ternary(Probe probe) {
        for (int columns : KernelCases.SIZES) {
            float[] w = probe.normal(7L * columns);
            probe.compare("7," + columns, RELATIVE, 2 * EPS, memory -> {
                Tensor y = probe.room(memory, 7, columns);
                memory.device().kernels(FakeQuantKernels.class).ternary(y, tensor(memory, w, 7, columns));
                return y;
            });
        }
    }
}
