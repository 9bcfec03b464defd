package dev.gatun.tensor.kernels;

import static dev.gatun.tensor.kernels.Probe.EPS;
import static dev.gatun.tensor.kernels.Probe.Measure.BITS;
import static dev.gatun.tensor.kernels.Probe.Measure.RELATIVE;
import static dev.gatun.tensor.kernels.Probe.Measure.SCALED;
import static dev.gatun.tensor.kernels.Probe.tensor;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.Memory;
import dev.gatun.tensor.Shape;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.kernels.ElementwiseKernels.Binary;
import dev.gatun.tensor.kernels.ElementwiseKernels.Unary;
import dev.gatun.tensor.kernels.ReduceKernels.Reduction;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/// The cases of [KernelCheck] that compute elements and rows: which inputs, how exact.
///
/// A sum of n terms may be off by about `EPS·√n` of the largest result, a transcendental function by
/// 3e-7 of its value.
final class KernelCases {
    /// All cases of one kernel.
    @FunctionalInterface
    interface Case {
        void run(Probe probe);
    }

    static final Map<String, Case> ALL = new LinkedHashMap<>();

    /// Around the widths of vectors, and large enough for several threads.
    static final int[] SIZES = {1, 3, 7, 15, 16, 17, 31, 33, 65, 207, 768, 4096, 4097};

    private static final double FUNCTION = 3e-7;
    private static final int PARALLEL = 70_001;

    private static final float[] SPECIAL = {
        0f,
        -0f,
        1f,
        -1f,
        Float.NaN,
        Float.POSITIVE_INFINITY,
        Float.NEGATIVE_INFINITY,
        Float.MIN_VALUE,
        -Float.MIN_VALUE,
        1e-40f,
        -1e-40f,
        Float.MIN_NORMAL,
        -Float.MIN_NORMAL,
        Float.MAX_VALUE,
        -Float.MAX_VALUE,
        1e30f,
        -1e30f,
        1e-10f,
        -1e-10f,
        0.5f,
        2f,
        0.625f,
        -0.62f,
        9.01f,
        -9.1f,
        20f,
        -20f,
        87.3f,
        -87.3f,
        -87.4f,
        88.7f,
        88.73f,
        -88.8f,
        89.5f,
        -103f,
        -104.5f,
        128f,
        -200f,
        0.99999994f,
        1.0000001f,
        1.4142135f,
        0.70710677f,
        3e-5f,
    };

    private KernelCases() {}

