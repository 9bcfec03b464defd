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
import static dev.gatun.tensor.cpu.Polynomials.G0;
import static dev.gatun.tensor.cpu.Polynomials.G1;
import static dev.gatun.tensor.cpu.Polynomials.G2;
import static dev.gatun.tensor.cpu.Polynomials.G3;
import static dev.gatun.tensor.cpu.Polynomials.G4;
import static dev.gatun.tensor.cpu.Polynomials.H1;
import static dev.gatun.tensor.cpu.Polynomials.H2;
import static dev.gatun.tensor.cpu.Polynomials.H3;
import static dev.gatun.tensor.cpu.Polynomials.H4;
import static dev.gatun.tensor.cpu.Polynomials.H5;
import static dev.gatun.tensor.cpu.Polynomials.LN2_HIGH;
import static dev.gatun.tensor.cpu.Polynomials.LN2_LOW;
import static dev.gatun.tensor.cpu.Polynomials.LOG2E;
import static dev.gatun.tensor.cpu.Polynomials.ROUND;
import static dev.gatun.tensor.cpu.Polynomials.ROUND_BIASED;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LE;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LT;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorSpecies;

/// The two forms of GELU (arXiv:1606.08415) and their derivatives, as [UnaryLoops] and [SlopeLoops]; some 35 operations per vector: compute-bound.
final class GeluLoops {
    private static final VectorSpecies<Float> F = Lanes.F32;

    /// As far from 0, nothing of the tail is left.
    private static final float FAR = 14f;

    private static final float DENSITY = (float) (1 / Math.sqrt(2 * Math.PI));
    private static final float LINE = (float) (2 * Gaussian.TANH_SCALE);
    private static final float CUBE = (float) (2 * Gaussian.TANH_SCALE * Gaussian.TANH_CUBE);

    private GeluLoops() {}

    /// x·Φ(x) to 8e-7 of its value, 1e-7 of x: the tail of the distribution, whose exponent a²/2 is taken to twice the precision
    static void exact(long y, long x, long bytes) {
        FloatVector zero = FloatVector.zero(F);
        FloatVector one = FloatVector.broadcast(F, 1f);
        FloatVector half = FloatVector.broadcast(F, -0.5f);
        FloatVector far = FloatVector.broadcast(F, FAR);
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
        FloatVector g0 = FloatVector.broadcast(F, G0);
        FloatVector g1 = FloatVector.broadcast(F, G1);
        FloatVector g2 = FloatVector.broadcast(F, G2);
        FloatVector g3 = FloatVector.broadcast(F, G3);
        FloatVector g4 = FloatVector.broadcast(F, G4);
        FloatVector h1 = FloatVector.broadcast(F, H1);
        FloatVector h2 = FloatVector.broadcast(F, H2);
        FloatVector h3 = FloatVector.broadcast(F, H3);
        FloatVector h4 = FloatVector.broadcast(F, H4);
        FloatVector h5 = FloatVector.broadcast(F, H5);
        for (long o = 0; o < bytes; o += VB) {
            FloatVector v = FloatVector.fromMemorySegment(F, ALL, x + o, LITTLE);
            FloatVector a = v.abs();
            a = a.blend(far, a.compare(GT, far));
            FloatVector z = a.mul(a);
            FloatVector rest = a.fma(a, z.neg()).mul(half);
            FloatVector u = z.mul(half);
            FloatVector t = u.fma(log2e, round);
            FloatVector k = t.sub(round);
            FloatVector f = k.fma(low, k.fma(high, u));
            FloatVector e =
                    f.fma(e4, e3).fma(f, e2).fma(f, e1).fma(f, e0).fma(f, one).fma(f, one);
            e = e.mul(t.reinterpretAsInts().lanewise(LSHL, 23).reinterpretAsFloats());
            e = e.fma(rest, e).blend(zero, u.compare(LT, least));
            FloatVector p = a.fma(g4, g3).fma(a, g2).fma(a, g1).fma(a, g0);
            FloatVector q = a.fma(h5, h4).fma(a, h3).fma(a, h2).fma(a, h1).fma(a, one);
            p = p.div(q).mul(e);
            p = p.blend(one.sub(p), v.compare(GT, zero));
            v.mul(p).intoMemorySegment(ALL, y + o, LITTLE);
        }
    }

