package dev.gatun.quant.cpu;

import static dev.gatun.quant.TernaryMatrix.WORD;
import static dev.gatun.quant.cpu.Rounding.MAGIC;
import static dev.gatun.tensor.cpu.Lanes.*;
import static jdk.incubator.vector.VectorOperators.I2S;
import static jdk.incubator.vector.VectorOperators.MAX;

import dev.gatun.quant.TernaryKernels;
import dev.gatun.quant.TernaryMatrix;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;

/// What a row of x becomes before a ternary product: integers of 8 bits, and for each three of them a table of all 27 sums `±x₀ ± x₁ ± x₂`, 32 shorts or 64
/// bytes. A product then only looks up and adds.
///
/// | | |
/// |---|---|
/// | cost | 21 B of table for each column of x, some 8 cycles for each table: about 3 % of a product with 2048 rows |
final class TernaryTables {
    /// Shorts of a table.
    private static final int ENTRIES = 32;

    /// Bytes of the three tables of a word.
    static final int WORD_BYTES = 3 * 2 * ENTRIES;

    /// All bits where entry i has x₀ with a plus, a minus; the same of x₁ and x₂.
    private static final short[][] SIGNS = new short[6][ENTRIES];

    static {
        for (int i = 0; i < 27; i++) {
            int[] trits = {i / 9 - 1, i / 3 % 3 - 1, i % 3 - 1};
            for (int j = 0; j < 3; j++) {
                SIGNS[2 * j][i] = (short) (trits[j] > 0 ? -1 : 0);
                SIGNS[2 * j + 1][i] = (short) (trits[j] < 0 ? -1 : 0);
            }
        }
    }

    /// Columns whose numbers, their negatives and a zero fit a vector of 32 shorts: five tables.
    private static final int SPAN = 15;

    /// Which lane of such a vector is added in each entry of a table, for the columns of five tables.
    private static final short[][] CHOICES = new short[SPAN][ENTRIES];

    /// The lanes of such a vector that are negatives, and those that are not zero.
    private static final long NEGATIVE = -1L << SPAN;

    private static final long NOT_ZERO = (1L << 2 * SPAN) - 1;

    static {
        for (int j = 0; j < SPAN; j++) {
            for (int i = 0; i < ENTRIES; i++) {
                CHOICES[j][i] = (short) (SIGNS[2 * (j % 3)][i] != 0 ? j : SIGNS[2 * (j % 3) + 1][i] != 0 ? SPAN + j : 2 * SPAN);
            }
        }
    }

    private TernaryTables() {}

    /// {@return floats of scratch that [#build] needs}
    static int scratch(int k) {
        return (TernaryMatrix.words(k) * WORD + VL - 1) / VL * VL;
    }

    private static int spans(int k) {
        return (TernaryMatrix.words(k) * WORD + SPAN - 1) / SPAN;
    }

    /// {@return bytes that the tables for k columns take, with room to make them in and the scale}
    static long bytes(int k) {
        return (spans(k) * (5L * 2 * ENTRIES + 2 * SPAN) + 4L * ENTRIES + 2L * scratch(k) + Float.BYTES + 63) / 64 * 64;
    }

    /// {@return by what sums of the integers are multiplied; the last bytes of the tables}
    ///
    /// @param t the address of tables that were made
    /// @param bytes their size
    static float scale(long t, long bytes) {
        return ALL.get(FLOAT, t + bytes - Float.BYTES);
    }

    /// Makes the tables of one row.
    ///
    /// @param x its address
    /// @param t scratch
    /// @param to the address of the tables
    static void build(long x, int k, float[] t, long to) {
        int padded = scratch(k);
        Order.copy(x, k, t, 0, padded);
        float largest = largest(t, padded);
        boolean finite = largest < Float.POSITIVE_INFINITY;
        float inverse = finite ? 127 / largest : 0;
        if (VL == 16) {
            // the shorts lie behind the tables, with a vector of zeros on either side
            long shorts = to + 10L * ENTRIES * spans(k) + 2 * ENTRIES;
            round(t, padded, inverse, shorts);
            spans(shorts, spans(k), to);
        } else {
            round(t, padded, inverse);
            tables(t, 3 * TernaryMatrix.words(k), to);
        }
        ALL.set(FLOAT, to + bytes(k) - Float.BYTES, finite ? largest / 127 : Float.NaN);
    }

    private static float largest(float[] t, int n) {
        FloatVector most = FloatVector.broadcast(F32, TernaryKernels.LEAST);
        for (int i = 0; i < n; i += VL) {
            most = FloatVector.fromArray(F32, t, i).abs().max(most);
        }
        return most.reduceLanes(MAX);
    }