    static {
        for (Unary f : Unary.values()) {
            ALL.put(name(f), probe -> unary(probe, f));
        }
        for (Binary f : Binary.values()) {
            ALL.put(name(f), probe -> binary(probe, f));
        }
        ALL.put("maxBackward", probe -> DerivativeCases.pick(probe, Binary.MAX));
        ALL.put("minBackward", probe -> DerivativeCases.pick(probe, Binary.MIN));
        ALL.put("dropout", KernelCases::dropout);
        for (Unary f : Unary.values()) {
            ALL.put(name(f) + "Backward", probe -> DerivativeCases.unary(probe, f));
        }
        ALL.put("affine", KernelCases::affine);
        ALL.put("swiglu", KernelCases::swiglu);
        ALL.put("rmsNorm", KernelCases::rmsNorm);
        ALL.put("rmsNormOfSum", KernelCases::rmsNormOfSum);
        ALL.put("swigluHalves", KernelCases::swigluHalves);
        ALL.put("swigluBackward", DerivativeCases::swiglu);
        ALL.put("swigluHalvesBackward", DerivativeCases::swigluHalves);
        ALL.put("rmsNormBackward", DerivativeCases::rmsNorm);
        ALL.put("layerNorm", KernelCases::layerNorm);
        ALL.put("layerNormBackward", DerivativeCases::layerNorm);
        ALL.put("softmaxBackward", probe -> DerivativeCases.softmax(probe, false));
        ALL.put("logSoftmaxBackward", probe -> DerivativeCases.softmax(probe, true));
        ALL.put("logSumExp", KernelCases::logSumExp);
        ALL.put("logSumExpBackward", DerivativeCases::logSumExp);
        ALL.put("reduce backward", DerivativeCases::reduce);
        ALL.put("crossEntropyBackward", DerivativeCases::crossEntropy);
        ALL.put("softmax", probe -> softmax(probe, false));
        ALL.put("logSoftmax", probe -> softmax(probe, true));
        ALL.put("crossEntropy", KernelCases::crossEntropy);
        for (Reduction reduction : Reduction.values()) {
            ALL.put("reduce " + name(reduction), probe -> reduce(probe, reduction));
        }
        ALL.put("argMax", KernelCases::argMax);
        ALL.put("gather", MovingCases::gather);
        ALL.put("scatterAdd", MovingCases::scatterAdd);
        ALL.put("copy", MovingCases::copy);
        ALL.put("fill", MovingCases::fill);
        ALL.put("convert", MovingCases::convert);
        ALL.put("rope", probe -> ProductCases.rope(probe, false));
        ALL.put("ropeBackward", probe -> ProductCases.rope(probe, true));
        ALL.put("scan", RecurrentCases::scan);
        ALL.put("scanBackward", RecurrentCases::scanBackward);
        ALL.put("int8", RecurrentCases::int8);
        ALL.put("ternary", RecurrentCases::ternary);
        ALL.put("normInt8", RecurrentCases::normInt8);
        ALL.put("attention", probe -> ProductCases.attention(probe, DType.F32));
        ALL.put("attentionBf16", probe -> ProductCases.attention(probe, DType.BF16));
        ALL.put("attentionInt8", probe -> ProductCases.attention(probe, DType.I8));
        ALL.put("attention for training", ProductCases::attentionForTraining);
        ALL.put("attention backward", ProductCases::attentionBackward);
        ALL.put("toInt8", ProductCases::toInt8);
        ALL.put("attentionForTraining", ProductCases::attentionForTraining);
        ALL.put("attentionBackward", ProductCases::attentionBackward);
        ALL.put("linear", probe -> ProductCases.linear(probe, DType.F32));
        ALL.put("linearBf16", probe -> ProductCases.linear(probe, DType.BF16));
        ALL.put("linearF16", probe -> ProductCases.linear(probe, DType.F16));
        ALL.put("matmul", ProductCases::matmul);
        ALL.put("adam", UpdateCases::adam);
        ALL.put("sgd", UpdateCases::sgd);
        ALL.put("lion", UpdateCases::lion);
        ALL.put("adam8", UpdateCases::adam8);
        ALL.put("lion8", UpdateCases::lion8);
        ALL.put("squares", UpdateCases::squares);
    }

    private static String name(Enum<?> f) {
        return f.name().toLowerCase(Locale.ROOT);
    }

    private static int[] sizes(int... more) {
        int[] sizes = Arrays.copyOf(SIZES, SIZES.length + more.length);
        System.arraycopy(more, 0, sizes, SIZES.length, more.length);
        return sizes;
    }

    // ---- one element -----------------------------------------------------------------------

    private static void unary(Probe probe, Unary f) {
        for (int n : sizes(0, PARALLEL)) {
            unary(probe, f, "[" + n + "]", probe.normal(n));
            unary(probe, f, "[" + n + "] wide", probe.normal(n, 30));
        }
        float[] positive = probe.normal(4097, 40);
        for (int i = 0; i < positive.length; i++) {
            positive[i] = (float) Math.exp(positive[i]);
        }
        unary(probe, f, "of all magnitudes", positive);
        float[] special = new float[SPECIAL.length * 17];
        for (int i = 0; i < special.length; i++) {
            special[i] = SPECIAL[i % SPECIAL.length];
        }
        unary(probe, f, "special values", special);
        for (float value : SPECIAL) {
            unary(probe, f, "the value " + value, new float[] {value});
        }
    }

    private static void unary(Probe probe, Unary f, String what, float[] x) {
        boolean exact = switch (f) {
            case ABS, SQUARE, SQRT, RELU -> true;
            default -> false;
        };
        double tolerance = switch (f) {
            case GELU -> 3 * FUNCTION; // the tail's share too
            case GELU_TANH -> 3e-5; // where nearly nothing is left: the argument, some 80, is rounded
            default -> FUNCTION;
        };
        probe.compare(what, exact ? BITS : RELATIVE, tolerance, memory -> {
            Tensor y = probe.room(memory, x.length);
            elementwise(memory).unary(f, y, tensor(memory, x, x.length));
            return y;
        });
        probe.compare(what + " in place", exact ? BITS : RELATIVE, tolerance, memory -> {
            Tensor y = tensor(memory, x, x.length);
            elementwise(memory).unary(f, y, y);
            return y;
        });
    }

