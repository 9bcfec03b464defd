package dev.gatun.tensor.kernels;

import static dev.gatun.tensor.kernels.Probe.EPS;
import static dev.gatun.tensor.kernels.Probe.Measure.BITS;
import static dev.gatun.tensor.kernels.Probe.Measure.SCALED;
import static dev.gatun.tensor.kernels.Probe.tensor;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.Device;
import dev.gatun.tensor.Memory;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.Weight;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The cases of [KernelCheck] for matrix products, attention and rotary positions.
final class ProductCases {
    private ProductCases() {}

    // ---- attention -------------------------------------------------------------------------

    /// One call of attention.
    ///
    /// @param padding per batch row, or empty for none
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Call(int b, int t, int h, int hkv, int d, int first, int... padding) {
        int slots() {
            return first + t;
        }

        float scale() {
            return (float) (1 / Math.sqrt(d));
        }

        @Override
        public String toString() {
            return "B" + b + " T" + t + " H" + h + " Hkv" + hkv + " D" + d + " first " + first
                    + (padding.length == 0 ? "" : " padding " + Arrays.toString(padding));
        }
    }

    private static final Call[] CALLS = {
        new Call(1, 1, 1, 1, 1, 0),
        new Call(1, 1, 4, 4, 8, 0),
        new Call(1, 1, 8, 2, 64, 206),
        new Call(1, 1, 32, 8, 64, 300),
        new Call(1, 1, 3, 1, 80, 63),
        new Call(1, 1, 70, 1, 16, 64),
        new Call(2, 1, 6, 2, 96, 130, 3, 0),
        new Call(2, 5, 4, 1, 16, 8, 0, 7),
        new Call(3, 4, 2, 2, 33, 0, 0, 2, 4), // the last row is nothing but padding
        new Call(2, 3, 4, 2, 8, 5, 6, 20),
        new Call(1, 17, 3, 3, 31, 0),
        new Call(1, 3, 5, 5, 7, 60),
        new Call(1, 70, 4, 2, 64, 0),
        new Call(1, 130, 8, 2, 64, 0),
        new Call(2, 66, 2, 1, 128, 3, 0, 65),
        new Call(1, 64, 2, 2, 96, 65),
        new Call(1, 65, 10, 2, 40, 1),
        new Call(1, 5, 14, 2, 64, 500),
        new Call(1, 0, 2, 2, 8, 3),
    };

    /// @param stored how keys and values are: f32, bf16 or i8
    static void attention(Probe probe, DType stored) {
        for (Call call : CALLS) {
            attention(probe, stored, call, 1);
        }
        attention(probe, stored, new Call(1, 40, 4, 2, 64, 100), 30); // all weight on few keys
    }

    private static void attention(Probe probe, DType stored, Call call, double deviation) {
        long s = call.slots();
        float[] q = probe.normal((long) call.b * call.t * call.h * call.d, deviation);
        // K in a cache that is longer than what is used, V with the heads outside
        float[] k = probe.normal(call.b * (s + 3) * call.hkv * call.d);
        float[] v = probe.normal(call.b * s * call.hkv * call.d);
        probe.compare(call.toString(), SCALED, EPS * (16 + deviation * 8 + Math.sqrt((double) s) + Math.sqrt(call.d)), memory -> {
            Tensor y = probe.room(memory, call.b, call.t, call.h, call.d);
            Tensor queries = tensor(memory, q, call.b, call.t, call.h, call.d);
            Tensor cache = tensor(memory, k, call.b, s + 3, call.hkv, call.d).slice(1, 0, s);
            Tensor values = tensor(memory, v, call.b, call.hkv, s, call.d).transpose(1, 2);
            Tensor padding = padding(memory, call.padding);
            float scale = (float) (1 / Math.sqrt(call.d));
            AttentionKernels kernels = memory.device().kernels(AttentionKernels.class);
            if (stored == DType.I8) {
                Rounded a = Rounded.of(cache, s + 5);
                Rounded b = Rounded.of(values, s);
                kernels.causalInt8(y, queries, a.bytes, a.scales, b.bytes, b.scales, call.first, padding, scale);
            } else {
                kernels.causal(y, queries, stored(memory, cache, stored), stored(memory, values, stored), call.first, padding, scale);
            }
            return y;
        });
    }

    /// The same elements and strides in another type.
    private static Tensor stored(Memory memory, Tensor x, DType type) {
        if (type == DType.F32) {
            return x;
        }
        Tensor room = memory.allocate(type, x.dim(0), x.dim(2), x.dim(1) + 2, x.dim(3));
        Tensor y = room.slice(2, 1, 1 + x.dim(1)).transpose(1, 2);
        y.set(x);
        return y;
    }

