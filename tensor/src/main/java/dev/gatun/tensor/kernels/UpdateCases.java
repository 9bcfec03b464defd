package dev.gatun.tensor.kernels;

import static dev.gatun.tensor.kernels.Probe.Measure.BITS;
import static dev.gatun.tensor.kernels.Probe.Measure.RELATIVE;
import static dev.gatun.tensor.kernels.Probe.tensor;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.Memory;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.ops.Updates.Adam;
import dev.gatun.tensor.ops.Updates.Lion;
import dev.gatun.tensor.ops.Updates.Sgd;
import java.util.Arrays;
import java.util.List;

/// The cases of [KernelCheck] that step optimizers, all to the bit.
final class UpdateCases {
    private static final Adam ADAM = new Adam(0.9f, 0.1f, 0.95f, 0.05f, -3e-3f, 1e-8f, 0.999f, 0);
    private static final Lion LION = new Lion(1e-3f, 0.9f, 0.1f, 0.99f, 0.01f, 0.999f);

    private UpdateCases() {}

    /// A step that changes up to three tensors besides the parameter.
    @FunctionalInterface
    private interface Step {
        void run(OptimizerKernels kernels, Tensor p, Tensor g, Tensor m, Tensor v);
    }

    static void adam(Probe probe) {
        check(probe, "", (kernels, p, g, m, v) -> kernels.adam(p, g, m, v, ADAM));
        Adam coupled = new Adam(0.9f, 0.1f, 0.999f, 0.001f, -1e-2f, 1e-3f, 1, 0.01f);
        check(probe, " L2", (kernels, p, g, m, v) -> kernels.adam(p, g, m, v, coupled));
    }

    static void sgd(Probe probe) {
        check(probe, "", (kernels, p, g, m, v) -> kernels.sgd(p, g, null, new Sgd(0.1f, 0, 1, 1e-3f, false)));
        check(probe, " momentum", (kernels, p, g, m, v) -> kernels.sgd(p, g, m, new Sgd(0.1f, 0.9f, 0.8f, 0, false)));
        check(probe, " nesterov", (kernels, p, g, m, v) -> kernels.sgd(p, g, m, new Sgd(0.1f, 0.9f, 1, 1e-3f, true)));
    }

    static void lion(Probe probe) {
        check(probe, "", (kernels, p, g, m, v) -> kernels.lion(p, g, m, LION));
    }

    private static void check(Probe probe, String what, Step step) {
        int[] sizes = Arrays.copyOf(KernelCases.SIZES, KernelCases.SIZES.length + 2);
        sizes[sizes.length - 1] = 70_001;
        for (int n : sizes) {
            float[] p = probe.normal(n);
            float[] g = probe.normal(n, 0.1);
            float[] m = probe.normal(n, 0.1);
            float[] v = probe.normal(n, 0.1);
            for (int i = 0; i < n; i++) {
                v[i] *= v[i];
                g[i] = i % 7 == 3 ? 0 : g[i];
                m[i] = i % 14 == 3 ? 0 : m[i];
            }
            for (int which = 0; which < 3; which++) {
                int of = which;
                probe.compare("[" + n + "]" + what + " " + "pmv".charAt(of), BITS, 0, memory -> {
                    Tensor[] changed = {room(probe, memory, p), room(probe, memory, m), room(probe, memory, v)};
                    OptimizerKernels kernels = memory.device().kernels(OptimizerKernels.class);
                    step.run(kernels, changed[0], tensor(memory, g, n), changed[1], changed[2]);
                    step.run(kernels, changed[0], tensor(memory, g, n), changed[1], changed[2]);
                    return changed[of];
                });
            }
        }
    }

    private static Tensor room(Probe probe, Memory memory, float[] values) {
        Tensor room = probe.room(memory, values.length);
        room.write(values);
        return room;
    }

    // ---- 8 bits ----------------------------------------------------------------------------