    private static ElementwiseKernels elementwise(Memory memory) {
        return memory.device().kernels(ElementwiseKernels.class);
    }

    private static final long[][][] BROADCASTS = {
        // y, a, b
        {{3, 65}, {3, 65}, {65}},
        {{3, 65}, {65}, {3, 65}},
        {{3, 65}, {3, 1}, {3, 65}},
        {{3, 65}, {3, 65}, {3, 1}},
        {{3, 5, 7}, {3, 1, 7}, {1, 5, 1}},
        {{2, 3, 4, 17}, {2, 1, 4, 1}, {3, 1, 17}},
        {{2, 3, 4, 17}, {2, 3, 1, 1}, {1, 3, 4, 17}},
        {{5, 2}, {5, 1}, {2}},
        {{300, 300}, {300, 300}, {300}},
        {{300, 300}, {300, 1}, {300}},
        {{40, 3, 900}, {40, 1, 900}, {3, 1}},
        {{}, {}, {}},
        {{0, 3}, {3}, {0, 3}},
    };

    private static void binary(Probe probe, Binary f) {
        for (int n : sizes(0, PARALLEL)) {
            binary(probe, f, new long[] {n}, new long[] {n}, new long[] {n});
            binary(probe, f, new long[] {n}, new long[] {1}, new long[] {n});
            binary(probe, f, new long[] {n}, new long[] {n}, new long[] {1});
        }
        for (long[][] dims : BROADCASTS) {
            binary(probe, f, dims[0], dims[1], dims[2]);
        }
        float[] a = probe.normal(33 * 70);
        float[] b = probe.normal(33 * 70);
        probe.compare("transposed", BITS, 0, memory -> {
            Tensor y = probe.room(memory, 70, 33);
            Tensor p = tensor(memory, a, 33, 70).transpose();
            elementwise(memory).binary(f, y, p, tensor(memory, b, 70, 33));
            return y;
        });
        int n = SPECIAL.length;
        probe.compare("special values", BITS, 0, memory -> {
            Tensor y = probe.room(memory, n, n);
            Shape square = y.shape();
            Tensor rows = tensor(memory, SPECIAL, 1, n).broadcastTo(square);
            Tensor columns = tensor(memory, SPECIAL, n, 1).broadcastTo(square);
            elementwise(memory).binary(f, y, rows, columns.contiguous());
            return y;
        });
    }

    private static void binary(Probe probe, Binary f, long[] y, long[] a, long[] b) {
        float[] p = probe.normal(Shape.of(a).size());
        float[] q = probe.normal(Shape.of(b).size());
        probe.compare(Shape.of(a) + " with " + Shape.of(b), BITS, 0, memory -> {
            Tensor result = probe.room(memory, y);
            Tensor left = tensor(memory, p, a).broadcastTo(result.shape());
            Tensor right = tensor(memory, q, b).broadcastTo(result.shape());
            elementwise(memory).binary(f, result, left, right);
            return result;
        });
    }

    private static void affine(Probe probe) {
        for (int n : sizes(0, PARALLEL)) {
            float[] x = probe.normal(n);
            probe.compare("[" + n + "]", RELATIVE, 2 * EPS, memory -> {
                Tensor y = probe.room(memory, n);
                elementwise(memory).affine(y, tensor(memory, x, n), 1.7f, -0.3f);
                return y;
            });
        }
    }

    private static void swiglu(Probe probe) {
        for (int n : sizes(0, PARALLEL)) {
            float[] gate = probe.normal(n, 4);
            float[] up = probe.normal(n);
            probe.compare("[" + n + "]", RELATIVE, FUNCTION + EPS, memory -> {
                Tensor y = probe.room(memory, n);
                Tensor g = tensor(memory, gate, n);
                elementwise(memory).swiglu(y, g, tensor(memory, up, n));
                return y;
            });
        }
    }

    private static void swigluHalves(Probe probe) {
        for (int n : SIZES) {
            for (int rows : new int[] {0, 1, 3, 60_000 / (n + 100)}) {
                float[] both = probe.normal(2L * rows * n, 2);
                probe.compare("[" + rows + "," + n + "]", RELATIVE, FUNCTION + EPS, memory -> {
                    Tensor y = probe.room(memory, rows, n);
                    elementwise(memory).swigluHalves(y, tensor(memory, both, rows, 2L * n));
                    return y;
                });
            }
        }
    }

