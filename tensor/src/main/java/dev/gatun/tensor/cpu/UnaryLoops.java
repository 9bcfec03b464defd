package dev.gatun.tensor.cpu;

import static dev.gatun.tensor.cpu.Lanes.ALL;
import static dev.gatun.tensor.cpu.Lanes.LITTLE;
import static dev.gatun.tensor.cpu.Lanes.VB;
import static dev.gatun.tensor.cpu.Polynomials.E0;
import static dev.gatun.tensor.cpu.Polynomials.E1;
import static dev.gatun.tensor.cpu.Polynomials.E2;
import static dev.gatun.tensor.cpu.Polynomials.E3;
import static dev.gatun.tensor.cpu.Polynomials.E4;
import static dev.gatun.tensor.cpu.Polynomials.EXP_HIGH;
import static dev.gatun.tensor.cpu.Polynomials.EXP_LOW;
import static dev.gatun.tensor.cpu.Polynomials.L0;
import static dev.gatun.tensor.cpu.Polynomials.L1;
import static dev.gatun.tensor.cpu.Polynomials.L2;
import static dev.gatun.tensor.cpu.Polynomials.LN2;
import static dev.gatun.tensor.cpu.Polynomials.LN2_HIGH;
import static dev.gatun.tensor.cpu.Polynomials.LN2_LOW;
import static dev.gatun.tensor.cpu.Polynomials.LOG2E;
import static dev.gatun.tensor.cpu.Polynomials.ROUND;
import static dev.gatun.tensor.cpu.Polynomials.ROUND_BIASED;
import static dev.gatun.tensor.cpu.Polynomials.T0;
import static dev.gatun.tensor.cpu.Polynomials.T1;
import static dev.gatun.tensor.cpu.Polynomials.T2;
import static dev.gatun.tensor.cpu.Polynomials.T3;
import static dev.gatun.tensor.cpu.Polynomials.T4;
import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.EQ;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.LE;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LT;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/// The loops of the functions of one element: `bytes` is a multiple of the width of a vector, y may
/// be x. Each spells out its exponential: a method called in a vector loop may box its vectors.
///
/// The loops are counted: only then does C2 move the constants out of them, if it has seen them run
/// four times or more per call. Otherwise each vector loads them anew, at twice the time.
///
/// Reads and writes 4 B per element. The first four are memory-bound beyond L1; the rest cost some
/// 20 operations per vector, 15 GB/s and more.
final class UnaryLoops {
    private static final VectorSpecies<Float> F = Lanes.F32;
    private static final VectorSpecies<Integer> I = Lanes.I32;

    private UnaryLoops() {}

    /// |x|
    static void abs(long y, long x, long bytes) {
        for (long o = 0; o < bytes; o += VB) {
            FloatVector v = FloatVector.fromMemorySegment(F, ALL, x + o, LITTLE);
            v.abs().intoMemorySegment(ALL, y + o, LITTLE);
        }
    }

    /// x²
    static void square(long y, long x, long bytes) {
        for (long o = 0; o < bytes; o += VB) {
            FloatVector v = FloatVector.fromMemorySegment(F, ALL, x + o, LITTLE);
            v.mul(v).intoMemorySegment(ALL, y + o, LITTLE);
        }
    }

    /// √x
    static void sqrt(long y, long x, long bytes) {
        for (long o = 0; o < bytes; o += VB) {
            FloatVector v = FloatVector.fromMemorySegment(F, ALL, x + o, LITTLE);
            v.sqrt().intoMemorySegment(ALL, y + o, LITTLE);
        }
    }

    /// 1/√x
    static void rsqrt(long y, long x, long bytes) {
        FloatVector one = FloatVector.broadcast(F, 1f);
        for (long o = 0; o < bytes; o += VB) {
            FloatVector v = FloatVector.fromMemorySegment(F, ALL, x + o, LITTLE);
            one.div(v.sqrt()).intoMemorySegment(ALL, y + o, LITTLE);
        }
    }

