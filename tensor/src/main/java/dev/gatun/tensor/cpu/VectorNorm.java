package dev.gatun.tensor.cpu;

import static dev.gatun.tensor.cpu.Lanes.ALL;

import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.kernels.NormKernels;
import java.lang.ref.Reference;
import org.jspecify.annotations.Nullable;

/// Normalizations of rows, a vector at a time, rows in parallel. A row that fits the L1 cache is
/// read from memory once.
///
/// | | reads + writes | per vector |
/// |---|---|---|
/// | RMS norm | 12 + 4 B per element, of which 4 + 4 from memory | 4 operations: **memory-bound** |
/// | softmax | 12 + 8 B | 25: **compute-bound** while in L2 |
/// | log softmax | 12 + 4 B | 25 |
/// | derivative of RMS norm | 36 + 8 B, of which 8 + 4 from memory | 12: **memory-bound** |
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
        pool.run(x.size() / columns, Math.max(1, CHUNK / columns), (first, end, worker) -> {
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
        rows(y, x, (row, to) -> {
            double rstd = 1 / Math.sqrt(row.squares() / row.n() + eps);
            row.weigh(to, (float) rstd, weights);
        });
        Reference.reachabilityFence(w);
    }

    @Override
    public void softmax(Tensor y, Tensor x) {
        rows(y, x, (row, to) -> {
            double sum = row.exp(to, row.largest());
            new Row(to, row.n(), row.scratch()).scale(to, (float) (1 / sum));
        });
    }

    @Override
    public void logSoftmax(Tensor y, Tensor x) {
        rows(y, x, (row, to) -> {
            Row.LogSum sum = row.logSum();
            float log = (float) (sum.value() - sum.most());
            row.subtract(to, sum.most(), log);
        });
    }

    @Override
    public void rmsNormBackward(Tensor dx, boolean add, @Nullable Tensor dw, Tensor dy, Tensor x, Tensor w, float eps) {
        long columns = x.dim(-1);
        long to = HostBuffer.address(dx);
        long above = HostBuffer.address(dy);
        long from = HostBuffer.address(x);
        long weights = HostBuffer.address(w);
        parts(x.shape().rows(), columns, dw, (r, part, few) -> {
            long at = r * columns * 4;
            double rstd = 1 / Math.sqrt(new Row(from + at, columns, few).squares() / columns + eps);
            double products = NormLoops.products(above + at, weights, from + at, 0, columns);
            float back = (float) (-products * rstd * rstd * rstd / columns);
            NormLoops.gradient(to + at, add, above + at, weights, from + at, 0, (float) rstd, back, 0, columns);
            if (part != 0) {
                NormLoops.addProduct(part, above + at, from + at, 0, (float) rstd, columns);
            }
        });
        Reference.reachabilityFence(dx);
        Reference.reachabilityFence(dy);
        Reference.reachabilityFence(x);
        Reference.reachabilityFence(w);
    }

    /// What is done to a row whose gradient is wanted.
    @FunctionalInterface
    private interface Derivative {
        /// @param part where the sums of this row's part are, 0 if they are not wanted
        void run(long r, long part, long few);
    }

    /// Rows in parallel, or parts of them, each with its sums.
    private void parts(long rows, long columns, @Nullable Tensor sums, Derivative derivative) {
        long each = sums == null ? Math.max(1, CHUNK / Math.max(1, columns)) : ReferenceNorm.partOf(rows, sums);
        long first = sums == null ? 0 : HostBuffer.address(sums);
        pool.run(sums == null ? (rows + each - 1) / each : sums.dim(0), 1, (from, end, worker) -> {
            long few = scratch.address(worker, Row.SCRATCH);
            for (long p = from; p < end; p++) {
                long part = first == 0 ? 0 : first + p * columns * 4;
                if (part != 0) {
                    ALL.asSlice(part, columns * 4).fill((byte) 0);
                }
                for (long r = p * each; r < Math.min(rows, (p + 1) * each); r++) {
                    derivative.run(r, part, few);
                }
            }
        });
        Reference.reachabilityFence(sums);
    }
}
