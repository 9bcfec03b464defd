package dev.gatun.tensor.kernels;

import static dev.gatun.tensor.kernels.Probe.Measure.BITS;
import static dev.gatun.tensor.kernels.Probe.tensor;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.Shape;
import dev.gatun.tensor.Tensor;

/// The cases of [KernelCheck] that move elements and convert them, all to the bit.
final class MovingCases {
    private MovingCases() {}

    static void gather(Probe probe) {
        for (DType type : new DType[] {DType.F32, DType.BF16, DType.F16}) {
            for (int columns : KernelCases.SIZES) {
                int rows = columns > 1000 ? 40 : 9;
                float[] table = probe.normal((long) rows * columns);
                int[] ids = probe.ints(rows + 5, 0, rows);
                probe.compare(type + "[" + rows + "," + columns + "]", BITS, 0, memory -> {
                    Tensor y = probe.room(memory, ids.length, columns);
                    Tensor from = tensor(memory, table, rows, columns).to(type);
                    memory.device().kernels(GatherKernels.class).gather(y, from, memory.ints(ids));
                    return y;
                });
            }
        }
    }

    static void scatterAdd(Probe probe) {
        for (int columns : KernelCases.SIZES) {
            int rows = columns > 1000 ? 40 : 9;
            float[] table = probe.normal((long) rows * columns);
            int[] ids = probe.ints(rows + 50, 0, rows - 1);
            float[] x = probe.normal((long) ids.length * columns);
            probe.compare("[" + rows + "," + columns + "]", BITS, 0, memory -> {
                Tensor y = probe.room(memory, rows, columns);
                y.set(tensor(memory, table, rows, columns));
                memory.device().kernels(GatherKernels.class).scatterAdd(y, tensor(memory, x, ids.length, columns), memory.ints(ids));
                return y;
            });
        }
    }

    static void fill(Probe probe) {
        for (int n : new int[] {0, 1, 17, 4097, 300_001}) {
            for (float value : new float[] {0, -0f, 3.5f, Float.NaN}) {
                probe.compare(value + "[" + n + "]", BITS, 0, memory -> {
                    Tensor y = probe.room(memory, n);
                    y.fill(value);
                    return y;
                });
            }
        }
    }

    static void copy(Probe probe) {
        long[][] shapes = {{5}, {33, 70}, {3, 17, 4, 65}, {1, 1}, {0, 3}, {300, 7, 50}};
        for (long[] dims : shapes) {
            float[] x = probe.normal(Shape.of(dims).size());
            for (int axis = 0; axis < dims.length; axis++) {
                int with = axis;
                probe.compare(Shape.of(dims) + " transposed " + axis, BITS, 0, memory -> {
                    Tensor from = tensor(memory, x, dims).transpose(0, with);
                    Tensor y = probe.room(memory, from.shape().dims());
                    y.set(from);
                    Tensor z = probe.room(memory, dims);
                    z.transpose(0, with).set(y);
                    return z;
                });
            }
        }
    }

    static void convert(Probe probe) {
        float[] halves = new float[1 << 16];
        float[] bfloats = new float[1 << 16];
        for (int i = 0; i < halves.length; i++) {
            halves[i] = Float.float16ToFloat((short) i);
            bfloats[i] = DType.bf16ToFloat((short) i);
        }
        int[] patterns = probe.ints(200_003, Integer.MIN_VALUE, Integer.MAX_VALUE);
        float[] any = new float[patterns.length];
        for (int i = 0; i < any.length; i++) {
            any[i] = Float.intBitsToFloat(patterns[i]);
        }
        float[] ties = probe.normal(100_000);
        for (int i = 0; i < ties.length; i++) { // halfway between two bf16, or two f16
            int bits = Float.floatToIntBits(ties[i] * 1e-4f);
            ties[i] = Float.intBitsToFloat(i % 2 == 0 ? bits & ~0xffff | 0x8000 : bits & ~0x1fff | 0x1000);
        }
        for (DType type : DType.values()) {
            convert(probe, type, "all f16", halves);
            convert(probe, type, "all bf16", bfloats);
            convert(probe, type, "any bits", any);
            convert(probe, type, "ties", ties);
            for (int n : KernelCases.SIZES) {
                convert(probe, type, "[" + n + "]", probe.normal(n, 100));
            }
        }
    }

    /// There and back: what is not rounded on the way there comes back as it was.
    private static void convert(Probe probe, DType type, String what, float[] x) {
        probe.compare(what + " to " + type, BITS, 0, memory -> {
            Tensor there = tensor(memory, x, x.length).to(type);
            Tensor y = probe.room(memory, x.length);
            y.set(there);
            return y;
        });
    }
}
