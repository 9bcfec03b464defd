package dev.gatun.tensor.cpu;

import static dev.gatun.tensor.cpu.Lanes.ALL;
import static dev.gatun.tensor.cpu.Lanes.FLOAT;
import static dev.gatun.tensor.cpu.Lanes.LITTLE;
import static dev.gatun.tensor.cpu.Lanes.SWAP1;
import static dev.gatun.tensor.cpu.Lanes.SWAP2;
import static dev.gatun.tensor.cpu.Lanes.SWAP4;
import static dev.gatun.tensor.cpu.Lanes.SWAP8;
import static dev.gatun.tensor.cpu.Lanes.VB;
import static dev.gatun.tensor.cpu.Lanes.VL;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/// The loops of the derivatives of normalizations, over a row of n elements of any number. A row is read from memory by the first of them; the others
/// find it in the L1 cache.
final class NormLoops {
    private static final VectorSpecies<Float> F = Lanes.F32;

    /// Elements whose sum is added to the total in double.
    private static final long BLOCK = 2048;

    private NormLoops() {}

    /// `Σ a[i]·b[i]·(x[i] − shift)`
    static double products(long a, long b, long x, float shift, long n) {
        double total = 0;
        long whole = n / VL * VL;
        for (long i = 0; i < whole; i += BLOCK) {
            total += block(a + i * 4, b + i * 4, x + i * 4, shift, Math.min(BLOCK, whole - i) * 4);
        }
        for (long i = whole * 4; i < n * 4; i += 4) {
            total += (double) ALL.get(FLOAT, a + i) * ALL.get(FLOAT, b + i) * (ALL.get(FLOAT, x + i) - shift);
        }
        return total;
    }

    private static float block(long a, long b, long x, float shift, long bytes) {
        FloatVector s = FloatVector.broadcast(F, shift);
        FloatVector sum = FloatVector.zero(F);
        FloatVector more = sum;
        long o = 0;
        for (; o < bytes - VB; o += 2 * VB) {
            FloatVector p = FloatVector.fromMemorySegment(F, ALL, a + o, LITTLE).mul(FloatVector.fromMemorySegment(F, ALL, b + o, LITTLE));
            FloatVector q =
                    FloatVector.fromMemorySegment(F, ALL, a + o + VB, LITTLE).mul(FloatVector.fromMemorySegment(F, ALL, b + o + VB, LITTLE));
            sum = p.fma(FloatVector.fromMemorySegment(F, ALL, x + o, LITTLE).sub(s), sum);
            more = q.fma(
                    FloatVector.fromMemorySegment(F, ALL, x + o + VB, LITTLE).sub(s), more);
        }
        if (o < bytes) {
            FloatVector p = FloatVector.fromMemorySegment(F, ALL, a + o, LITTLE).mul(FloatVector.fromMemorySegment(F, ALL, b + o, LITTLE));
            sum = p.fma(FloatVector.fromMemorySegment(F, ALL, x + o, LITTLE).sub(s), sum);
        }
        sum = sum.add(more);
        sum = sum.add(sum.rearrange(SWAP1));
        sum = sum.add(sum.rearrange(SWAP2));
        sum = VL > 4 ? sum.add(sum.rearrange(SWAP4)) : sum;
        sum = VL > 8 ? sum.add(sum.rearrange(SWAP8)) : sum;
        return sum.lane(0);
    }

    /// `dx[i] = dy[i]·w[i]·a + (x[i] − shift)·b + c`, or that added to dx
    static void gradient(long dx, boolean add, long dy, long w, long x, float shift, float a, float b, float c, long n) {
        long whole = n / VL * VB;
        if (add) {
            add(dx, dy, w, x, shift, a, b, c, whole);
        } else {
            set(dx, dy, w, x, shift, a, b, c, whole);
        }
        for (long o = whole; o < n * 4; o += 4) {
            float g = ALL.get(FLOAT, dy + o) * ALL.get(FLOAT, w + o);
            float v = Math.fma(g, a, Math.fma(ALL.get(FLOAT, x + o) - shift, b, c));
            ALL.set(FLOAT, dx + o, add ? v + ALL.get(FLOAT, dx + o) : v);
        }
    }

    private static void set(long dx, long dy, long w, long x, float shift, float a, float b, float c, long bytes) {
        FloatVector s = FloatVector.broadcast(F, shift);
        FloatVector p = FloatVector.broadcast(F, a);
        FloatVector q = FloatVector.broadcast(F, b);
        FloatVector r = FloatVector.broadcast(F, c);
        for (long o = 0; o < bytes; o += VB) {
            FloatVector v =
                    FloatVector.fromMemorySegment(F, ALL, x + o, LITTLE).sub(s).fma(q, r);
            FloatVector g =
                    FloatVector.fromMemorySegment(F, ALL, dy + o, LITTLE).mul(FloatVector.fromMemorySegment(F, ALL, w + o, LITTLE));
            g.fma(p, v).intoMemorySegment(ALL, dx + o, LITTLE);
        }
    }

