package dev.gatun.tensor.cpu;

import static dev.gatun.tensor.cpu.Lanes.ALL;
import static dev.gatun.tensor.cpu.Lanes.LITTLE;
import static dev.gatun.tensor.cpu.Lanes.SWAP1;
import static dev.gatun.tensor.cpu.Lanes.SWAP2;
import static dev.gatun.tensor.cpu.Lanes.SWAP4;
import static dev.gatun.tensor.cpu.Lanes.SWAP8;
import static dev.gatun.tensor.cpu.Lanes.VB;
import static dev.gatun.tensor.cpu.Lanes.VL;
import static dev.gatun.tensor.cpu.Polynomials.E0;
import static dev.gatun.tensor.cpu.Polynomials.E1;
import static dev.gatun.tensor.cpu.Polynomials.E2;
import static dev.gatun.tensor.cpu.Polynomials.E3;
import static dev.gatun.tensor.cpu.Polynomials.E4;
import static dev.gatun.tensor.cpu.Polynomials.EXP_LOW;
import static dev.gatun.tensor.cpu.Polynomials.LN2_HIGH;
import static dev.gatun.tensor.cpu.Polynomials.LN2_LOW;
import static dev.gatun.tensor.cpu.Polynomials.LOG2E;
import static dev.gatun.tensor.cpu.Polynomials.ROUND_BIASED;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LT;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// The loops over a row, or a part of one: `bytes` is a multiple of the width of a vector.
///
/// A sum is taken in lanes, and the lanes are added as a tree: the order depends on the length
/// alone.
final class RowLoops {
    private static final VectorSpecies<Float> F = Lanes.F32;

    private RowLoops() {}

    /// `Σ x[i]²`; reads 4 B for 2 flop, memory-bound beyond L1.
    static float squares(long x, long bytes) {
        FloatVector sum = FloatVector.zero(F);
        FloatVector b = sum;
        FloatVector c = sum;
        FloatVector d = sum;
        long o = 0;
        for (; o < bytes - 3 * VB; o += 4 * VB) {
            FloatVector p = FloatVector.fromMemorySegment(F, ALL, x + o, LITTLE);
            FloatVector q = FloatVector.fromMemorySegment(F, ALL, x + o + VB, LITTLE);
            FloatVector r = FloatVector.fromMemorySegment(F, ALL, x + o + 2 * VB, LITTLE);
            FloatVector s = FloatVector.fromMemorySegment(F, ALL, x + o + 3 * VB, LITTLE);
            sum = p.fma(p, sum);
            b = q.fma(q, b);
            c = r.fma(r, c);
            d = s.fma(s, d);
        }
        for (; o < bytes; o += VB) {
            FloatVector p = FloatVector.fromMemorySegment(F, ALL, x + o, LITTLE);
            sum = p.fma(p, sum);
        }
        sum = sum.add(b).add(c.add(d));
        sum = sum.add(sum.rearrange(SWAP1));
        sum = sum.add(sum.rearrange(SWAP2));
        sum = VL > 4 ? sum.add(sum.rearrange(SWAP4)) : sum;
        sum = VL > 8 ? sum.add(sum.rearrange(SWAP8)) : sum;
        return sum.lane(0);
    }

    /// `Σ x[i]`
    static float sum(long x, long bytes) {
        FloatVector sum = FloatVector.zero(F);
        FloatVector b = sum;
        FloatVector c = sum;
        FloatVector d = sum;
        long o = 0;
        for (; o < bytes - 3 * VB; o += 4 * VB) {
            sum = FloatVector.fromMemorySegment(F, ALL, x + o, LITTLE).add(sum);
            b = FloatVector.fromMemorySegment(F, ALL, x + o + VB, LITTLE).add(b);
            c = FloatVector.fromMemorySegment(F, ALL, x + o + 2 * VB, LITTLE).add(c);
            d = FloatVector.fromMemorySegment(F, ALL, x + o + 3 * VB, LITTLE).add(d);
        }
        for (; o < bytes; o += VB) {
            sum = FloatVector.fromMemorySegment(F, ALL, x + o, LITTLE).add(sum);
        }
        sum = sum.add(b).add(c.add(d));
        sum = sum.add(sum.rearrange(SWAP1));
        sum = sum.add(sum.rearrange(SWAP2));
        sum = VL > 4 ? sum.add(sum.rearrange(SWAP4)) : sum;
        sum = VL > 8 ? sum.add(sum.rearrange(SWAP8)) : sum;
        return sum.lane(0);
    }

