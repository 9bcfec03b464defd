package dev.gatun.tensor.cpu;

import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.kernels.AttentionKernels;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// Attention by its definition, in double.
final class ReferenceAttention implements AttentionKernels {

    @Override
    public void causal(Tensor y, Tensor q, Tensor k, Tensor v, long first, @Nullable Tensor padding, float scale) {
        long group = q.dim(2) / k.dim(2);
        for (long b = 0; b < q.dim(0); b++) {
            long padded = padding == null ? 0 : Math.max(0, padding.toInts()[(int) b]);
            for (long t = 0; t < q.dim(1); t++) {
                for (long h = 0; h < q.dim(2); h++) {
                    one(
                            y.select(0, b).select(0, t).select(0, h),
                            q.select(0, b).select(0, t).select(0, h),
                            k.select(0, b).select(1, h / group),
                            v.select(0, b).select(1, h / group),
                            padded,
                            first + t + 1,
                            scale);
                }
            }
        }
    }

    /// One query `[D]` over keys and values `[S, D]`, slots `from` to `to`.
    private static void one(Tensor y, Tensor q, Tensor k, Tensor v, long from, long to, float scale) {
        MemorySegment ys = HostBuffer.segment(y);
        MemorySegment qs = HostBuffer.segment(q);
        MemorySegment ks = HostBuffer.segment(k);
        MemorySegment vs = HostBuffer.segment(v);
        int width = (int) q.dim(0);
        double[] sum = new double[width];
        double total = 0;
        double most = -Double.MAX_VALUE; // not -∞: -∞ − -∞ is NaN
        for (long j = from; j < to; j++) {
            double score = 0;
            for (int d = 0; d < width; d++) {
                score += (double) Elements.f32(qs, d) * Elements.f32(ks, j * k.stride(0) + d);
            }
            score *= scale;
            double above = Math.max(most, score);
            double fade = Math.exp(most - above);
            double weight = Math.exp(score - above);
            total = total * fade + weight;
            for (int d = 0; d < width; d++) {
                sum[d] = sum[d] * fade + weight * Elements.f32(vs, j * v.stride(0) + d);
            }
            most = above;
        }
        for (int d = 0; d < width; d++) {
            Elements.f32(ys, d, total == 0 ? 0 : sum[d] / total);
        }
    }
}
