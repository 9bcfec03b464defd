package dev.gatun.quant.cpu;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import dev.gatun.quant.Int4Kernels;
import dev.gatun.quant.Int8DynamicKernels;
import dev.gatun.quant.Int8Kernels;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.cpu.HostBuffer;
import dev.gatun.tensor.cpu.Pool;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// The formats by their definition, element by element.
record ReferencePacked(Pool pool, Format format) implements Int8Kernels, Int8DynamicKernels, Int4Kernels {
    enum Format {
        INT8,
        INT8_DYNAMIC,
        INT4
    }

    /// A row of codes and scales, as numbers. In tiles `at` is its number, and `groups` is not 0.
    private record Row(Format format, MemorySegment codes, long at, MemorySegment scales, long scalesAt, int groups) {
        int code(int k) {
            if (groups != 0) {
                return tiles().code(codes, at, k, groups);
            }
            if (format != Format.INT4) {
                return codes.get(JAVA_BYTE, at + k);
            }
            return (codes.get(JAVA_BYTE, at + k / 2) >>> 4 * (k & 1) & 15) - 8;
        }

        float scale(int k) {
            if (groups != 0) {
                return DType.bf16ToFloat(codes.get(JAVA_SHORT_UNALIGNED, tiles().block(at, k / Rounding.GROUP, groups) + TileLayout.scale(at)));
            }
            if (format == Format.INT8_DYNAMIC) {
                return scales.get(JAVA_FLOAT_UNALIGNED, scalesAt);
            }
            return DType.bf16ToFloat(scales.get(JAVA_SHORT_UNALIGNED, scalesAt + k / Rounding.GROUP * 2));
        }

        private TileLayout tiles() {
            return format == Format.INT4 ? TileLayout.INT4 : TileLayout.INT8;
        }

        float value(int k) {
            return code(k) * scale(k);
        }
    }

    /// A row of stored codes, or of tiles, which have their scales with them.
    private Row row(Tensor codes, Tensor scales, long r) {
        if (format != Format.INT8_DYNAMIC && scales.size() == 0) {
            return new Row(format, HostBuffer.segment(codes), r, HostBuffer.segment(codes), 0, tiles().groups(codes));
        }
        long scaleStride = scales.dtype().bytes() * (scales.rank() == 1 ? 1 : scales.dim(1));
        return new Row(format, HostBuffer.segment(codes), r * codes.dim(1), HostBuffer.segment(scales), r * scaleStride, 0);
    }

    @Override
    public void quantize(Tensor codes, Tensor scales, Tensor matrix) {
        int k = (int) matrix.dim(1);
        pool.run(matrix.dim(0), 1, (from, to, worker) -> {
            float[] t = new float[Rounding.groups(k) * Rounding.GROUP];
            for (long r = from; r < to; r++) {
                read(matrix, r, t);
                quantize(row(codes, scales, r), t, k);
            }
        });
    }

    private static void read(Tensor matrix, long r, float[] t) {
        MemorySegment from = HostBuffer.segment(matrix);
        long k = matrix.dim(1);
        for (int j = 0; j < k; j++) {
            long i = r * k + j;
            t[j] = switch (matrix.dtype()) {
                case BF16 -> DType.bf16ToFloat(from.get(JAVA_SHORT_UNALIGNED, 2 * i));
                case F16 -> Float.float16ToFloat(from.get(JAVA_SHORT_UNALIGNED, 2 * i));
                default -> from.get(JAVA_FLOAT_UNALIGNED, 4 * i);
            };
        }
    }

    private void quantize(Row to, float[] t, int k) {
        if (format == Format.INT8_DYNAMIC) {
            to.scales.set(JAVA_FLOAT_UNALIGNED, to.scalesAt, Rounding.rowScale(largest(t, 0, t.length)));
        }
        for (int o = 0; o < k; o += Rounding.GROUP) {
            if (format != Format.INT8_DYNAMIC) {
                float scale = format == Format.INT8 ? Rounding.groupScale(largest(t, o, Rounding.GROUP)) : scale4(t, o);
                to.scales.set(JAVA_SHORT_UNALIGNED, to.scalesAt + o / Rounding.GROUP * 2, DType.floatToBf16(scale));
            }
            float inverse = Rounding.inverse(to.scale(o));
            for (int j = o; j < o + Rounding.GROUP; j++) {
                if (format == Format.INT4) {
                    int u = Rounding.multiple(t[j], inverse, -8, 7) + 8;
                    int low = (j & 1) == 0 ? 0 : to.codes.get(JAVA_BYTE, to.at + j / 2) & 15;
                    to.codes.set(JAVA_BYTE, to.at + j / 2, (byte) (low | u << 4 * (j & 1)));
                } else if (j < k) {
                    to.codes.set(JAVA_BYTE, to.at + j, (byte) Rounding.multiple(t[j], inverse, -127, 127));
                }
            }
        }
    }

