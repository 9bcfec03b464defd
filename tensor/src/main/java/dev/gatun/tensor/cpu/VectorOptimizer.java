package dev.gatun.tensor.cpu;

import static dev.gatun.tensor.cpu.Lanes.ALL;
import static dev.gatun.tensor.cpu.Lanes.FLOAT;
import static dev.gatun.tensor.cpu.Lanes.VB;
import static dev.gatun.tensor.cpu.Lanes.VL;
import static dev.gatun.tensor.ops.Updates.BLOCK;

import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.kernels.OptimizerKernels;
import dev.gatun.tensor.ops.Updates.Adam;
import dev.gatun.tensor.ops.Updates.Lion;
import dev.gatun.tensor.ops.Updates.Sgd;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import org.jspecify.annotations.Nullable;

/// Steps of optimizers, a vector at a time, the elements split over threads.
final class VectorOptimizer implements OptimizerKernels {
    /// Elements that are worth a hand-over to another thread; a multiple of every vector's lanes.
    private static final long CHUNK = 1 << 14;

    /// Elements whose squares are added before their sum joins those of others.
    private static final int PARTIAL = 1 << 12;

    private final Pool pool;
    private final NativeScratch scratch;

    VectorOptimizer(Pool pool) {
        this.pool = pool;
        this.scratch = new NativeScratch(pool);
    }

    /// What is done with whole vectors, `at` bytes from the start.
    @FunctionalInterface
    private interface Loop {
        void run(long at, long bytes);
    }

    /// @return where the incomplete vector begins
    private long vectors(long n, Loop loop) {
        long whole = n / VL * VL;
        pool.run(whole, CHUNK, (from, end, worker) -> loop.run(from * 4, (end - from) * 4));
        return whole;
    }

    @Override
    public void adam(Tensor p, Tensor g, Tensor m, Tensor v, Adam a) {
        long ps = HostBuffer.address(p);
        long gs = HostBuffer.address(g);
        long ms = HostBuffer.address(m);
        long vs = HostBuffer.address(v);
        long done = vectors(
                p.size(),
                (at, bytes) -> UpdateLoops.adam(
                        ps + at, gs + at, ms + at, vs + at, a.beta1(), a.rest1(), a.beta2(), a.rest2(), a.step(), a.eps(), a.keep(), a.l2(), bytes));
        ReferenceOptimizer.adam(p, g, m, v, a, done); // and keeps the operands reachable
    }

    @Override
    public void sgd(Tensor p, Tensor g, @Nullable Tensor b, Sgd s) {
        long ps = HostBuffer.address(p);
        long gs = HostBuffer.address(g);
        long bs = b == null ? 0 : HostBuffer.address(b);
        long done = vectors(p.size(), (at, bytes) -> {
            if (b == null) {
                UpdateLoops.sgd(ps + at, gs + at, s.rate(), s.l2(), bytes);
            } else if (s.nesterov()) {
                UpdateLoops.nesterov(ps + at, gs + at, bs + at, s.rate(), s.momentum(), s.rest(), s.l2(), bytes);
            } else {
                UpdateLoops.momentum(ps + at, gs + at, bs + at, s.rate(), s.momentum(), s.rest(), s.l2(), bytes);
            }
        });
        ReferenceOptimizer.sgd(p, g, b, s, done);
    }

    @Override
    public void lion(Tensor p, Tensor g, Tensor m, Lion l) {
        long ps = HostBuffer.address(p);
        long gs = HostBuffer.address(g);
        long ms = HostBuffer.address(m);
        long done = vectors(
                p.size(),
                (at, bytes) -> UpdateLoops.lion(ps + at, gs + at, ms + at, l.rate(), l.beta1(), l.rest1(), l.beta2(), l.rest2(), l.keep(), bytes));
        ReferenceOptimizer.lion(p, g, m, l, done);
    }

    @Override
    public void adam8(Tensor p, Tensor g, Tensor qm, Tensor sm, Tensor qv, Tensor sv, Adam a) {
        long sms = HostBuffer.address(sm);
        long svs = HostBuffer.address(sv);
        blocks(p, g, qm, qv, (block, ps, gs, m, v, work) -> {
            long firsts = work;
            long seconds = work + BLOCK * 4L;
            BlockLoops.decode(firsts, m, DynamicCodes.SIGNED.values);
            BlockLoops.decode(seconds, v, DynamicCodes.UNSIGNED.values);
            BlockLoops.adam(
                    ps,
                    gs,
                    firsts,
                    seconds,
                    ALL.get(FLOAT, sms + block * 4),
                    ALL.get(FLOAT, svs + block * 4),
                    a.beta1(),
                    a.rest1(),
                    a.beta2(),
                    a.rest2(),
                    a.step(),
                    a.eps(),
                    a.keep(),
                    a.l2());
            encode(m, sms + block * 4, firsts, DynamicCodes.SIGNED);
            encode(v, svs + block * 4, seconds, DynamicCodes.UNSIGNED);
        });
        Reference.reachabilityFence(sm);
        Reference.reachabilityFence(sv);
    }

