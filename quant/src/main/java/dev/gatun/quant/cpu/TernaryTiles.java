package dev.gatun.quant.cpu;

import static dev.gatun.quant.cpu.TernaryTables.WORD_BYTES;
import static dev.gatun.tensor.cpu.Lanes.*;
import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;

import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;

/// Sums of a ternary product with vectors of 512 bits: a vector holds a word of 32 rows, and a table of [TernaryTables] just fits another.
///
/// | | |
/// |---|---|
/// | math | `out[i·pitch + r] = Σ_k ±x[i,k]`, the bits of an int in a float; in 16 bits over 28 words, since 28 · 3 · 381 = 32004, and those sums in 32 |
/// | shapes | blocks of 32 rows as [dev.gatun.quant.TernaryMatrix] has them, the next word `step` bytes on; the tables of a row of x at `t`, those of the next `pitch` bytes on |
/// | cost | 16 bits of memory, 3 lookups, 3 additions and 2 shifts for 9 weights: compute-bound, at some 120 billion weights a second and thread, until memory gives less than 27 GB/s; with four rows of x the shifts and the reads of weights are shared |
///
/// A lookup takes the five low bits of a short. Shifts are those of ints, which have their count in the instruction and carry bits of the other half only into
/// what is not looked at. Sums are added to what is looked up and not the other way round: a loop-carried vector that is asked to add is a call, if it was
/// compiled before anybody had watched which class it is of.
final class TernaryTiles {
    /// Words whose sums fit 16 bits.
    private static final int FLUSH = 28;

    private TernaryTiles() {}

