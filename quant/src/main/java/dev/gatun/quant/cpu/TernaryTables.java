package dev.gatun.quant.cpu;

import static dev.gatun.quant.TernaryMatrix.WORD;
import static dev.gatun.quant.cpu.Rounding.MAGIC;
import static dev.gatun.tensor.cpu.Lanes.*;
import static jdk.incubator.vector.VectorOperators.MAX;

import dev.gatun.quant.TernaryKernels;
import dev.gatun.quant.TernaryMatrix;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.ShortVector;

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

    private TernaryTables() {}

    /// {@return floats of scratch that [#build] needs}
    static int scratch(int k) {
        return (TernaryMatrix.words(k) * WORD + VL - 1) / VL * VL;
    }

    /// {@return bytes of the tables for k columns}
    static long bytes(int k) {
        return (long) TernaryMatrix.words(k) * WORD_BYTES;
    }

    /// Makes the tables of one row.
    ///
    /// @param x its address
    /// @param t scratch
    /// @param to the address of the tables
    /// @return the scale of the integers
    static float build(long x, int k, float[] t, long to) {
        int padded = scratch(k);
        Order.copy(x, k, t, 0, padded);
        float scale = round(t, padded);
        short[] p0 = SIGNS[0], n0 = SIGNS[1], p1 = SIGNS[2], n1 = SIGNS[3], p2 = SIGNS[4], n2 = SIGNS[5];
        int tables = 3 * TernaryMatrix.words(k);
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
        return scale;
    }

    /// Rounds n elements in place, a multiple of VL.
    private static float round(float[] t, int n) {
        FloatVector most = FloatVector.broadcast(F32, TernaryKernels.LEAST);
        for (int i = 0; i < n; i += VL) {
            most = most.max(FloatVector.fromArray(F32, t, i).abs());
        }
        float largest = most.reduceLanes(MAX);
        boolean finite = largest < Float.POSITIVE_INFINITY;
        float inverse = finite ? 127 / largest : 0;
        for (int i = 0; i < n; i += VL) {
            FloatVector.fromArray(F32, t, i).mul(inverse).add(MAGIC).sub(MAGIC).intoArray(t, i);
        }
        return finite ? largest / 127 : Float.NaN;
    }
}