    // ---- rows ------------------------------------------------------------------------------

    private static void rmsNorm(Probe probe) {
        for (int columns : SIZES) {
            for (int rows : new int[] {0, 1, 3, 200_000 / (columns + 200)}) {
                float[] x = probe.normal((long) rows * columns);
                float[] w = probe.normal(columns);
                probe.compare("[" + rows + "," + columns + "]", RELATIVE, EPS * (6 + Math.sqrt(columns)), memory -> {
                    Tensor y = probe.room(memory, rows, columns);
                    Tensor from = tensor(memory, x, rows, columns);
                    memory.device().kernels(NormKernels.class).rmsNorm(y, from, tensor(memory, w, columns), 1e-5f);
                    return y;
                });
            }
        }
    }

    private static void rmsNormOfSum(Probe probe) {
        for (int columns : SIZES) {
            for (int rows : new int[] {0, 1, 3, 200_000 / (columns + 200)}) {
                float[] a = probe.normal((long) rows * columns);
                float[] b = probe.normal((long) rows * columns);
                float[] w = probe.normal(columns);
                probe.compare("[" + rows + "," + columns + "]", RELATIVE, EPS * (6 + Math.sqrt(columns)), memory -> {
                    Tensor both = probe.room(memory, 2, rows, columns);
                    Tensor summand = tensor(memory, a, rows, columns);
                    NormKernels kernels = memory.device().kernels(NormKernels.class);
                    kernels.rmsNormOfSum(
                            both.select(0, 0), both.select(0, 1), summand, tensor(memory, b, rows, columns), tensor(memory, w, columns), 1e-5f);
                    return both;
                });
            }
        }
    }

    private static void layerNorm(Probe probe) {
        for (int columns : SIZES) {
            for (int rows : new int[] {0, 1, 3, 200_000 / (columns + 200)}) {
                float[] x = probe.normal((long) rows * columns);
                for (int i = 0; i < x.length; i++) {
                    x[i] += 100f * (i / columns % 3); // a mean much larger than the deviation
                }
                float[] w = probe.normal(columns);
                float[] b = probe.normal(columns);
                probe.compare("[" + rows + "," + columns + "]", SCALED, EPS * (8 + Math.sqrt(columns)), memory -> {
                    Tensor y = probe.room(memory, rows, columns);
                    Tensor bias = rows == 3 ? null : tensor(memory, b, columns);
                    memory.device()
                            .kernels(NormKernels.class)
                            .layerNorm(y, tensor(memory, x, rows, columns), tensor(memory, w, columns), bias, 1e-5f);
                    return y;
                });
            }
        }
    }

    private static void logSumExp(Probe probe) {
        for (int columns : sizes(9000)) {
            for (int rows : new int[] {0, 1, 100_000 / (columns + 200)}) {
                float[] x = probe.normal((long) rows * columns, 5);
                probe.compare("[" + rows + "," + columns + "]", SCALED, EPS * 8, memory -> {
                    Tensor y = probe.room(memory, rows);
                    memory.device().kernels(NormKernels.class).logSumExp(y, tensor(memory, x, rows, columns));
                    return y;
                });
            }
        }
    }

    private static void dropout(Probe probe) {
        for (int n : sizes(0, 64, 127, PARALLEL)) {
            float[] x = probe.normal(n);
            for (boolean inPlace : new boolean[] {false, true}) {
                probe.compare("[" + n + "]" + (inPlace ? " in place" : ""), BITS, 0, memory -> {
                    Tensor from = tensor(memory, x, n);
                    Tensor y = inPlace ? from : probe.room(memory, n);
                    memory.device().kernels(DropoutKernels.class).dropout(y, from, 5_000_000, 1.4f, -7_000_000_001L, 3, n);
                    return y;
                });
            }
        }
    }