    /// The largest element, -∞ if there is none but NaN: comparing is twice as fast as a maximum
    /// that carries NaN along.
    static float largest(long x, long bytes) {
        FloatVector a = FloatVector.broadcast(F, Float.NEGATIVE_INFINITY);
        FloatVector b = a;
        long o = 0;
        for (; o < bytes - VB; o += 2 * VB) {
            FloatVector p = FloatVector.fromMemorySegment(F, ALL, x + o, LITTLE);
            FloatVector q = FloatVector.fromMemorySegment(F, ALL, x + o + VB, LITTLE);
            a = a.blend(p, p.compare(GT, a));
            b = b.blend(q, q.compare(GT, b));
        }
        if (o < bytes) {
            FloatVector p = FloatVector.fromMemorySegment(F, ALL, x + o, LITTLE);
            a = a.blend(p, p.compare(GT, a));
        }
        return a.blend(b, b.compare(GT, a)).reduceLanes(VectorOperators.MAX);
    }

    /// The largest element; NaN if one is.
    static float max(long x, long bytes) {
        FloatVector a = FloatVector.broadcast(F, Float.NEGATIVE_INFINITY);
        FloatVector b = a;
        FloatVector c = a;
        FloatVector d = a;
        long o = 0;
        for (; o < bytes - 3 * VB; o += 4 * VB) {
            a = FloatVector.fromMemorySegment(F, ALL, x + o, LITTLE).max(a);
            b = FloatVector.fromMemorySegment(F, ALL, x + o + VB, LITTLE).max(b);
            c = FloatVector.fromMemorySegment(F, ALL, x + o + 2 * VB, LITTLE).max(c);
            d = FloatVector.fromMemorySegment(F, ALL, x + o + 3 * VB, LITTLE).max(d);
        }
        for (; o < bytes; o += VB) {
            a = FloatVector.fromMemorySegment(F, ALL, x + o, LITTLE).max(a);
        }
        return a.max(b).max(c.max(d)).reduceLanes(VectorOperators.MAX);
    }

    /// The smallest element; NaN if one is.
    static float min(long x, long bytes) {
        FloatVector a = FloatVector.broadcast(F, Float.POSITIVE_INFINITY);
        FloatVector b = a;
        FloatVector c = a;
        FloatVector d = a;
        long o = 0;
        for (; o < bytes - 3 * VB; o += 4 * VB) {
            a = FloatVector.fromMemorySegment(F, ALL, x + o, LITTLE).min(a);
            b = FloatVector.fromMemorySegment(F, ALL, x + o + VB, LITTLE).min(b);
            c = FloatVector.fromMemorySegment(F, ALL, x + o + 2 * VB, LITTLE).min(c);
            d = FloatVector.fromMemorySegment(F, ALL, x + o + 3 * VB, LITTLE).min(d);
        }
        for (; o < bytes; o += VB) {
            a = FloatVector.fromMemorySegment(F, ALL, x + o, LITTLE).min(a);
        }
        return a.min(b).min(c.min(d)).reduceLanes(VectorOperators.MIN);
    }

    /// The byte offset of the first vector that holds `value`; `bytes` if none does.
    static long find(long x, float value, long bytes) {
        FloatVector wanted = FloatVector.broadcast(F, value);
        for (long o = 0; o < bytes; o += VB) {
            if (wanted.eq(FloatVector.fromMemorySegment(F, ALL, x + o, LITTLE)).anyTrue()) {
                return o;
            }
        }
        return bytes;
    }

    /// `y[i] = exp(x[i] − most)` and its sum, y may be x; about 20 operations per vector. NaN stays
    /// NaN, -∞ gives 0.
    ///
    /// @param most not below any element of x
    static float exp(long y, long x, float most, long bytes) {
        FloatVector zero = FloatVector.zero(F);
        FloatVector one = FloatVector.broadcast(F, 1f);
        FloatVector least = FloatVector.broadcast(F, EXP_LOW);
        FloatVector log2e = FloatVector.broadcast(F, LOG2E);
        FloatVector round = FloatVector.broadcast(F, ROUND_BIASED);
        FloatVector high = FloatVector.broadcast(F, -LN2_HIGH);
        FloatVector low = FloatVector.broadcast(F, -LN2_LOW);
        FloatVector e0 = FloatVector.broadcast(F, E0);
        FloatVector e1 = FloatVector.broadcast(F, E1);
        FloatVector e2 = FloatVector.broadcast(F, E2);
        FloatVector e3 = FloatVector.broadcast(F, E3);
        FloatVector e4 = FloatVector.broadcast(F, E4);
        FloatVector m = FloatVector.broadcast(F, most);
        FloatVector sum = zero;
        for (long o = 0; o < bytes; o += VB) {
            FloatVector u = FloatVector.fromMemorySegment(F, ALL, x + o, LITTLE).sub(m);
            FloatVector t = u.fma(log2e, round);
            FloatVector k = t.sub(round);
            FloatVector f = k.fma(low, k.fma(high, u));
            FloatVector e =
                    f.fma(e4, e3).fma(f, e2).fma(f, e1).fma(f, e0).fma(f, one).fma(f, one);
            e = e.mul(t.reinterpretAsInts().lanewise(LSHL, 23).reinterpretAsFloats());
            e = e.blend(zero, u.compare(LT, least));
            sum = e.add(sum);
            e.intoMemorySegment(ALL, y + o, LITTLE);
        }
        sum = sum.add(sum.rearrange(SWAP1));
        sum = sum.add(sum.rearrange(SWAP2));
        sum = VL > 4 ? sum.add(sum.rearrange(SWAP4)) : sum;
        sum = VL > 8 ? sum.add(sum.rearrange(SWAP8)) : sum;
        return sum.lane(0);
    }

