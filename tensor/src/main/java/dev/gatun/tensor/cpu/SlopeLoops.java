package dev.gatun.tensor.cpu;

import static dev.gatun.tensor.cpu.Lanes.ALL;
import static dev.gatun.tensor.cpu.Lanes.LITTLE;
import static dev.gatun.tensor.cpu.Lanes.VB;
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
import static jdk.incubator.vector.VectorOperators.EQ;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LE;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LT;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/// The loops of the derivatives of functions of one element: `bytes` is a multiple of the width of a vector, dx may be dy. As [UnaryLoops] else.
///
/// Those that follow from y read it instead of x and need no exponential: 12 B per element, **memory-bound** beyond L1.
final class SlopeLoops {
    private static final VectorSpecies<Float> F = Lanes.F32;

    /// The largest x whose eˣ, and what is computed from it, is finite: σ(−x) is 1e-38, as good as 0.
    private static final float MOST = 87f;

    private SlopeLoops() {}

    /// dy·sign(x), 0 at 0
    static void abs(long dx, long dy, long x, long bytes) {
        FloatVector zero = FloatVector.zero(F);
        for (long o = 0; o < bytes; o += VB) {
            FloatVector v = FloatVector.fromMemorySegment(F, ALL, x + o, LITTLE);
            FloatVector d = FloatVector.fromMemorySegment(F, ALL, dy + o, LITTLE);
            d = d.blend(d.neg(), v.compare(LT, zero)).blend(zero, v.compare(EQ, zero));
            d.intoMemorySegment(ALL, dx + o, LITTLE);
        }
    }

    /// 2·x·dy
    static void square(long dx, long dy, long x, long bytes) {
        for (long o = 0; o < bytes; o += VB) {
            FloatVector v = FloatVector.fromMemorySegment(F, ALL, x + o, LITTLE);
            FloatVector d = FloatVector.fromMemorySegment(F, ALL, dy + o, LITTLE);
            v.add(v).mul(d).intoMemorySegment(ALL, dx + o, LITTLE);
        }
    }

    /// dy/2y
    static void sqrt(long dx, long dy, long y, long bytes) {
        for (long o = 0; o < bytes; o += VB) {
            FloatVector v = FloatVector.fromMemorySegment(F, ALL, y + o, LITTLE);
            FloatVector d = FloatVector.fromMemorySegment(F, ALL, dy + o, LITTLE);
            d.div(v.add(v)).intoMemorySegment(ALL, dx + o, LITTLE);
        }
    }

    /// -½·dy·y³
    static void rsqrt(long dx, long dy, long y, long bytes) {
        FloatVector half = FloatVector.broadcast(F, -0.5f);
        for (long o = 0; o < bytes; o += VB) {
            FloatVector v = FloatVector.fromMemorySegment(F, ALL, y + o, LITTLE);
            FloatVector d = FloatVector.fromMemorySegment(F, ALL, dy + o, LITTLE);
            v.mul(v).mul(v).mul(half).mul(d).intoMemorySegment(ALL, dx + o, LITTLE);
        }
    }

    /// dy·y
    static void exp(long dx, long dy, long y, long bytes) {
        for (long o = 0; o < bytes; o += VB) {
            FloatVector v = FloatVector.fromMemorySegment(F, ALL, y + o, LITTLE);
            FloatVector d = FloatVector.fromMemorySegment(F, ALL, dy + o, LITTLE);
            d.mul(v).intoMemorySegment(ALL, dx + o, LITTLE);
        }
    }

    /// dy/x
    static void log(long dx, long dy, long x, long bytes) {
        for (long o = 0; o < bytes; o += VB) {
            FloatVector v = FloatVector.fromMemorySegment(F, ALL, x + o, LITTLE);
            FloatVector d = FloatVector.fromMemorySegment(F, ALL, dy + o, LITTLE);
            d.div(v).intoMemorySegment(ALL, dx + o, LITTLE);
        }
    }

    /// dy·(1 − y²)
    static void tanh(long dx, long dy, long y, long bytes) {
        FloatVector one = FloatVector.broadcast(F, 1f);
        for (long o = 0; o < bytes; o += VB) {
            FloatVector v = FloatVector.fromMemorySegment(F, ALL, y + o, LITTLE);
            FloatVector d = FloatVector.fromMemorySegment(F, ALL, dy + o, LITTLE);
            v.neg().fma(v, one).mul(d).intoMemorySegment(ALL, dx + o, LITTLE);
        }
    }

    /// dy·y·(1 − y)
    static void sigmoid(long dx, long dy, long y, long bytes) {
        for (long o = 0; o < bytes; o += VB) {
            FloatVector v = FloatVector.fromMemorySegment(F, ALL, y + o, LITTLE);
            FloatVector d = FloatVector.fromMemorySegment(F, ALL, dy + o, LITTLE);
            v.neg().fma(v, v).mul(d).intoMemorySegment(ALL, dx + o, LITTLE);
        }
    }

    /// dy where y > 0, else 0
    static void relu(long dx, long dy, long y, long bytes) {
        FloatVector zero = FloatVector.zero(F);
        for (long o = 0; o < bytes; o += VB) {
            FloatVector v = FloatVector.fromMemorySegment(F, ALL, y + o, LITTLE);
            FloatVector d = FloatVector.fromMemorySegment(F, ALL, dy + o, LITTLE);
            d.blend(zero, v.compare(LE, zero)).intoMemorySegment(ALL, dx + o, LITTLE);
        }
    }