    @Override
    public void lion8(Tensor p, Tensor g, Tensor qm, Tensor sm, Lion l) {
        long sms = HostBuffer.address(sm);
        blocks(p, g, qm, qm, (block, ps, gs, m, same, work) -> {
            BlockLoops.decode(work, m, DynamicCodes.SIGNED.values);
            float scale = ALL.get(FLOAT, sms + block * 4);
            BlockLoops.lion(ps, gs, work, scale, l.rate(), l.beta1(), l.rest1(), l.beta2(), l.rest2(), l.keep());
            encode(m, sms + block * 4, work, DynamicCodes.SIGNED);
        });
        Reference.reachabilityFence(sm);
    }

    private static void encode(long codes, long scale, long values, DynamicCodes map) {
        float most = ReferenceOptimizer.scale(BlockLoops.largest(values));
        ALL.set(FLOAT, scale, most);
        BlockLoops.keys(values, ReferenceOptimizer.reciprocal(most));
        BlockLoops.encode(codes, values, map.entries);
    }

    /// What is done with a whole block.
    @FunctionalInterface
    private interface PerBlock {
        void run(long block, long p, long g, long m, long v, long work);
    }

    /// All blocks; one that is not whole is computed in scratch, filled up with zeros.
    private void blocks(Tensor p, Tensor g, Tensor m, Tensor v, PerBlock body) {
        long n = p.size();
        long ps = HostBuffer.address(p);
        long gs = HostBuffer.address(g);
        long ms = HostBuffer.address(m);
        long vs = HostBuffer.address(v);
        pool.run((n + BLOCK - 1) / BLOCK, CHUNK / BLOCK, (from, end, worker) -> {
            long work = scratch.address(worker, 18L * BLOCK);
            for (long block = from; block < end; block++) {
                long i = block * BLOCK;
                if (n - i >= BLOCK) {
                    body.run(block, ps + i * 4, gs + i * 4, ms + i, vs + i, work);
                } else {
                    long few = work + 8L * BLOCK;
                    ALL.asSlice(few, 10L * BLOCK).fill((byte) 0);
                    ALL.asSlice(few + 8L * BLOCK, BLOCK).fill((byte) ReferenceOptimizer.ZERO);
                    MemorySegment.copy(ALL, ps + i * 4, ALL, few, (n - i) * 4);
                    MemorySegment.copy(ALL, gs + i * 4, ALL, few + 4L * BLOCK, (n - i) * 4);
                    MemorySegment.copy(ALL, ms + i, ALL, few + 8L * BLOCK, n - i);
                    MemorySegment.copy(ALL, vs + i, ALL, few + 9L * BLOCK, n - i);
                    body.run(block, few, few + 4L * BLOCK, few + 8L * BLOCK, few + 9L * BLOCK, work);
                    MemorySegment.copy(ALL, few, ALL, ps + i * 4, (n - i) * 4);
                    MemorySegment.copy(ALL, few + 9L * BLOCK, ALL, vs + i, n - i);
                    MemorySegment.copy(ALL, few + 8L * BLOCK, ALL, ms + i, n - i);
                }
            }
        });
        Reference.reachabilityFence(p);
        Reference.reachabilityFence(g);
        Reference.reachabilityFence(m);
        Reference.reachabilityFence(v);
    }

    @Override
    public double squares(Tensor x) {
        long xs = HostBuffer.address(x);
        long n = x.size();
        double[] partial = new double[Math.toIntExact((n + PARTIAL - 1) / PARTIAL)];
        pool.run(partial.length, CHUNK / PARTIAL, (from, end, worker) -> {
            long few = scratch.address(worker, VB);
            for (long i = from; i < end; i++) {
                partial[(int) i] = UpdateLoops.squares(xs + i * PARTIAL * 4, Math.min(PARTIAL, n - i * PARTIAL), few);
            }
        });
        Reference.reachabilityFence(x);
        double sum = 0;
        for (double each : partial) {
            sum += each;
        }
        return sum;
    }
}
