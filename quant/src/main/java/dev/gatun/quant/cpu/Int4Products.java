package dev.gatun.quant.cpu;

import static dev.gatun.quant.Int4Kernels.BLOCK_BYTES;
import static dev.gatun.quant.Int4Kernels.TILE;
import static dev.gatun.tensor.cpu.Lanes.*;
import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;

import dev.gatun.tensor.cpu.Pool;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;

/// Products of 4-bit codes with several rows of x: the sums of [Int4Rows#tile], the same bits, computed for 12 or 6 rows at a time.
///
/// A short holds a product of a code with an 8-bit integer, and the sum of a group of 32: twice as many of them fit in a vector as floats, so that the
/// products of a prompt take half the instructions. The rows of x are packed once, rounded, a block of 12 or 6 after the other; a thread takes tiles of
/// W, shifts a few groups' codes into a panel that stays in its first-level cache, and multiplies all rows of x by it.
final class Int4Products {
    /// From so many rows of x on this is ahead of going through W for each.
    static final int FEWEST = 4;

    /// Rows of x in one pass at most: what bounds their packed form, and C in the cache.
    private static final int ROWS = 504;

    /// Groups of a panel.
    private static final int GROUPS = 8;

    /// Floats of a group in a panel: the scales of both halves of a tile, and 16 times their codes, each shifted by 4 bits more modulo 16.
    private static final int PANEL = 34 * VL;

    /// Rows of x in a block: as many as the registers hold sums of.
    private static final int MR = VL == 16 ? 12 : 6;

    /// Floats of a group for one row of x: scale, correction, 16 pairs.
    private static final int GROUP = 18;

    private Int4Products() {}

    /// `y[M,N] = x[M,K] · W[N,K]ᵀ`, row strides in bytes.
    static void linear(Pool pool, long y, long ldy, long x, long ldx, Int4Rows w, int m, long n) {
        for (int i = 0; i < m; i += ROWS) {
            pass(pool, y + i * ldy, ldy, x + i * ldx, ldx, w, Math.min(ROWS, m - i), n);
        }
    }

    private static void pass(Pool pool, long y, long ldy, long x, long ldx, Int4Rows w, int m, long n) {
        int groups = Rounding.groups(w.columns());
        int high = high(m);
        int padded = (m + 5) / 6 * 6;
        float[] packed = pool.borrow(Math.multiplyExact(padded, GROUP * groups));
        pool.run(padded, 6, (from, to, worker) -> {
            float[] row = pool.scratch(worker, w.pitch());
            for (int i = (int) from; i < to; i++) {
                if (i < m) {
                    w.arrange(x + i * ldx, row, 0);
                } else {
                    Arrays.fill(row, 0, GROUP * groups, 0);
                }
                int height = i < high ? MR : 6;
                int block = i < high ? i / MR * MR : high + (i - high) / 6 * 6;
                pack(row, groups, packed, block * GROUP * groups + i - block, height);
            }
        });
        pool.run((n + TILE - 1) / TILE, 1, (from, to, worker) -> {
            float[] scratch = pool.scratch(worker, GROUPS * PANEL + padded * TILE);
            for (long tile = from; tile < to; tile++) {
                tile(w.tiles() + tile * groups * BLOCK_BYTES, groups, packed, high, padded, scratch);
                for (int i = 0; i < m; i++) {
                    store(scratch, GROUPS * PANEL + i * TILE, tile * TILE, 0, n, y + i * ldy);
                }
            }
        });
        pool.giveBack(packed);
    }

    /// The rows that go in blocks of MR; the others go in blocks of 6.
    private static int high(int m) {
        int whole = m / MR * MR;
        return m - whole > MR / 2 ? whole + MR : whole;
    }

    /// An arranged row of x into its block: group by group, `height` rows side by side.
    private static void pack(float[] row, int groups, float[] to, int at, int height) {
        for (int g = 0; g < groups; g++) {
            int q = at + g * GROUP * height;
            to[q] = row[g];
            to[q + height] = row[groups + g];
            int p = 2 * groups + 16 * g;
            for (int j = 0; j < 16; j++) {
                to[q + (2 + j) * height] = row[p + j];
            }
        }
    }

