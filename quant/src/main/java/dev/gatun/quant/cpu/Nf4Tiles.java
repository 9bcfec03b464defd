package dev.gatun.quant.cpu;

import static dev.gatun.quant.Nf4Matrix.GROUP;
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
/// | math | `y[r] = Σ_g scale[r,g] · Σ_{k in g} value[code[r,k]] · x[k]`, in the order of the groups; within one by FMA from zero, in the order of the ints and of the codes in them |
/// | shapes | the codes of the first group at `w`, those of the next `step` bytes on, as [dev.gatun.quant.Nf4Matrix] has them; scales of a group's 32 rows at `scales`, the next `scaleStep` on; x as it is; `y[to + i]` |
/// | cost | 0.56 B and 2 flop per weight; a shift, a lookup with its mask and an FMA for 16 weights: **compute-bound** with one thread at some 13 GB/s, memory-bound with all of most machines |
final class Nf4Tiles {
    private Nf4Tiles() {}

    /// One row of x, vectors of 16 lanes.
    static void tile16(long w, int step, long scales, int scaleStep, int groups, float[] table, float[] x, int at, float[] y, int to) {
        IntVector values = FloatVector.fromArray(F32, table, 0).reinterpretAsInts();
        IntVector v, s;
        FloatVector u, e, f;
        FloatVector a0, b0, y0 = FloatVector.zero(F32), z0 = y0;
        for (int g = 0; g < groups; g++) {
            a0 = b0 = FloatVector.zero(F32);
            for (int i = 0; i < 8; i++) {
                long p = w + (long) step * g + 128L * i;
                int q = at + GROUP * g + 8 * (i & -2) + (i & 1);
                v = IntVector.fromMemorySegment(I32, ALL, p, LITTLE);
                s = IntVector.fromMemorySegment(I32, ALL, p + 64, LITTLE);
                e = v.selectFrom(values).reinterpretAsFloats();
                f = s.selectFrom(values).reinterpretAsFloats();
                u = FloatVector.broadcast(F32, x[q]);
                a0 = e.fma(u, a0);
                b0 = f.fma(u, b0);
                e = v.lanewise(LSHR, 4).selectFrom(values).reinterpretAsFloats();
                f = s.lanewise(LSHR, 4).selectFrom(values).reinterpretAsFloats();
                u = FloatVector.broadcast(F32, x[q + 2]);
                a0 = e.fma(u, a0);
                b0 = f.fma(u, b0);
                e = v.lanewise(LSHR, 8).selectFrom(values).reinterpretAsFloats();
                f = s.lanewise(LSHR, 8).selectFrom(values).reinterpretAsFloats();
                u = FloatVector.broadcast(F32, x[q + 4]);
                a0 = e.fma(u, a0);
                b0 = f.fma(u, b0);
                e = v.lanewise(LSHR, 12).selectFrom(values).reinterpretAsFloats();
                f = s.lanewise(LSHR, 12).selectFrom(values).reinterpretAsFloats();
                u = FloatVector.broadcast(F32, x[q + 6]);
                a0 = e.fma(u, a0);
                b0 = f.fma(u, b0);
                e = v.lanewise(LSHR, 16).selectFrom(values).reinterpretAsFloats();
                f = s.lanewise(LSHR, 16).selectFrom(values).reinterpretAsFloats();
                u = FloatVector.broadcast(F32, x[q + 8]);
                a0 = e.fma(u, a0);
                b0 = f.fma(u, b0);
                e = v.lanewise(LSHR, 20).selectFrom(values).reinterpretAsFloats();
                f = s.lanewise(LSHR, 20).selectFrom(values).reinterpretAsFloats();
                u = FloatVector.broadcast(F32, x[q + 10]);
                a0 = e.fma(u, a0);
                b0 = f.fma(u, b0);
                e = v.lanewise(LSHR, 24).selectFrom(values).reinterpretAsFloats();
                f = s.lanewise(LSHR, 24).selectFrom(values).reinterpretAsFloats();
                u = FloatVector.broadcast(F32, x[q + 12]);
                a0 = e.fma(u, a0);
                b0 = f.fma(u, b0);
                e = v.lanewise(LSHR, 28).selectFrom(values).reinterpretAsFloats();
                f = s.lanewise(LSHR, 28).selectFrom(values).reinterpretAsFloats();
                u = FloatVector.broadcast(F32, x[q + 14]);
                a0 = e.fma(u, a0);
                b0 = f.fma(u, b0);
            }
            long p = scales + (long) scaleStep * g;
            e = FloatVector.fromMemorySegment(F32, ALL, p, LITTLE);
            f = FloatVector.fromMemorySegment(F32, ALL, p + 64, LITTLE);
            y0 = a0.fma(e, y0);
            z0 = b0.fma(f, z0);
        }
        y0.intoArray(y, to);
        z0.intoArray(y, to + 16);
    }

