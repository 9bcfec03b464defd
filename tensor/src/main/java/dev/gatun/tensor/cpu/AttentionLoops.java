package dev.gatun.tensor.cpu;

import static dev.gatun.tensor.cpu.Lanes.ALL;
import static dev.gatun.tensor.cpu.Lanes.EVEN1;
import static dev.gatun.tensor.cpu.Lanes.EVEN2;
import static dev.gatun.tensor.cpu.Lanes.FLOAT;
import static dev.gatun.tensor.cpu.Lanes.LITTLE;
import static dev.gatun.tensor.cpu.Lanes.ODD1;
import static dev.gatun.tensor.cpu.Lanes.ODD2;
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

/// The loops of attention over one block of keys. Queries, scores and results are rows of one heap
/// array; keys and values are where they are, `step` bytes apart.
///
/// What is computed for a row does not depend on the rows computed with it.
final class AttentionLoops {
    private static final VectorSpecies<Float> F = Lanes.F32;

    /// Keys in a block: K and V of a head of 64 fit the L1 cache together.
    static final int KEYS = 64;

    /// Floats between rows of scores: a vector may be stored from the last four scores on.
    static final int SCORES = KEYS + 16;

    private AttentionLoops() {}

    /// `s[row,j] = scale · q[row] · k[j]`, 2·rows·n·pitch flop: **compute-bound** for many rows.
    /// Four dot products at a time become one vector: their lanes are added as a tree.
    ///
    /// @param f holds queries and scores
    /// @param q index of the queries, `pitch` floats each, a multiple of the width of a vector
    /// @param s index of the scores
    static void scores(float[] f, int q, int s, int rows, int pitch, long k, long step, int n, float scale) {
        FloatVector factor = FloatVector.broadcast(F, scale);
        for (int j = 0; j < n; j += 4) {
            long x0 = k + j * step;
            long x1 = k + Math.min(j + 1, n - 1) * step;
            long x2 = k + Math.min(j + 2, n - 1) * step;
            long x3 = k + Math.min(j + 3, n - 1) * step;
            int row = 0;
            for (; row + 1 < rows; row += 2) {
                int at = q + row * pitch;
                FloatVector a0 = FloatVector.zero(F);
                FloatVector a1 = FloatVector.zero(F);
                FloatVector a2 = FloatVector.zero(F);
                FloatVector a3 = FloatVector.zero(F);
                FloatVector b0 = FloatVector.zero(F);
                FloatVector b1 = FloatVector.zero(F);
                FloatVector b2 = FloatVector.zero(F);
                FloatVector b3 = FloatVector.zero(F);
                int d = 0;
                do {
                    FloatVector p = FloatVector.fromArray(F, f, at + d);
                    FloatVector r = FloatVector.fromArray(F, f, at + pitch + d);
                    long o = d * 4L;
                    FloatVector k0 = FloatVector.fromMemorySegment(F, ALL, x0 + o, LITTLE);
                    FloatVector k1 = FloatVector.fromMemorySegment(F, ALL, x1 + o, LITTLE);
                    FloatVector k2 = FloatVector.fromMemorySegment(F, ALL, x2 + o, LITTLE);
                    FloatVector k3 = FloatVector.fromMemorySegment(F, ALL, x3 + o, LITTLE);
                    a0 = k0.fma(p, a0);
                    b0 = k0.fma(r, b0);
                    a1 = k1.fma(p, a1);
                    b1 = k1.fma(r, b1);
                    a2 = k2.fma(p, a2);
                    b2 = k2.fma(r, b2);
                    a3 = k3.fma(p, a3);
                    b3 = k3.fma(r, b3);
                    d += VL;
                } while (d != pitch);
                FloatVector alo = a0.blend(a1, ODD1).add(a0.blend(a1, EVEN1).rearrange(SWAP1));
                FloatVector ahi = a2.blend(a3, ODD1).add(a2.blend(a3, EVEN1).rearrange(SWAP1));
                FloatVector a = alo.blend(ahi, ODD2).add(alo.blend(ahi, EVEN2).rearrange(SWAP2));
                a = VL > 4 ? a.add(a.rearrange(SWAP4)) : a;
                a = VL > 8 ? a.add(a.rearrange(SWAP8)) : a;
                FloatVector blo = b0.blend(b1, ODD1).add(b0.blend(b1, EVEN1).rearrange(SWAP1));
                FloatVector bhi = b2.blend(b3, ODD1).add(b2.blend(b3, EVEN1).rearrange(SWAP1));
                FloatVector b = blo.blend(bhi, ODD2).add(blo.blend(bhi, EVEN2).rearrange(SWAP2));
                b = VL > 4 ? b.add(b.rearrange(SWAP4)) : b;
                b = VL > 8 ? b.add(b.rearrange(SWAP8)) : b;
                a.mul(factor).intoArray(f, s + row * SCORES + j);
                b.mul(factor).intoArray(f, s + (row + 1) * SCORES + j);
            }
            if (row < rows) {
                int at = q + row * pitch;
                FloatVector a0 = FloatVector.zero(F);
                FloatVector a1 = FloatVector.zero(F);
                FloatVector a2 = FloatVector.zero(F);
                FloatVector a3 = FloatVector.zero(F);
                int d = 0;
                do {
                    FloatVector p = FloatVector.fromArray(F, f, at + d);
                    long o = d * 4L;
                    FloatVector k0 = FloatVector.fromMemorySegment(F, ALL, x0 + o, LITTLE);
                    FloatVector k1 = FloatVector.fromMemorySegment(F, ALL, x1 + o, LITTLE);
                    FloatVector k2 = FloatVector.fromMemorySegment(F, ALL, x2 + o, LITTLE);
                    FloatVector k3 = FloatVector.fromMemorySegment(F, ALL, x3 + o, LITTLE);
                    a0 = k0.fma(p, a0);
                    a1 = k1.fma(p, a1);
                    a2 = k2.fma(p, a2);
                    a3 = k3.fma(p, a3);
                    d += VL;
                } while (d != pitch);
                FloatVector alo = a0.blend(a1, ODD1).add(a0.blend(a1, EVEN1).rearrange(SWAP1));
                FloatVector ahi = a2.blend(a3, ODD1).add(a2.blend(a3, EVEN1).rearrange(SWAP1));
                FloatVector a = alo.blend(ahi, ODD2).add(alo.blend(ahi, EVEN2).rearrange(SWAP2));
                a = VL > 4 ? a.add(a.rearrange(SWAP4)) : a;
                a = VL > 8 ? a.add(a.rearrange(SWAP8)) : a;
                a.mul(factor).intoArray(f, s + row * SCORES + j);
            }
        }
    }