    /// Rounds n elements in place, a multiple of VL.
    private static void round(float[] t, int n, float inverse) {
        for (int i = 0; i < n; i += VL) {
            FloatVector.fromArray(F32, t, i).mul(inverse).add(MAGIC).sub(MAGIC).intoArray(t, i);
        }
    }

    /// Rounds n elements to shorts.
    private static void round(float[] t, int n, float inverse, long to) {
        ShortVector zero = ShortVector.zero(I16);
        zero.intoMemorySegment(ALL, to - 2 * ENTRIES, LITTLE);
        for (int i = 0; i < n; i += VL) {
            // a number that is added to MAGIC is found in its low bits; what is not finite has no number, but times 0 is no number either
            IntVector bits =
                    FloatVector.fromArray(F32, t, i).mul(inverse).add(MAGIC).reinterpretAsInts();
            ((ShortVector) bits.convertShape(I2S, I16_HALF, 0)).intoMemorySegment(ALL, to + 2L * i, LITTLE);
        }
        zero.intoMemorySegment(ALL, to + 2L * n, LITTLE);
    }

    private static ShortVector choice(int column) {
        return ShortVector.fromArray(I16, CHOICES[column], 0);
    }

    /// Vectors of 512 bits: 15 shorts, the same negated, and zeros are one vector, whose lanes the entries of five tables choose from.
    private static void spans(long shorts, int spans, long to) {
        VectorMask<Short> negative = VectorMask.fromLong(I16, NEGATIVE);
        VectorMask<Short> notZero = VectorMask.fromLong(I16, NOT_ZERO);
        ShortVector p00 = choice(0), p01 = choice(1), p02 = choice(2);
        ShortVector p10 = choice(3), p11 = choice(4), p12 = choice(5);
        ShortVector p20 = choice(6), p21 = choice(7), p22 = choice(8);
        ShortVector p30 = choice(9), p31 = choice(10), p32 = choice(11);
        ShortVector p40 = choice(12), p41 = choice(13), p42 = choice(14);
        ShortVector zero = ShortVector.zero(I16), t, z;
        for (int i = 0; i < spans; i++) {
            long p = shorts + 2L * SPAN * i;
            long q = to + 10L * ENTRIES * i;
            z = zero.sub(ShortVector.fromMemorySegment(I16, ALL, p - 2 * SPAN, LITTLE));
            z = ShortVector.fromMemorySegment(I16, ALL, p, LITTLE).blend(z, negative);
            z = zero.blend(z, notZero);
            t = p00.selectFrom(z).add(p01.selectFrom(z)).add(p02.selectFrom(z));
            t.intoMemorySegment(ALL, q, LITTLE);
            t = p10.selectFrom(z).add(p11.selectFrom(z)).add(p12.selectFrom(z));
            t.intoMemorySegment(ALL, q + 64, LITTLE);
            t = p20.selectFrom(z).add(p21.selectFrom(z)).add(p22.selectFrom(z));
            t.intoMemorySegment(ALL, q + 128, LITTLE);
            t = p30.selectFrom(z).add(p31.selectFrom(z)).add(p32.selectFrom(z));
            t.intoMemorySegment(ALL, q + 192, LITTLE);
            t = p40.selectFrom(z).add(p41.selectFrom(z)).add(p42.selectFrom(z));
            t.intoMemorySegment(ALL, q + 256, LITTLE);
        }
    }

    /// Vectors of any width.
    private static void tables(float[] t, int tables, long to) {
        short[] p0 = SIGNS[0], n0 = SIGNS[1], p1 = SIGNS[2], n1 = SIGNS[3], p2 = SIGNS[4], n2 = SIGNS[5];
        for (int i = 0; i < tables; i++) {
            short a = (short) t[3 * i], b = (short) t[3 * i + 1], c = (short) t[3 * i + 2];
            for (int j = 0; j < ENTRIES; j += 2 * VL) {
                ShortVector u = ShortVector.fromArray(I16, p0, j)
                        .and(a)
                        .sub(ShortVector.fromArray(I16, n0, j).and(a));
                ShortVector v = ShortVector.fromArray(I16, p1, j)
                        .and(b)
                        .sub(ShortVector.fromArray(I16, n1, j).and(b));
                ShortVector w = ShortVector.fromArray(I16, p2, j)
                        .and(c)
                        .sub(ShortVector.fromArray(I16, n2, j).and(c));
                u.add(v).add(w).intoMemorySegment(ALL, to + 2L * (ENTRIES * i + j), LITTLE);
            }
        }
    }
}