    /// One row of x, a group of eight blocks: 256 rows.
    static void group(long w, int words, long t, float[] out, int at) {
        IntVector zero = IntVector.zero(I32), u;
        IntVector a0 = zero, a1 = zero, b0 = zero, b1 = zero, c0 = zero, c1 = zero, d0 = zero, d1 = zero;
        IntVector e0 = zero, e1 = zero, f0 = zero, f1 = zero, g0 = zero, g1 = zero, h0 = zero, h1 = zero;
        ShortVector a, b, c, d, e, f, g, h, x, y, z;
        for (int i = 0; i < words; ) {
            int end = Math.min(words, i + FLUSH);
            a = b = c = d = e = f = g = h = ShortVector.zero(I16);
            for (; i < end; i++) {
                long p = w + 512L * i;
                long q = t + (long) WORD_BYTES * i;
                x = ShortVector.fromMemorySegment(I16, ALL, q, LITTLE);
                y = ShortVector.fromMemorySegment(I16, ALL, q + 64, LITTLE);
                z = ShortVector.fromMemorySegment(I16, ALL, q + 128, LITTLE);
                u = IntVector.fromMemorySegment(I32, ALL, p, LITTLE);
                a = u.reinterpretAsShorts().selectFrom(x).add(a);
                a = u.lanewise(LSHR, 5).reinterpretAsShorts().selectFrom(y).add(a);
                a = u.lanewise(LSHR, 10).reinterpretAsShorts().selectFrom(z).add(a);
                u = IntVector.fromMemorySegment(I32, ALL, p + 64, LITTLE);
                b = u.reinterpretAsShorts().selectFrom(x).add(b);
                b = u.lanewise(LSHR, 5).reinterpretAsShorts().selectFrom(y).add(b);
                b = u.lanewise(LSHR, 10).reinterpretAsShorts().selectFrom(z).add(b);
                u = IntVector.fromMemorySegment(I32, ALL, p + 128, LITTLE);
                c = u.reinterpretAsShorts().selectFrom(x).add(c);
                c = u.lanewise(LSHR, 5).reinterpretAsShorts().selectFrom(y).add(c);
                c = u.lanewise(LSHR, 10).reinterpretAsShorts().selectFrom(z).add(c);
                u = IntVector.fromMemorySegment(I32, ALL, p + 192, LITTLE);
                d = u.reinterpretAsShorts().selectFrom(x).add(d);
                d = u.lanewise(LSHR, 5).reinterpretAsShorts().selectFrom(y).add(d);
                d = u.lanewise(LSHR, 10).reinterpretAsShorts().selectFrom(z).add(d);
                u = IntVector.fromMemorySegment(I32, ALL, p + 256, LITTLE);
                e = u.reinterpretAsShorts().selectFrom(x).add(e);
                e = u.lanewise(LSHR, 5).reinterpretAsShorts().selectFrom(y).add(e);
                e = u.lanewise(LSHR, 10).reinterpretAsShorts().selectFrom(z).add(e);
                u = IntVector.fromMemorySegment(I32, ALL, p + 320, LITTLE);
                f = u.reinterpretAsShorts().selectFrom(x).add(f);
                f = u.lanewise(LSHR, 5).reinterpretAsShorts().selectFrom(y).add(f);
                f = u.lanewise(LSHR, 10).reinterpretAsShorts().selectFrom(z).add(f);
                u = IntVector.fromMemorySegment(I32, ALL, p + 384, LITTLE);
                g = u.reinterpretAsShorts().selectFrom(x).add(g);
                g = u.lanewise(LSHR, 5).reinterpretAsShorts().selectFrom(y).add(g);
                g = u.lanewise(LSHR, 10).reinterpretAsShorts().selectFrom(z).add(g);
                u = IntVector.fromMemorySegment(I32, ALL, p + 448, LITTLE);
                h = u.reinterpretAsShorts().selectFrom(x).add(h);
                h = u.lanewise(LSHR, 5).reinterpretAsShorts().selectFrom(y).add(h);
                h = u.lanewise(LSHR, 10).reinterpretAsShorts().selectFrom(z).add(h);
            }
            u = a.reinterpretAsInts();
            a0 = u.lanewise(LSHL, 16).lanewise(ASHR, 16).add(a0);
            a1 = u.lanewise(ASHR, 16).add(a1);
            u = b.reinterpretAsInts();
            b0 = u.lanewise(LSHL, 16).lanewise(ASHR, 16).add(b0);
            b1 = u.lanewise(ASHR, 16).add(b1);
            u = c.reinterpretAsInts();
            c0 = u.lanewise(LSHL, 16).lanewise(ASHR, 16).add(c0);
            c1 = u.lanewise(ASHR, 16).add(c1);
            u = d.reinterpretAsInts();
            d0 = u.lanewise(LSHL, 16).lanewise(ASHR, 16).add(d0);
            d1 = u.lanewise(ASHR, 16).add(d1);
            u = e.reinterpretAsInts();
            e0 = u.lanewise(LSHL, 16).lanewise(ASHR, 16).add(e0);
            e1 = u.lanewise(ASHR, 16).add(e1);
            u = f.reinterpretAsInts();
            f0 = u.lanewise(LSHL, 16).lanewise(ASHR, 16).add(f0);
            f1 = u.lanewise(ASHR, 16).add(f1);
            u = g.reinterpretAsInts();
            g0 = u.lanewise(LSHL, 16).lanewise(ASHR, 16).add(g0);
            g1 = u.lanewise(ASHR, 16).add(g1);
            u = h.reinterpretAsInts();
            h0 = u.lanewise(LSHL, 16).lanewise(ASHR, 16).add(h0);
            h1 = u.lanewise(ASHR, 16).add(h1);
        }
        a0.reinterpretAsFloats().intoArray(out, at);
        a1.reinterpretAsFloats().intoArray(out, at + 16);
        b0.reinterpretAsFloats().intoArray(out, at + 32);
        b1.reinterpretAsFloats().intoArray(out, at + 48);
        c0.reinterpretAsFloats().intoArray(out, at + 64);
        c1.reinterpretAsFloats().intoArray(out, at + 80);
        d0.reinterpretAsFloats().intoArray(out, at + 96);
        d1.reinterpretAsFloats().intoArray(out, at + 112);
        e0.reinterpretAsFloats().intoArray(out, at + 128);
        e1.reinterpretAsFloats().intoArray(out, at + 144);
        f0.reinterpretAsFloats().intoArray(out, at + 160);
        f1.reinterpretAsFloats().intoArray(out, at + 176);
        g0.reinterpretAsFloats().intoArray(out, at + 192);
        g1.reinterpretAsFloats().intoArray(out, at + 208);
        h0.reinterpretAsFloats().intoArray(out, at + 224);
        h1.reinterpretAsFloats().intoArray(out, at + 240);
    }

