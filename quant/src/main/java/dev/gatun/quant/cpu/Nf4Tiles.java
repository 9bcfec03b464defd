package dev.gatun.quant.cpu;

import static dev.gatun.quant.Nf4Matrix.GROUP;
import static dev.gatun.quant.Nf4Matrix.UNIT;
import static dev.gatun.tensor.cpu.Lanes.*;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.LT;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/// Products of the 32 rows of a tile with rows of x, for vectors of 512 and 256 bits.
///
/// Lanes are rows: an int of the tile holds codes of one row, a table of 16 values fits a vector of 16 lanes, and the low four bits of an int choose from it.
/// So a weight costs a shift, a lookup and an FMA, all rows share one x, a scale is one FMA for 64 weights, and nothing is summed across lanes.
///
/// | | |
/// |---|---|
/// | math | `y[r] = Σ_g scale[r,g] · Σ_{k in g} value[code[r,k]] · x[k]`, in the order of the groups; within one by FMA from zero, columns in the order of c, then j |
/// | shapes | the tiles of 32 rows at `w` as [dev.gatun.quant.Nf4Matrix] has them; `scales[32·g + i]`; x as [Nf4Rows#arrange] leaves it; `y[to + i]` |
/// | cost | half a byte and 2 flop per weight: on most machines just **compute-bound** with one thread, memory-bound with all |
final class Nf4Tiles {
    private Nf4Tiles() {}

