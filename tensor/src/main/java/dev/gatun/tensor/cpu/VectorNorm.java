package dev.gatun.tensor.cpu;

import static dev.gatun.tensor.cpu.Lanes.ALL;
import static dev.gatun.tensor.cpu.Lanes.FLOAT;

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
/// | RMS norm of a sum | 20 + 8 B, of which 8 + 8 from memory | 5: **memory-bound** |
/// | softmax | 12 + 8 B | 25: **compute-bound** while in L2 |
/// | log softmax | 12 + 4 B | 25 |
/// | layer norm | 24 + 12 B, of which 4 + 4 | 8: **memory-bound** |
/// | derivative of layer norm | 52 + 12 B, of which 8 + 4 | 18: **memory-bound** |
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
        rows(y, x, (row, to) -> rmsNorm(row, to, weights, eps));
        Reference.reachabilityFence(w);
    }

    private static void rmsNorm(Row row, long to, long weights, float eps) {
        double rstd = 1 / Math.sqrt(row.squares() / row.n() + eps);
        row.weigh(to, (float) rstd, weights);
    }

    @Override
    public void rmsNormOfSum(Tensor y, Tensor sum, Tensor a, Tensor b, Tensor w, float eps) {
        long first = HostBuffer.address(sum);
        long as = HostBuffer.address(a);
        long bs = HostBuffer.address(b);
        long weights = HostBuffer.address(w);
        rows(y, sum, (row, to) -> {
            long at = row.x() - first;
            NormLoops.sum(row.x(), as + at, bs + at, row.n());
            rmsNorm(row, to, weights, eps);
        });
        Reference.reachabilityFence(a);
        Reference.reachabilityFence(b);
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
                NormLoops.addProduct(part, above + at, from + at, 0, (float) rstd, 0, columns);
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
        long room = sums == null ? 0 : sums.size() / sums.dim(0) * 4;
        pool.run(sums == null ? (rows + each - 1) / each : sums.dim(0), 1, (from, end, worker) -> {
            long few = scratch.address(worker, Row.SCRATCH);
            for (long p = from; p < end; p++) {
                long part = first == 0 ? 0 : first + p * room;
                if (part != 0) {
                    ALL.asSlice(part, room).fill((byte) 0);
                }
                for (long r = p * each; r < Math.min(rows, (p + 1) * each); r++) {
                    derivative.run(r, part, few);
                }
            }
        });
        Reference.reachabilityFence(sums);
    }

    @Override
    public void softmaxBackward(Tensor dx, Tensor dy, Tensor y) {
        long above = HostBuffer.address(dy);
        long of = HostBuffer.address(y);
        long to = HostBuffer.address(dx);
        long columns = y.dim(-1);
        parts(y.shape().rows(), columns, null, (r, part, few) -> {
            long at = r * columns * 4;
            float products = (float) NormLoops.dot(above + at, of + at, columns);
            NormLoops.gradient(to + at, false, above + at, of + at, of + at, 0, 1, -products, 0, columns);
        });
        Reference.reachabilityFence(dx);
        Reference.reachabilityFence(dy);
        Reference.reachabilityFence(y);
    }

    @Override
    public void logSoftmaxBackward(Tensor dx, Tensor dy, Tensor y) {
        long above = HostBuffer.address(dy);
        long of = HostBuffer.address(y);
        long to = HostBuffer.address(dx);
        long columns = y.dim(-1);
        parts(y.shape().rows(), columns, null, (r, part, few) -> {
            long at = r * columns * 4;
            double sum = new Row(above + at, columns, few).sum();
            new Row(of + at, columns, few).softmax(to + at, 0, 0, (float) -sum);
            NormLoops.add(to + at, above + at, columns);
        });
        Reference.reachabilityFence(dx);
        Reference.reachabilityFence(dy);
        Reference.reachabilityFence(y);
    }

    @Override
    public void logSumExp(Tensor y, Tensor x) {
        long to = HostBuffer.address(y);
        long from = HostBuffer.address(x);
        long columns = x.dim(-1);
        parts(y.size(), columns, null, (r, part, few) -> {
            Row row = new Row(from + r * columns * 4, columns, few);
            ALL.set(FLOAT, to + r * 4, (float) row.logSum().value());
        });
        Reference.reachabilityFence(y);
        Reference.reachabilityFence(x);
    }

    @Override
    public void logSumExpBackward(Tensor dx, Tensor dy, Tensor y, Tensor x) {
        long to = HostBuffer.address(dx);
        long above = HostBuffer.address(dy);
        long sums = HostBuffer.address(y);
        long from = HostBuffer.address(x);
        long columns = x.dim(-1);
        parts(y.size(), columns, null, (r, part, few) -> {
            Row row = new Row(from + r * columns * 4, columns, few);
            row.softmax(to + r * columns * 4, ALL.get(FLOAT, sums + r * 4), 0, ALL.get(FLOAT, above + r * 4));
        });
        Reference.reachabilityFence(dx);
        Reference.reachabilityFence(dy);
        Reference.reachabilityFence(y);
        Reference.reachabilityFence(x);
    }

    /// How a row is distributed. The mean as a float and what that is too large by: subtracted one after the other, a large mean cancels.
    private record Moments(float mean, double off, double rstd) {
        static Moments of(Row row, float eps) {
            float mean = (float) (row.sum() / row.n());
            double off = -NormLoops.sum(row.x(), mean, row.n()) / row.n();
            double variance = NormLoops.squares(row.x(), mean, row.n()) / row.n() - off * off;
            return new Moments(mean, off, 1 / Math.sqrt(Math.max(0, variance) + eps));
        }
    }

    @Override
    public void layerNorm(Tensor y, Tensor x, Tensor w, @Nullable Tensor b, float eps) {
        long weights = HostBuffer.address(w);
        long bias = b == null ? 0 : HostBuffer.address(b);
        rows(y, x, (row, to) -> {
            Moments of = Moments.of(row, eps);
            NormLoops.normalize(to, row.x(), of.mean(), (float) of.rstd(), (float) (of.off() * of.rstd()), weights, row.n());
            if (bias != 0) {
                NormLoops.add(to, bias, row.n());
            }
        });
        Reference.reachabilityFence(w);
        Reference.reachabilityFence(b);
    }

    @Override
    public void layerNormBackward(Tensor dx, boolean add, @Nullable Tensor sums, Tensor dy, Tensor x, Tensor w, float eps) {
        long columns = x.dim(-1);
        long to = HostBuffer.address(dx);
        long above = HostBuffer.address(dy);
        long from = HostBuffer.address(x);
        long weights = HostBuffer.address(w);
        parts(x.shape().rows(), columns, sums, (r, part, few) -> {
            long at = r * columns * 4;
            Moments of = Moments.of(new Row(from + at, columns, few), eps);
            float rstd = (float) of.rstd;
            double sum = NormLoops.dot(above + at, weights, columns);
            double products = NormLoops.products(above + at, weights, from + at, of.mean, columns) + of.off * sum;
            double back = -products * of.rstd * of.rstd * of.rstd / columns;
            float shift = (float) (-sum * of.rstd / columns + back * of.off);
            NormLoops.gradient(to + at, add, above + at, weights, from + at, of.mean, rstd, (float) back, shift, columns);
            if (part != 0) {
                NormLoops.addProduct(part, above + at, from + at, of.mean, rstd, (float) (of.off * of.rstd), columns);
                NormLoops.add(part + columns * 4, above + at, columns);
            }
        });
        Reference.reachabilityFence(dx);
        Reference.reachabilityFence(dy);
        Reference.reachabilityFence(x);
        Reference.reachabilityFence(w);
    }
}