    /// One tile of W with all packed rows of x; C from `GROUPS · PANEL`, its rows 32 apart.
    private static void tile(long w, int groups, float[] packed, int high, int padded, float[] scratch) {
        int c = GROUPS * PANEL;
        Arrays.fill(scratch, c, c + padded * TILE, 0);
        for (int g = 0; g < groups; g += GROUPS) {
            int some = Math.min(GROUPS, groups - g);
            for (int r = 0; r < 16; r += VL) {
                unpack(w + (long) BLOCK_BYTES * g + 4 * r, some, scratch);
                for (int i = 0; i < padded; i += i < high ? MR : 6) {
                    if (i < high && MR == 12) {
                        tile12(scratch, 0, packed, i * GROUP * groups + g * GROUP * 12, some, scratch, c + i * TILE + r);
                    } else {
                        tile6(scratch, 0, packed, i * GROUP * groups + g * GROUP * 6, some, scratch, c + i * TILE + r);
                    }
                }
            }
        }
    }

    /// Shifts the codes of VL rows of each half of a tile into a panel.
    private static void unpack(long w, int groups, float[] panel) {
        IntVector u, v;
        for (int g = 0; g < groups; g++) {
            long q = w + (long) BLOCK_BYTES * g;
            int p = g * PANEL;
            v = IntVector.fromMemorySegment(I32, ALL, q, LITTLE);
            v.lanewise(LSHL, 16).reinterpretAsFloats().intoArray(panel, p);
            v.and(0xffff0000).reinterpretAsFloats().intoArray(panel, p + VL);
            for (int c = 0; c < 4; c++) {
                int to = p + (2 + 8 * c) * VL;
                u = IntVector.fromMemorySegment(I32, ALL, q + 64 + 64 * c, LITTLE);
                v = IntVector.fromMemorySegment(I32, ALL, q + 320 + 64 * c, LITTLE);
                u.reinterpretAsFloats().intoArray(panel, to);
                v.reinterpretAsFloats().intoArray(panel, to + VL);
                u.lanewise(LSHR, 4).reinterpretAsFloats().intoArray(panel, to + 2 * VL);
                v.lanewise(LSHR, 4).reinterpretAsFloats().intoArray(panel, to + 3 * VL);
                u.lanewise(LSHR, 8).reinterpretAsFloats().intoArray(panel, to + 4 * VL);
                v.lanewise(LSHR, 8).reinterpretAsFloats().intoArray(panel, to + 5 * VL);
                u.lanewise(LSHR, 12).reinterpretAsFloats().intoArray(panel, to + 6 * VL);
                v.lanewise(LSHR, 12).reinterpretAsFloats().intoArray(panel, to + 7 * VL);
            }
        }
    }

    /// The results of a tile's rows from `from` to `to`.
    static void store(float[] results, int at, long first, long from, long to, long y) {
        if (first >= from && first + TILE <= to) {
            for (int i = 0; i < TILE; i += VL) {
                FloatVector.fromArray(F32, results, at + i).intoMemorySegment(ALL, y + 4 * (first + i), LITTLE);
            }
            return;
        }
        for (int i = 0; i < TILE; i++) {
            long r = first + i;
            if (r >= from && r < to) {
                ALL.set(FLOAT, y + 4 * r, results[at + i]);
            }
        }
    }