    private static void add(long dx, long dy, long w, long x, float shift, float a, float b, float c, long bytes) {
        FloatVector s = FloatVector.broadcast(F, shift);
        FloatVector p = FloatVector.broadcast(F, a);
        FloatVector q = FloatVector.broadcast(F, b);
        FloatVector r = FloatVector.broadcast(F, c);
        for (long o = 0; o < bytes; o += VB) {
            FloatVector v =
                    FloatVector.fromMemorySegment(F, ALL, x + o, LITTLE).sub(s).fma(q, r);
            FloatVector g =
                    FloatVector.fromMemorySegment(F, ALL, dy + o, LITTLE).mul(FloatVector.fromMemorySegment(F, ALL, w + o, LITTLE));
            g.fma(p, v)
                    .add(FloatVector.fromMemorySegment(F, ALL, dx + o, LITTLE))
                    .intoMemorySegment(ALL, dx + o, LITTLE);
        }
    }

    /// `y[i] += a[i]·((x[i] − shift)·scale + plus)`
    static void addProduct(long y, long a, long x, float shift, float scale, float plus, long n) {
        long whole = n / VL * VB;
        addVectors(y, a, x, shift, scale, plus, whole);
        for (long o = whole; o < n * 4; o += 4) {
            float v = Math.fma(ALL.get(FLOAT, x + o) - shift, scale, plus);
            ALL.set(FLOAT, y + o, Math.fma(ALL.get(FLOAT, a + o), v, ALL.get(FLOAT, y + o)));
        }
    }

    private static void addVectors(long y, long a, long x, float shift, float scale, float plus, long bytes) {
        FloatVector s = FloatVector.broadcast(F, shift);
        FloatVector p = FloatVector.broadcast(F, scale);
        FloatVector q = FloatVector.broadcast(F, plus);
        for (long o = 0; o < bytes; o += VB) {
            FloatVector v =
                    FloatVector.fromMemorySegment(F, ALL, x + o, LITTLE).sub(s).fma(p, q);
            FloatVector sum = FloatVector.fromMemorySegment(F, ALL, y + o, LITTLE);
            v.fma(FloatVector.fromMemorySegment(F, ALL, a + o, LITTLE), sum).intoMemorySegment(ALL, y + o, LITTLE);
        }
    }

    /// `Σ a[i]·b[i]`
    static double dot(long a, long b, long n) {
        double total = 0;
        long whole = n / VL * VL;
        for (long i = 0; i < whole; i += BLOCK) {
            total += dotBlock(a + i * 4, b + i * 4, Math.min(BLOCK, whole - i) * 4);
        }
        for (long i = whole * 4; i < n * 4; i += 4) {
            total += (double) ALL.get(FLOAT, a + i) * ALL.get(FLOAT, b + i);
        }
        return total;
    }

    private static float dotBlock(long a, long b, long bytes) {
        FloatVector sum = FloatVector.zero(F);
        FloatVector more = sum;
        long o = 0;
        for (; o < bytes - VB; o += 2 * VB) {
            FloatVector p = FloatVector.fromMemorySegment(F, ALL, a + o, LITTLE);
            FloatVector q = FloatVector.fromMemorySegment(F, ALL, a + o + VB, LITTLE);
            sum = p.fma(FloatVector.fromMemorySegment(F, ALL, b + o, LITTLE), sum);
            more = q.fma(FloatVector.fromMemorySegment(F, ALL, b + o + VB, LITTLE), more);
        }
        if (o < bytes) {
            FloatVector p = FloatVector.fromMemorySegment(F, ALL, a + o, LITTLE);
            sum = p.fma(FloatVector.fromMemorySegment(F, ALL, b + o, LITTLE), sum);
        }
        sum = sum.add(more);
        sum = sum.add(sum.rearrange(SWAP1));
        sum = sum.add(sum.rearrange(SWAP2));
        sum = VL > 4 ? sum.add(sum.rearrange(SWAP4)) : sum;
        sum = VL > 8 ? sum.add(sum.rearrange(SWAP8)) : sum;
        return sum.lane(0);
    }

    /// `Σ (x[i] − shift)`
    static double sum(long x, float shift, long n) {
        double total = 0;
        long whole = n / VL * VL;
        for (long i = 0; i < whole; i += BLOCK) {
            total += sumBlock(x + i * 4, shift, Math.min(BLOCK, whole - i) * 4);
        }
        for (long i = whole * 4; i < n * 4; i += 4) {
            double v = ALL.get(FLOAT, x + i) - shift;
            total += v;
        }
        return total;
    }