    /// What a step in 8 bits changes.
    private record State(Tensor p, Tensor m, Tensor sm, Tensor v, Tensor sv) {
        List<Tensor> all() {
            return List.of(p, m, sm, v, sv);
        }
    }

    /// A step that changes state in 8 bits.
    @FunctionalInterface
    private interface Step8 {
        void run(OptimizerKernels kernels, Tensor g, State state);
    }

    static void adam8(Probe probe) {
        check8(probe, "", (kernels, g, s) -> kernels.adam8(s.p, g, s.m, s.sm, s.v, s.sv, ADAM));
        Adam coupled = new Adam(0.9f, 0.1f, 0.999f, 0.001f, -1e-2f, 1e-3f, 0.99f, 0.01f);
        check8(probe, " L2", (kernels, g, s) -> kernels.adam8(s.p, g, s.m, s.sm, s.v, s.sv, coupled));
    }

    static void lion8(Probe probe) {
        check8(probe, "", (kernels, g, s) -> kernels.lion8(s.p, g, s.m, s.sm, LION));
    }

    /// Ordinary numbers, numbers of all magnitudes, blocks of zeros and of subnormal numbers, what is not finite.
    private static void check8(Probe probe, String what, Step8 step) {
        int[] sizes = {1, 255, 256, 257, 4096, 4097, 70_001};
        for (int n : sizes) {
            float[] g = probe.normal(n, 0.1);
            float[] more = probe.normal(n, 0.1);
            for (int i = 0; i < n; i++) {
                int block = i / 256 % 8;
                g[i] *= block == 2 ? 0 : block == 3 ? 1e-38f : block == 4 ? (float) Math.exp(300 * more[i]) : 1;
                g[i] = block == 5 && i % 50 == 7 ? (i % 100 == 7 ? Float.NaN : Float.NEGATIVE_INFINITY) : g[i];
                more[i] *= block == 2 ? 0 : block == 6 ? 1e-20f : 1;
            }
            float[] p = probe.normal(n);
            for (int which = 0; which < 5; which++) {
                int of = which;
                probe.compare(
                        "[" + n + "]" + what + " "
                                + List.of("p", "m", "scales of m", "v", "scales of v")
                                        .get(of),
                        BITS,
                        0,
                        memory -> {
                            int blocks = (n + 255) / 256;
                            Tensor zeros = memory.floats(new float[n]);
                            State state = new State(
                                    room(probe, memory, p),
                                    zeros.to(DType.U8),
                                    room(probe, memory, new float[blocks]),
                                    zeros.to(DType.U8),
                                    room(probe, memory, new float[blocks]));
                            OptimizerKernels kernels = memory.device().kernels(OptimizerKernels.class);
                            step.run(kernels, tensor(memory, g, n), state);
                            step.run(kernels, tensor(memory, more, n), state);
                            step.run(kernels, tensor(memory, g, n), state);
                            return state.all().get(of).to(DType.F32);
                        });
            }
        }
    }

    // ---- norm ------------------------------------------------------------------------------

    static void squares(Probe probe) {
        for (int n : new int[] {0, 1, 3, 15, 17, 33, 4095, 4096, 4097, 20_011, 300_001}) {
            for (double size : new double[] {1, 1e-25, 1e25}) {
                float[] x = probe.normal(n, size);
                probe.compare("[" + n + "] of about " + size, RELATIVE, Probe.EPS, memory -> {
                    double sum = memory.device().kernels(OptimizerKernels.class).squares(tensor(memory, x, n));
                    return memory.floats(new float[] {(float) (Math.sqrt(sum) / size)});
                });
            }
        }
        for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
            float[] x = probe.normal(5000);
            x[4999] = bad;
            probe.compare(
                    "with " + bad,
                    BITS,
                    0,
                    memory -> memory.floats(new float[] {
                        (float) memory.device().kernels(OptimizerKernels.class).squares(tensor(memory, x, 5000))
                    }));
        }
    }
}
