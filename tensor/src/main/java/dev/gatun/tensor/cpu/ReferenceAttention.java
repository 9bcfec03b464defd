package dev.gatun.tensor.cpu;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.kernels.AttentionKernels;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// Attention by its definition, in double.
final class ReferenceAttention implements AttentionKernels {

    @Override
    public void causal(Tensor y, Tensor q, Tensor k, Tensor v, long first, @Nullable Tensor padding, float scale) {
        causal(y, null, q, k, v, first, padding, null, scale);
    }

    @Override
    public void causal(
            Tensor y,
            @Nullable Tensor lse,
            Tensor q,
            Tensor k,
            Tensor v,
            long first,
            @Nullable Tensor padding,
            @Nullable Tensor starts,
            float scale) {
        causal(y, lse, q, k, null, v, null, first, padding, starts, scale);
    }

    @Override
    public void causalInt8(
            Tensor y, Tensor q, Tensor k, Tensor kScales, Tensor v, Tensor vScales, long first, @Nullable Tensor padding, float scale) {
        causal(y, null, q, k, kScales, v, vScales, first, padding, null, scale);
    }

    private static void causal(
            Tensor y,
            @Nullable Tensor lse,
            Tensor q,
            Tensor k,
            @Nullable Tensor kScales,
            Tensor v,
            @Nullable Tensor vScales,
            long first,
            @Nullable Tensor padding,
            @Nullable Tensor starts,
            float scale) {
        long group = q.dim(2) / k.dim(2);
        for (long b = 0; b < q.dim(0); b++) {
            for (long t = 0; t < q.dim(1); t++) {
                for (long h = 0; h < q.dim(2); h++) {
                    double total = one(
                            y.select(0, b).select(0, t).select(0, h),
                            q.select(0, b).select(0, t).select(0, h),
                            Stored.of(k, kScales, b, h / group),
                            Stored.of(v, vScales, b, h / group),
                            firstSeen(padding, starts, b, t),
                            first + t + 1,
                            scale);
                    if (lse != null) {
                        Elements.f32(HostBuffer.segment(lse), (b * q.dim(1) + t) * q.dim(2) + h, total);
                    }
                }
            }
        }
    }

    /// The keys or the values of one head.
    ///
    /// @param elements `[S, D]`
    /// @param scales `[S]`, or null where elements are what they are
    private record Stored(Tensor elements, @Nullable Tensor scales) {
        static Stored of(Tensor elements, @Nullable Tensor scales, long b, long head) {
            return new Stored(
                    elements.select(0, b).select(1, head),
                    scales == null ? null : scales.select(0, b).select(1, head));
        }

        double at(long slot, int d) {
            double element = Elements.read(HostBuffer.segment(elements), elements.dtype(), slot * elements.stride(0) + d);
            return scales == null ? element : element * Elements.f32(HostBuffer.segment(scales), slot * scales.stride(0));
        }
    }

    @Override
    public void toInt8(Tensor y, Tensor scales, Tensor x) {
        for (long b = 0; b < x.dim(0); b++) {
            for (long t = 0; t < x.dim(1); t++) {
                for (long h = 0; h < x.dim(2); h++) {
                    MemorySegment from =
                            HostBuffer.segment(x.select(0, b).select(0, t).select(0, h));
                    MemorySegment to =
                            HostBuffer.segment(y.select(0, b).select(0, t).select(0, h));
                    float scale = toInt8(to, from, x.dim(3));
                    Elements.f32(
                            HostBuffer.segment(scales.select(0, b).select(0, t).select(0, h)), 0, scale);
                }
            }
        }
    }

    private static float toInt8(MemorySegment to, MemorySegment from, long n) {
        float most = 0;
        for (long d = 0; d < n; d++) {
            most = Math.max(most, Math.abs(Elements.f32(from, d))); // NaN if there is one
        }
        float scale = Float.isInfinite(most) ? Float.NaN : most / 127;
        boolean zero = !(scale >= Float.MIN_NORMAL);
        for (long d = 0; d < n; d++) {
            Elements.write(to, DType.I8, d, zero ? 0 : Math.rint(Elements.f32(from, d) / scale));
        }
        return scale >= Float.MIN_NORMAL || Float.isNaN(scale) ? scale : 0;
    }