    /// The largest of a row of [#KEYS] scores; NaN is never largest.
    static float largest(float[] f, int s) {
        FloatVector a = FloatVector.fromArray(F, f, s);
        for (int j = VL; j < KEYS; j += VL) {
            FloatVector b = FloatVector.fromArray(F, f, s + j);
            a = a.blend(b, b.compare(GT, a));
        }
        return a.reduceLanes(VectorOperators.MAX);
    }

    /// A row of scores becomes `exp(s[j] − most)`; returns their sum.
    static float exp(float[] f, int s, float most) {
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
        for (int j = 0; j < KEYS; j += VL) {
            FloatVector u = FloatVector.fromArray(F, f, s + j).sub(m);
            FloatVector t = u.fma(log2e, round);
            FloatVector k = t.sub(round);
            FloatVector r = k.fma(low, k.fma(high, u));
            FloatVector e =
                    r.fma(e4, e3).fma(r, e2).fma(r, e1).fma(r, e0).fma(r, one).fma(r, one);
            e = e.mul(t.reinterpretAsInts().lanewise(LSHL, 23).reinterpretAsFloats());
            e = e.blend(zero, u.compare(LT, least));
            e.intoArray(f, s + j);
            sum = e.add(sum);
        }
        sum = sum.add(sum.rearrange(SWAP1));
        sum = sum.add(sum.rearrange(SWAP2));
        sum = VL > 4 ? sum.add(sum.rearrange(SWAP4)) : sum;
        sum = VL > 8 ? sum.add(sum.rearrange(SWAP8)) : sum;
        return sum.lane(0);
    }

