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
/// | shapes | blocks of 32 rows as [dev.gatun.quant.TernaryMatrix] has them, those that are taken together `apart` bytes from each other; the tables of a row of x at `t`, those of the next `pitch` bytes on |
/// | cost | 16 bits of memory, 3 lookups, 3 additions and 2 shifts for 9 weights: compute-bound, at some 80 billion weights a second and thread; with four rows of x the shifts and the reads of weights are shared |
final class TernaryTiles {
    /// Words whose sums fit 16 bits.
    private static final int FLUSH = 28;

    private TernaryTiles() {}

    /// One row of x, four blocks: 128 rows.
    static void blocks4(long w, long apart, int words, long t, float[] out, int at) {
        IntVector a0 = IntVector.zero(I32), a1 = a0, b0 = a0, b1 = a0, c0 = a0, c1 = a0, d0 = a0, d1 = a0, u;
        ShortVector a, b, c, d, v, x, y, z;
        for (int i = 0; i < words; ) {
            int end = Math.min(words, i + FLUSH);
            a = b = c = d = ShortVector.zero(I16);
            for (; i < end; i++) {
                long p = w + 64L * i;
                long q = t + (long) WORD_BYTES * i;
                x = ShortVector.fromMemorySegment(I16, ALL, q, LITTLE);
                y = ShortVector.fromMemorySegment(I16, ALL, q + 64, LITTLE);
                z = ShortVector.fromMemorySegment(I16, ALL, q + 128, LITTLE);
                v = ShortVector.fromMemorySegment(I16, ALL, p, LITTLE);
                a = a.add(v.selectFrom(x))
                        .add(v.lanewise(LSHR, 5).selectFrom(y))
                        .add(v.lanewise(LSHR, 10).selectFrom(z));
                v = ShortVector.fromMemorySegment(I16, ALL, p + apart, LITTLE);
                b = b.add(v.selectFrom(x))
                        .add(v.lanewise(LSHR, 5).selectFrom(y))
                        .add(v.lanewise(LSHR, 10).selectFrom(z));
                v = ShortVector.fromMemorySegment(I16, ALL, p + 2 * apart, LITTLE);
                c = c.add(v.selectFrom(x))
                        .add(v.lanewise(LSHR, 5).selectFrom(y))
                        .add(v.lanewise(LSHR, 10).selectFrom(z));
                v = ShortVector.fromMemorySegment(I16, ALL, p + 3 * apart, LITTLE);
                d = d.add(v.selectFrom(x))
                        .add(v.lanewise(LSHR, 5).selectFrom(y))
                        .add(v.lanewise(LSHR, 10).selectFrom(z));
            }
            u = a.reinterpretAsInts();
            a0 = a0.add(u.lanewise(LSHL, 16).lanewise(ASHR, 16));
            a1 = a1.add(u.lanewise(ASHR, 16));
            u = b.reinterpretAsInts();
            b0 = b0.add(u.lanewise(LSHL, 16).lanewise(ASHR, 16));
            b1 = b1.add(u.lanewise(ASHR, 16));
            u = c.reinterpretAsInts();
            c0 = c0.add(u.lanewise(LSHL, 16).lanewise(ASHR, 16));
            c1 = c1.add(u.lanewise(ASHR, 16));
            u = d.reinterpretAsInts();
            d0 = d0.add(u.lanewise(LSHL, 16).lanewise(ASHR, 16));
            d1 = d1.add(u.lanewise(ASHR, 16));
        }
        a0.reinterpretAsFloats().intoArray(out, at);
        a1.reinterpretAsFloats().intoArray(out, at + 16);
        b0.reinterpretAsFloats().intoArray(out, at + 32);
        b1.reinterpretAsFloats().intoArray(out, at + 48);
        c0.reinterpretAsFloats().intoArray(out, at + 64);
        c1.reinterpretAsFloats().intoArray(out, at + 80);
        d0.reinterpretAsFloats().intoArray(out, at + 96);
        d1.reinterpretAsFloats().intoArray(out, at + 112);
    }

    /// One row of x, one block: 32 rows.
    static void block(long w, int words, long t, float[] out, int at) {
        IntVector a0 = IntVector.zero(I32), a1 = a0, u;
        ShortVector a, v;
        for (int i = 0; i < words; ) {
            int end = Math.min(words, i + FLUSH);
            a = ShortVector.zero(I16);
            for (; i < end; i++) {
                long q = t + (long) WORD_BYTES * i;
                v = ShortVector.fromMemorySegment(I16, ALL, w + 64L * i, LITTLE);
                a = a.add(v.selectFrom(ShortVector.fromMemorySegment(I16, ALL, q, LITTLE)))
                        .add(v.lanewise(LSHR, 5).selectFrom(ShortVector.fromMemorySegment(I16, ALL, q + 64, LITTLE)))
                        .add(v.lanewise(LSHR, 10).selectFrom(ShortVector.fromMemorySegment(I16, ALL, q + 128, LITTLE)));
            }
            u = a.reinterpretAsInts();
            a0 = a0.add(u.lanewise(LSHL, 16).lanewise(ASHR, 16));
            a1 = a1.add(u.lanewise(ASHR, 16));
        }
        a0.reinterpretAsFloats().intoArray(out, at);
        a1.reinterpretAsFloats().intoArray(out, at + 16);
    }