    /// One row of x, vectors of 16 lanes.
    static void tile16(long w, float[] scales, float[] table, float[] x, int at, int k, float[] y, int to) {
        IntVector values = FloatVector.fromArray(F32, table, 0).reinterpretAsInts();
        FloatVector a, b, c, d, u, ya = FloatVector.zero(F32), yb = ya;
        IntVector v, s;
        int whole = k & -UNIT;
        for (int o = 0; o < whole; o += UNIT) {
            a = b = c = d = FloatVector.zero(F32);
            for (int i = 0; i < 16; i++) {
                long p = w + 16L * o + 128L * i;
                int q = at + o + 8 * i;
                v = IntVector.fromMemorySegment(I32, ALL, p, LITTLE);
                s = IntVector.fromMemorySegment(I32, ALL, p + 64, LITTLE);
                u = FloatVector.broadcast(F32, x[q]);
                a = v.selectFrom(values).reinterpretAsFloats().fma(u, a);
                b = s.selectFrom(values).reinterpretAsFloats().fma(u, b);
                u = FloatVector.broadcast(F32, x[q + 1]);
                a = v.lanewise(LSHR, 4).selectFrom(values).reinterpretAsFloats().fma(u, a);
                b = s.lanewise(LSHR, 4).selectFrom(values).reinterpretAsFloats().fma(u, b);
                u = FloatVector.broadcast(F32, x[q + 2]);
                a = v.lanewise(LSHR, 8).selectFrom(values).reinterpretAsFloats().fma(u, a);
                b = s.lanewise(LSHR, 8).selectFrom(values).reinterpretAsFloats().fma(u, b);
                u = FloatVector.broadcast(F32, x[q + 3]);
                a = v.lanewise(LSHR, 12)
                        .selectFrom(values)
                        .reinterpretAsFloats()
                        .fma(u, a);
                b = s.lanewise(LSHR, 12)
                        .selectFrom(values)
                        .reinterpretAsFloats()
                        .fma(u, b);
                u = FloatVector.broadcast(F32, x[q + 4]);
                c = v.lanewise(LSHR, 16)
                        .selectFrom(values)
                        .reinterpretAsFloats()
                        .fma(u, c);
                d = s.lanewise(LSHR, 16)
                        .selectFrom(values)
                        .reinterpretAsFloats()
                        .fma(u, d);
                u = FloatVector.broadcast(F32, x[q + 5]);
                c = v.lanewise(LSHR, 20)
                        .selectFrom(values)
                        .reinterpretAsFloats()
                        .fma(u, c);
                d = s.lanewise(LSHR, 20)
                        .selectFrom(values)
                        .reinterpretAsFloats()
                        .fma(u, d);
                u = FloatVector.broadcast(F32, x[q + 6]);
                c = v.lanewise(LSHR, 24)
                        .selectFrom(values)
                        .reinterpretAsFloats()
                        .fma(u, c);
                d = s.lanewise(LSHR, 24)
                        .selectFrom(values)
                        .reinterpretAsFloats()
                        .fma(u, d);
                u = FloatVector.broadcast(F32, x[q + 7]);
                c = v.lanewise(LSHR, 28)
                        .selectFrom(values)
                        .reinterpretAsFloats()
                        .fma(u, c);
                d = s.lanewise(LSHR, 28)
                        .selectFrom(values)
                        .reinterpretAsFloats()
                        .fma(u, d);
            }
            ya = a.fma(FloatVector.fromArray(F32, scales, o / 2), ya);
            yb = b.fma(FloatVector.fromArray(F32, scales, o / 2 + 16), yb);
            ya = c.fma(FloatVector.fromArray(F32, scales, o / 2 + 32), ya);
            yb = d.fma(FloatVector.fromArray(F32, scales, o / 2 + 48), yb);
        }
        if (whole < k) {
            a = b = FloatVector.zero(F32);
            for (int i = 0; i < 16; i++) {
                long p = w + 16L * whole + 128L * i;
                int q = at + whole + 4 * i;
                v = IntVector.fromMemorySegment(I32, ALL, p, LITTLE);
                s = IntVector.fromMemorySegment(I32, ALL, p + 64, LITTLE);
                u = FloatVector.broadcast(F32, x[q]);
                a = v.selectFrom(values).reinterpretAsFloats().fma(u, a);
                b = s.selectFrom(values).reinterpretAsFloats().fma(u, b);
                u = FloatVector.broadcast(F32, x[q + 1]);
                a = v.lanewise(LSHR, 4).selectFrom(values).reinterpretAsFloats().fma(u, a);
                b = s.lanewise(LSHR, 4).selectFrom(values).reinterpretAsFloats().fma(u, b);
                u = FloatVector.broadcast(F32, x[q + 2]);
                a = v.lanewise(LSHR, 8).selectFrom(values).reinterpretAsFloats().fma(u, a);
                b = s.lanewise(LSHR, 8).selectFrom(values).reinterpretAsFloats().fma(u, b);
                u = FloatVector.broadcast(F32, x[q + 3]);
                a = v.lanewise(LSHR, 12)
                        .selectFrom(values)
                        .reinterpretAsFloats()
                        .fma(u, a);
                b = s.lanewise(LSHR, 12)
                        .selectFrom(values)
                        .reinterpretAsFloats()
                        .fma(u, b);
            }
            ya = a.fma(FloatVector.fromArray(F32, scales, whole / 2), ya);
            yb = b.fma(FloatVector.fromArray(F32, scales, whole / 2 + 16), yb);
        }
        ya.intoArray(y, to);
        yb.intoArray(y, to + 16);
    }

