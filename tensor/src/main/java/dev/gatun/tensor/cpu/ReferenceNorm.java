package dev.gatun.tensor.cpu;

import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.kernels.NormKernels;
import java.lang.foreign.MemorySegment;

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
}