    /// Keys or values of 8 bits, in a cache with the heads outside.
    private record Rounded(Tensor bytes, Tensor scales) {
        static Rounded of(Tensor x, long slots) {
            Memory memory = Memory.collected(x.device());
            long s = x.dim(1);
            Tensor bytes = memory.allocate(DType.I8, x.dim(0), x.dim(2), slots, x.dim(3))
                    .slice(2, 0, s);
            Tensor scales =
                    memory.allocate(DType.F32, x.dim(0), x.dim(2), slots).slice(2, 0, s);
            Rounded rounded = new Rounded(bytes.transpose(1, 2), scales.transpose(1, 2));
            x.device().kernels(AttentionKernels.class).toInt8(rounded.bytes, rounded.scales, x);
            return rounded;
        }
    }

    static void toInt8(Probe probe) {
        for (int width : new int[] {1, 2, 7, 16, 33, 64, 80, 128, 200}) {
            for (double deviation : new double[] {1, 1e-37, 1e30}) {
                float[] x = probe.normal(2L * 3 * 5 * width, deviation);
                Arrays.fill(x, 0, width, 0);
                x[width] = deviation > 1 ? Float.NaN : x[width];
                x[2 * width] = deviation > 1 ? Float.NEGATIVE_INFINITY : x[2 * width];
                for (boolean bytes : new boolean[] {true, false}) {
                    probe.compare("D" + width + " of " + deviation + (bytes ? "" : ", scales"), BITS, 0, memory -> {
                        Rounded rounded = Rounded.of(tensor(memory, x, 2, 3, 5, width), 4);
                        return bytes ? rounded.bytes.to(DType.F32) : rounded.scales;
                    });
                }
            }
        }
    }

    // ---- attention for training ------------------------------------------------------------

    private static final Call[] LONGER = {
        new Call(1, 129, 2, 1, 64, 0),
        new Call(1, 97, 3, 3, 130, 0),
        new Call(2, 100, 4, 2, 20, 131, 0, 140),
        new Call(1, 260, 6, 2, 32, 0),
        new Call(2, 200, 2, 1, 48, 60, 1, 250),
    };

    /// Results and log-sum-exps, of rows that are one document and of rows that are several.
    static void attentionForTraining(Probe probe) {
        forTraining((call, documents) -> {
            Sample sample = new Sample(probe, call, documents);
            for (boolean lse : new boolean[] {false, true}) {
                probe.compare(sample + (lse ? ", lse" : ""), SCALED, EPS * (16 + Math.sqrt(call.slots()) + Math.sqrt(call.d)), memory -> {
                    Tensor y = probe.room(memory, call.b, call.t, call.h, call.d);
                    Tensor sums = probe.room(memory, call.b, call.t, call.h);
                    sample.forward(memory, y, sums);
                    return lse ? sums : y;
                });
            }
        });
    }

    static void attentionBackward(Probe probe) {
        forTraining((call, documents) -> {
            Sample sample = new Sample(probe, call, documents);
            Memory scalar = Memory.collected(Device.reference());
            Tensor y = scalar.allocate(DType.F32, call.b, call.t, call.h, call.d);
            Tensor lse = scalar.allocate(DType.F32, call.b, call.t, call.h);
            sample.forward(scalar, y, lse);
            float[] ys = y.toArray();
            float[] sums = lse.toArray();
            float[] dys = probe.normal(ys.length);
            // all three are measured by the largest of them: where a query sees one key alone, dq and dk are nothing but what rounding leaves
            probe.compare(sample.toString(), SCALED, EPS * (32 + 4 * Math.sqrt(call.slots()) + 2 * Math.sqrt(call.d)), memory -> {
                long ofQueries = ys.length;
                long ofKeys = (long) call.b * call.slots() * call.hkv * call.d;
                Tensor all = probe.room(memory, ofQueries + 2 * ofKeys);
                memory.device()
                        .kernels(AttentionKernels.class)
                        .causalBackward(
                                all.slice(0, 0, ofQueries).reshape(call.b, call.t, call.h, call.d),
                                all.slice(0, ofQueries, ofQueries + ofKeys).reshape(call.b, call.slots(), call.hkv, call.d),
                                all.slice(0, ofQueries + ofKeys, all.size()).reshape(call.b, call.slots(), call.hkv, call.d),
                                tensor(memory, dys, call.b, call.t, call.h, call.d),
                                tensor(memory, ys, call.b, call.t, call.h, call.d),
                                tensor(memory, sums, call.b, call.t, call.h),
                                sample.queries(memory),
                                sample.keys(memory),
                                sample.values(memory),
                                call.first,
                                padding(memory, call.padding),
                                sample.starts(memory),
                                call.scale());
                return all;
            });
        });
    }