    /// `y[row] = y[row] · fade[row] + Σ_j p[row,j] · v[j]` for four rows, 8·n·pitch flop.
    ///
    /// @param f holds weights, fades and results
    /// @param p index of the weights, [#SCORES] apart
    /// @param fades index of the fades
    /// @param y index of the results, `pitch` floats each
    static void mixFour(float[] f, int p, int fades, int y, int pitch, long v, long step, int n) {
        int d = 0;
        for (; d + VL < pitch; d += 2 * VL) {
            int at = y + d;
            FloatVector y00 = FloatVector.fromArray(F, f, at).mul(f[fades]);
            FloatVector y01 = FloatVector.fromArray(F, f, at + VL).mul(f[fades]);
            FloatVector y10 = FloatVector.fromArray(F, f, at + pitch).mul(f[fades + 1]);
            FloatVector y11 = FloatVector.fromArray(F, f, at + pitch + VL).mul(f[fades + 1]);
            FloatVector y20 = FloatVector.fromArray(F, f, at + 2 * pitch).mul(f[fades + 2]);
            FloatVector y21 = FloatVector.fromArray(F, f, at + 2 * pitch + VL).mul(f[fades + 2]);
            FloatVector y30 = FloatVector.fromArray(F, f, at + 3 * pitch).mul(f[fades + 3]);
            FloatVector y31 = FloatVector.fromArray(F, f, at + 3 * pitch + VL).mul(f[fades + 3]);
            long x = v + d * 4L;
            for (int j = 0; j < n; j++, x += step) {
                FloatVector v0 = FloatVector.fromMemorySegment(F, ALL, x, LITTLE);
                FloatVector v1 = FloatVector.fromMemorySegment(F, ALL, x + VB, LITTLE);
                FloatVector w0 = FloatVector.broadcast(F, f[p + j]);
                y00 = v0.fma(w0, y00);
                y01 = v1.fma(w0, y01);
                FloatVector w1 = FloatVector.broadcast(F, f[p + SCORES + j]);
                y10 = v0.fma(w1, y10);
                y11 = v1.fma(w1, y11);
                FloatVector w2 = FloatVector.broadcast(F, f[p + 2 * SCORES + j]);
                y20 = v0.fma(w2, y20);
                y21 = v1.fma(w2, y21);
                FloatVector w3 = FloatVector.broadcast(F, f[p + 3 * SCORES + j]);
                y30 = v0.fma(w3, y30);
                y31 = v1.fma(w3, y31);
            }
            y00.intoArray(f, at);
            y01.intoArray(f, at + VL);
            y10.intoArray(f, at + pitch);
            y11.intoArray(f, at + pitch + VL);
            y20.intoArray(f, at + 2 * pitch);
            y21.intoArray(f, at + 2 * pitch + VL);
            y30.intoArray(f, at + 3 * pitch);
            y31.intoArray(f, at + 3 * pitch + VL);
        }
        if (d < pitch) {
            int at = y + d;
            FloatVector y00 = FloatVector.fromArray(F, f, at).mul(f[fades]);
            FloatVector y10 = FloatVector.fromArray(F, f, at + pitch).mul(f[fades + 1]);
            FloatVector y20 = FloatVector.fromArray(F, f, at + 2 * pitch).mul(f[fades + 2]);
            FloatVector y30 = FloatVector.fromArray(F, f, at + 3 * pitch).mul(f[fades + 3]);
            long x = v + d * 4L;
            for (int j = 0; j < n; j++, x += step) {
                FloatVector v0 = FloatVector.fromMemorySegment(F, ALL, x, LITTLE);
                FloatVector w0 = FloatVector.broadcast(F, f[p + j]);
                y00 = v0.fma(w0, y00);
                FloatVector w1 = FloatVector.broadcast(F, f[p + SCORES + j]);
                y10 = v0.fma(w1, y10);
                FloatVector w2 = FloatVector.broadcast(F, f[p + 2 * SCORES + j]);
                y20 = v0.fma(w2, y20);
                FloatVector w3 = FloatVector.broadcast(F, f[p + 3 * SCORES + j]);
                y30 = v0.fma(w3, y30);
            }
            y00.intoArray(f, at);
            y10.intoArray(f, at + pitch);
            y20.intoArray(f, at + 2 * pitch);
            y30.intoArray(f, at + 3 * pitch);
        }
    }

