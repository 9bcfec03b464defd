package dev.gatun.tensor.cpu;

import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.kernels.ReduceKernels;
import java.lang.foreign.MemorySegment;

/// Reductions by their definition, in double.
final class ReferenceReduce implements ReduceKernels {

    @Override
    public void reduce(Reduction reduction, Tensor y, Tensor x) {
        MemorySegment ys = HostBuffer.segment(y);
        MemorySegment xs = HostBuffer.segment(x);
        long n = x.dim(1);
        long inner = x.dim(2);
        for (long o = 0; o < x.dim(0); o++) {
            for (long i = 0; i < inner; i++) {
                double all = switch (reduction) {
                    case SUM -> 0;
                    case MAX -> Double.NEGATIVE_INFINITY;
                    case MIN -> Double.POSITIVE_INFINITY;
                };
                for (long k = 0; k < n; k++) {
                    float v = Elements.f32(xs, (o * n + k) * inner + i);
                    all = switch (reduction) {
                        case SUM -> all + v;
                        case MAX -> Math.max(all, v);
                        case MIN -> Math.min(all, v);
                    };
                }
                Elements.f32(ys, o * inner + i, all);
            }
        }
    }

    @Override
    public void argMax(Tensor y, Tensor x) {
        MemorySegment ys = HostBuffer.segment(y);
        MemorySegment xs = HostBuffer.segment(x);
        long columns = x.dim(-1);
        for (long r = 0; r < y.size(); r++) {
            int best = 0;
            float most = Float.NEGATIVE_INFINITY;
            for (int c = 0; c < columns; c++) {
                float v = Elements.f32(xs, r * columns + c);
                if (v > most) {
                    most = v;
                    best = c;
                }
            }
            Elements.i32(ys, r, best);
        }
    }

    @Override
    public void pickBackward(Tensor dx, Tensor dy, Tensor y, Tensor x) {
        pickBackward(dx, dy, y, x, 0, y.size());
    }

    /// Columns `[from, end)`, numbered through all of outer and inner.
    static void pickBackward(Tensor dx, Tensor dy, Tensor y, Tensor x, long from, long end) {
        MemorySegment to = HostBuffer.segment(dx);
        MemorySegment dys = HostBuffer.segment(dy);
        MemorySegment ys = HostBuffer.segment(y);
        MemorySegment xs = HostBuffer.segment(x);
        long n = x.dim(1);
        long inner = x.dim(2);
        for (long column = from; column < end; column++) {
            long first = column / inner * n * inner + column % inner;
            float picked = Elements.f32(ys, column);
            int ties = 0;
            for (long k = 0; k < n; k++) {
                ties += Elements.f32(xs, first + k * inner) == picked ? 1 : 0;
            }
            float share = Elements.f32(dys, column) / ties;
            for (long i = first; i < first + n * inner; i += inner) {
                Elements.f32(to, i, Elements.f32(xs, i) == picked ? share : 0);
            }
        }
    }
}