    private static void forTraining(BiConsumer<Call, Boolean> check) {
        for (boolean documents : new boolean[] {false, true}) {
            Stream.of(CALLS, LONGER).flatMap(Arrays::stream).forEach(call -> check.accept(call, documents));
        }
    }

    /// The inputs of one call: queries with the heads outside, keys in a cache that is longer than what is used.
    private static final class Sample {
        private final Call call;
        private final float[] q;
        private final float[] k;
        private final float[] v;
        private final int @Nullable [] starts;

        Sample(Probe probe, Call call, boolean documents) {
            this.call = call;
            q = probe.normal((long) call.b * call.h * call.t * call.d);
            k = probe.normal((long) call.b * call.hkv * (call.slots() + 3) * call.d);
            v = probe.normal((long) call.b * call.slots() * call.hkv * call.d);
            starts = documents ? new int[call.b * call.t] : null;
            if (starts != null) {
                int[] ends = probe.ints(starts.length, 0, 50);
                for (int i = 0; i < starts.length; i++) {
                    boolean begins = i % call.t == 0 || ends[i] == 0;
                    starts[i] = begins ? Math.max(0, call.first + i % call.t - ends[i] % 7) : starts[i - 1];
                }
            }
        }

        Tensor queries(Memory memory) {
            return tensor(memory, q, call.b, call.h, call.t, call.d).transpose(1, 2);
        }

        Tensor keys(Memory memory) {
            return tensor(memory, k, call.b, call.hkv, call.slots() + 3L, call.d)
                    .slice(2, 0, call.slots())
                    .transpose(1, 2);
        }

        Tensor values(Memory memory) {
            return tensor(memory, v, call.b, call.slots(), call.hkv, call.d);
        }

        @Nullable
        Tensor starts(Memory memory) {
            return starts == null ? null : memory.ints(starts).reshape(call.b, call.t);
        }

        void forward(Memory memory, Tensor y, Tensor lse) {
            memory.device()
                    .kernels(AttentionKernels.class)
                    .causal(
                            y,
                            lse,
                            queries(memory),
                            keys(memory),
                            values(memory),
                            call.first,
                            padding(memory, call.padding),
                            starts(memory),
                            call.scale());
        }

        @Override
        public String toString() {
            return call + (starts == null ? "" : " documents");
        }
    }

    private static @Nullable Tensor padding(Memory memory, int[] padding) {
        return padding.length == 0 ? null : memory.ints(padding);
    }

    // ---- rotary positions ------------------------------------------------------------------

    static void rope(Probe probe, boolean back) {
        for (int d : new int[] {2, 6, 8, 14, 16, 30, 32, 64, 66, 80, 96, 128, 256}) {
            rope(probe, back, new Call(1, 1, 3, 1, d, 5));
            rope(probe, back, new Call(2, 7, 4, 1, d, 2, 0, 4));
        }
        rope(probe, back, new Call(1, 0, 3, 1, 8, 5));
        rope(probe, back, new Call(2, 40, 16, 1, 128, 9, 3, 0));
    }

    private static void rope(Probe probe, boolean back, Call call) {
        float[] x = probe.normal((long) call.b * call.t * call.h * call.d);
        float[] cos = probe.normal((call.slots() + 1L) * call.d / 2);
        float[] sin = probe.normal(cos.length);
        probe.compare(call.toString(), SCALED, 3 * EPS, memory -> {
            Tensor y = probe.room(memory, call.b, call.t, call.h, call.d);
            RopeKernels kernels = memory.device().kernels(RopeKernels.class);
            Tensor from = tensor(memory, x, call.b, call.t, call.h, call.d);
            Tensor c = tensor(memory, cos, call.slots() + 1, call.d / 2);
            Tensor s = tensor(memory, sin, call.slots() + 1, call.d / 2);
            if (back) {
                kernels.rotateBack(y, from, c, s, call.first, padding(memory, call.padding));
            } else {
                kernels.rotate(y, from, c, s, call.first, padding(memory, call.padding));
            }
            return y;
        });
    }

    // ---- products --------------------------------------------------------------------------

    private static final int[][] PRODUCTS = {
        // N, K
        {1, 1}, {3, 7}, {16, 16}, {17, 33}, {31, 64}, {65, 207}, {33, 768}, {7, 4097}, {256, 96},
    };

