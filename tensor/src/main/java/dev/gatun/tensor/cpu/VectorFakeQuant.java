package dev.gatun.tensor.cpu;

import static dev.gatun.tensor.cpu.Lanes.ALL;
import static dev.gatun.tensor.cpu.Lanes.F32;
import static dev.gatun.tensor.cpu.Lanes.FLOAT;
import static dev.gatun.tensor.cpu.Lanes.LITTLE;
import static dev.gatun.tensor.cpu.Lanes.VB;
import static dev.gatun.tensor.cpu.Lanes.VL;
import static jdk.incubator.vector.VectorOperators.MAX;

import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.kernels.FakeQuantKernels;
import java.lang.ref.Reference;
import jdk.incubator.vector.FloatVector;

/// Rounding, a vector at a time: **memory-bound**, 8 to 12 B for each element.
final class VectorFakeQuant implements FakeQuantKernels {
    /// Elements that are worth a hand-over to another thread, and whose magnitudes are summed alone.
    private static final long CHUNK = 1 << 14;

    /// Added to a float of less than 2²² and subtracted again, it leaves the nearest integer, half to even.
    private static final float MAGIC = 0x1.8p23f;

    private final Pool pool;
    private final NativeScratch scratch;

    VectorFakeQuant(Pool pool) {
        this.pool = pool;
        this.scratch = new NativeScratch(pool);
    }

    @Override
    public void int8(Tensor y, Tensor x) {
        if (x.size() == 0) {
            return;
        }
        long columns = x.dim(-1);
        long to = HostBuffer.address(y);
        long from = HostBuffer.address(x);
        pool.run(x.size() / columns, Math.max(1, CHUNK / columns), (first, end, worker) -> {
            for (long r = first; r < end; r++) {
                int8(to + 4 * r * columns, from + 4 * r * columns, 4 * columns);
            }
        });
        Reference.reachabilityFence(y);
        Reference.reachabilityFence(x);
    }

    /// A row stays in the L1 cache from the first of its readings to the last.
    @Override
    public void normInt8(Tensor y, Tensor x, Tensor w, float eps) {
        if (x.size() == 0) {
            return;
        }
        long columns = x.dim(-1);
        long to = HostBuffer.address(y);
        long from = HostBuffer.address(x);
        long weights = HostBuffer.address(w);
        pool.run(x.size() / columns, Math.max(1, CHUNK / columns), (first, end, worker) -> {
            long few = scratch.address(worker, Row.SCRATCH);
            for (long r = first; r < end; r++) {
                long at = 4 * r * columns;
                Row row = new Row(from + at, columns, few);
                row.weigh(to + at, (float) (1 / Math.sqrt(row.squares() / columns + eps)), weights);
                int8(to + at, to + at, 4 * columns);
            }
        });
        Reference.reachabilityFence(y);
        Reference.reachabilityFence(x);
        Reference.reachabilityFence(w);
    }

    private static void int8(long y, long x, long bytes) {
        long whole = bytes / VB * VB;
        FloatVector largest = FloatVector.broadcast(F32, ReferenceFakeQuant.LEAST);
        for (long o = 0; o < whole; o += VB) {
            largest =
                    FloatVector.fromMemorySegment(F32, ALL, x + o, LITTLE).abs().max(largest);
        }
        float most = largest.reduceLanes(MAX);
        for (long o = whole; o < bytes; o += 4) {
            most = Math.max(most, Math.abs(ALL.get(FLOAT, x + o)));
        }
        float inverse = 127 / most;
        float scale = most / 127;
        for (long o = 0; o < whole; o += VB) {
            FloatVector.fromMemorySegment(F32, ALL, x + o, LITTLE)
                    .mul(inverse)
                    .add(MAGIC)
                    .sub(MAGIC)
                    .mul(scale)
                    .intoMemorySegment(ALL, y + o, LITTLE);
        }
        for (long o = whole; o < bytes; o += 4) {
            ALL.set(FLOAT, y + o, (float) Math.rint(ALL.get(FLOAT, x + o) * inverse) * scale);
        }
    }

    @Override
    public void ternary(Tensor y, Tensor w) {
        long to = HostBuffer.address(y);
        long from = HostBuffer.address(w);
        double[] sums = new double[Math.toIntExact((w.size() + CHUNK - 1) / CHUNK)];
        pool.run(sums.length, 1, (first, end, worker) -> {
            for (int i = (int) first; i < end; i++) {
                sums[i] = magnitudes(from + 4 * i * CHUNK, Math.min(CHUNK, w.size() - i * CHUNK));
            }
        });
        double sum = 0;
        for (double some : sums) {
            sum += some;
        }
        float scale = ReferenceFakeQuant.scale(sum, w.size());
        pool.run(w.size(), CHUNK, (first, end, worker) -> ternary(to + 4 * first, from + 4 * first, end - first, scale));
        Reference.reachabilityFence(y);
        Reference.reachabilityFence(w);
    }

    /// Four sums, so that no addition waits for the one before.
    private static double magnitudes(long w, long n) {
        double a = 0, b = 0, c = 0, d = 0;
        long i = 0;
        for (; i + 4 <= n; i += 4) {
            a += Math.abs(ALL.get(FLOAT, w + 4 * i));
            b += Math.abs(ALL.get(FLOAT, w + 4 * i + 4));
            c += Math.abs(ALL.get(FLOAT, w + 4 * i + 8));
            d += Math.abs(ALL.get(FLOAT, w + 4 * i + 12));
        }
        for (; i < n; i++) {
            a += Math.abs(ALL.get(FLOAT, w + 4 * i));
        }
        return a + b + (c + d);
    }

    private static void ternary(long y, long w, long n, float scale) {
        float inverse = 1 / scale;
        long i = 0;
        for (; i + VL <= n; i += VL) {
            FloatVector.fromMemorySegment(F32, ALL, w + 4 * i, LITTLE)
                    .mul(inverse)
                    .add(MAGIC)
                    .sub(MAGIC)
                    .min(1)
                    .max(-1)
                    .mul(scale)
                    .intoMemorySegment(ALL, y + 4 * i, LITTLE);
        }
        for (; i < n; i++) {
            ALL.set(FLOAT, y + 4 * i, (float) Math.clamp(Math.rint(ALL.get(FLOAT, w + 4 * i) * inverse), -1, 1) * scale);
        }
    }
}
