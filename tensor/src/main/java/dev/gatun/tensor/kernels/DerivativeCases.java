package dev.gatun.tensor.kernels;

import static dev.gatun.tensor.kernels.Probe.EPS;
import static dev.gatun.tensor.kernels.Probe.Measure.BITS;
import static dev.gatun.tensor.kernels.Probe.Measure.SCALED;
import static dev.gatun.tensor.kernels.Probe.tensor;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.Device;
import dev.gatun.tensor.Memory;
import dev.gatun.tensor.Shape;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.kernels.ElementwiseKernels.Binary;
import dev.gatun.tensor.kernels.ElementwiseKernels.Unary;
import dev.gatun.tensor.kernels.ReduceKernels.Reduction;
import java.util.function.BiConsumer;

/// The cases of [KernelCheck] for derivatives.
final class DerivativeCases {
    private static final double FUNCTION = 4e-7;

    private DerivativeCases() {}

    static void unary(Probe probe, Unary f) {
        boolean positive = f == Unary.SQRT || f == Unary.RSQRT || f == Unary.LOG;
        for (int n : KernelCases.SIZES) {
            float[] x = probe.normal(n, f == Unary.EXP ? 3 : 8);
            float[] dy = probe.normal(n);
            for (int i = 0; positive && i < n; i++) {
                x[i] = Math.abs(x[i]) + 0.1f;
            }
            if (n > 5 && !positive) {
                x[3] = 0;
                x[4] = f == Unary.EXP ? -200 : 200;
                x[5] = -200;
            }
            float[] y = reference(f, x); // the same for both: 1 − y² cancels
            for (boolean inPlace : new boolean[] {false, true}) {
                probe.compare("[" + n + "]" + (inPlace ? " in place" : ""), SCALED, FUNCTION, memory -> {
                    Tensor above = tensor(memory, dy, n);
                    Tensor dx = inPlace ? above : probe.room(memory, n);
                    memory.device().kernels(ElementwiseKernels.class).unaryBackward(f, dx, above, tensor(memory, x, n), tensor(memory, y, n));
                    return dx;
                });
            }
        }
    }

    private static float[] reference(Unary f, float[] x) {
        Tensor y = Memory.collected(Device.reference()).floats(x);
        y.device().kernels(ElementwiseKernels.class).unary(f, y, y);
        return y.toArray();
    }

    static void swiglu(Probe probe) {
        for (int n : KernelCases.SIZES) {
            float[] gate = probe.normal(n, 4);
            float[] up = probe.normal(n);
            float[] dy = probe.normal(n);
            if (n > 5) {
                gate[4] = 200;
                gate[5] = -200;
            }
            both(
                    probe,
                    "[" + n + "]",
                    FUNCTION,
                    new long[] {n},
                    new long[] {n},
                    (memory, results) -> memory.device()
                            .kernels(ElementwiseKernels.class)
                            .swigluBackward(results[0], results[1], tensor(memory, dy, n), tensor(memory, gate, n), tensor(memory, up, n)));
        }
    }

    static void swigluHalves(Probe probe) {
        for (int n : KernelCases.SIZES) {
            for (int rows : new int[] {0, 1, 3, 60_000 / (n + 100)}) {
                float[] both = probe.normal(2L * rows * n, 2);
                float[] dy = probe.normal((long) rows * n);
                probe.compare("[" + rows + "," + n + "]", SCALED, FUNCTION, memory -> {
                    Tensor dx = probe.room(memory, rows, 2L * n);
                    var kernels = memory.device().kernels(ElementwiseKernels.class);
                    kernels.swigluHalvesBackward(dx, tensor(memory, dy, rows, n), tensor(memory, both, rows, 2L * n));
                    return dx;
                });
            }
        }
    }

    /// A kernel of two results, each compared.
    private static void both(Probe probe, String what, double tolerance, long[] one, long[] other, BiConsumer<Memory, Tensor[]> kernel) {
        for (int i = 0; i < 2; i++) {
            int wanted = i;
            probe.compare(what + " result " + i, SCALED, tolerance, memory -> {
                Tensor[] results = {probe.room(memory, one), probe.room(memory, other)};
                kernel.accept(memory, results);
                return results[wanted];
            });
        }
    }

    static void rmsNorm(Probe probe) {
        norm(probe, 1);
    }

    static void layerNorm(Probe probe) {
        norm(probe, 2);
    }

    /// @param weights how many gradients of weights there are: 2 of layer norm
    private static void norm(Probe probe, int weights) {
        for (int columns : KernelCases.SIZES) {
            for (int rows : new int[] {1, 3, 50, 200_000 / (columns + 200)}) {
                float[] x = probe.normal((long) rows * columns);
                float[] dy = probe.normal((long) rows * columns);
                float[] weight = probe.normal(columns);
                int parts = rows == 50 ? 64 : 1 + rows / 16; // more than there are rows, too
                double tolerance = EPS * (12 + Math.sqrt(columns) + Math.sqrt(rows));
                if (columns <= weights) { // a row has no gradient but what rounding leaves
                    continue;
                }
                if (weights == 2) {
                    for (int i = 0; i < x.length; i++) {
                        x[i] += 10f * (i / columns % 3);
                    }
                    tolerance *= 4; // what the mean costs
                }
                long[] size = {rows, columns};
                for (boolean add : new boolean[] {false, true}) {
                    both(probe, Shape.of(size) + " add " + add, tolerance, size, new long[] {parts, weights, columns}, (memory, results) -> {
                        NormKernels kernels = memory.device().kernels(NormKernels.class);
                        Tensor above = tensor(memory, dy, size);
                        Tensor from = tensor(memory, x, size);
                        Tensor w = tensor(memory, weight, columns);
                        Tensor sums = add && rows == 3 ? null : results[1];
                        if (add) {
                            results[0].set(above);
                        }
                        if (weights == 1) {
                            kernels.rmsNormBackward(results[0], add, sums, above, from, w, 1e-5f);
                        } else {
                            kernels.layerNormBackward(results[0], add, sums, above, from, w, 1e-5f);
                        }
                    });
                }
            }
        }
    }

