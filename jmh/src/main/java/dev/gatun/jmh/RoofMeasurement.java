package dev.gatun.jmh;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// Measures a [Roof]: the best pass of some seconds, so that neighbours on the machine lower it little. Apart from it, because only the
/// JVM of a benchmark has the module of the vectors.
final class RoofMeasurement {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();

    /// What no cache holds, or hardly.
    static final long MEMORY = 256L << 20;

    /// How many places each thread reads at once: the prefetchers follow several streams, and a single one does not fill the bandwidth.
    private static final int STREAMS = 8;

    /// Multiply-adds in flight per thread: latency 4 times 2 units are 8, and so many accumulators still fit 16 registers.
    private static final int CHAINS = 12;

    /// How long a chain is, some microseconds, and how often it is computed.
    private static final int LINKS = 1 << 12;

    private static final int TIMES = 1 << 9;

    /// How many bytes of each stream one call reads.
    private static final long CALL = 1 << 15;

    /// After so many nanoseconds without progress, the best is the best.
    private static final long PATIENCE = 1_000_000_000;

    private static final double NOTICEABLY = 1.03;

    /// Where results go, lest they be computed by nobody.
    private static volatile float sink;

    private RoofMeasurement() {}

    /// Measures both in a few seconds.
    ///
    /// @param threads how many threads compute
    static Roof of(int threads) {
        try (ExecutorService pool = Executors.newFixedThreadPool(threads);
                Arena arena = Arena.ofShared()) {
            long part = MEMORY / threads / (STREAMS * 64L) * (STREAMS * 64L);
            List<Callable<Float>> readers = new ArrayList<>();
            List<Callable<Float>> multipliers = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                MemorySegment memory = arena.allocate(part, 64);
                readers.add(() -> read(memory));
                multipliers.add(RoofMeasurement::multiply);
                pool.submit(() -> memory.fill((byte) 0)).get(); // pages that were never written may all be the same one
            }
            double flops = 2.0 * TIMES * LINKS * CHAINS * SPECIES.length() * threads;
            return new Roof(best(pool, readers, (double) part * threads), best(pool, multipliers, flops));
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException("the roof of this machine could not be measured", e);
        }
    }

    /// Passes until a second has brought nothing better: how long the compiler needs depends on what else the machine does.
    private static double best(ExecutorService pool, List<Callable<Float>> tasks, double amount) throws InterruptedException, ExecutionException {
        double best = 0;
        long since = System.nanoTime();
        while (System.nanoTime() - since < PATIENCE) {
            long start = System.nanoTime();
            for (Future<Float> result : pool.invokeAll(tasks)) {
                sink = result.get();
            }
            long end = System.nanoTime();
            double rate = amount / ((end - start) / 1e9);
            since = rate > NOTICEABLY * best ? end : since;
            best = Math.max(best, rate);
        }
        return best;
    }

    /// All of x, in calls that are short enough for the compiler to come between.
    private static float read(MemorySegment x) {
        float sum = 0;
        for (long from = 0; from < x.byteSize() / STREAMS; from += CALL) {
            sum += read(x, from, Math.min(from + CALL, x.byteSize() / STREAMS));
        }
        return sum;
    }

    /// `Σ x[i]` over a part of each eighth of x, side by side.
    private static float read(MemorySegment x, long from, long to) {
        long stream = x.byteSize() / STREAMS;
        FloatVector a = FloatVector.zero(SPECIES);
        FloatVector b = a;
        FloatVector c = a;
        FloatVector d = a;
        FloatVector e = a;
        FloatVector f = a;
        FloatVector g = a;
        FloatVector h = a;
        for (long at = from; at < to; at += SPECIES.vectorByteSize()) {
            a = a.add(FloatVector.fromMemorySegment(SPECIES, x, at, ORDER));
            b = b.add(FloatVector.fromMemorySegment(SPECIES, x, at + stream, ORDER));
            c = c.add(FloatVector.fromMemorySegment(SPECIES, x, at + 2 * stream, ORDER));
            d = d.add(FloatVector.fromMemorySegment(SPECIES, x, at + 3 * stream, ORDER));
            e = e.add(FloatVector.fromMemorySegment(SPECIES, x, at + 4 * stream, ORDER));
            f = f.add(FloatVector.fromMemorySegment(SPECIES, x, at + 5 * stream, ORDER));
            g = g.add(FloatVector.fromMemorySegment(SPECIES, x, at + 6 * stream, ORDER));
            h = h.add(FloatVector.fromMemorySegment(SPECIES, x, at + 7 * stream, ORDER));
        }
        return a.add(b).add(c.add(d)).add(e.add(f).add(g.add(h))).reduceLanes(VectorOperators.ADD);
    }

    private static float multiply() {
        float sum = 0;
        for (int i = 0; i < TIMES; i++) {
            sum += chains();
        }
        return sum;
    }

    /// Twelve chains of `a = a·½ + 1`, which stay between 0 and 2.
    private static float chains() {
        FloatVector half = FloatVector.broadcast(SPECIES, 0.5f);
        FloatVector one = FloatVector.broadcast(SPECIES, 1f);
        FloatVector a = FloatVector.zero(SPECIES);
        FloatVector b = a.add(0.1f);
        FloatVector c = a.add(0.2f);
        FloatVector d = a.add(0.3f);
        FloatVector e = a.add(0.4f);
        FloatVector f = a.add(0.5f);
        FloatVector g = a.add(0.6f);
        FloatVector h = a.add(0.7f);
        FloatVector i = a.add(0.8f);
        FloatVector j = a.add(0.9f);
        FloatVector k = a.add(1.1f);
        FloatVector l = a.add(1.2f);
        for (int link = 0; link < LINKS; link++) {
            a = a.fma(half, one);
            b = b.fma(half, one);
            c = c.fma(half, one);
            d = d.fma(half, one);
            e = e.fma(half, one);
            f = f.fma(half, one);
            g = g.fma(half, one);
            h = h.fma(half, one);
            i = i.fma(half, one);
            j = j.fma(half, one);
            k = k.fma(half, one);
            l = l.fma(half, one);
        }
        FloatVector first = a.add(b).add(c.add(d)).add(e.add(f));
        return first.add(g.add(h)).add(i.add(j)).add(k.add(l)).reduceLanes(VectorOperators.ADD);
    }
}