    /// Four rows of x, `pitch` apart, in the order of [#tile16]; results 32 apart.
    static void tile16x4(long w, float[] scales, float[] table, float[] x, int at, int pitch, int k, float[] y, int to) {
        IntVector values = FloatVector.fromArray(F32, table, 0).reinterpretAsInts();
        FloatVector e, f, u, a0, b0, a1, b1, a2, b2, a3, b3, y0, z0, y1, z1, y2, z2, y3, z3;
        y0 = z0 = y1 = z1 = y2 = z2 = y3 = z3 = FloatVector.zero(F32);
        IntVector v, s;
        for (int o = 0; o < k; o += GROUP) {
            // the last group of a row may be alone in its unit, and x lies accordingly
            int unit = o & -UNIT;
            int step = unit + UNIT <= k ? 8 : 4;
            int begin = at + unit + (o - unit) / 16;
            int shift = (o - unit) / 4;
            a0 = b0 = a1 = b1 = a2 = b2 = a3 = b3 = FloatVector.zero(F32);
            for (int i = 0; i < 16; i++) {
                long p = w + 16L * unit + 128L * i;
                int q = begin + step * i;
                v = IntVector.fromMemorySegment(I32, ALL, p, LITTLE).lanewise(LSHR, shift);
                s = IntVector.fromMemorySegment(I32, ALL, p + 64, LITTLE).lanewise(LSHR, shift);
                e = v.selectFrom(values).reinterpretAsFloats();
                f = s.selectFrom(values).reinterpretAsFloats();
                u = FloatVector.broadcast(F32, x[q]);
                a0 = e.fma(u, a0);
                b0 = f.fma(u, b0);
                u = FloatVector.broadcast(F32, x[q + pitch]);
                a1 = e.fma(u, a1);
                b1 = f.fma(u, b1);
                u = FloatVector.broadcast(F32, x[q + 2 * pitch]);
                a2 = e.fma(u, a2);
                b2 = f.fma(u, b2);
                u = FloatVector.broadcast(F32, x[q + 3 * pitch]);
                a3 = e.fma(u, a3);
                b3 = f.fma(u, b3);
                e = v.lanewise(LSHR, 4).selectFrom(values).reinterpretAsFloats();
                f = s.lanewise(LSHR, 4).selectFrom(values).reinterpretAsFloats();
                u = FloatVector.broadcast(F32, x[q + 1]);
                a0 = e.fma(u, a0);
                b0 = f.fma(u, b0);
                u = FloatVector.broadcast(F32, x[q + pitch + 1]);
                a1 = e.fma(u, a1);
                b1 = f.fma(u, b1);
                u = FloatVector.broadcast(F32, x[q + 2 * pitch + 1]);
                a2 = e.fma(u, a2);
                b2 = f.fma(u, b2);
                u = FloatVector.broadcast(F32, x[q + 3 * pitch + 1]);
                a3 = e.fma(u, a3);
                b3 = f.fma(u, b3);
                e = v.lanewise(LSHR, 8).selectFrom(values).reinterpretAsFloats();
                f = s.lanewise(LSHR, 8).selectFrom(values).reinterpretAsFloats();
                u = FloatVector.broadcast(F32, x[q + 2]);
                a0 = e.fma(u, a0);
                b0 = f.fma(u, b0);
                u = FloatVector.broadcast(F32, x[q + pitch + 2]);
                a1 = e.fma(u, a1);
                b1 = f.fma(u, b1);
                u = FloatVector.broadcast(F32, x[q + 2 * pitch + 2]);
                a2 = e.fma(u, a2);
                b2 = f.fma(u, b2);
                u = FloatVector.broadcast(F32, x[q + 3 * pitch + 2]);
                a3 = e.fma(u, a3);
                b3 = f.fma(u, b3);
                e = v.lanewise(LSHR, 12).selectFrom(values).reinterpretAsFloats();
                f = s.lanewise(LSHR, 12).selectFrom(values).reinterpretAsFloats();
                u = FloatVector.broadcast(F32, x[q + 3]);
                a0 = e.fma(u, a0);
                b0 = f.fma(u, b0);
                u = FloatVector.broadcast(F32, x[q + pitch + 3]);
                a1 = e.fma(u, a1);
                b1 = f.fma(u, b1);
                u = FloatVector.broadcast(F32, x[q + 2 * pitch + 3]);
                a2 = e.fma(u, a2);
                b2 = f.fma(u, b2);
                u = FloatVector.broadcast(F32, x[q + 3 * pitch + 3]);
                a3 = e.fma(u, a3);
                b3 = f.fma(u, b3);
            }
            e = FloatVector.fromArray(F32, scales, o / 2);
            f = FloatVector.fromArray(F32, scales, o / 2 + 16);
            y0 = a0.fma(e, y0);
            z0 = b0.fma(f, z0);
            y1 = a1.fma(e, y1);
            z1 = b1.fma(f, z1);
            y2 = a2.fma(e, y2);
            z2 = b2.fma(f, z2);
            y3 = a3.fma(e, y3);
            z3 = b3.fma(f, z3);
        }
        y0.intoArray(y, to);
        z0.intoArray(y, to + 16);
        y1.intoArray(y, to + 32);
        z1.intoArray(y, to + 48);
        y2.intoArray(y, to + 64);
        z2.intoArray(y, to + 80);
        y3.intoArray(y, to + 96);
        z3.intoArray(y, to + 112);
    }