    static void crossEntropy(Probe probe) {
        for (int columns : new int[] {1, 3, 17, 65, 4097, 9000}) {
            float[] x = probe.normal(5L * columns, 3);
            float[] dy = probe.normal(5);
            int[] labels = probe.ints(5, 0, columns);
            labels[1] = -100;
            if (columns > 2) {
                labels[3] = 1;
                x[3 * columns + 1] = Float.NEGATIVE_INFINITY; // the loss is infinite, its derivative is not
                x[2 * columns] = Float.NEGATIVE_INFINITY;
                labels[2] = 2;
                x[2 * columns + 2] = 40; // nearly certain: the loss is nearly 0
            }
            for (boolean inPlace : new boolean[] {false, true}) {
                probe.compare("[5," + columns + "]" + (inPlace ? " in place" : ""), SCALED, 1e-6, memory -> {
                    LossKernels kernels = memory.device().kernels(LossKernels.class);
                    Tensor logits = tensor(memory, x, 5, columns);
                    Tensor loss = memory.allocate(DType.F32, 5);
                    kernels.crossEntropy(loss, logits, memory.ints(labels));
                    Tensor dx = inPlace ? logits : probe.room(memory, 5, columns);
                    kernels.crossEntropyBackward(dx, tensor(memory, dy, 5), loss, logits, memory.ints(labels));
                    return dx;
                });
            }
        }
    }

    static void pick(Probe probe, Binary f) {
        for (int n : KernelCases.SIZES) {
            float[] a = probe.normal(n);
            float[] b = probe.normal(n);
            float[] dy = probe.normal(n);
            for (int i = 0; i < n; i += 3) {
                b[i] = a[i];
            }
            probe.compare("[" + n + "]", BITS, 0, memory -> {
                Tensor da = probe.room(memory, n);
                memory.device()
                        .kernels(ElementwiseKernels.class)
                        .pickBackward(f, da, tensor(memory, dy, n), tensor(memory, a, n), tensor(memory, b, n));
                return da;
            });
        }
    }

    static void reduce(Probe probe) {
        for (Reduction reduction : new Reduction[] {Reduction.MAX, Reduction.MIN}) {
            for (int n : KernelCases.SIZES) {
                for (int inner : new int[] {1, 5, 70}) {
                    int[] few = probe.ints(3L * n * inner, -4, 4); // many are equal
                    float[] x = new float[few.length];
                    for (int i = 0; i < x.length; i++) {
                        x[i] = few[i];
                    }
                    float[] dy = probe.normal(3L * inner);
                    probe.compare("[3," + n + "," + inner + "]", BITS, 0, memory -> {
                        ReduceKernels kernels = memory.device().kernels(ReduceKernels.class);
                        Tensor from = tensor(memory, x, 3, n, inner);
                        Tensor y = memory.allocate(DType.F32, 3, inner);
                        kernels.reduce(reduction, y, from);
                        Tensor dx = probe.room(memory, 3, n, inner);
                        kernels.pickBackward(dx, tensor(memory, dy, 3, inner), y, from);
                        return dx;
                    });
                }
            }
        }
    }

    static void softmax(Probe probe, boolean log) {
        for (int columns : KernelCases.SIZES) {
            int rows = 1 + 50_000 / (columns + 200);
            Tensor x = Memory.collected(Device.reference()).floats(probe.normal((long) rows * columns, 2), rows, columns);
            NormKernels reference = x.device().kernels(NormKernels.class);
            if (log) {
                reference.logSoftmax(x, x);
            } else {
                reference.softmax(x, x);
            }
            float[] y = x.toArray();
            float[] dy = probe.normal(y.length);
            if (columns == 1) { // no gradient but what rounding leaves
                continue;
            }
            probe.compare("[" + rows + "," + columns + "]", SCALED, EPS * (8 + Math.sqrt(columns)), memory -> {
                Tensor dx = probe.room(memory, rows, columns);
                NormKernels kernels = memory.device().kernels(NormKernels.class);
                Tensor of = tensor(memory, y, rows, columns);
                Tensor above = tensor(memory, dy, rows, columns);
                if (log) {
                    kernels.logSoftmaxBackward(dx, above, of);
                } else {
                    kernels.softmaxBackward(dx, above, of);
                }
                return dx;
            });
        }
    }

    static void logSumExp(Probe probe) {
        for (int columns : KernelCases.SIZES) {
            int rows = 1 + 50_000 / (columns + 200);
            float[] x = probe.normal((long) rows * columns, 3);
            float[] dy = probe.normal(rows);
            probe.compare("[" + rows + "," + columns + "]", SCALED, 2e-6, memory -> {
                NormKernels kernels = memory.device().kernels(NormKernels.class);
                Tensor from = tensor(memory, x, rows, columns);
                Tensor y = memory.allocate(DType.F32, rows);
                kernels.logSumExp(y, from);
                Tensor dx = probe.room(memory, rows, columns);
                kernels.logSumExpBackward(dx, tensor(memory, dy, rows), y, from);
                return dx;
            });
        }
    }
}