    /// The first slot that a query may see.
    private static long firstSeen(@Nullable Tensor padding, @Nullable Tensor starts, long b, long t) {
        long padded = padding == null ? 0 : padding.toInts()[(int) b];
        long start = starts == null ? 0 : starts.select(0, b).toInts()[(int) t];
        return Math.max(0, Math.max(padded, start));
    }

    /// One query `[D]`, slots `from` to `to`; returns the logarithm of the sum of the weights.
    private static double one(Tensor y, Tensor q, Stored k, Stored v, long from, long to, float scale) {
        MemorySegment ys = HostBuffer.segment(y);
        MemorySegment qs = HostBuffer.segment(q);
        int width = (int) q.dim(0);
        double[] sum = new double[width];
        double total = 0;
        double most = -Double.MAX_VALUE; // not -∞: -∞ − -∞ is NaN
        for (long j = from; j < to; j++) {
            double score = 0;
            for (int d = 0; d < width; d++) {
                score += Elements.f32(qs, d) * k.at(j, d);
            }
            score *= scale;
            double above = Math.max(most, score);
            double fade = Math.exp(most - above);
            double weight = Math.exp(score - above);
            total = total * fade + weight;
            for (int d = 0; d < width; d++) {
                sum[d] = sum[d] * fade + weight * v.at(j, d);
            }
            most = above;
        }
        for (int d = 0; d < width; d++) {
            Elements.f32(ys, d, total == 0 ? 0 : sum[d] / total);
        }
        return most + Math.log(total);
    }

    @Override
    public void causalBackward(
            Tensor dq,
            Tensor dk,
            Tensor dv,
            Tensor dy,
            Tensor y,
            Tensor lse,
            Tensor q,
            Tensor k,
            Tensor v,
            long first,
            @Nullable Tensor padding,
            @Nullable Tensor starts,
            float scale) {
        int group = (int) (q.dim(2) / k.dim(2));
        int width = (int) q.dim(3);
        for (long b = 0; b < q.dim(0); b++) {
            for (long head = 0; head < k.dim(2); head++) {
                double[][] keys = rows(k.select(0, b).select(1, head));
                double[][] values = rows(v.select(0, b).select(1, head));
                double[][] dKeys = new double[keys.length][width];
                double[][] dValues = new double[keys.length][width];
                for (long h = head * group; h < (head + 1) * group; h++) {
                    double[][] queries = rows(q.select(0, b).select(1, h));
                    double[][] results = rows(y.select(0, b).select(1, h));
                    double[][] dResults = rows(dy.select(0, b).select(1, h));
                    double[][] dQueries = new double[queries.length][width];
                    for (int t = 0; t < queries.length; t++) {
                        double sum = Elements.f32(HostBuffer.segment(lse), (b * q.dim(1) + t) * q.dim(2) + h);
                        double mean = dot(dResults[t], results[t]);
                        for (int j = (int) firstSeen(padding, starts, b, t); j <= first + t; j++) {
                            double p = Math.exp(scale * dot(queries[t], keys[j]) - sum);
                            double ds = scale * p * (dot(dResults[t], values[j]) - mean);
                            add(dQueries[t], ds, keys[j]);
                            add(dKeys[j], ds, queries[t]);
                            add(dValues[j], p, dResults[t]);
                        }
                    }
                    write(dq.select(0, b).select(1, h), dQueries);
                }
                write(dk.select(0, b).select(1, head), dKeys);
                write(dv.select(0, b).select(1, head), dValues);
            }
        }
    }

    private static double[][] rows(Tensor x) {
        double[][] rows = new double[(int) x.dim(0)][(int) x.dim(1)];
        for (int i = 0; i < rows.length; i++) {
            MemorySegment from = HostBuffer.segment(x);
            for (int d = 0; d < rows[i].length; d++) {
                rows[i][d] = Elements.f32(from, i * x.stride(0) + d);
            }
        }
        return rows;
    }

    private static void write(Tensor x, double[][] rows) {
        for (int i = 0; i < rows.length; i++) {
            MemorySegment to = HostBuffer.segment(x);
            for (int d = 0; d < rows[i].length; d++) {
                Elements.f32(to, i * x.stride(0) + d, rows[i][d]);
            }
        }
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int d = 0; d < a.length; d++) {
            sum += a[d] * b[d];
        }
        return sum;
    }

    private static void add(double[] sum, double factor, double[] x) {
        for (int d = 0; d < x.length; d++) {
            sum[d] += factor * x[d];
        }
    }
}