    private static float largest(float[] t, int at, int n) {
        float most = 0;
        for (int i = at; i < at + n; i++) {
            most = Math.max(most, Math.abs(t[i]));
        }
        if (!(most < Float.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("quantize: the matrix holds " + most);
        }
        return most;
    }

    private static float scale4(float[] t, int at) {
        float most = largest(t, at, Rounding.GROUP);
        float extreme = most;
        for (int i = at + Rounding.GROUP - 1; i >= at; i--) {
            extreme = Math.abs(t[i]) == most ? t[i] : extreme;
        }
        float best = 0;
        float least = Float.POSITIVE_INFINITY;
        for (int c = 0; c < Rounding.CANDIDATES; c++) {
            float scale = Rounding.candidate(extreme, c);
            float error = 0;
            for (int i = at; i < at + Rounding.GROUP; i++) {
                int q = Rounding.multiple(t[i], Rounding.inverse(scale), -8, 7);
                float rest = Math.fma(q, -scale, t[i]) * Rounding.unit(most);
                error = Math.fma(rest, rest, error);
            }
            if (error < least) {
                least = error;
                best = scale;
            }
        }
        return best;
    }

    @Override
    public void linear(Tensor y, Tensor x, Tensor codes, Tensor scales) {
        int k = (int) x.dim(-1);
        long n = y.dim(-1);
        long m = n == 0 ? 0 : y.size() / n;
        MemorySegment to = HostBuffer.segment(y);
        for (long i = 0; i < m; i++) {
            float[] values = new float[k];
            for (int j = 0; j < k; j++) {
                values[j] = HostBuffer.segment(x).get(JAVA_FLOAT_UNALIGNED, 4 * (i * k + j));
            }
            long row = i;
            pool.run(n, 1, (from, end, worker) -> {
                for (long r = from; r < end; r++) {
                    to.set(JAVA_FLOAT_UNALIGNED, 4 * (row * n + r), dot(row(codes, scales, r), values));
                }
            });
        }
    }

    private float dot(Row row, float[] x) {
        int k = x.length;
        if (format == Format.INT8) {
            double sum = 0;
            for (int j = 0; j < k; j++) {
                sum += (double) row.value(j) * x[j];
            }
            return (float) sum;
        }
        int group = format == Format.INT4 ? Rounding.GROUP : Math.max(k, 1);
        double sum = 0;
        for (int o = 0; o < k; o += group) {
            float most = 0;
            for (int j = o; j < Math.min(k, o + group); j++) {
                most = Math.max(most, Math.abs(x[j]));
            }
            int exact = 0;
            for (int j = o; j < Math.min(k, o + group); j++) {
                exact += row.code(j) * Rounding.multiple(x[j], Rounding.activationInverse(most), -127, 127);
            }
            float scale = row.scale(o) * Rounding.activationScale(most);
            if (format == Format.INT8_DYNAMIC) {
                return exact * scale;
            }
            sum += (double) exact * scale;
        }
        return (float) sum;
    }

    @Override
    public void linearTransposed(Tensor dx, Tensor dy, Tensor codes, Tensor scales) {
        int k = (int) dx.dim(-1);
        long n = dy.dim(-1);
        long m = k == 0 ? 0 : dx.size() / k;
        MemorySegment to = HostBuffer.segment(dx);
        MemorySegment from = HostBuffer.segment(dy);
        double[] sums = new double[k];
        for (long i = 0; i < m; i++) {
            Arrays.fill(sums, 0);
            for (long r = 0; r < n; r++) {
                Row row = row(codes, scales, r);
                float factor = from.get(JAVA_FLOAT_UNALIGNED, 4 * (i * n + r));
                for (int j = 0; j < k; j++) {
                    sums[j] += (double) row.value(j) * factor;
                }
            }
            for (int j = 0; j < k; j++) {
                to.set(JAVA_FLOAT_UNALIGNED, 4 * (i * k + j), (float) sums[j]);
            }
        }
    }

    @Override
    public void decode(Tensor y, long from, Tensor codes, Tensor scales) {
        long k = y.dim(1);
        MemorySegment to = HostBuffer.segment(y);
        for (long r = 0; r < y.dim(0); r++) {
            Row row = row(codes, scales, from + r);
            for (int j = 0; j < k; j++) {
                to.set(JAVA_FLOAT_UNALIGNED, 4 * (r * k + j), row.value(j));
            }
        }
    }

    @Override
    public void arrange(Tensor tiles, Tensor codes, Tensor scales) {
        tiles().arrange(pool, tiles, codes, scales);
    }

    @Override
    public void restore(Tensor codes, Tensor scales, Tensor tiles) {
        tiles().restore(pool, codes, scales, tiles);
    }

    private TileLayout tiles() {
        return format == Format.INT4 ? TileLayout.INT4 : TileLayout.INT8;
    }
}
