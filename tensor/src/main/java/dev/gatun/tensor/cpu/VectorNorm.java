package dev.gatun.tensor.cpu;


import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.kernels.NormKernels;
import java.lang.ref.Reference;

/// Normalizations of rows, a vector at a time, rows in parallel. A row that fits the L1 cache is
/// read from memory once.
///
/// | | reads + writes | per vector |
/// |---|---|---|
/// | RMS norm | 12 + 4 B per element, of which 4 + 4 from memory | 4 operations: **memory-bound** |
/// | softmax | 12 + 8 B | 25: **compute-bound** while in L2 |
/// | log softmax | 12 + 4 B | 25 |
final class VectorNorm implements NormKernels {
    /// Elements that are worth a hand-over to another thread.
    private static final long CHUNK = 1 << 14;

    private final Pool pool;
    private final NativeScratch scratch;

    VectorNorm(Pool pool) {
        this.pool = pool;
        this.scratch = new NativeScratch(pool);
    }

    /// What is done to a row of x, and where its result goes.
    @FunctionalInterface
    private interface Normalization {
        void run(Row x, long y);
    }

    private void rows(Tensor y, Tensor x, Normalization normalization) {
        if (x.size() == 0) {
            return;
        }
        long columns = x.dim(-1);
        long to = HostBuffer.address(y);
        long from = HostBuffer.address(x);
        pool.run(
                x.size() / columns,
                Math.max(1, CHUNK / columns),
                (first, end, worker) -> {
                    long few = scratch.address(worker, Row.SCRATCH);
                    for (long r = first; r < end; r++) {
                        long at = r * columns * 4;
                        normalization.run(new Row(from + at, columns, few), to + at);
                    }
                });
        Reference.reachabilityFence(y);
        Reference.reachabilityFence(x);
    }

    @Override
    public void rmsNorm(Tensor y, Tensor x, Tensor w, float eps) {
        long weights = HostBuffer.address(w);
        rows(
                y,
                x,
                (row, to) -> {
                    double rstd = 1 / Math.sqrt(row.squares() / row.n() + eps);
                    row.weigh(to, (float) rstd, weights);
                });
        Reference.reachabilityFence(w);
    }

    @Override
    public void softmax(Tensor y, Tensor x) {
        rows(
                y,
                x,
                (row, to) -> {
                    double sum = row.exp(to, row.largest());
                    new Row(to, row.n(), row.scratch()).scale(to, (float) (1 / sum));
                });
    }

    @Override
    public void logSoftmax(Tensor y, Tensor x) {
        rows(
                y,
                x,
                (row, to) -> {
                    Row.LogSum sum = row.logSum();
                    float log = (float) (sum.value() - sum.most());
                    row.subtract(to, sum.most(), log);
                });
    }
}
