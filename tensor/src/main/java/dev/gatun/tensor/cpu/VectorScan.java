package dev.gatun.tensor.cpu;

import static dev.gatun.tensor.cpu.Lanes.ALL;
import static dev.gatun.tensor.cpu.Lanes.F32;
import static dev.gatun.tensor.cpu.Lanes.FLOAT;
import static dev.gatun.tensor.cpu.Lanes.INT;
import static dev.gatun.tensor.cpu.Lanes.LITTLE;
import static dev.gatun.tensor.cpu.Lanes.VB;

import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.kernels.ScanKernels;
import java.lang.ref.Reference;
import jdk.incubator.vector.FloatVector;
import org.jspecify.annotations.Nullable;

/// Recurrences, some vectors of channels at a time, each going through all positions: what is split between threads are sequences and channels, which know
/// nothing of each other.
///
/// | | reads + writes |
/// |---|---|
/// | forward | 8 + 4 B for each element, one FMA: **memory-bound** |
/// | backward | 12 + 8 B, three operations |
final class VectorScan implements ScanKernels {
    /// Bytes of channels that are taken together: four vectors of 512 bits, so that latency hides behind latency.
    private static final long STRIP = 256;

    /// Elements that are worth a hand-over to another thread.
    private static final long CHUNK = 1 << 14;

    private final Pool pool;

    VectorScan(Pool pool) {
        this.pool = pool;
    }

    /// What is done to the channels `[from, to)` of one sequence, in bytes.
    @FunctionalInterface
    private interface Strip {
        void run(long sequence, long from, long to);
    }

    private void strips(Tensor h, Strip strip) {
        long row = 4 * h.dim(2);
        long strips = (row + STRIP - 1) / STRIP;
        pool.run(h.dim(0) * strips, 1 + CHUNK / (Math.max(1, h.dim(1)) * STRIP / 4), (first, end, worker) -> {
            for (long i = first; i < end; i++) {
                long from = i % strips * STRIP;
                strip.run(i / strips, from, Math.min(row, from + STRIP));
            }
        });
    }

    @Override
    public void scan(Tensor h, Tensor f, Tensor x, Tensor state, long first, @Nullable Tensor padding) {
        long hs = HostBuffer.address(h);
        long fs = HostBuffer.address(f);
        long xs = HostBuffer.address(x);
        long states = HostBuffer.address(state);
        long padded = padding == null ? 0 : HostBuffer.address(padding);
        long steps = h.dim(1);
        long row = 4 * h.dim(2);
        strips(h, (b, from, to) -> {
            long skipped = padded == 0 ? 0 : Math.clamp(ALL.get(INT, padded + 4 * b) - first, 0, steps);
            long at = b * steps * row;
            for (long t = 0; t < skipped; t++) {
                ALL.asSlice(hs + at + t * row + from, to - from).fill((byte) 0);
            }
            at += skipped * row;
            long c = from;
            for (; c <= to - VB; c += VB) {
                vector(hs + at + c, fs + at + c, xs + at + c, states + b * row + c, row, steps - skipped);
            }
            for (; c < to; c += 4) {
                channel(hs + at + c, fs + at + c, xs + at + c, states + b * row + c, row, steps - skipped);
            }
        });
        Reference.reachabilityFence(h);
        Reference.reachabilityFence(f);
        Reference.reachabilityFence(x);
        Reference.reachabilityFence(state);
        Reference.reachabilityFence(padding);
    }

    private static void vector(long h, long f, long x, long state, long row, long steps) {
        FloatVector last = FloatVector.fromMemorySegment(F32, ALL, state, LITTLE);
        for (long o = 0; o < steps * row; o += row) {
            last = FloatVector.fromMemorySegment(F32, ALL, f + o, LITTLE).fma(last, FloatVector.fromMemorySegment(F32, ALL, x + o, LITTLE));
            last.intoMemorySegment(ALL, h + o, LITTLE);
        }
        last.intoMemorySegment(ALL, state, LITTLE);
    }

    private static void channel(long h, long f, long x, long state, long row, long steps) {
        float last = ALL.get(FLOAT, state);
        for (long o = 0; o < steps * row; o += row) {
            last = Math.fma(ALL.get(FLOAT, f + o), last, ALL.get(FLOAT, x + o));
            ALL.set(FLOAT, h + o, last);
        }
        ALL.set(FLOAT, state, last);
    }

    @Override
    public void scanBackward(Tensor df, Tensor dx, Tensor dh, Tensor f, Tensor h, Tensor state) {
        long dfs = HostBuffer.address(df);
        long dxs = HostBuffer.address(dx);
        long dhs = HostBuffer.address(dh);
        long fs = HostBuffer.address(f);
        long hs = HostBuffer.address(h);
        long states = HostBuffer.address(state);
        long steps = h.dim(1);
        long row = 4 * h.dim(2);
        strips(h, (b, from, to) -> {
            long c = from;
            for (; c <= to - VB; c += VB) {
                long at = b * steps * row + c;
                vectorBackward(dfs + at, dxs + at, dhs + at, fs + at, hs + at, states + b * row + c, row, steps);
            }
            for (; c < to; c += 4) {
                long at = b * steps * row + c;
                channelBackward(dfs + at, dxs + at, dhs + at, fs + at, hs + at, states + b * row + c, row, steps);
            }
        });
        Reference.reachabilityFence(df);
        Reference.reachabilityFence(dx);
        Reference.reachabilityFence(dh);
        Reference.reachabilityFence(f);
        Reference.reachabilityFence(h);
        Reference.reachabilityFence(state);
    }

    private static void vectorBackward(long df, long dx, long dh, long f, long h, long state, long row, long steps) {
        FloatVector later = FloatVector.zero(F32);
        for (long o = (steps - 1) * row; o >= 0; o -= row) {
            later = FloatVector.fromMemorySegment(F32, ALL, dh + o, LITTLE).add(later);
            later.intoMemorySegment(ALL, dx + o, LITTLE);
            later.mul(FloatVector.fromMemorySegment(F32, ALL, o == 0 ? state : h + o - row, LITTLE))
                    .intoMemorySegment(ALL, df + o, LITTLE);
            later = FloatVector.fromMemorySegment(F32, ALL, f + o, LITTLE).mul(later);
        }
    }

    private static void channelBackward(long df, long dx, long dh, long f, long h, long state, long row, long steps) {
        float later = 0;
        for (long o = (steps - 1) * row; o >= 0; o -= row) {
            later += ALL.get(FLOAT, dh + o);
            ALL.set(FLOAT, dx + o, later);
            ALL.set(FLOAT, df + o, later * ALL.get(FLOAT, o == 0 ? state : h + o - row));
            later *= ALL.get(FLOAT, f + o);
        }
    }
}