    /// `y[i] = x[i] · scale · w[i]`, y may be x
    static void weigh(long y, long x, float scale, long w, long bytes) {
        FloatVector s = FloatVector.broadcast(F, scale);
        for (long o = 0; o < bytes; o += VB) {
            FloatVector p = FloatVector.fromMemorySegment(F, ALL, x + o, LITTLE);
            FloatVector q = FloatVector.fromMemorySegment(F, ALL, w + o, LITTLE);
            p.mul(s).mul(q).intoMemorySegment(ALL, y + o, LITTLE);
        }
    }

    /// `y[i] = x[i] · scale`, y may be x
    static void scale(long y, long x, float scale, long bytes) {
        FloatVector s = FloatVector.broadcast(F, scale);
        for (long o = 0; o < bytes; o += VB) {
            FloatVector p = FloatVector.fromMemorySegment(F, ALL, x + o, LITTLE);
            p.mul(s).intoMemorySegment(ALL, y + o, LITTLE);
        }
    }

    /// `y[i] = x[i] − a − b`, y may be x
    static void subtract(long y, long x, float a, float b, long bytes) {
        FloatVector p = FloatVector.broadcast(F, a);
        FloatVector q = FloatVector.broadcast(F, b);
        for (long o = 0; o < bytes; o += VB) {
            FloatVector v = FloatVector.fromMemorySegment(F, ALL, x + o, LITTLE);
            v.sub(p).sub(q).intoMemorySegment(ALL, y + o, LITTLE);
        }
    }

    /// `y[i] = exp(x[i] − a − b) · scale`, y may be x; as [#exp] else.
    static void softmax(long y, long x, float a, float b, float scale, long bytes) {
        FloatVector zero = FloatVector.zero(F);
        FloatVector one = FloatVector.broadcast(F, 1f);
        FloatVector least = FloatVector.broadcast(F, EXP_LOW);
        FloatVector log2e = FloatVector.broadcast(F, LOG2E);
        FloatVector round = FloatVector.broadcast(F, ROUND_BIASED);
        FloatVector high = FloatVector.broadcast(F, -LN2_HIGH);
        FloatVector low = FloatVector.broadcast(F, -LN2_LOW);
        FloatVector e0 = FloatVector.broadcast(F, E0);
        FloatVector e1 = FloatVector.broadcast(F, E1);
        FloatVector e2 = FloatVector.broadcast(F, E2);
        FloatVector e3 = FloatVector.broadcast(F, E3);
        FloatVector e4 = FloatVector.broadcast(F, E4);
        FloatVector p = FloatVector.broadcast(F, a);
        FloatVector q = FloatVector.broadcast(F, b);
        FloatVector s = FloatVector.broadcast(F, scale);
        for (long o = 0; o < bytes; o += VB) {
            FloatVector u =
                    FloatVector.fromMemorySegment(F, ALL, x + o, LITTLE).sub(p).sub(q);
            FloatVector t = u.fma(log2e, round);
            FloatVector k = t.sub(round);
            FloatVector f = k.fma(low, k.fma(high, u));
            FloatVector e =
                    f.fma(e4, e3).fma(f, e2).fma(f, e1).fma(f, e0).fma(f, one).fma(f, one);
            e = e.mul(t.reinterpretAsInts().lanewise(LSHL, 23).reinterpretAsFloats());
            e.blend(zero, u.compare(LT, least)).mul(s).intoMemorySegment(ALL, y + o, LITTLE);
        }
    }
}