    /// Adds to 12 rows of C, 32 apart, the products of a panel with a block of 12 rows of x.
    ///
    /// | | |
    /// |---|---|
    /// | math | as [Int4Rows#tile] |
    /// | cost | 48 instructions of 2·VL lanes per 24·2·VL products, and about 7 per group of 32 and sum: **compute-bound** |
    static void tile12(float[] panel, int w, float[] x, int at, int groups, float[] c, int to) {
        FloatVector s, t, u, v;
        ShortVector x0, w0, w1;
        IntVector i;
        ShortVector a0, b0;
        ShortVector a1, b1;
        ShortVector a2, b2;
        ShortVector a3, b3;
        ShortVector a4, b4;
        ShortVector a5, b5;
        ShortVector a6, b6;
        ShortVector a7, b7;
        ShortVector a8, b8;
        ShortVector a9, b9;
        ShortVector a10, b10;
        ShortVector a11, b11;
        for (int g = 0; g < groups; g++) {
            int q = w + g * PANEL;
            int p = at + g * 216;
            a0 = b0 = FloatVector.broadcast(F32, x[p + 12]).reinterpretAsShorts();
            a1 = b1 = FloatVector.broadcast(F32, x[p + 13]).reinterpretAsShorts();
            a2 = b2 = FloatVector.broadcast(F32, x[p + 14]).reinterpretAsShorts();
            a3 = b3 = FloatVector.broadcast(F32, x[p + 15]).reinterpretAsShorts();
            a4 = b4 = FloatVector.broadcast(F32, x[p + 16]).reinterpretAsShorts();
            a5 = b5 = FloatVector.broadcast(F32, x[p + 17]).reinterpretAsShorts();
            a6 = b6 = FloatVector.broadcast(F32, x[p + 18]).reinterpretAsShorts();
            a7 = b7 = FloatVector.broadcast(F32, x[p + 19]).reinterpretAsShorts();
            a8 = b8 = FloatVector.broadcast(F32, x[p + 20]).reinterpretAsShorts();
            a9 = b9 = FloatVector.broadcast(F32, x[p + 21]).reinterpretAsShorts();
            a10 = b10 = FloatVector.broadcast(F32, x[p + 22]).reinterpretAsShorts();
            a11 = b11 = FloatVector.broadcast(F32, x[p + 23]).reinterpretAsShorts();
            for (int j = 0; j < 16; j++) {
                w0 = FloatVector.fromArray(F32, panel, q + j * 2 * VL + 2 * VL).reinterpretAsShorts();
                w1 = FloatVector.fromArray(F32, panel, q + j * 2 * VL + 3 * VL).reinterpretAsShorts();
                x0 = FloatVector.broadcast(F32, x[p + j * 12 + 24]).reinterpretAsShorts();
                a0 = w0.mul(x0).add(a0);
                b0 = w1.mul(x0).add(b0);
                x0 = FloatVector.broadcast(F32, x[p + j * 12 + 25]).reinterpretAsShorts();
                a1 = w0.mul(x0).add(a1);
                b1 = w1.mul(x0).add(b1);
                x0 = FloatVector.broadcast(F32, x[p + j * 12 + 26]).reinterpretAsShorts();
                a2 = w0.mul(x0).add(a2);
                b2 = w1.mul(x0).add(b2);
                x0 = FloatVector.broadcast(F32, x[p + j * 12 + 27]).reinterpretAsShorts();
                a3 = w0.mul(x0).add(a3);
                b3 = w1.mul(x0).add(b3);
                x0 = FloatVector.broadcast(F32, x[p + j * 12 + 28]).reinterpretAsShorts();
                a4 = w0.mul(x0).add(a4);
                b4 = w1.mul(x0).add(b4);
                x0 = FloatVector.broadcast(F32, x[p + j * 12 + 29]).reinterpretAsShorts();
                a5 = w0.mul(x0).add(a5);
                b5 = w1.mul(x0).add(b5);
                x0 = FloatVector.broadcast(F32, x[p + j * 12 + 30]).reinterpretAsShorts();
                a6 = w0.mul(x0).add(a6);
                b6 = w1.mul(x0).add(b6);
                x0 = FloatVector.broadcast(F32, x[p + j * 12 + 31]).reinterpretAsShorts();
                a7 = w0.mul(x0).add(a7);
                b7 = w1.mul(x0).add(b7);
                x0 = FloatVector.broadcast(F32, x[p + j * 12 + 32]).reinterpretAsShorts();
                a8 = w0.mul(x0).add(a8);
                b8 = w1.mul(x0).add(b8);
                x0 = FloatVector.broadcast(F32, x[p + j * 12 + 33]).reinterpretAsShorts();
                a9 = w0.mul(x0).add(a9);
                b9 = w1.mul(x0).add(b9);
                x0 = FloatVector.broadcast(F32, x[p + j * 12 + 34]).reinterpretAsShorts();
                a10 = w0.mul(x0).add(a10);
                b10 = w1.mul(x0).add(b10);
                x0 = FloatVector.broadcast(F32, x[p + j * 12 + 35]).reinterpretAsShorts();
                a11 = w0.mul(x0).add(a11);
                b11 = w1.mul(x0).add(b11);
            }
            s = FloatVector.fromArray(F32, panel, q);
            t = FloatVector.fromArray(F32, panel, q + VL);
            u = FloatVector.broadcast(F32, x[p + 0]);
            i = a0.reinterpretAsInts();
            v = (FloatVector) i.lanewise(LSHL, 16).add(i).lanewise(ASHR, 16).convertShape(I2F, F32, 0);
            v.fma(s.mul(u), FloatVector.fromArray(F32, c, to + 0 * TILE)).intoArray(c, to + 0 * TILE);
            i = b0.reinterpretAsInts();
            v = (FloatVector) i.lanewise(LSHL, 16).add(i).lanewise(ASHR, 16).convertShape(I2F, F32, 0);
            v.fma(t.mul(u), FloatVector.fromArray(F32, c, to + 0 * TILE + 16)).intoArray(c, to + 0 * TILE + 16);
            u = FloatVector.broadcast(F32, x[p + 1]);
            i = a1.reinterpretAsInts();
            v = (FloatVector) i.lanewise(LSHL, 16).add(i).lanewise(ASHR, 16).convertShape(I2F, F32, 0);
            v.fma(s.mul(u), FloatVector.fromArray(F32, c, to + 1 * TILE)).intoArray(c, to + 1 * TILE);
            i = b1.reinterpretAsInts();
            v = (FloatVector) i.lanewise(LSHL, 16).add(i).lanewise(ASHR, 16).convertShape(I2F, F32, 0);
            v.fma(t.mul(u), FloatVector.fromArray(F32, c, to + 1 * TILE + 16)).intoArray(c, to + 1 * TILE + 16);
            u = FloatVector.broadcast(F32, x[p + 2]);
            i = a2.reinterpretAsInts();
            v = (FloatVector) i.lanewise(LSHL, 16).add(i).lanewise(ASHR, 16).convertShape(I2F, F32, 0);
            v.fma(s.mul(u), FloatVector.fromArray(F32, c, to + 2 * TILE)).intoArray(c, to + 2 * TILE);
            i = b2.reinterpretAsInts();
            v = (FloatVector) i.lanewise(LSHL, 16).add(i).lanewise(ASHR, 16).convertShape(I2F, F32, 0);
            v.fma(t.mul(u), FloatVector.fromArray(F32, c, to + 2 * TILE + 16)).intoArray(c, to + 2 * TILE + 16);
            u = FloatVector.broadcast(F32, x[p + 3]);
            i = a3.reinterpretAsInts();
            v = (FloatVector) i.lanewise(LSHL, 16).add(i).lanewise(ASHR, 16).convertShape(I2F, F32, 0);
            v.fma(s.mul(u), FloatVector.fromArray(F32, c, to + 3 * TILE)).intoArray(c, to + 3 * TILE);
            i = b3.reinterpretAsInts();
            v = (FloatVector) i.lanewise(LSHL, 16).add(i).lanewise(ASHR, 16).convertShape(I2F, F32, 0);
            v.fma(t.mul(u), FloatVector.fromArray(F32, c, to + 3 * TILE + 16)).intoArray(c, to + 3 * TILE + 16);
            u = FloatVector.broadcast(F32, x[p + 4]);
            i = a4.reinterpretAsInts();
            v = (FloatVector) i.lanewise(LSHL, 16).add(i).lanewise(ASHR, 16).convertShape(I2F, F32, 0);
            v.fma(s.mul(u), FloatVector.fromArray(F32, c, to + 4 * TILE)).intoArray(c, to + 4 * TILE);
            i = b4.reinterpretAsInts();
            v = (FloatVector) i.lanewise(LSHL, 16).add(i).lanewise(ASHR, 16).convertShape(I2F, F32, 0);
            v.fma(t.mul(u), FloatVector.fromArray(F32, c, to + 4 * TILE + 16)).intoArray(c, to + 4 * TILE + 16);
            u = FloatVector.broadcast(F32, x[p + 5]);
            i = a5.reinterpretAsInts();
            v = (FloatVector) i.lanewise(LSHL, 16).add(i).lanewise(ASHR, 16).convertShape(I2F, F32, 0);
            v.fma(s.mul(u), FloatVector.fromArray(F32, c, to + 5 * TILE)).intoArray(c, to + 5 * TILE);
            i = b5.reinterpretAsInts();
            v = (FloatVector) i.lanewise(LSHL, 16).add(i).lanewise(ASHR, 16).convertShape(I2F, F32, 0);
            v.fma(t.mul(u), FloatVector.fromArray(F32, c, to + 5 * TILE + 16)).intoArray(c, to + 5 * TILE + 16);
            u = FloatVector.broadcast(F32, x[p + 6]);
            i = a6.reinterpretAsInts();
            v = (FloatVector) i.lanewise(LSHL, 16).add(i).lanewise(ASHR, 16).convertShape(I2F, F32, 0);
            v.fma(s.mul(u), FloatVector.fromArray(F32, c, to + 6 * TILE)).intoArray(c, to + 6 * TILE);
            i = b6.reinterpretAsInts();
            v = (FloatVector) i.lanewise(LSHL, 16).add(i).lanewise(ASHR, 16).convertShape(I2F, F32, 0);
            v.fma(t.mul(u), FloatVector.fromArray(F32, c, to + 6 * TILE + 16)).intoArray(c, to + 6 * TILE + 16);
            u = FloatVector.broadcast(F32, x[p + 7]);
            i = a7.reinterpretAsInts();
            v = (FloatVector) i.lanewise(LSHL, 16).add(i).lanewise(ASHR, 16).convertShape(I2F, F32, 0);
            v.fma(s.mul(u), FloatVector.fromArray(F32, c, to + 7 * TILE)).intoArray(c, to + 7 * TILE);
            i = b7.reinterpretAsInts();
            v = (FloatVector) i.lanewise(LSHL, 16).add(i).lanewise(ASHR, 16).convertShape(I2F, F32, 0);
            v.fma(t.mul(u), FloatVector.fromArray(F32, c, to + 7 * TILE + 16)).intoArray(c, to + 7 * TILE + 16);
            u = FloatVector.broadcast(F32, x[p + 8]);
            i = a8.reinterpretAsInts();
            v = (FloatVector) i.lanewise(LSHL, 16).add(i).lanewise(ASHR, 16).convertShape(I2F, F32, 0);
            v.fma(s.mul(u), FloatVector.fromArray(F32, c, to + 8 * TILE)).intoArray(c, to + 8 * TILE);
            i = b8.reinterpretAsInts();
            v = (FloatVector) i.lanewise(LSHL, 16).add(i).lanewise(ASHR, 16).convertShape(I2F, F32, 0);
            v.fma(t.mul(u), FloatVector.fromArray(F32, c, to + 8 * TILE + 16)).intoArray(c, to + 8 * TILE + 16);
            u = FloatVector.broadcast(F32, x[p + 9]);
            i = a9.reinterpretAsInts();
            v = (FloatVector) i.lanewise(LSHL, 16).add(i).lanewise(ASHR, 16).convertShape(I2F, F32, 0);
            v.fma(s.mul(u), FloatVector.fromArray(F32, c, to + 9 * TILE)).intoArray(c, to + 9 * TILE);
            i = b9.reinterpretAsInts();
            v = (FloatVector) i.lanewise(LSHL, 16).add(i).lanewise(ASHR, 16).convertShape(I2F, F32, 0);
            v.fma(t.mul(u), FloatVector.fromArray(F32, c, to + 9 * TILE + 16)).intoArray(c, to + 9 * TILE + 16);
            u = FloatVector.broadcast(F32, x[p + 10]);
            i = a10.reinterpretAsInts();
            v = (FloatVector) i.lanewise(LSHL, 16).add(i).lanewise(ASHR, 16).convertShape(I2F, F32, 0);
            v.fma(s.mul(u), FloatVector.fromArray(F32, c, to + 10 * TILE)).intoArray(c, to + 10 * TILE);
            i = b10.reinterpretAsInts();
            v = (FloatVector) i.lanewise(LSHL, 16).add(i).lanewise(ASHR, 16).convertShape(I2F, F32, 0);
            v.fma(t.mul(u), FloatVector.fromArray(F32, c, to + 10 * TILE + 16)).intoArray(c, to + 10 * TILE + 16);
            u = FloatVector.broadcast(F32, x[p + 11]);
            i = a11.reinterpretAsInts();
            v = (FloatVector) i.lanewise(LSHL, 16).add(i).lanewise(ASHR, 16).convertShape(I2F, F32, 0);
            v.fma(s.mul(u), FloatVector.fromArray(F32, c, to + 11 * TILE)).intoArray(c, to + 11 * TILE);
            i = b11.reinterpretAsInts();
            v = (FloatVector) i.lanewise(LSHL, 16).add(i).lanewise(ASHR, 16).convertShape(I2F, F32, 0);
            v.fma(t.mul(u), FloatVector.fromArray(F32, c, to + 11 * TILE + 16)).intoArray(c, to + 11 * TILE + 16);
        }
    }

