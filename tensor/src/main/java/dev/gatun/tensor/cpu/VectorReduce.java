package dev.gatun.tensor.cpu;

import static dev.gatun.tensor.cpu.Lanes.ALL;
import static dev.gatun.tensor.cpu.Lanes.FLOAT;
import static dev.gatun.tensor.cpu.Lanes.INT;
import static dev.gatun.tensor.cpu.Lanes.VL;

import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.kernels.ReduceKernels;
import java.lang.ref.Reference;

/// Reductions, a vector at a time: along a row in lanes, of columns with a lane per column.
/// **Memory-bound**: 4 B per element, read once.
final class VectorReduce implements ReduceKernels {
    private static final long CHUNK = 1 << 14;

    /// Columns that are reduced together: a strip of a row that is at least some cache lines wide.
    private static final long STRIP = 256;

    private final Pool pool;
    private final NativeScratch scratch;

    VectorReduce(Pool pool) {
        this.pool = pool;
        this.scratch = new NativeScratch(pool);
    }

    @Override
    public void reduce(Reduction reduction, Tensor y, Tensor x) {
        long n = x.dim(1);
        long inner = x.dim(2);
        if (y.size() == 0) {
            return;
        }
        long to = HostBuffer.address(y);
        long from = HostBuffer.address(x);
        if (inner == 1) {
            rows(y.size(), n, from, (r, row) -> ALL.set(FLOAT, to + r * 4, (float) row(reduction, row)));
        } else {
            long strips = (inner + STRIP - 1) / STRIP;
            pool.run(x.dim(0) * strips, Math.max(1, CHUNK / (n * Math.min(inner, STRIP))), (first, end, worker) -> {
                for (long s = first; s < end; s++) {
                    long o = s / strips;
                    long i = s % strips * STRIP;
                    long width = Math.min(STRIP, inner - i);
                    long at = from + (o * n * inner + i) * 4;
                    strip(reduction, to + (o * inner + i) * 4, at, n, inner * 4, width);
                }
            });
        }
        Reference.reachabilityFence(y);
        Reference.reachabilityFence(x);
    }

    private static double row(Reduction reduction, Row row) {
        return switch (reduction) {
            case SUM -> row.sum();
            case MAX -> row.max();
            case MIN -> row.min();
        };
    }

    /// The columns of a strip. A column is reduced the same way in a vector and alone.
    private static void strip(Reduction reduction, long y, long x, long n, long pitch, long width) {
        long whole = width / VL * VL;
        for (long i = 0; i < whole; i += VL) {
            switch (reduction) {
                case SUM -> ColumnLoops.sum(y + i * 4, x + i * 4, n, pitch);
                case MAX -> ColumnLoops.max(y + i * 4, x + i * 4, n, pitch);
                case MIN -> ColumnLoops.min(y + i * 4, x + i * 4, n, pitch);
            }
        }
        for (long i = whole; i < width; i++) {
            ALL.set(FLOAT, y + i * 4, ColumnLoops.one(reduction, x + i * 4, n, pitch));
        }
    }

    @Override
    public void argMax(Tensor y, Tensor x) {
        long to = HostBuffer.address(y);
        rows(y.size(), x.dim(-1), HostBuffer.address(x), (r, row) -> ALL.set(INT, to + r * 4, (int) row.argMax()));
        Reference.reachabilityFence(y);
        Reference.reachabilityFence(x);
    }

    /// What is done with a row of x.
    @FunctionalInterface
    private interface PerRow {
        void run(long r, Row row);
    }

    private void rows(long rows, long columns, long x, PerRow body) {
        pool.run(rows, Math.max(1, CHUNK / columns), (first, end, worker) -> {
            long few = scratch.address(worker, Row.SCRATCH);
            for (long r = first; r < end; r++) {
                body.run(r, new Row(x + r * columns * 4, columns, few));
            }
        });
    }

    @Override
    public void pickBackward(Tensor dx, Tensor dy, Tensor y, Tensor x) {
        pool.run(y.size(), Math.max(1, CHUNK / x.dim(1)), (from, end, worker) -> ReferenceReduce.pickBackward(dx, dy, y, x, from, end));
        Reference.reachabilityFence(dx);
        Reference.reachabilityFence(dy);
        Reference.reachabilityFence(y);
        Reference.reachabilityFence(x);
    }
}