    /// Four rows of x, two blocks: 64 rows. The sums of the next row of x are `room` further in `out`.
    static void blocks2x4(long w, long apart, int words, long t, long pitch, float[] out, int at, int room) {
        IntVector zero = IntVector.zero(I32), u;
        IntVector a0 = zero, a1 = zero, b0 = zero, b1 = zero, c0 = zero, c1 = zero, d0 = zero, d1 = zero;
        IntVector e0 = zero, e1 = zero, f0 = zero, f1 = zero, g0 = zero, g1 = zero, h0 = zero, h1 = zero;
        ShortVector a, b, c, d, e, f, g, h, v, s, x;
        for (int i = 0; i < words; ) {
            int end = Math.min(words, i + FLUSH);
            a = b = c = d = e = f = g = h = ShortVector.zero(I16);
            for (; i < end; i++) {
                long p = w + 64L * i;
                long q = t + (long) WORD_BYTES * i;
                v = ShortVector.fromMemorySegment(I16, ALL, p, LITTLE);
                s = ShortVector.fromMemorySegment(I16, ALL, p + apart, LITTLE);
                x = ShortVector.fromMemorySegment(I16, ALL, q, LITTLE);
                a = a.add(v.selectFrom(x));
                e = e.add(s.selectFrom(x));
                x = ShortVector.fromMemorySegment(I16, ALL, q + pitch, LITTLE);
                b = b.add(v.selectFrom(x));
                f = f.add(s.selectFrom(x));
                x = ShortVector.fromMemorySegment(I16, ALL, q + 2 * pitch, LITTLE);
                c = c.add(v.selectFrom(x));
                g = g.add(s.selectFrom(x));
                x = ShortVector.fromMemorySegment(I16, ALL, q + 3 * pitch, LITTLE);
                d = d.add(v.selectFrom(x));
                h = h.add(s.selectFrom(x));
                v = v.lanewise(LSHR, 5);
                s = s.lanewise(LSHR, 5);
                x = ShortVector.fromMemorySegment(I16, ALL, q + 64, LITTLE);
                a = a.add(v.selectFrom(x));
                e = e.add(s.selectFrom(x));
                x = ShortVector.fromMemorySegment(I16, ALL, q + pitch + 64, LITTLE);
                b = b.add(v.selectFrom(x));
                f = f.add(s.selectFrom(x));
                x = ShortVector.fromMemorySegment(I16, ALL, q + 2 * pitch + 64, LITTLE);
                c = c.add(v.selectFrom(x));
                g = g.add(s.selectFrom(x));
                x = ShortVector.fromMemorySegment(I16, ALL, q + 3 * pitch + 64, LITTLE);
                d = d.add(v.selectFrom(x));
                h = h.add(s.selectFrom(x));
                v = v.lanewise(LSHR, 5);
                s = s.lanewise(LSHR, 5);
                x = ShortVector.fromMemorySegment(I16, ALL, q + 128, LITTLE);
                a = a.add(v.selectFrom(x));
                e = e.add(s.selectFrom(x));
                x = ShortVector.fromMemorySegment(I16, ALL, q + pitch + 128, LITTLE);
                b = b.add(v.selectFrom(x));
                f = f.add(s.selectFrom(x));
                x = ShortVector.fromMemorySegment(I16, ALL, q + 2 * pitch + 128, LITTLE);
                c = c.add(v.selectFrom(x));
                g = g.add(s.selectFrom(x));
                x = ShortVector.fromMemorySegment(I16, ALL, q + 3 * pitch + 128, LITTLE);
                d = d.add(v.selectFrom(x));
                h = h.add(s.selectFrom(x));
            }
            u = a.reinterpretAsInts();
            a0 = a0.add(u.lanewise(LSHL, 16).lanewise(ASHR, 16));
            a1 = a1.add(u.lanewise(ASHR, 16));
            u = b.reinterpretAsInts();
            b0 = b0.add(u.lanewise(LSHL, 16).lanewise(ASHR, 16));
            b1 = b1.add(u.lanewise(ASHR, 16));
            u = c.reinterpretAsInts();
            c0 = c0.add(u.lanewise(LSHL, 16).lanewise(ASHR, 16));
            c1 = c1.add(u.lanewise(ASHR, 16));
            u = d.reinterpretAsInts();
            d0 = d0.add(u.lanewise(LSHL, 16).lanewise(ASHR, 16));
            d1 = d1.add(u.lanewise(ASHR, 16));
            u = e.reinterpretAsInts();
            e0 = e0.add(u.lanewise(LSHL, 16).lanewise(ASHR, 16));
            e1 = e1.add(u.lanewise(ASHR, 16));
            u = f.reinterpretAsInts();
            f0 = f0.add(u.lanewise(LSHL, 16).lanewise(ASHR, 16));
            f1 = f1.add(u.lanewise(ASHR, 16));
            u = g.reinterpretAsInts();
            g0 = g0.add(u.lanewise(LSHL, 16).lanewise(ASHR, 16));
            g1 = g1.add(u.lanewise(ASHR, 16));
            u = h.reinterpretAsInts();
            h0 = h0.add(u.lanewise(LSHL, 16).lanewise(ASHR, 16));
            h1 = h1.add(u.lanewise(ASHR, 16));
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