    /// max(x, 0); NaN stays NaN
    static void relu(long y, long x, long bytes) {
        FloatVector zero = FloatVector.zero(F);
        for (long o = 0; o < bytes; o += VB) {
            FloatVector v = FloatVector.fromMemorySegment(F, ALL, x + o, LITTLE);
            v.blend(zero, v.compare(LE, zero)).intoMemorySegment(ALL, y + o, LITTLE);
        }
    }

    /// scale · x + shift, rounded once
    static void affine(long y, long x, float scale, float shift, long bytes) {
        FloatVector a = FloatVector.broadcast(F, scale);
        FloatVector b = FloatVector.broadcast(F, shift);
        for (long o = 0; o < bytes; o += VB) {
            FloatVector v = FloatVector.fromMemorySegment(F, ALL, x + o, LITTLE);
            v.fma(a, b).intoMemorySegment(ALL, y + o, LITTLE);
        }
    }

    /// eˣ to 1e-7; 0 where it is subnormal
    static void exp(long y, long x, long bytes) {
        FloatVector zero = FloatVector.zero(F);
        FloatVector one = FloatVector.broadcast(F, 1f);
        FloatVector inf = FloatVector.broadcast(F, Float.POSITIVE_INFINITY);
        FloatVector least = FloatVector.broadcast(F, EXP_LOW);
        FloatVector most = FloatVector.broadcast(F, EXP_HIGH);
        FloatVector log2e = FloatVector.broadcast(F, LOG2E);
        FloatVector round = FloatVector.broadcast(F, ROUND);
        FloatVector high = FloatVector.broadcast(F, -LN2_HIGH);
        FloatVector low = FloatVector.broadcast(F, -LN2_LOW);
        FloatVector e0 = FloatVector.broadcast(F, E0);
        FloatVector e1 = FloatVector.broadcast(F, E1);
        FloatVector e2 = FloatVector.broadcast(F, E2);
        FloatVector e3 = FloatVector.broadcast(F, E3);
        FloatVector e4 = FloatVector.broadcast(F, E4);
        for (long o = 0; o < bytes; o += VB) {
            FloatVector u = FloatVector.fromMemorySegment(F, ALL, x + o, LITTLE);
            FloatVector t = u.fma(log2e, round);
            FloatVector k = t.sub(round);
            FloatVector f = k.fma(low, k.fma(high, u));
            FloatVector e = f.fma(e4, e3).fma(f, e2).fma(f, e1).fma(f, e0).fma(f, one).fma(f, one);
            IntVector power = t.reinterpretAsInts().lanewise(LSHL, 23);
            e = e.reinterpretAsInts().add(power).reinterpretAsFloats();
            e = u.mul(inf).blend(e, u.compare(LE, most));
            e = e.blend(zero, u.compare(LT, least));
            e.intoMemorySegment(ALL, y + o, LITTLE);
        }
    }