    /// One row of x, 16 rows of the tile, vectors of 8 lanes: the table takes two of them. `scales[first + 32·g + i]`, i < 16.
    static void tile8(long w, float[] scales, int first, float[] table, float[] x, int at, int k, float[] y, int to) {
        IntVector low = FloatVector.fromArray(F32, table, 0).reinterpretAsInts();
        IntVector high = FloatVector.fromArray(F32, table, 8).reinterpretAsInts();
        FloatVector a, b, u, ya = FloatVector.zero(F32), yb = ya;
        IntVector v, s, t;
        for (int o = 0; o < k; o += GROUP) {
            int unit = o & -UNIT;
            int step = unit + UNIT <= k ? 8 : 4;
            int begin = at + unit + (o - unit) / 16;
            int shift = (o - unit) / 4;
            a = b = FloatVector.zero(F32);
            for (int i = 0; i < 16; i++) {
                long p = w + 16L * unit + 128L * i;
                int q = begin + step * i;
                v = IntVector.fromMemorySegment(I32, ALL, p, LITTLE).lanewise(LSHR, shift);
                s = IntVector.fromMemorySegment(I32, ALL, p + 32, LITTLE).lanewise(LSHR, shift);
                u = FloatVector.broadcast(F32, x[q]);
                t = v;
                t = t.selectFrom(low)
                        .blend(t.selectFrom(high), t.lanewise(LSHL, 28).compare(LT, 0));
                a = t.reinterpretAsFloats().fma(u, a);
                t = s;
                t = t.selectFrom(low)
                        .blend(t.selectFrom(high), t.lanewise(LSHL, 28).compare(LT, 0));
                b = t.reinterpretAsFloats().fma(u, b);
                u = FloatVector.broadcast(F32, x[q + 1]);
                t = v.lanewise(LSHR, 4);
                t = t.selectFrom(low)
                        .blend(t.selectFrom(high), t.lanewise(LSHL, 28).compare(LT, 0));
                a = t.reinterpretAsFloats().fma(u, a);
                t = s.lanewise(LSHR, 4);
                t = t.selectFrom(low)
                        .blend(t.selectFrom(high), t.lanewise(LSHL, 28).compare(LT, 0));
                b = t.reinterpretAsFloats().fma(u, b);
                u = FloatVector.broadcast(F32, x[q + 2]);
                t = v.lanewise(LSHR, 8);
                t = t.selectFrom(low)
                        .blend(t.selectFrom(high), t.lanewise(LSHL, 28).compare(LT, 0));
                a = t.reinterpretAsFloats().fma(u, a);
                t = s.lanewise(LSHR, 8);
                t = t.selectFrom(low)
                        .blend(t.selectFrom(high), t.lanewise(LSHL, 28).compare(LT, 0));
                b = t.reinterpretAsFloats().fma(u, b);
                u = FloatVector.broadcast(F32, x[q + 3]);
                t = v.lanewise(LSHR, 12);
                t = t.selectFrom(low)
                        .blend(t.selectFrom(high), t.lanewise(LSHL, 28).compare(LT, 0));
                a = t.reinterpretAsFloats().fma(u, a);
                t = s.lanewise(LSHR, 12);
                t = t.selectFrom(low)
                        .blend(t.selectFrom(high), t.lanewise(LSHL, 28).compare(LT, 0));
                b = t.reinterpretAsFloats().fma(u, b);
            }
            ya = a.fma(FloatVector.fromArray(F32, scales, first + o / 2), ya);
            yb = b.fma(FloatVector.fromArray(F32, scales, first + o / 2 + 8), yb);
        }
        ya.intoArray(y, to);
        yb.intoArray(y, to + 8);
    }
}