    /// As [#tile12] for 6 rows.
    static void tile6(float[] panel, int w, float[] x, int at, int groups, float[] c, int to) {
        FloatVector s, t, u, v;
        ShortVector x0, w0, w1;
        IntVector i;
        ShortVector a0, b0;
        ShortVector a1, b1;
        ShortVector a2, b2;
        ShortVector a3, b3;
        ShortVector a4, b4;
        ShortVector a5, b5;
        for (int g = 0; g < groups; g++) {
            int q = w + g * PANEL;
            int p = at + g * 108;
            a0 = b0 = FloatVector.broadcast(F32, x[p + 6]).reinterpretAsShorts();
            a1 = b1 = FloatVector.broadcast(F32, x[p + 7]).reinterpretAsShorts();
            a2 = b2 = FloatVector.broadcast(F32, x[p + 8]).reinterpretAsShorts();
            a3 = b3 = FloatVector.broadcast(F32, x[p + 9]).reinterpretAsShorts();
            a4 = b4 = FloatVector.broadcast(F32, x[p + 10]).reinterpretAsShorts();
            a5 = b5 = FloatVector.broadcast(F32, x[p + 11]).reinterpretAsShorts();
            for (int j = 0; j < 16; j++) {
                w0 = FloatVector.fromArray(F32, panel, q + j * 2 * VL + 2 * VL).reinterpretAsShorts();
                w1 = FloatVector.fromArray(F32, panel, q + j * 2 * VL + 3 * VL).reinterpretAsShorts();
                x0 = FloatVector.broadcast(F32, x[p + j * 6 + 12]).reinterpretAsShorts();
                a0 = w0.mul(x0).add(a0);
                b0 = w1.mul(x0).add(b0);
                x0 = FloatVector.broadcast(F32, x[p + j * 6 + 13]).reinterpretAsShorts();
                a1 = w0.mul(x0).add(a1);
                b1 = w1.mul(x0).add(b1);
                x0 = FloatVector.broadcast(F32, x[p + j * 6 + 14]).reinterpretAsShorts();
                a2 = w0.mul(x0).add(a2);
                b2 = w1.mul(x0).add(b2);
                x0 = FloatVector.broadcast(F32, x[p + j * 6 + 15]).reinterpretAsShorts();
                a3 = w0.mul(x0).add(a3);
                b3 = w1.mul(x0).add(b3);
                x0 = FloatVector.broadcast(F32, x[p + j * 6 + 16]).reinterpretAsShorts();
                a4 = w0.mul(x0).add(a4);
                b4 = w1.mul(x0).add(b4);
                x0 = FloatVector.broadcast(F32, x[p + j * 6 + 17]).reinterpretAsShorts();
                a5 = w0.mul(x0).add(a5);
                b5 = w1.mul(x0).add(b5);
            }
            s = FloatVector.fromArray(F32, panel, q);
            t = FloatVector.fromArray(F32, panel, q + VL);
            u = FloatVector.broadcast(F32, x[p + 0]);
            i = a0.reinterpretAsInts();
            v = (FloatVector) i.lanewise(LSHL, 16).add(i).lanewise(ASHR, 16).convertShape(I2F, F32, 0);
            v.fma(s.mul(u), FloatVector.fromArray(F32, c, to + 0 * TILE)).intoArray(c, to + 0 * TILE);
            i = b0.reinterpretAsInts();
            v = (FloatVector) i.lanewise(LSHL, 16).add(i).lanewise(ASHR, 16).convertShape(I2F, F32, 0);
            v.fma(t.mul(u), FloatVector.fromArray(F32, c, to + 0 * TILE + 16)).intoArray(c, to + 0 * TILE + 16);
            u = FloatVector.broadcast(F32, x[p + 1]);
            i = a1.reinterpretAsInts();
            v = (FloatVector) i.lanewise(LSHL, 16).add(i).lanewise(ASHR, 16).convertShape(I2F, F32, 0);
            v.fma(s.mul(u), FloatVector.fromArray(F32, c, to + 1 * TILE)).intoArray(c, to + 1 * TILE);
            i = b1.reinterpretAsInts();
            v = (FloatVector) i.lanewise(LSHL, 16).add(i).lanewise(ASHR, 16).convertShape(I2F, F32, 0);
            v.fma(t.mul(u), FloatVector.fromArray(F32, c, to + 1 * TILE + 16)).intoArray(c, to + 1 * TILE + 16);
            u = FloatVector.broadcast(F32, x[p + 2]);
            i = a2.reinterpretAsInts();
            v = (FloatVector) i.lanewise(LSHL, 16).add(i).lanewise(ASHR, 16).convertShape(I2F, F32, 0);
            v.fma(s.mul(u), FloatVector.fromArray(F32, c, to + 2 * TILE)).intoArray(c, to + 2 * TILE);
            i = b2.reinterpretAsInts();
            v = (FloatVector) i.lanewise(LSHL, 16).add(i).lanewise(ASHR, 16).convertShape(I2F, F32, 0);
            v.fma(t.mul(u), FloatVector.fromArray(F32, c, to + 2 * TILE + 16)).intoArray(c, to + 2 * TILE + 16);
            u = FloatVector.broadcast(F32, x[p + 3]);
            i = a3.reinterpretAsInts();
            v = (FloatVector) i.lanewise(LSHL, 16).add(i).lanewise(ASHR, 16).convertShape(I2F, F32, 0);
            v.fma(s.mul(u), FloatVector.fromArray(F32, c, to + 3 * TILE)).intoArray(c, to + 3 * TILE);
            i = b3.reinterpretAsInts();
            v = (FloatVector) i.lanewise(LSHL, 16).add(i).lanewise(ASHR, 16).convertShape(I2F, F32, 0);
            v.fma(t.mul(u), FloatVector.fromArray(F32, c, to + 3 * TILE + 16)).intoArray(c, to + 3 * TILE + 16);
            u = FloatVector.broadcast(F32, x[p + 4]);
            i = a4.reinterpretAsInts();
            v = (FloatVector) i.lanewise(LSHL, 16).add(i).lanewise(ASHR, 16).convertShape(I2F, F32, 0);
            v.fma(s.mul(u), FloatVector.fromArray(F32, c, to + 4 * TILE)).intoArray(c, to + 4 * TILE);
            i = b4.reinterpretAsInts();
            v = (FloatVector) i.lanewise(LSHL, 16).add(i).lanewise(ASHR, 16).convertShape(I2F, F32, 0);
            v.fma(t.mul(u), FloatVector.fromArray(F32, c, to + 4 * TILE + 16)).intoArray(c, to + 4 * TILE + 16);
            u = FloatVector.broadcast(F32, x[p + 5]);
            i = a5.reinterpretAsInts();
            v = (FloatVector) i.lanewise(LSHL, 16).add(i).lanewise(ASHR, 16).convertShape(I2F, F32, 0);
            v.fma(s.mul(u), FloatVector.fromArray(F32, c, to + 5 * TILE)).intoArray(c, to + 5 * TILE);
            i = b5.reinterpretAsInts();
            v = (FloatVector) i.lanewise(LSHL, 16).add(i).lanewise(ASHR, 16).convertShape(I2F, F32, 0);
            v.fma(t.mul(u), FloatVector.fromArray(F32, c, to + 5 * TILE + 16)).intoArray(c, to + 5 * TILE + 16);
        }
    }
}