    private static float sumBlock(long x, float shift, long bytes) {
        FloatVector s = FloatVector.broadcast(F, shift);
        FloatVector sum = FloatVector.zero(F);
        FloatVector more = sum;
        long o = 0;
        for (; o < bytes - VB; o += 2 * VB) {
            FloatVector p = FloatVector.fromMemorySegment(F, ALL, x + o, LITTLE).sub(s);
            FloatVector q =
                    FloatVector.fromMemorySegment(F, ALL, x + o + VB, LITTLE).sub(s);
            sum = p.add(sum);
            more = q.add(more);
        }
        if (o < bytes) {
            FloatVector p = FloatVector.fromMemorySegment(F, ALL, x + o, LITTLE).sub(s);
            sum = p.add(sum);
        }
        sum = sum.add(more);
        sum = sum.add(sum.rearrange(SWAP1));
        sum = sum.add(sum.rearrange(SWAP2));
        sum = VL > 4 ? sum.add(sum.rearrange(SWAP4)) : sum;
        sum = VL > 8 ? sum.add(sum.rearrange(SWAP8)) : sum;
        return sum.lane(0);
    }

    /// `Σ (x[i] − shift)²`
    static double squares(long x, float shift, long n) {
        double total = 0;
        long whole = n / VL * VL;
        for (long i = 0; i < whole; i += BLOCK) {
            total += squaresBlock(x + i * 4, shift, Math.min(BLOCK, whole - i) * 4);
        }
        for (long i = whole * 4; i < n * 4; i += 4) {
            double v = ALL.get(FLOAT, x + i) - shift;
            total += v * v;
        }
        return total;
    }

    private static float squaresBlock(long x, float shift, long bytes) {
        FloatVector s = FloatVector.broadcast(F, shift);
        FloatVector sum = FloatVector.zero(F);
        FloatVector more = sum;
        long o = 0;
        for (; o < bytes - VB; o += 2 * VB) {
            FloatVector p = FloatVector.fromMemorySegment(F, ALL, x + o, LITTLE).sub(s);
            FloatVector q =
                    FloatVector.fromMemorySegment(F, ALL, x + o + VB, LITTLE).sub(s);
            sum = p.fma(p, sum);
            more = q.fma(q, more);
        }
        if (o < bytes) {
            FloatVector p = FloatVector.fromMemorySegment(F, ALL, x + o, LITTLE).sub(s);
            sum = p.fma(p, sum);
        }
        sum = sum.add(more);
        sum = sum.add(sum.rearrange(SWAP1));
        sum = sum.add(sum.rearrange(SWAP2));
        sum = VL > 4 ? sum.add(sum.rearrange(SWAP4)) : sum;
        sum = VL > 8 ? sum.add(sum.rearrange(SWAP8)) : sum;
        return sum.lane(0);
    }

    /// `y[i] = ((x[i] − shift)·scale + plus)·w[i]`
    static void normalize(long y, long x, float shift, float scale, float plus, long w, long n) {
        long whole = n / VL * VB;
        normalizeVectors(y, x, shift, scale, plus, w, whole);
        for (long o = whole; o < n * 4; o += 4) {
            ALL.set(FLOAT, y + o, Math.fma(ALL.get(FLOAT, x + o) - shift, scale, plus) * ALL.get(FLOAT, w + o));
        }
    }

    private static void normalizeVectors(long y, long x, float shift, float scale, float plus, long w, long bytes) {
        FloatVector s = FloatVector.broadcast(F, shift);
        FloatVector p = FloatVector.broadcast(F, scale);
        FloatVector q = FloatVector.broadcast(F, plus);
        for (long o = 0; o < bytes; o += VB) {
            FloatVector v =
                    FloatVector.fromMemorySegment(F, ALL, x + o, LITTLE).sub(s).fma(p, q);
            v.mul(FloatVector.fromMemorySegment(F, ALL, w + o, LITTLE)).intoMemorySegment(ALL, y + o, LITTLE);
        }
    }

    /// `y[i] += x[i]`
    static void add(long y, long x, long n) {
        long whole = n / VL * VB;
        addVectors(y, x, whole);
        for (long o = whole; o < n * 4; o += 4) {
            ALL.set(FLOAT, y + o, ALL.get(FLOAT, y + o) + ALL.get(FLOAT, x + o));
        }
    }

    /// `y[i] = a[i] + b[i]`
    static void sum(long y, long a, long b, long n) {
        long whole = n / VL * VB;
        BinaryLoops.add(y, a, b, whole);
        for (long o = whole; o < n * 4; o += 4) {
            ALL.set(FLOAT, y + o, ALL.get(FLOAT, a + o) + ALL.get(FLOAT, b + o));
        }
    }

    private static void addVectors(long y, long x, long bytes) {
        for (long o = 0; o < bytes; o += VB) {
            FloatVector sum = FloatVector.fromMemorySegment(F, ALL, y + o, LITTLE);
            sum.add(FloatVector.fromMemorySegment(F, ALL, x + o, LITTLE)).intoMemorySegment(ALL, y + o, LITTLE);
        }
    }
}