    /// As [#mixFour] for one row.
    static void mixOne(float[] f, int p, int fades, int y, int pitch, long v, long step, int n) {
        int d = 0;
        for (; d + VL < pitch; d += 2 * VL) {
            int at = y + d;
            FloatVector y00 = FloatVector.fromArray(F, f, at).mul(f[fades]);
            FloatVector y01 = FloatVector.fromArray(F, f, at + VL).mul(f[fades]);
            long x = v + d * 4L;
            for (int j = 0; j < n; j++, x += step) {
                FloatVector v0 = FloatVector.fromMemorySegment(F, ALL, x, LITTLE);
                FloatVector v1 = FloatVector.fromMemorySegment(F, ALL, x + VB, LITTLE);
                FloatVector w0 = FloatVector.broadcast(F, f[p + j]);
                y00 = v0.fma(w0, y00);
                y01 = v1.fma(w0, y01);
            }
            y00.intoArray(f, at);
            y01.intoArray(f, at + VL);
        }
        if (d < pitch) {
            int at = y + d;
            FloatVector y00 = FloatVector.fromArray(F, f, at).mul(f[fades]);
            long x = v + d * 4L;
            for (int j = 0; j < n; j++, x += step) {
                FloatVector v0 = FloatVector.fromMemorySegment(F, ALL, x, LITTLE);
                FloatVector w0 = FloatVector.broadcast(F, f[p + j]);
                y00 = v0.fma(w0, y00);
            }
            y00.intoArray(f, at);
        }
    }

    /// A row of [#KEYS] scores or weights, each times the scale of its key or value.
    ///
    /// @param scales index of the scales
    static void multiply(float[] f, int s, int scales) {
        for (int j = 0; j < KEYS; j += VL) {
            FloatVector.fromArray(F, f, s + j)
                    .mul(FloatVector.fromArray(F, f, scales + j))
                    .intoArray(f, s + j);
        }
    }

    /// `y[d] = y[d] · scale`
    static void scale(float[] f, int y, int pitch, float scale) {
        for (int d = 0; d < pitch; d += VL) {
            FloatVector.fromArray(F, f, y + d).mul(scale).intoArray(f, y + d);
        }
    }

    /// `a · b`, its lanes added as a tree.
    static float dot(long a, long b, int n) {
        FloatVector sum = FloatVector.zero(F);
        int d = 0;
        for (; d <= n - VL; d += VL) {
            FloatVector x = FloatVector.fromMemorySegment(F, ALL, a + d * 4L, LITTLE);
            sum = x.fma(FloatVector.fromMemorySegment(F, ALL, b + d * 4L, LITTLE), sum);
        }
        sum = sum.add(sum.rearrange(SWAP1));
        sum = sum.add(sum.rearrange(SWAP2));
        sum = VL > 4 ? sum.add(sum.rearrange(SWAP4)) : sum;
        sum = VL > 8 ? sum.add(sum.rearrange(SWAP8)) : sum;
        float total = sum.lane(0);
        for (; d < n; d++) {
            total = Math.fma(ALL.get(FLOAT, a + d * 4L), ALL.get(FLOAT, b + d * 4L), total);
        }
        return total;
    }

    /// `x[d] = x[d] + f[at + d]`
    static void add(float[] f, int at, long x, int n) {
        int d = 0;
        for (; d <= n - VL; d += VL) {
            FloatVector.fromMemorySegment(F, ALL, x + d * 4L, LITTLE)
                    .add(FloatVector.fromArray(F, f, at + d))
                    .intoMemorySegment(ALL, x + d * 4L, LITTLE);
        }
        for (; d < n; d++) {
            ALL.set(FLOAT, x + d * 4L, ALL.get(FLOAT, x + d * 4L) + f[at + d]);
        }
    }

    /// Going backward: a row of products `s` becomes weights, and a row of the weights' derivatives becomes that of the products:
    ///
    /// ```
    /// s[j] = exp(scale·s[j] − lse)      ds[j] = scale · s[j] · (ds[j] − mean)
    /// ```
    ///
    /// Whole vectors from the one with `from` to the one with `to − 1`.
    static void weights(float[] f, int s, int ds, int from, int to, float scale, float lse, float mean) {
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
        FloatVector factor = FloatVector.broadcast(F, scale);
        FloatVector shift = FloatVector.broadcast(F, -lse);
        FloatVector m = FloatVector.broadcast(F, mean);
        for (int j = from / VL * VL; j < to; j += VL) {
            FloatVector u = FloatVector.fromArray(F, f, s + j).fma(factor, shift);
            FloatVector t = u.fma(log2e, round);
            FloatVector k = t.sub(round);
            FloatVector r = k.fma(low, k.fma(high, u));
            FloatVector e =
                    r.fma(e4, e3).fma(r, e2).fma(r, e1).fma(r, e0).fma(r, one).fma(r, one);
            e = e.mul(t.reinterpretAsInts().lanewise(LSHL, 23).reinterpretAsFloats());
            e = e.blend(zero, u.compare(LT, least));
            e.intoArray(f, s + j);
            FloatVector.fromArray(F, f, ds + j).sub(m).mul(e).mul(factor).intoArray(f, ds + j);
        }
    }
}