    /// dy where a > b, half of it where they are equal, else 0
    static void larger(long da, long dy, long a, long b, long bytes) {
        FloatVector zero = FloatVector.zero(F);
        FloatVector half = FloatVector.broadcast(F, 0.5f);
        for (long o = 0; o < bytes; o += VB) {
            FloatVector p = FloatVector.fromMemorySegment(F, ALL, a + o, LITTLE);
            FloatVector q = FloatVector.fromMemorySegment(F, ALL, b + o, LITTLE);
            FloatVector d = FloatVector.fromMemorySegment(F, ALL, dy + o, LITTLE);
            zero.blend(d, p.compare(GT, q)).blend(d.mul(half), p.compare(EQ, q)).intoMemorySegment(ALL, da + o, LITTLE);
        }
    }

    /// dy·σ(x)·(1 + x·σ(−x)), where σ(−x) = e⁻ˣ·σ(x) cancels nothing
    static void silu(long dx, long dy, long x, long bytes) {
        FloatVector zero = FloatVector.zero(F);
        FloatVector one = FloatVector.broadcast(F, 1f);
        FloatVector least = FloatVector.broadcast(F, EXP_LOW);
        FloatVector most = FloatVector.broadcast(F, MOST);
        FloatVector log2e = FloatVector.broadcast(F, LOG2E);
        FloatVector round = FloatVector.broadcast(F, ROUND_BIASED);
        FloatVector high = FloatVector.broadcast(F, -LN2_HIGH);
        FloatVector low = FloatVector.broadcast(F, -LN2_LOW);
        FloatVector e0 = FloatVector.broadcast(F, E0);
        FloatVector e1 = FloatVector.broadcast(F, E1);
        FloatVector e2 = FloatVector.broadcast(F, E2);
        FloatVector e3 = FloatVector.broadcast(F, E3);
        FloatVector e4 = FloatVector.broadcast(F, E4);
        for (long o = 0; o < bytes; o += VB) {
            FloatVector v = FloatVector.fromMemorySegment(F, ALL, x + o, LITTLE);
            FloatVector u = v.neg();
            u = u.blend(most, u.compare(GT, most));
            FloatVector t = u.fma(log2e, round);
            FloatVector k = t.sub(round);
            FloatVector f = k.fma(low, k.fma(high, u));
            FloatVector e =
                    f.fma(e4, e3).fma(f, e2).fma(f, e1).fma(f, e0).fma(f, one).fma(f, one);
            e = e.mul(t.reinterpretAsInts().lanewise(LSHL, 23).reinterpretAsFloats());
            e = e.blend(zero, u.compare(LT, least));
            FloatVector s = one.div(e.add(one));
            FloatVector d = FloatVector.fromMemorySegment(F, ALL, dy + o, LITTLE);
            v.fma(e.mul(s), one).mul(s).mul(d).intoMemorySegment(ALL, dx + o, LITTLE);
        }
    }

    /// [#silu] times up, and dy·x·σ(x)
    static void swiglu(long dx, long dup, long dy, long x, long up, long bytes) {
        FloatVector zero = FloatVector.zero(F);
        FloatVector one = FloatVector.broadcast(F, 1f);
        FloatVector least = FloatVector.broadcast(F, EXP_LOW);
        FloatVector most = FloatVector.broadcast(F, MOST);
        FloatVector log2e = FloatVector.broadcast(F, LOG2E);
        FloatVector round = FloatVector.broadcast(F, ROUND_BIASED);
        FloatVector high = FloatVector.broadcast(F, -LN2_HIGH);
        FloatVector low = FloatVector.broadcast(F, -LN2_LOW);
        FloatVector e0 = FloatVector.broadcast(F, E0);
        FloatVector e1 = FloatVector.broadcast(F, E1);
        FloatVector e2 = FloatVector.broadcast(F, E2);
        FloatVector e3 = FloatVector.broadcast(F, E3);
        FloatVector e4 = FloatVector.broadcast(F, E4);
        for (long o = 0; o < bytes; o += VB) {
            FloatVector v = FloatVector.fromMemorySegment(F, ALL, x + o, LITTLE);
            FloatVector u = v.neg();
            u = u.blend(most, u.compare(GT, most));
            FloatVector t = u.fma(log2e, round);
            FloatVector k = t.sub(round);
            FloatVector f = k.fma(low, k.fma(high, u));
            FloatVector e =
                    f.fma(e4, e3).fma(f, e2).fma(f, e1).fma(f, e0).fma(f, one).fma(f, one);
            e = e.mul(t.reinterpretAsInts().lanewise(LSHL, 23).reinterpretAsFloats());
            e = e.blend(zero, u.compare(LT, least));
            FloatVector s = one.div(e.add(one));
            FloatVector d =
                    FloatVector.fromMemorySegment(F, ALL, dy + o, LITTLE).mul(s);
            FloatVector w = FloatVector.fromMemorySegment(F, ALL, up + o, LITTLE);
            v.fma(e.mul(s), one).mul(w).mul(d).intoMemorySegment(ALL, dx + o, LITTLE);
            v.mul(d).intoMemorySegment(ALL, dup + o, LITTLE);
        }
    }
}