    /// Two to eight rows of x, `pitch` apart, vectors of 16 lanes: a lookup serves them all. Where there are fewer than eight, the last one is computed several times.
    /// The results of the next row are 32 further in y.
    static void tile16x8(
            long w, int step, long scales, int scaleStep, int groups, float[] table, float[] x, int at, int pitch, int rows, float[] y, int to) {
        int one = Math.min(1, rows - 1) * pitch;
        int two = Math.min(2, rows - 1) * pitch;
        int three = Math.min(3, rows - 1) * pitch;
        int four = Math.min(4, rows - 1) * pitch;
        int five = Math.min(5, rows - 1) * pitch;
        int six = Math.min(6, rows - 1) * pitch;
        int seven = Math.min(7, rows - 1) * pitch;
        IntVector values = FloatVector.fromArray(F32, table, 0).reinterpretAsInts();
        FloatVector zero = FloatVector.zero(F32), u, e, f;
        FloatVector a0, b0, y0 = zero, z0 = zero;
        FloatVector a1, b1, y1 = zero, z1 = zero;
        FloatVector a2, b2, y2 = zero, z2 = zero;
        FloatVector a3, b3, y3 = zero, z3 = zero;
        FloatVector a4, b4, y4 = zero, z4 = zero;
        FloatVector a5, b5, y5 = zero, z5 = zero;
        FloatVector a6, b6, y6 = zero, z6 = zero;
        FloatVector a7, b7, y7 = zero, z7 = zero;
        for (int g = 0; g < groups; g++) {
            a0 = b0 = a1 = b1 = a2 = b2 = a3 = b3 = a4 = b4 = a5 = b5 = a6 = b6 = a7 = b7 = zero;
            for (int i = 0; i < 8; i++) {
                long p = w + (long) step * g + 128L * i;
                for (int j = 0; j < 8; j++) {
                    int q = at + GROUP * g + 8 * (i & -2) + (i & 1) + 2 * j;
                    e = IntVector.fromMemorySegment(I32, ALL, p, LITTLE)
                            .lanewise(LSHR, 4 * j)
                            .selectFrom(values)
                            .reinterpretAsFloats();
                    f = IntVector.fromMemorySegment(I32, ALL, p + 64, LITTLE)
                            .lanewise(LSHR, 4 * j)
                            .selectFrom(values)
                            .reinterpretAsFloats();
                    u = FloatVector.broadcast(F32, x[q]);
                    a0 = e.fma(u, a0);
                    b0 = f.fma(u, b0);
                    u = FloatVector.broadcast(F32, x[q + one]);
                    a1 = e.fma(u, a1);
                    b1 = f.fma(u, b1);
                    u = FloatVector.broadcast(F32, x[q + two]);
                    a2 = e.fma(u, a2);
                    b2 = f.fma(u, b2);
                    u = FloatVector.broadcast(F32, x[q + three]);
                    a3 = e.fma(u, a3);
                    b3 = f.fma(u, b3);
                    u = FloatVector.broadcast(F32, x[q + four]);
                    a4 = e.fma(u, a4);
                    b4 = f.fma(u, b4);
                    u = FloatVector.broadcast(F32, x[q + five]);
                    a5 = e.fma(u, a5);
                    b5 = f.fma(u, b5);
                    u = FloatVector.broadcast(F32, x[q + six]);
                    a6 = e.fma(u, a6);
                    b6 = f.fma(u, b6);
                    u = FloatVector.broadcast(F32, x[q + seven]);
                    a7 = e.fma(u, a7);
                    b7 = f.fma(u, b7);
                }
            }
            long p = scales + (long) scaleStep * g;
            e = FloatVector.fromMemorySegment(F32, ALL, p, LITTLE);
            f = FloatVector.fromMemorySegment(F32, ALL, p + 64, LITTLE);
            y0 = a0.fma(e, y0);
            z0 = b0.fma(f, z0);
            y1 = a1.fma(e, y1);
            z1 = b1.fma(f, z1);
            y2 = a2.fma(e, y2);
            z2 = b2.fma(f, z2);
            y3 = a3.fma(e, y3);
            z3 = b3.fma(f, z3);
            y4 = a4.fma(e, y4);
            z4 = b4.fma(f, z4);
            y5 = a5.fma(e, y5);
            z5 = b5.fma(f, z5);
            y6 = a6.fma(e, y6);
            z6 = b6.fma(f, z6);
            y7 = a7.fma(e, y7);
            z7 = b7.fma(f, z7);
        }
        y0.intoArray(y, to);
        z0.intoArray(y, to + 16);
        y1.intoArray(y, to + 32);
        z1.intoArray(y, to + 48);
        y2.intoArray(y, to + 64);
        z2.intoArray(y, to + 80);
        y3.intoArray(y, to + 96);
        z3.intoArray(y, to + 112);
        y4.intoArray(y, to + 128);
        z4.intoArray(y, to + 144);
        y5.intoArray(y, to + 160);
        z5.intoArray(y, to + 176);
        y6.intoArray(y, to + 192);
        z6.intoArray(y, to + 208);
        y7.intoArray(y, to + 224);
        z7.intoArray(y, to + 240);
    }