    /// 1/(1 + e⁻ˣ) to 2e-7; 0 where it is subnormal
    static void sigmoid(long y, long x, long bytes) {
        FloatVector zero = FloatVector.zero(F);
        FloatVector one = FloatVector.broadcast(F, 1f);
        FloatVector inf = FloatVector.broadcast(F, Float.POSITIVE_INFINITY);
        FloatVector least = FloatVector.broadcast(F, EXP_LOW);
        FloatVector most = FloatVector.broadcast(F, EXP_HIGH);
        FloatVector log2e = FloatVector.broadcast(F, LOG2E);
        FloatVector round = FloatVector.broadcast(F, ROUND);
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
            FloatVector t = u.fma(log2e, round);
            FloatVector k = t.sub(round);
            FloatVector f = k.fma(low, k.fma(high, u));
            FloatVector e = f.fma(e4, e3).fma(f, e2).fma(f, e1).fma(f, e0).fma(f, one).fma(f, one);
            IntVector power = t.reinterpretAsInts().lanewise(LSHL, 23);
            e = e.reinterpretAsInts().add(power).reinterpretAsFloats();
            e = u.mul(inf).blend(e, u.compare(LE, most));
            e = e.blend(zero, u.compare(LT, least));
            one.div(e.add(one)).intoMemorySegment(ALL, y + o, LITTLE);
        }
    }

    /// x/(1 + e⁻ˣ) to 2e-7; NaN for -∞, as IEEE 754 has it
    static void silu(long y, long x, long bytes) {
        FloatVector zero = FloatVector.zero(F);
        FloatVector one = FloatVector.broadcast(F, 1f);
        FloatVector inf = FloatVector.broadcast(F, Float.POSITIVE_INFINITY);
        FloatVector least = FloatVector.broadcast(F, EXP_LOW);
        FloatVector most = FloatVector.broadcast(F, EXP_HIGH);
        FloatVector log2e = FloatVector.broadcast(F, LOG2E);
        FloatVector round = FloatVector.broadcast(F, ROUND);
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
            FloatVector t = u.fma(log2e, round);
            FloatVector k = t.sub(round);
            FloatVector f = k.fma(low, k.fma(high, u));
            FloatVector e = f.fma(e4, e3).fma(f, e2).fma(f, e1).fma(f, e0).fma(f, one).fma(f, one);
            IntVector power = t.reinterpretAsInts().lanewise(LSHL, 23);
            e = e.reinterpretAsInts().add(power).reinterpretAsFloats();
            e = u.mul(inf).blend(e, u.compare(LE, most));
            e = e.blend(zero, u.compare(LT, least));
            v.div(e.add(one)).intoMemorySegment(ALL, y + o, LITTLE);
        }
    }

    /// x/(1 + e⁻ˣ) · up: [#silu] and a product
    static void swiglu(long y, long x, long up, long bytes) {
        FloatVector zero = FloatVector.zero(F);
        FloatVector one = FloatVector.broadcast(F, 1f);
        FloatVector inf = FloatVector.broadcast(F, Float.POSITIVE_INFINITY);
        FloatVector least = FloatVector.broadcast(F, EXP_LOW);
        FloatVector most = FloatVector.broadcast(F, EXP_HIGH);
        FloatVector log2e = FloatVector.broadcast(F, LOG2E);
        FloatVector round = FloatVector.broadcast(F, ROUND);
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
            FloatVector t = u.fma(log2e, round);
            FloatVector k = t.sub(round);
            FloatVector f = k.fma(low, k.fma(high, u));
            FloatVector e = f.fma(e4, e3).fma(f, e2).fma(f, e1).fma(f, e0).fma(f, one).fma(f, one);
            IntVector power = t.reinterpretAsInts().lanewise(LSHL, 23);
            e = e.reinterpretAsInts().add(power).reinterpretAsFloats();
            e = u.mul(inf).blend(e, u.compare(LE, most));
            e = e.blend(zero, u.compare(LT, least));
            FloatVector w = FloatVector.fromMemorySegment(F, ALL, up + o, LITTLE);
            v.div(e.add(one)).mul(w).intoMemorySegment(ALL, y + o, LITTLE);
        }
    }

    /// tanh x to 2e-7: a polynomial near 0, 1 − 2/(e²ˣ + 1) elsewhere
    static void tanh(long y, long x, long bytes) {
        FloatVector one = FloatVector.broadcast(F, 1f);
        FloatVector log2e = FloatVector.broadcast(F, LOG2E);
        FloatVector round = FloatVector.broadcast(F, ROUND_BIASED);
        FloatVector high = FloatVector.broadcast(F, -LN2_HIGH);
        FloatVector low = FloatVector.broadcast(F, -LN2_LOW);
        FloatVector e0 = FloatVector.broadcast(F, E0);
        FloatVector e1 = FloatVector.broadcast(F, E1);
        FloatVector e2 = FloatVector.broadcast(F, E2);
        FloatVector e3 = FloatVector.broadcast(F, E3);
        FloatVector e4 = FloatVector.broadcast(F, E4);
        FloatVector two = FloatVector.broadcast(F, 2f);
        FloatVector flat = FloatVector.broadcast(F, 20f);
        FloatVector near = FloatVector.broadcast(F, 0.625f);
        FloatVector t0 = FloatVector.broadcast(F, T0);
        FloatVector t1 = FloatVector.broadcast(F, T1);
        FloatVector t2 = FloatVector.broadcast(F, T2);
        FloatVector t3 = FloatVector.broadcast(F, T3);
        FloatVector t4 = FloatVector.broadcast(F, T4);
        for (long o = 0; o < bytes; o += VB) {
            FloatVector v = FloatVector.fromMemorySegment(F, ALL, x + o, LITTLE);
            FloatVector a = v.abs();
            FloatVector z = v.mul(v);
            FloatVector p = z.fma(t4, t3).fma(z, t2).fma(z, t1).fma(z, t0);
            FloatVector small = p.fma(v.mul(z), v);
            FloatVector u = a.add(a);
            u = u.blend(flat, u.compare(GT, flat));
            FloatVector t = u.fma(log2e, round);
            FloatVector k = t.sub(round);
            FloatVector f = k.fma(low, k.fma(high, u));
            FloatVector e = f.fma(e4, e3).fma(f, e2).fma(f, e1).fma(f, e0).fma(f, one).fma(f, one);
            e = e.mul(t.reinterpretAsInts().lanewise(LSHL, 23).reinterpretAsFloats());
            FloatVector large = one.sub(two.div(e.add(one)));
            IntVector sign = v.reinterpretAsInts().and(0x8000_0000);
            large = large.reinterpretAsInts().or(sign).reinterpretAsFloats();
            large.blend(small, a.compare(LT, near)).intoMemorySegment(ALL, y + o, LITTLE);
        }
    }

    /// ln x to 2e-7; -∞ for 0, NaN below
    static void log(long y, long x, long bytes) {
        FloatVector zero = FloatVector.zero(F);
        FloatVector one = FloatVector.broadcast(F, 1f);
        FloatVector two = FloatVector.broadcast(F, 2f);
        FloatVector inf = FloatVector.broadcast(F, Float.POSITIVE_INFINITY);
        FloatVector nan = FloatVector.broadcast(F, Float.NaN);
        FloatVector normal = FloatVector.broadcast(F, Float.MIN_NORMAL);
        FloatVector up = FloatVector.broadcast(F, 0x1p23f);
        FloatVector lifted = FloatVector.broadcast(F, 23f);
        FloatVector ln2 = FloatVector.broadcast(F, LN2);
        IntVector root = IntVector.broadcast(I, 0x3f3504f3); // √½
        FloatVector l0 = FloatVector.broadcast(F, L0);
        FloatVector l1 = FloatVector.broadcast(F, L1);
        FloatVector l2 = FloatVector.broadcast(F, L2);
        for (long o = 0; o < bytes; o += VB) {
            FloatVector v = FloatVector.fromMemorySegment(F, ALL, x + o, LITTLE);
            VectorMask<Float> tiny = v.compare(LT, normal);
            IntVector bits = v.blend(v.mul(up), tiny).reinterpretAsInts();
            IntVector n = bits.sub(root).lanewise(ASHR, 23);
            FloatVector m = bits.sub(n.lanewise(LSHL, 23)).reinterpretAsFloats();
            FloatVector k = (FloatVector) n.convertShape(I2F, F, 0);
            k = k.blend(k.sub(lifted), tiny);
            FloatVector f = m.sub(one);
            FloatVector s = f.div(f.add(two));
            FloatVector z = s.mul(s);
            FloatVector p = z.fma(l2, l1).fma(z, l0).fma(s.mul(z), s.add(s));
            FloatVector r = v.blend(k.fma(ln2, p), v.compare(LT, inf));
            r = r.blend(nan, v.compare(LT, zero)).blend(inf.neg(), v.compare(EQ, zero));
            r.intoMemorySegment(ALL, y + o, LITTLE);
        }
    }
}