    static void linear(Probe probe, DType type) {
        for (int m : new int[] {0, 1, 2, 3, 5, 8, 17, 64, 70}) {
            for (int[] nk : PRODUCTS) {
                linear(probe, type, m, nk[0], nk[1], "", 1, x -> {});
            }
        }
        linear(probe, type, 1, 4097, 65, "", 1, x -> {});
        for (int m : new int[] {1, 3, 70, 128}) {
            int k = 1025;
            linear(probe, type, m, 33, k, ", tiny", 1, x -> scale(x, 0, x.length, 1, 1e-36));
            linear(probe, type, m, 33, k, ", huge", 1, x -> scale(x, 0, x.length, 1, 1e35));
            linear(probe, type, m, 33, k, ", rows apart", 1, x -> scale(x, 0, x.length / 2, 1, 1e-6));
            linear(probe, type, m, 33, k, ", columns apart", 3, x -> {
                scale(x, 8, x.length, k, 1000);
                scale(x, 9, x.length, k, 1000);
            });
            linear(probe, type, m, 33, k, ", zeros", 1, x -> scale(x, 0, k, 1, 0));
            for (int n : new int[] {33, 70}) { // x by columns, and where there are fewer n than m by rows
                linear(probe, type, m, n, k, ", infinite", 1, x -> {
                    x[0] = Float.POSITIVE_INFINITY;
                    x[x.length - 1] = Float.NaN;
                });
            }
        }
    }

    private static void scale(float[] x, int from, int to, int step, double by) {
        for (int i = from; i < to; i += step) {
            x[i] = (float) (x[i] * by);
        }
    }

    /// @param ease how much more than an FMA's may be lost, where numbers of unlike sizes are added before they are multiplied
    /// @param change of x
    private static void linear(Probe probe, DType type, int m, int n, int k, String what, int ease, Consumer<float[]> change) {
        float[] x = probe.normal((long) m * k);
        float[] w = probe.normal((long) n * k);
        change.accept(x);
        double tolerance = ease * EPS * (4 + Math.sqrt(k));
        probe.compare("[" + m + "," + k + "] · [" + n + "," + k + "]ᵀ" + what, SCALED, tolerance, memory -> {
            Tensor y = probe.room(memory, m, n);
            Tensor rows = tensor(memory, x, m, k);
            Tensor matrix = tensor(memory, w, n, k).to(type);
            MatmulKernels products = memory.device().kernels(MatmulKernels.class);
            switch (type) {
                case BF16 -> products.linearBf16(y, rows, matrix);
                case F16 -> products.linearF16(y, rows, matrix);
                default -> products.linear(y, rows, matrix);
            }
            return y;
        });
    }

    private static final int[][] WEIGHTS = {
        // N, K
        {1, 1}, {3, 7}, {17, 33}, {31, 64}, {33, 768}, {7, 4097}, {130, 96}, {70, 576}, {9, 2048},
    };

    /// Both devices round a matrix to the same weight, so that only the products differ.
    static void weight(Probe probe, Function<Tensor, Weight> format) {
        for (int m : new int[] {1, 2, 5, 70}) {
            for (int[] nk : WEIGHTS) {
                int n = nk[0];
                int k = nk[1];
                float[] x = probe.normal((long) m * k);
                float[] w = probe.normal((long) n * k);
                probe.compare("[" + m + "," + k + "] · [" + n + "," + k + "]ᵀ", SCALED, 2 * EPS * (8 + Math.sqrt(k)), memory -> {
                    Weight weight = format.apply(tensor(memory, w, n, k));
                    return weight.apply(tensor(memory, x, m, k));
                });
                for (int i = 0; i < 2; i++) {
                    int which = i;
                    probe.compare("the same and its half, " + which, SCALED, 2 * EPS * (8 + Math.sqrt(k)), memory -> {
                        Weight weight = format.apply(tensor(memory, w, n, k));
                        Weight half = format.apply(tensor(memory, w, n, k).slice(0, 0, (n + 1) / 2));
                        return weight.applyWith(tensor(memory, x, m, k), List.of(half))
                                .get(which);
                    });
                }
            }
        }
    }

    static void matmul(Probe probe) {
        for (int m : new int[] {0, 1, 2, 5, 17, 64, 70}) {
            for (int[] nk : PRODUCTS) {
                for (int views = 0; views < 4; views++) {
                    matmul(probe, m, nk[0], nk[1], (views & 1) != 0, (views & 2) != 0);
                }
            }
        }
    }

    private static void matmul(Probe probe, int m, int n, int k, boolean transposeA, boolean transposeB) {
        float[] a = probe.normal((long) m * k);
        float[] b = probe.normal((long) n * k);
        probe.compare(
                "[" + m + "," + k + "]" + (transposeA ? " of columns" : "") + " · [" + k + "," + n + "]" + (transposeB ? " of columns" : ""),
                SCALED,
                EPS * (4 + Math.sqrt(k)),
                memory -> {
                    Tensor y = probe.room(memory, m, n);
                    Tensor left = transposeA ? tensor(memory, a, k, m).transpose() : tensor(memory, a, m, k);
                    Tensor right = transposeB ? tensor(memory, b, n, k).transpose() : tensor(memory, b, k, n);
                    memory.device().kernels(MatmulKernels.class).matmul(y, left, right);
                    return y;
                });
    }
}