    /// One row of x and 16 rows of the tile, vectors of 8 lanes: the table takes two of them.
    static void tile8(long w, int step, long scales, int scaleStep, int groups, float[] table, float[] x, int at, float[] y, int to) {
        IntVector low = FloatVector.fromArray(F32, table, 0).reinterpretAsInts();
        IntVector high = FloatVector.fromArray(F32, table, 8).reinterpretAsInts();
        FloatVector a, b, u, ya = FloatVector.zero(F32), yb = ya;
        IntVector v, s, t;
        for (int g = 0; g < groups; g++) {
            a = b = FloatVector.zero(F32);
            for (int i = 0; i < 8; i++) {
                long p = w + (long) step * g + 128L * i;
                int q = at + GROUP * g + 8 * (i & -2) + (i & 1);
                v = IntVector.fromMemorySegment(I32, ALL, p, LITTLE);
                s = IntVector.fromMemorySegment(I32, ALL, p + 32, LITTLE);
                u = FloatVector.broadcast(F32, x[q]);
                t = v;
                t = t.selectFrom(low)
                        .blend(t.selectFrom(high), t.lanewise(LSHL, 28).compare(LT, 0));
                a = t.reinterpretAsFloats().fma(u, a);
                t = s;
                t = t.selectFrom(low)
                        .blend(t.selectFrom(high), t.lanewise(LSHL, 28).compare(LT, 0));
                b = t.reinterpretAsFloats().fma(u, b);
                u = FloatVector.broadcast(F32, x[q + 2]);
                t = v.lanewise(LSHR, 4);
                t = t.selectFrom(low)
                        .blend(t.selectFrom(high), t.lanewise(LSHL, 28).compare(LT, 0));
                a = t.reinterpretAsFloats().fma(u, a);
                t = s.lanewise(LSHR, 4);
                t = t.selectFrom(low)
                        .blend(t.selectFrom(high), t.lanewise(LSHL, 28).compare(LT, 0));
                b = t.reinterpretAsFloats().fma(u, b);
                u = FloatVector.broadcast(F32, x[q + 4]);
                t = v.lanewise(LSHR, 8);
                t = t.selectFrom(low)
                        .blend(t.selectFrom(high), t.lanewise(LSHL, 28).compare(LT, 0));
                a = t.reinterpretAsFloats().fma(u, a);
                t = s.lanewise(LSHR, 8);
                t = t.selectFrom(low)
                        .blend(t.selectFrom(high), t.lanewise(LSHL, 28).compare(LT, 0));
                b = t.reinterpretAsFloats().fma(u, b);
                u = FloatVector.broadcast(F32, x[q + 6]);
                t = v.lanewise(LSHR, 12);
                t = t.selectFrom(low)
                        .blend(t.selectFrom(high), t.lanewise(LSHL, 28).compare(LT, 0));
                a = t.reinterpretAsFloats().fma(u, a);
                t = s.lanewise(LSHR, 12);
                t = t.selectFrom(low)
                        .blend(t.selectFrom(high), t.lanewise(LSHL, 28).compare(LT, 0));
                b = t.reinterpretAsFloats().fma(u, b);
                u = FloatVector.broadcast(F32, x[q + 8]);
                t = v.lanewise(LSHR, 16);
                t = t.selectFrom(low)
                        .blend(t.selectFrom(high), t.lanewise(LSHL, 28).compare(LT, 0));
                a = t.reinterpretAsFloats().fma(u, a);
                t = s.lanewise(LSHR, 16);
                t = t.selectFrom(low)
                        .blend(t.selectFrom(high), t.lanewise(LSHL, 28).compare(LT, 0));
                b = t.reinterpretAsFloats().fma(u, b);
                u = FloatVector.broadcast(F32, x[q + 10]);
                t = v.lanewise(LSHR, 20);
                t = t.selectFrom(low)
                        .blend(t.selectFrom(high), t.lanewise(LSHL, 28).compare(LT, 0));
                a = t.reinterpretAsFloats().fma(u, a);
                t = s.lanewise(LSHR, 20);
                t = t.selectFrom(low)
                        .blend(t.selectFrom(high), t.lanewise(LSHL, 28).compare(LT, 0));
                b = t.reinterpretAsFloats().fma(u, b);
                u = FloatVector.broadcast(F32, x[q + 12]);
                t = v.lanewise(LSHR, 24);
                t = t.selectFrom(low)
                        .blend(t.selectFrom(high), t.lanewise(LSHL, 28).compare(LT, 0));
                a = t.reinterpretAsFloats().fma(u, a);
                t = s.lanewise(LSHR, 24);
                t = t.selectFrom(low)
                        .blend(t.selectFrom(high), t.lanewise(LSHL, 28).compare(LT, 0));
                b = t.reinterpretAsFloats().fma(u, b);
                u = FloatVector.broadcast(F32, x[q + 14]);
                t = v.lanewise(LSHR, 28);
                t = t.selectFrom(low)
                        .blend(t.selectFrom(high), t.lanewise(LSHL, 28).compare(LT, 0));
                a = t.reinterpretAsFloats().fma(u, a);
                t = s.lanewise(LSHR, 28);
                t = t.selectFrom(low)
                        .blend(t.selectFrom(high), t.lanewise(LSHL, 28).compare(LT, 0));
                b = t.reinterpretAsFloats().fma(u, b);
            }
            long p = scales + (long) scaleStep * g;
            ya = a.fma(FloatVector.fromMemorySegment(F32, ALL, p, LITTLE), ya);
            yb = b.fma(FloatVector.fromMemorySegment(F32, ALL, p + 32, LITTLE), yb);
        }
        ya.intoArray(y, to);
        yb.intoArray(y, to + 8);
    }
}
