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
    public void rmsNormOfSum(Tensor y, Tensor sum, Tensor a, Tensor b, Tensor w, float eps) {
        MemorySegment sums = HostBuffer.segment(sum);
        MemorySegment as = HostBuffer.segment(a);
        MemorySegment bs = HostBuffer.segment(b);
        for (long i = 0; i < sum.size(); i++) {
            Elements.f32(sums, i, (double) Elements.f32(as, i) + Elements.f32(bs, i));
        }
        rmsNorm(y, sum, w, eps);
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

    @Override
    public void softmaxBackward(Tensor dx, Tensor dy, Tensor y) {
        MemorySegment to = HostBuffer.segment(dx);
        MemorySegment dys = HostBuffer.segment(dy);
        MemorySegment ys = HostBuffer.segment(y);
        long columns = y.dim(-1);
        for (long r = 0; r < y.shape().rows(); r++) {
            double products = 0;
            for (long i = r * columns; i < (r + 1) * columns; i++) {
                products += (double) Elements.f32(dys, i) * Elements.f32(ys, i);
            }
            for (long i = r * columns; i < (r + 1) * columns; i++) {
                Elements.f32(to, i, Elements.f32(ys, i) * (Elements.f32(dys, i) - products));
            }
        }
    }

    @Override
    public void logSoftmaxBackward(Tensor dx, Tensor dy, Tensor y) {
        MemorySegment to = HostBuffer.segment(dx);
        MemorySegment dys = HostBuffer.segment(dy);
        MemorySegment ys = HostBuffer.segment(y);
        long columns = y.dim(-1);
        for (long r = 0; r < y.shape().rows(); r++) {
            double sum = 0;
            for (long i = r * columns; i < (r + 1) * columns; i++) {
                sum += Elements.f32(dys, i);
            }
            for (long i = r * columns; i < (r + 1) * columns; i++) {
                Elements.f32(to, i, Elements.f32(dys, i) - Math.exp(Elements.f32(ys, i)) * sum);
            }
        }
    }

    @Override
    public void logSumExp(Tensor y, Tensor x) {
        long columns = x.dim(-1);
        for (long r = 0; r < y.size(); r++) {
            Elements.f32(HostBuffer.segment(y), r, logSum(HostBuffer.segment(x), r * columns, columns));
        }
    }

    @Override
    public void logSumExpBackward(Tensor dx, Tensor dy, Tensor y, Tensor x) {
        MemorySegment to = HostBuffer.segment(dx);
        MemorySegment dys = HostBuffer.segment(dy);
        MemorySegment xs = HostBuffer.segment(x);
        MemorySegment ys = HostBuffer.segment(y);
        long columns = x.dim(-1);
        for (long i = 0; i < x.size(); i++) {
            long r = i / columns;
            Elements.f32(to, i, Elements.f32(dys, r) * Math.exp(Elements.f32(xs, i) - (double) Elements.f32(ys, r)));
        }
    }

    /// How a row is distributed.
    private record Moments(double mean, double rstd) {
        static Moments of(MemorySegment xs, long first, long n, float eps) {
            double sum = 0;
            for (long i = first; i < first + n; i++) {
                sum += Elements.f32(xs, i);
            }
            double mean = sum / n;
            double squares = 0;
            for (long i = first; i < first + n; i++) {
                double v = Elements.f32(xs, i) - mean;
                squares += v * v;
            }
            return new Moments(mean, 1 / Math.sqrt(squares / n + eps));
        }

        double of(float x) {
            return (x - mean) * rstd;
        }
    }

    @Override
    public void layerNorm(Tensor y, Tensor x, Tensor w, @Nullable Tensor b, float eps) {
        MemorySegment ys = HostBuffer.segment(y);
        MemorySegment xs = HostBuffer.segment(x);
        MemorySegment ws = HostBuffer.segment(w);
        long columns = x.dim(-1);
        for (long r = 0; r < x.shape().rows(); r++) {
            Moments moments = Moments.of(xs, r * columns, columns, eps);
            for (long c = 0; c < columns; c++) {
                double shift = b == null ? 0 : Elements.f32(HostBuffer.segment(b), c);
                Elements.f32(ys, r * columns + c, moments.of(Elements.f32(xs, r * columns + c)) * Elements.f32(ws, c) + shift);
            }
        }
    }

    @Override
    public void layerNormBackward(Tensor dx, boolean add, @Nullable Tensor sums, Tensor dy, Tensor x, Tensor w, float eps) {
        MemorySegment dxs = HostBuffer.segment(dx);
        MemorySegment dys = HostBuffer.segment(dy);
        MemorySegment xs = HostBuffer.segment(x);
        MemorySegment ws = HostBuffer.segment(w);
        int columns = Math.toIntExact(x.dim(-1));
        double[] totals = new double[sums == null ? 0 : Math.toIntExact(sums.size())];
        long rows = x.shape().rows();
        for (long r = 0; r < rows; r++) {
            long first = r * columns;
            Moments moments = Moments.of(xs, first, columns, eps);
            double sum = 0;
            double products = 0;
            for (int c = 0; c < columns; c++) {
                double g = (double) Elements.f32(dys, first + c) * Elements.f32(ws, c);
                sum += g;
                products += g * moments.of(Elements.f32(xs, first + c));
            }
            for (int c = 0; c < columns; c++) {
                double d = Elements.f32(dys, first + c);
                double v = moments.of(Elements.f32(xs, first + c));
                double of = moments.rstd * (d * Elements.f32(ws, c) - sum / columns - v * products / columns);
                Elements.f32(dxs, first + c, of + (add ? Elements.f32(dxs, first + c) : 0));
                if (sums != null) {
                    int part = (int) (r / partOf(rows, sums)) * 2 * columns;
                    totals[part + c] += d * v;
                    totals[part + columns + c] += d;
                }
            }
        }
        store(sums, totals);
    }
}