    /// One row of x, one block: 32 rows.
    static void block(long w, long step, int words, long t, float[] out, int at) {
        IntVector a0 = IntVector.zero(I32), a1 = a0, u;
        ShortVector a, x;
        for (int i = 0; i < words; ) {
            int end = Math.min(words, i + FLUSH);
            a = ShortVector.zero(I16);
            for (; i < end; i++) {
                long q = t + (long) WORD_BYTES * i;
                u = IntVector.fromMemorySegment(I32, ALL, w + step * i, LITTLE);
                x = ShortVector.fromMemorySegment(I16, ALL, q, LITTLE);
                a = u.reinterpretAsShorts().selectFrom(x).add(a);
                x = ShortVector.fromMemorySegment(I16, ALL, q + 64, LITTLE);
                a = u.lanewise(LSHR, 5).reinterpretAsShorts().selectFrom(x).add(a);
                x = ShortVector.fromMemorySegment(I16, ALL, q + 128, LITTLE);
                a = u.lanewise(LSHR, 10).reinterpretAsShorts().selectFrom(x).add(a);
            }
            u = a.reinterpretAsInts();
            a0 = u.lanewise(LSHL, 16).lanewise(ASHR, 16).add(a0);
            a1 = u.lanewise(ASHR, 16).add(a1);
        }
        a0.reinterpretAsFloats().intoArray(out, at);
        a1.reinterpretAsFloats().intoArray(out, at + 16);
    }

