package dev.gatun.quant.cpu;

import static dev.gatun.quant.cpu.TernaryTables.WORD_BYTES;
import static dev.gatun.tensor.cpu.Lanes.*;
import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.LT;

import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;

/// The sums of [TernaryTiles] with narrower vectors. A table takes two vectors of 256 bits, or four of 128; each is looked up in, and the upper bits of the
/// index say which of the results it is.
final class TernaryNarrowTiles {
    /// Words whose sums fit 16 bits.
    private static final int FLUSH = 28;

    private TernaryNarrowTiles() {}

    /// One row of x, one block of 32 rows, 256 bits.
    static void block16(long w, long step, int words, long t, float[] out, int at) {
        IntVector a0 = IntVector.zero(I32), a1 = a0, b0 = a0, b1 = a0, u;
        ShortVector a, b, v, s, x, y;
        for (int i = 0; i < words; ) {
            int end = Math.min(words, i + FLUSH);
            a = b = ShortVector.zero(I16);
            for (; i < end; i++) {
                long p = w + step * i;
                long q = t + (long) WORD_BYTES * i;
                v = ShortVector.fromMemorySegment(I16, ALL, p, LITTLE);
                s = ShortVector.fromMemorySegment(I16, ALL, p + 32, LITTLE);
                x = ShortVector.fromMemorySegment(I16, ALL, q, LITTLE);
                y = ShortVector.fromMemorySegment(I16, ALL, q + 32, LITTLE);
                a = v.selectFrom(x)
                        .blend(v.selectFrom(y), v.lanewise(LSHL, 11).compare(LT, 0))
                        .add(a);
                b = s.selectFrom(x)
                        .blend(s.selectFrom(y), s.lanewise(LSHL, 11).compare(LT, 0))
                        .add(b);
                v = v.lanewise(LSHR, 5);
                s = s.lanewise(LSHR, 5);
                x = ShortVector.fromMemorySegment(I16, ALL, q + 64, LITTLE);
                y = ShortVector.fromMemorySegment(I16, ALL, q + 96, LITTLE);
                a = v.selectFrom(x)
                        .blend(v.selectFrom(y), v.lanewise(LSHL, 11).compare(LT, 0))
                        .add(a);
                b = s.selectFrom(x)
                        .blend(s.selectFrom(y), s.lanewise(LSHL, 11).compare(LT, 0))
                        .add(b);
                v = v.lanewise(LSHR, 5);
                s = s.lanewise(LSHR, 5);
                x = ShortVector.fromMemorySegment(I16, ALL, q + 128, LITTLE);
                y = ShortVector.fromMemorySegment(I16, ALL, q + 160, LITTLE);
                a = v.selectFrom(x)
                        .blend(v.selectFrom(y), v.lanewise(LSHL, 11).compare(LT, 0))
                        .add(a);
                b = s.selectFrom(x)
                        .blend(s.selectFrom(y), s.lanewise(LSHL, 11).compare(LT, 0))
                        .add(b);
            }
            u = a.reinterpretAsInts();
            a0 = u.lanewise(LSHL, 16).lanewise(ASHR, 16).add(a0);
            a1 = u.lanewise(ASHR, 16).add(a1);
            u = b.reinterpretAsInts();
            b0 = u.lanewise(LSHL, 16).lanewise(ASHR, 16).add(b0);
            b1 = u.lanewise(ASHR, 16).add(b1);
        }
        a0.reinterpretAsFloats().intoArray(out, at);
        b0.reinterpretAsFloats().intoArray(out, at + 8);
        a1.reinterpretAsFloats().intoArray(out, at + 16);
        b1.reinterpretAsFloats().intoArray(out, at + 24);
    }

    /// One row of x, eight rows of a block, 128 bits: those of int lanes `4·j …`, at `out[at + 4·j …]` and 16 further. `w` begins at `16·j` of the block.
    static void block8(long w, long step, int words, long t, float[] out, int at) {
        IntVector a0 = IntVector.zero(I32), a1 = a0, u;
        ShortVector a, v, x, y;
        for (int i = 0; i < words; ) {
            int end = Math.min(words, i + FLUSH);
            a = ShortVector.zero(I16);
            for (; i < end; i++) {
                v = ShortVector.fromMemorySegment(I16, ALL, w + step * i, LITTLE);
                for (int j = 0; j < 3; j++) {
                    long q = t + (long) WORD_BYTES * i + 64 * j;
                    x = v.selectFrom(ShortVector.fromMemorySegment(I16, ALL, q, LITTLE))
                            .blend(
                                    v.selectFrom(ShortVector.fromMemorySegment(I16, ALL, q + 16, LITTLE)),
                                    v.lanewise(LSHL, 12).compare(LT, 0));
                    y = v.selectFrom(ShortVector.fromMemorySegment(I16, ALL, q + 32, LITTLE))
                            .blend(
                                    v.selectFrom(ShortVector.fromMemorySegment(I16, ALL, q + 48, LITTLE)),
                                    v.lanewise(LSHL, 12).compare(LT, 0));
                    a = x.blend(y, v.lanewise(LSHL, 11).compare(LT, 0)).add(a);
                    v = v.lanewise(LSHR, 5);
                }
            }
            u = a.reinterpretAsInts();
            a0 = u.lanewise(LSHL, 16).lanewise(ASHR, 16).add(a0);
            a1 = u.lanewise(ASHR, 16).add(a1);
        }
        a0.reinterpretAsFloats().intoArray(out, at);
        a1.reinterpretAsFloats().intoArray(out, at + 16);
    }
}