    private static void softmax(Probe probe, boolean log) {
        for (int columns : sizes(9000)) {
            for (int rows : new int[] {0, 1, 3, 100_000 / (columns + 200)}) {
                softmax(probe, log, rows, columns, probe.normal((long) rows * columns, 5));
            }
        }
        for (int columns : new int[] {3, 40, 9000}) {
            float[] x = probe.normal(5L * columns);
            float inf = Float.POSITIVE_INFINITY;
            Arrays.fill(x, 0, columns, -inf); // NaN, as there is no largest
            Arrays.fill(x, columns, 2 * columns - 1, -inf); // all but the last
            x[2 * columns] = Float.NaN;
            x[3 * columns + 1] = inf; // inf - inf
            x[4 * columns + 2] = 3e38f;
            softmax(probe, log, 5, columns, x);
        }
    }

    private static void softmax(Probe probe, boolean log, int rows, int columns, float[] x) {
        for (boolean inPlace : new boolean[] {false, true}) {
            probe.compare("[" + rows + "," + columns + "]" + (inPlace ? " in place" : ""), SCALED, EPS * (8 + Math.sqrt(columns)), memory -> {
                Tensor from = tensor(memory, x, rows, columns);
                Tensor y = inPlace ? from : probe.room(memory, rows, columns);
                NormKernels norms = memory.device().kernels(NormKernels.class);
                if (log) {
                    norms.logSoftmax(y, from);
                } else {
                    norms.softmax(y, from);
                }
                return y;
            });
        }
    }

    private static void crossEntropy(Probe probe) {
        for (int columns : sizes(9000, 130_001)) {
            int rows = columns > 100_000 ? 2 : 5;
            float[] x = probe.normal((long) rows * columns, 3);
            int[] labels = probe.ints(rows, 0, columns);
            labels[1] = -100;
            if (rows == 5 && columns > 2) {
                Arrays.fill(x, 2 * columns, 3 * columns, Float.NEGATIVE_INFINITY);
                x[3 * columns] = Float.NEGATIVE_INFINITY;
                x[4 * columns + 2] = Float.NaN;
            }
            probe.compare("[" + rows + "," + columns + "]", SCALED, EPS * (8 + Math.sqrt(columns) / 4), memory -> {
                Tensor loss = probe.room(memory, rows);
                memory.device().kernels(LossKernels.class).crossEntropy(loss, tensor(memory, x, rows, columns), memory.ints(labels));
                return loss;
            });
        }
    }

    private static void reduce(Probe probe, Reduction reduction) {
        for (int n : sizes(20_011)) {
            for (int inner : new int[] {1, 3, 16, 17, 65, 300}) {
                int outer = inner == 1 && n < 1000 ? 90 : 2;
                if ((long) n * inner < 1_000_000) {
                    float[] x = probe.normal((long) outer * n * inner);
                    x[x.length / 2] = inner == 3 ? Float.NaN : x[0];
                    reduce(probe, reduction, outer, n, inner, x);
                }
            }
        }
        reduce(probe, reduction, 0, 3, 5, new float[0]);
        reduce(probe, reduction, 3, 5, 0, new float[0]);
        reduce(probe, reduction, 3, 700, 40, probe.normal(84_000));
    }

    private static void reduce(Probe probe, Reduction reduction, int outer, int n, int inner, float[] x) {
        probe.compare("[" + outer + "," + n + "," + inner + "]", reduction == Reduction.SUM ? SCALED : BITS, EPS * (2 + Math.sqrt(n)), memory -> {
            Tensor y = probe.room(memory, outer, inner);
            memory.device().kernels(ReduceKernels.class).reduce(reduction, y, tensor(memory, x, outer, n, inner));
            return y;
        });
    }

    private static void argMax(Probe probe) {
        for (int columns : sizes(20_011)) {
            int rows = columns > 1000 ? 9 : 100;
            float[] x = probe.normal((long) rows * columns);
            if (columns > 6) {
                Arrays.fill(x, 0, columns, Float.NEGATIVE_INFINITY);
                Arrays.fill(x, columns, 2 * columns, Float.NaN);
                x[2 * columns + 5] = Float.NaN;
                Arrays.fill(x, 3 * columns + 1, 4 * columns, 9f); // ties
                x[5 * columns - 1] = Float.POSITIVE_INFINITY;
                x[5 * columns] = -0f;
            }
            probe.compare("[" + rows + "," + columns + "]", BITS, 0, memory -> {
                Tensor y = Probe.intRoom(memory, rows);
                memory.device().kernels(ReduceKernels.class).argMax(y, tensor(memory, x, rows, columns));
                return y;
            });
        }
    }
}