    /// dy·(Φ(x) + x·φ(x)); both share an exponential
    static void exactSlope(long dx, long dy, long x, long bytes) {
        FloatVector zero = FloatVector.zero(F);
        FloatVector one = FloatVector.broadcast(F, 1f);
        FloatVector half = FloatVector.broadcast(F, -0.5f);
        FloatVector far = FloatVector.broadcast(F, FAR);
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
        FloatVector g0 = FloatVector.broadcast(F, G0);
        FloatVector g1 = FloatVector.broadcast(F, G1);
        FloatVector g2 = FloatVector.broadcast(F, G2);
        FloatVector g3 = FloatVector.broadcast(F, G3);
        FloatVector g4 = FloatVector.broadcast(F, G4);
        FloatVector h1 = FloatVector.broadcast(F, H1);
        FloatVector h2 = FloatVector.broadcast(F, H2);
        FloatVector h3 = FloatVector.broadcast(F, H3);
        FloatVector h4 = FloatVector.broadcast(F, H4);
        FloatVector h5 = FloatVector.broadcast(F, H5);
        FloatVector density = FloatVector.broadcast(F, DENSITY);
        for (long o = 0; o < bytes; o += VB) {
            FloatVector v = FloatVector.fromMemorySegment(F, ALL, x + o, LITTLE);
            FloatVector a = v.abs();
            a = a.blend(far, a.compare(GT, far));
            FloatVector z = a.mul(a);
            FloatVector rest = a.fma(a, z.neg()).mul(half);
            FloatVector u = z.mul(half);
            FloatVector t = u.fma(log2e, round);
            FloatVector k = t.sub(round);
            FloatVector f = k.fma(low, k.fma(high, u));
            FloatVector e =
                    f.fma(e4, e3).fma(f, e2).fma(f, e1).fma(f, e0).fma(f, one).fma(f, one);
            e = e.mul(t.reinterpretAsInts().lanewise(LSHL, 23).reinterpretAsFloats());
            e = e.fma(rest, e).blend(zero, u.compare(LT, least));
            FloatVector p = a.fma(g4, g3).fma(a, g2).fma(a, g1).fma(a, g0);
            FloatVector q = a.fma(h5, h4).fma(a, h3).fma(a, h2).fma(a, h1).fma(a, one);
            p = p.div(q).mul(e);
            p = p.blend(one.sub(p), v.compare(GT, zero));
            FloatVector d = FloatVector.fromMemorySegment(F, ALL, dy + o, LITTLE);
            v.mul(density).fma(e, p).mul(d).intoMemorySegment(ALL, dx + o, LITTLE);
        }
    }

    /// ½x(1 + tanh u) = x/(1 + e⁻²ᵘ)
    static void tanh(long y, long x, long bytes) {
        FloatVector zero = FloatVector.zero(F);
        FloatVector one = FloatVector.broadcast(F, 1f);
        FloatVector inf = FloatVector.broadcast(F, Float.POSITIVE_INFINITY);
        FloatVector least = FloatVector.broadcast(F, EXP_LOW);
        FloatVector most = FloatVector.broadcast(F, EXP_HIGH);
        FloatVector line = FloatVector.broadcast(F, -LINE);
        FloatVector cube = FloatVector.broadcast(F, -CUBE);
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
            FloatVector z = v.mul(v);
            FloatVector u = z.fma(cube, line).mul(v);
            FloatVector t = u.fma(log2e, round);
            FloatVector k = t.sub(round);
            FloatVector f = k.fma(low, k.fma(high, u));
            FloatVector e =
                    f.fma(e4, e3).fma(f, e2).fma(f, e1).fma(f, e0).fma(f, one).fma(f, one);
            IntVector power = t.reinterpretAsInts().lanewise(LSHL, 23);
            e = e.reinterpretAsInts().add(power).reinterpretAsFloats();
            e = inf.blend(e, u.compare(LE, most));
            e = e.blend(zero, u.compare(LT, least));
            v.div(e.add(one)).intoMemorySegment(ALL, y + o, LITTLE);
        }
    }

    /// dy·σ(2u)·(1 + x·2u′·σ(−2u))
    static void tanhSlope(long dx, long dy, long x, long bytes) {
        FloatVector zero = FloatVector.zero(F);
        FloatVector one = FloatVector.broadcast(F, 1f);
        FloatVector three = FloatVector.broadcast(F, 3f);
        FloatVector least = FloatVector.broadcast(F, EXP_LOW);
        FloatVector most = FloatVector.broadcast(F, 87f);
        FloatVector line = FloatVector.broadcast(F, -LINE);
        FloatVector cube = FloatVector.broadcast(F, -CUBE);
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
            FloatVector z = v.mul(v).mul(cube);
            FloatVector u = z.add(line).mul(v);
            u = u.blend(most, u.compare(GT, most));
            FloatVector t = u.fma(log2e, round);
            FloatVector k = t.sub(round);
            FloatVector f = k.fma(low, k.fma(high, u));
            FloatVector e =
                    f.fma(e4, e3).fma(f, e2).fma(f, e1).fma(f, e0).fma(f, one).fma(f, one);
            e = e.mul(t.reinterpretAsInts().lanewise(LSHL, 23).reinterpretAsFloats());
            e = e.blend(zero, u.compare(LT, least));
            FloatVector s = one.div(e.add(one));
            FloatVector w = z.fma(three, line).mul(v).neg();
            FloatVector d = FloatVector.fromMemorySegment(F, ALL, dy + o, LITTLE);
            w.fma(e.mul(s), one).mul(s).mul(d).intoMemorySegment(ALL, dx + o, LITTLE);
        }
    }
}
