package dev.gatun.tensor.cpu;

import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.kernels.NormKernels;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// Normalizations by their definition, in double.
final class ReferenceNorm implements NormKernels {

    @Override
    public void rmsNorm(Tensor y, Tensor x, Tensor w, float eps) {
        MemorySegment ys = HostBuffer.segment(y);
        MemorySegment xs = HostBuffer.segment(x);
        MemorySegment ws = HostBuffer.segment(w);
        long columns = x.dim(-1);
        for (long r = 0; r < x.shape().rows(); r++) {
            double squares = 0;
            for (long c = 0; c < columns; c++) {
                double v = Elements.f32(xs, r * columns + c);
                squares += v * v;
            }
            double rstd = 1 / Math.sqrt(squares / columns + eps);
            for (long c = 0; c < columns; c++) {
                double v = Elements.f32(xs, r * columns + c);
                Elements.f32(ys, r * columns + c, v * rstd * Elements.f32(ws, c));
            }
        }
    }

    @Override
    public void softmax(Tensor y, Tensor x) {
        MemorySegment ys = HostBuffer.segment(y);
        MemorySegment xs = HostBuffer.segment(x);
        long columns = x.dim(-1);
        for (long r = 0; r < x.shape().rows(); r++) {
            double most = max(xs, r * columns, columns);
            double sum = Math.exp(logSum(xs, r * columns, columns) - most);
            for (long c = 0; c < columns; c++) {
                double v = Elements.f32(xs, r * columns + c);
                Elements.f32(ys, r * columns + c, Math.exp(v - most) / sum);
            }
        }
    }

    @Override
    public void logSoftmax(Tensor y, Tensor x) {
        MemorySegment ys = HostBuffer.segment(y);
        MemorySegment xs = HostBuffer.segment(x);
        long columns = x.dim(-1);
        for (long r = 0; r < x.shape().rows(); r++) {
            double log = logSum(xs, r * columns, columns);
            for (long c = 0; c < columns; c++) {
                Elements.f32(ys, r * columns + c, Elements.f32(xs, r * columns + c) - log);
            }
        }
    }

    /// `ln Σ exp(x)` over n elements.
    static double logSum(MemorySegment xs, long first, long n) {
        double most = max(xs, first, n);
        double sum = 0;
        for (long i = 0; i < n; i++) {
            sum += Math.exp(Elements.f32(xs, first + i) - most);
        }
        return most + Math.log(sum);
    }

    private static double max(MemorySegment xs, long first, long n) {
        double most = Double.NEGATIVE_INFINITY;
        for (long i = 0; i < n; i++) {
            most = Math.max(most, Elements.f32(xs, first + i));
        }
        return most;
    }

    @Override
    public void rmsNormBackward(Tensor dx, boolean add, @Nullable Tensor dw, Tensor dy, Tensor x, Tensor w, float eps) {
        MemorySegment dxs = HostBuffer.segment(dx);
        MemorySegment dys = HostBuffer.segment(dy);
        MemorySegment xs = HostBuffer.segment(x);
        MemorySegment ws = HostBuffer.segment(w);
        long columns = x.dim(-1);
        double[] sums = new double[dw == null ? 0 : Math.toIntExact(dw.size())];
        long rows = x.shape().rows();
        for (long r = 0; r < rows; r++) {
            double squares = 0;
            double products = 0;
            for (long i = r * columns; i < (r + 1) * columns; i++) {
                double v = Elements.f32(xs, i);
                squares += v * v;
                products += v * Elements.f32(dys, i) * Elements.f32(ws, i - r * columns);
            }
            double rstd = 1 / Math.sqrt(squares / columns + eps);
            for (long c = 0; c < columns; c++) {
                long i = r * columns + c;
                double v = Elements.f32(xs, i) * rstd;
                double g = (double) Elements.f32(dys, i) * Elements.f32(ws, c);
                Elements.f32(dxs, i, rstd * (g - v * rstd * products / columns) + (add ? Elements.f32(dxs, i) : 0));
                if (dw != null) {
                    sums[(int) (r / partOf(rows, dw) * columns + c)] += v * Elements.f32(dys, i);
                }
            }
        }
        store(dw, sums);
    }

    /// How many rows make a part.
    static long partOf(long rows, Tensor parts) {
        return Math.max(1, (rows + parts.dim(0) - 1) / parts.dim(0));
    }

    private static void store(@Nullable Tensor parts, double[] sums) {
        for (int i = 0; parts != null && i < sums.length; i++) {
            Elements.f32(HostBuffer.segment(parts), i, sums[i]);
        }
    }
}