    /// Four rows of x, two neighbouring blocks: 64 rows. The sums of the next row of x are `room` further in `out`.
    static void pairx4(long w, long step, int words, long t, long pitch, float[] out, int at, int room) {
        IntVector zero = IntVector.zero(I32), u, k;
        IntVector a0 = zero, a1 = zero, b0 = zero, b1 = zero, c0 = zero, c1 = zero, d0 = zero, d1 = zero;
        IntVector e0 = zero, e1 = zero, f0 = zero, f1 = zero, g0 = zero, g1 = zero, h0 = zero, h1 = zero;
        ShortVector a, b, c, d, e, f, g, h, v, s, x;
        for (int i = 0; i < words; ) {
            int end = Math.min(words, i + FLUSH);
            a = b = c = d = e = f = g = h = ShortVector.zero(I16);
            for (; i < end; i++) {
                long p = w + step * i;
                long q = t + (long) WORD_BYTES * i;
                u = IntVector.fromMemorySegment(I32, ALL, p, LITTLE);
                k = IntVector.fromMemorySegment(I32, ALL, p + 64, LITTLE);
                v = u.reinterpretAsShorts();
                s = k.reinterpretAsShorts();
                x = ShortVector.fromMemorySegment(I16, ALL, q, LITTLE);
                a = v.selectFrom(x).add(a);
                e = s.selectFrom(x).add(e);
                x = ShortVector.fromMemorySegment(I16, ALL, q + pitch, LITTLE);
                b = v.selectFrom(x).add(b);
                f = s.selectFrom(x).add(f);
                x = ShortVector.fromMemorySegment(I16, ALL, q + 2 * pitch, LITTLE);
                c = v.selectFrom(x).add(c);
                g = s.selectFrom(x).add(g);
                x = ShortVector.fromMemorySegment(I16, ALL, q + 3 * pitch, LITTLE);
                d = v.selectFrom(x).add(d);
                h = s.selectFrom(x).add(h);
                v = u.lanewise(LSHR, 5).reinterpretAsShorts();
                s = k.lanewise(LSHR, 5).reinterpretAsShorts();
                x = ShortVector.fromMemorySegment(I16, ALL, q + 64, LITTLE);
                a = v.selectFrom(x).add(a);
                e = s.selectFrom(x).add(e);
                x = ShortVector.fromMemorySegment(I16, ALL, q + pitch + 64, LITTLE);
                b = v.selectFrom(x).add(b);
                f = s.selectFrom(x).add(f);
                x = ShortVector.fromMemorySegment(I16, ALL, q + 2 * pitch + 64, LITTLE);
                c = v.selectFrom(x).add(c);
                g = s.selectFrom(x).add(g);
                x = ShortVector.fromMemorySegment(I16, ALL, q + 3 * pitch + 64, LITTLE);
                d = v.selectFrom(x).add(d);
                h = s.selectFrom(x).add(h);
                v = u.lanewise(LSHR, 10).reinterpretAsShorts();
                s = k.lanewise(LSHR, 10).reinterpretAsShorts();
                x = ShortVector.fromMemorySegment(I16, ALL, q + 128, LITTLE);
                a = v.selectFrom(x).add(a);
                e = s.selectFrom(x).add(e);
                x = ShortVector.fromMemorySegment(I16, ALL, q + pitch + 128, LITTLE);
                b = v.selectFrom(x).add(b);
                f = s.selectFrom(x).add(f);
                x = ShortVector.fromMemorySegment(I16, ALL, q + 2 * pitch + 128, LITTLE);
                c = v.selectFrom(x).add(c);
                g = s.selectFrom(x).add(g);
                x = ShortVector.fromMemorySegment(I16, ALL, q + 3 * pitch + 128, LITTLE);
                d = v.selectFrom(x).add(d);
                h = s.selectFrom(x).add(h);
            }
            u = a.reinterpretAsInts();
            a0 = u.lanewise(LSHL, 16).lanewise(ASHR, 16).add(a0);
            a1 = u.lanewise(ASHR, 16).add(a1);
            u = b.reinterpretAsInts();
            b0 = u.lanewise(LSHL, 16).lanewise(ASHR, 16).add(b0);
            b1 = u.lanewise(ASHR, 16).add(b1);
            u = c.reinterpretAsInts();
            c0 = u.lanewise(LSHL, 16).lanewise(ASHR, 16).add(c0);
            c1 = u.lanewise(ASHR, 16).add(c1);
            u = d.reinterpretAsInts();
            d0 = u.lanewise(LSHL, 16).lanewise(ASHR, 16).add(d0);
            d1 = u.lanewise(ASHR, 16).add(d1);
            u = e.reinterpretAsInts();
            e0 = u.lanewise(LSHL, 16).lanewise(ASHR, 16).add(e0);
            e1 = u.lanewise(ASHR, 16).add(e1);
            u = f.reinterpretAsInts();
            f0 = u.lanewise(LSHL, 16).lanewise(ASHR, 16).add(f0);
            f1 = u.lanewise(ASHR, 16).add(f1);
            u = g.reinterpretAsInts();
            g0 = u.lanewise(LSHL, 16).lanewise(ASHR, 16).add(g0);
            g1 = u.lanewise(ASHR, 16).add(g1);
            u = h.reinterpretAsInts();
            h0 = u.lanewise(LSHL, 16).lanewise(ASHR, 16).add(h0);
            h1 = u.lanewise(ASHR, 16).add(h1);
        }
        a0.reinterpretAsFloats().intoArray(out, at);
        a1.reinterpretAsFloats().intoArray(out, at + 16);
        e0.reinterpretAsFloats().intoArray(out, at + 32);
        e1.reinterpretAsFloats().intoArray(out, at + 48);
        b0.reinterpretAsFloats().intoArray(out, at + room);
        b1.reinterpretAsFloats().intoArray(out, at + room + 16);
        f0.reinterpretAsFloats().intoArray(out, at + room + 32);
        f1.reinterpretAsFloats().intoArray(out, at + room + 48);
        c0.reinterpretAsFloats().intoArray(out, at + 2 * room);
        c1.reinterpretAsFloats().intoArray(out, at + 2 * room + 16);
        g0.reinterpretAsFloats().intoArray(out, at + 2 * room + 32);
        g1.reinterpretAsFloats().intoArray(out, at + 2 * room + 48);
        d0.reinterpretAsFloats().intoArray(out, at + 3 * room);
        d1.reinterpretAsFloats().intoArray(out, at + 3 * room + 16);
        h0.reinterpretAsFloats().intoArray(out, at + 3 * room + 32);
        h1.reinterpretAsFloats().intoArray(out, at + 3 * room + 48);
    }
}
