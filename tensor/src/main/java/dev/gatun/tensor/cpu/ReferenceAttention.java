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
        causal(y, q, k, null, v, null, first, padding, scale);
    }

    @Override
    public void causalInt8(
            Tensor y, Tensor q, Tensor k, Tensor kScales, Tensor v, Tensor vScales, long first, @Nullable Tensor padding, float scale) {
        causal(y, q, k, kScales, v, vScales, first, padding, scale);
    }

    private static void causal(
            Tensor y,
            Tensor q,
            Tensor k,
            @Nullable Tensor kScales,
            Tensor v,
            @Nullable Tensor vScales,
            long first,
            @Nullable Tensor padding,
            float scale) {
        long group = q.dim(2) / k.dim(2);
        for (long b = 0; b < q.dim(0); b++) {
            long padded = padding == null ? 0 : Math.max(0, padding.toInts()[(int) b]);
            for (long t = 0; t < q.dim(1); t++) {
                for (long h = 0; h < q.dim(2); h++) {
                    one(
                            y.select(0, b).select(0, t).select(0, h),
                            q.select(0, b).select(0, t).select(0, h),
                            Stored.of(k, kScales, b, h / group),
                            Stored.of(v, vScales, b, h / group),
                            padded,
                            first + t + 1,
                            scale);
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

    /// One query `[D]`, slots `from` to `to`.
    private static void one(Tensor y, Tensor q, Stored k, Stored v, long from, long to, float scale) {
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
    }
}
