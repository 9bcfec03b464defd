package dev.gatun.quant.cpu;

import static dev.gatun.quant.Int4Kernels.INT4_BLOCK;
import static dev.gatun.quant.TiledKernels.SCALE_BYTES;
import static dev.gatun.quant.TiledKernels.TILE;
import static dev.gatun.quant.cpu.Rounding.GROUP;
import static dev.gatun.tensor.cpu.Lanes.*;
import static java.lang.Float.floatToRawIntBits;
import static jdk.incubator.vector.VectorOperators.ADD;
import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.F2I;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;

import dev.gatun.tensor.cpu.Pool;
import dev.gatun.tensor.cpu.VectorMatmul;
import java.util.Arrays;
import java.util.List;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;

/// Products of an [dev.gatun.quant.Int4Weight] with many rows of x, by half as many multiplications as there are products.
///
/// Within a group the sums are Winograd's (S. Winograd, "A New Algorithm for Inner Product", IEEE Transactions on Computers C-17, 1968): of two columns
/// 2j and 2j + 1, with `w = u − 8`,
///
/// `w[2j]·p[2j] + w[2j+1]·p[2j+1] = (w[2j+1] + p[2j])·(w[2j] + p[2j+1]) − w[2j]·w[2j+1] − p[2j]·p[2j+1]`,
///
/// of which the last two are summed once for a row of the weight and once for a row of x. Three additions and a multiplication of shorts take the place
/// of two each: additions have four ports where multiplications have two, and 32 lanes need 2 clocks for 64 products by the one, 2.5 by the other.
/// It is exact, as shorts compute modulo 2¹⁶ and the sum of a group, at most 32 · 8 · 127, fits.
///
/// A thread lays 64 rows and [#GROUPS] groups of the weight out as shorts, which stay in the first-level cache while all rows of x pass by. Lane
/// `2·(16·t + i)` is row `32·t + i`, lane `2·(16·t + i) + 1` row `32·t + 16 + i`; an int that is broadcast has the same short of x twice.
///
/// | | |
/// |---|---|
/// | math | `y[i,r] = Σ_g (s[r,g] · t[i,g]) · Σ_k w[r,k] · p[i,k]`, the inner sums exact, the outer by FMA in the order of the groups: the bits of [Int4Rows#dot] |
/// | cost | 2·M·N·K flop; for 64 products 4 instructions, for each 32 results of a group 11 more: **compute-bound**, at most 2 · 64 / 75 of an FMA's flop |
final class Int4Panels {
    /// Rows of x from which on this is faster than going through the tiles for every two of them.
    private static final int MANY = 16;

    /// Whether there are 32 vector registers, which the register tile takes: AVX-512, however wide the vectors are chosen, and AArch64.
    private static final boolean REGISTERS = FloatVector.SPECIES_PREFERRED.vectorBitSize() == 512
            || System.getProperty("os.arch").equals("aarch64");

    /// Groups of a panel: 16 KiB of shorts.
    private static final int GROUPS = 4;

    /// Rows of a panel.
    private static final int ROWS = 2 * TILE;

    /// Ints that a column has in a panel.
    private static final int HALF = ROWS / 2;

    /// Where in a panel the sums begin: behind the shorts of all columns.
    private static final int SUMS = GROUPS * GROUP * HALF;

    /// Floats of a row of x: the integers of [#GROUPS] groups, each twice in a float, their scales, and their sums, twice.
    private static final int PITCH = GROUPS * (GROUP + 2);

    /// Rows of x in a register tile.
    private static final int MR = 4;

    /// Rows of x in one pass: bounds what is arranged.
    private static final int PASS = 256;

    /// Pieces that each thread should find at least, so that all finish together.
    private static final int SHARES = 4;

    private Int4Panels() {}

    /// {@return whether this is the faster way for so many rows of x}
    static boolean multiply(long m) {
        return REGISTERS && m >= MANY;
    }

    /// Several products of one x, whose weights are [Int4Rows] of as many columns.
    static void linear(Pool pool, long x, long ldx, long m, List<VectorMatmul.Product> products) {
        for (long i = 0; i < m; i += PASS) {
            pass(pool, x + i * ldx, ldx, i, (int) Math.min(PASS, m - i), products);
        }
    }

    private static void pass(Pool pool, long x, long ldx, long first, int m, List<VectorMatmul.Product> products) {
        int columns = products.getFirst().w().columns();
        int groups = Rounding.groups(columns);
        int rows = (m + MR - 1) / MR * MR;
        int block = rows * PITCH;
        float[] xs = pool.borrow(Math.multiplyExact((groups + GROUPS - 1) / GROUPS, block));
        pool.run(rows, MR, (from, to, worker) -> {
            int n = groups * GROUP;
            float[] row = pool.scratch(worker, n + 2 * groups);
            for (int i = (int) from; i < to; i++) {
                Order.copy(x + Math.min(i, m - 1) * ldx, columns, row, 0, n);
                Activations.round(row, 0, n, n, n + groups);
                arrange(row, groups, xs, i * PITCH, block);
            }
        });
        for (VectorMatmul.Product p : products) {
            long panels = (p.n() + ROWS - 1) / ROWS;
            int parts = (int) Math.min((rows + ROWS - 1) / ROWS, (SHARES * pool.threads() + panels - 1) / Math.max(1, panels));
            int part = ((rows + parts - 1) / parts + MR - 1) / MR * MR;
            pool.run(panels * parts, 1, (from, to, worker) -> {
                int[] panel = new int[SUMS + GROUPS * HALF];
                float[] scratch = pool.scratch(worker, ROWS * (GROUPS + part));
                for (long t = from; t < to; t++) {
                    int i = (int) (t % parts) * part;
                    int end = Math.min(rows, i + part);
                    long r = t / parts * ROWS;
                    rows((Int4Rows) p.w(), r, p.n(), xs, block, i, end, panel, scratch);
                    for (; i < Math.min(end, m); i++) {
                        int at = ROWS * (GROUPS + i % part);
                        store(scratch, at, r, p.n(), p.y() + (first + i) * p.ldy());
                    }
                }
            });
        }
        pool.giveBack(xs);
    }

    /// The results of the rows of a panel and the rows of x from `i` to `end`, in `scratch` behind the scales.
    private static void rows(Int4Rows w, long row, long n, float[] xs, int block, int i, int end, int[] panel, float[] scratch) {
        int groups = Rounding.groups(w.columns());
        long tile = w.tiles() + row / TILE * groups * INT4_BLOCK;
        long next = row + TILE < n ? tile + (long) groups * INT4_BLOCK : tile;
        int y = ROWS * GROUPS;
        Arrays.fill(scratch, y, y + ROWS * (end - i), 0);
        for (int g = 0; g < groups; g += GROUPS) {
            int some = Math.min(GROUPS, groups - g);
            long at = (long) g * INT4_BLOCK;
            for (int c = 0; c < 16; c += VL) {
                unpack(tile + at + 4 * c, some, panel, scratch, c);
                unpack(next + at + 4 * c, some, panel, scratch, 16 + c);
            }
            int from = g / GROUPS * block;
            for (int j = i; j < end; j += MR) {
                for (int c = 0; c < HALF; c += 2 * VL) {
                    tile(xs, from + j * PITCH, panel, scratch, c, some, y + (j - i) * ROWS + c);
                }
            }
        }
    }

    /// A rounded row of x to the blocks of its groups.
    private static void arrange(float[] row, int groups, float[] to, int at, int block) {
        for (int g = 0; g < groups; g++) {
            int start = at + g / GROUPS * block;
            int integers = start + g % GROUPS * GROUP;
            FloatVector products = FloatVector.zero(F32);
            for (int k = 0; k < GROUP; k += VL) {
                FloatVector p = FloatVector.fromArray(F32, row, g * GROUP + k);
                products = p.fma(p.rearrange(SWAP1), products); // each twice
                IntVector q = (IntVector) p.convertShape(F2I, I32, 0);
                q.and(0xffff).or(q.lanewise(LSHL, 16)).reinterpretAsFloats().intoArray(to, integers + k);
            }
            int sum = (int) products.reduceLanes(ADD) / -2; // exact in any order
            to[start + GROUPS * GROUP + g % GROUPS] = row[groups * GROUP + g];
            to[start + GROUPS * (GROUP + 1) + g % GROUPS] = Float.intBitsToFloat(sum & 0xffff | sum << 16);
        }
    }

    /// VL ints of each column, for VL rows of each half of the tile whose groups begin at `w`, to `panel[at…]`: of two columns the second one first, as it
    /// is to meet the first one of x. Behind them minus the sum of the products of two, and in `scales` the scales, of both halves.
    private static void unpack(long w, int groups, int[] panel, float[] scales, int at) {
        IntVector u, v;
        ShortVector zero = ShortVector.zero(I16), sum = zero, a, b, e, f;
        for (int g = 0; g < groups; g++) {
            v = IntVector.fromMemorySegment(I32, ALL, w + (long) g * INT4_BLOCK, LITTLE);
            v.lanewise(LSHL, 16).reinterpretAsFloats().intoArray(scales, at + g * ROWS);
            v.and(0xffff0000).reinterpretAsFloats().intoArray(scales, at + g * ROWS + HALF);
        }
        for (int c = 0; c < GROUP / 4 * groups; c++) {
            int g = c / (GROUP / 4);
            int half = 16 * (c & 1); // four columns of both halves of the tile: the lower or the upper shorts of their ints
            long p = w + (long) g * INT4_BLOCK + SCALE_BYTES + 64 * (c % (GROUP / 4) / 2);
            u = IntVector.fromMemorySegment(I32, ALL, p, LITTLE);
            v = IntVector.fromMemorySegment(I32, ALL, p + 256, LITTLE);
            v = u.lanewise(LSHR, half).and(0xffff).or(v.lanewise(LSHR, half).lanewise(LSHL, 16));
            a = v.and(0x000f000f).reinterpretAsShorts().sub((short) 8);
            b = v.lanewise(LSHR, 4).and(0x000f000f).reinterpretAsShorts().sub((short) 8);
            e = v.lanewise(LSHR, 8).and(0x000f000f).reinterpretAsShorts().sub((short) 8);
            f = v.lanewise(LSHR, 12).and(0x000f000f).reinterpretAsShorts().sub((short) 8);
            int to = at + 4 * HALF * c;
            b.reinterpretAsInts().intoArray(panel, to);
            a.reinterpretAsInts().intoArray(panel, to + HALF);
            f.reinterpretAsInts().intoArray(panel, to + 2 * HALF);
            e.reinterpretAsInts().intoArray(panel, to + 3 * HALF);
            sum = a.mul(b).add(e.mul(f)).add(sum);
            if (c % (GROUP / 4) == GROUP / 4 - 1) {
                zero.sub(sum).reinterpretAsInts().intoArray(panel, SUMS + HALF * g + at);
                sum = zero;
            }
        }
    }

    /// Four rows of x and 2·VL ints of a panel, from int `c` on: `y[to + ROWS·i + j] +=` the sums of `groups` groups for the lower short of int j, those for
    /// its upper short HALF further.
    ///
    /// Whatever is not a float is read and broadcast as ints: a float that an addition of shorts wants comes some clocks later, which cost a third here.
    private static void tile(float[] x, int at, int[] panel, float[] scales, int c, int groups, int to) {
        float[] y = scales;
        ShortVector zero = ShortVector.zero(I16), v0, v1, w0, w1, d, e;
        ShortVector a0 = zero, b0 = zero;
        ShortVector a1 = zero, b1 = zero;
        ShortVector a2 = zero, b2 = zero;
        ShortVector a3 = zero, b3 = zero;
        FloatVector s0, s1, t0, t1, f;
        IntVector v;
        for (int j = 0; j < GROUP / 2 * groups; j++) {
            v0 = IntVector.fromArray(I32, panel, c + 2 * HALF * j).reinterpretAsShorts();
            v1 = IntVector.fromArray(I32, panel, c + 2 * HALF * j + VL).reinterpretAsShorts();
            w0 = IntVector.fromArray(I32, panel, c + 2 * HALF * j + HALF).reinterpretAsShorts();
            w1 = IntVector.fromArray(I32, panel, c + 2 * HALF * j + HALF + VL).reinterpretAsShorts();
            d = IntVector.broadcast(I32, floatToRawIntBits(x[at + 2 * j])).reinterpretAsShorts();
            e = IntVector.broadcast(I32, floatToRawIntBits(x[at + 2 * j + 1])).reinterpretAsShorts();
            a0 = v0.add(d).mul(w0.add(e)).add(a0);
            b0 = v1.add(d).mul(w1.add(e)).add(b0);
            d = IntVector.broadcast(I32, floatToRawIntBits(x[at + PITCH + 2 * j]))
                    .reinterpretAsShorts();
            e = IntVector.broadcast(I32, floatToRawIntBits(x[at + PITCH + 2 * j + 1]))
                    .reinterpretAsShorts();
            a1 = v0.add(d).mul(w0.add(e)).add(a1);
            b1 = v1.add(d).mul(w1.add(e)).add(b1);
            d = IntVector.broadcast(I32, floatToRawIntBits(x[at + 2 * PITCH + 2 * j]))
                    .reinterpretAsShorts();
            e = IntVector.broadcast(I32, floatToRawIntBits(x[at + 2 * PITCH + 2 * j + 1]))
                    .reinterpretAsShorts();
            a2 = v0.add(d).mul(w0.add(e)).add(a2);
            b2 = v1.add(d).mul(w1.add(e)).add(b2);
            d = IntVector.broadcast(I32, floatToRawIntBits(x[at + 3 * PITCH + 2 * j]))
                    .reinterpretAsShorts();
            e = IntVector.broadcast(I32, floatToRawIntBits(x[at + 3 * PITCH + 2 * j + 1]))
                    .reinterpretAsShorts();
            a3 = v0.add(d).mul(w0.add(e)).add(a3);
            b3 = v1.add(d).mul(w1.add(e)).add(b3);
            if ((j & GROUP / 2 - 1) != GROUP / 2 - 1) {
                continue;
            }
            int g = j / (GROUP / 2);
            int p = at + GROUPS * GROUP + g;
            v0 = IntVector.fromArray(I32, panel, SUMS + c + g * HALF).reinterpretAsShorts();
            v1 = IntVector.fromArray(I32, panel, SUMS + c + g * HALF + VL).reinterpretAsShorts();
            s0 = FloatVector.fromArray(F32, scales, c + g * ROWS);
            s1 = FloatVector.fromArray(F32, scales, c + g * ROWS + VL);
            t0 = FloatVector.fromArray(F32, scales, c + g * ROWS + HALF);
            t1 = FloatVector.fromArray(F32, scales, c + g * ROWS + HALF + VL);
            f = FloatVector.broadcast(F32, x[p]);
            d = IntVector.broadcast(I32, floatToRawIntBits(x[p + GROUPS])).reinterpretAsShorts();
            v = v0.add(d).add(a0).reinterpretAsInts();
            a0 = zero;
            ((FloatVector) v.lanewise(LSHL, 16).lanewise(ASHR, 16).convertShape(I2F, F32, 0))
                    .fma(s0.mul(f), FloatVector.fromArray(F32, y, to))
                    .intoArray(y, to);
            ((FloatVector) v.lanewise(ASHR, 16).convertShape(I2F, F32, 0))
                    .fma(t0.mul(f), FloatVector.fromArray(F32, y, to + HALF))
                    .intoArray(y, to + HALF);
            v = v1.add(d).add(b0).reinterpretAsInts();
            b0 = zero;
            ((FloatVector) v.lanewise(LSHL, 16).lanewise(ASHR, 16).convertShape(I2F, F32, 0))
                    .fma(s1.mul(f), FloatVector.fromArray(F32, y, to + VL))
                    .intoArray(y, to + VL);
            ((FloatVector) v.lanewise(ASHR, 16).convertShape(I2F, F32, 0))
                    .fma(t1.mul(f), FloatVector.fromArray(F32, y, to + VL + HALF))
                    .intoArray(y, to + VL + HALF);
            f = FloatVector.broadcast(F32, x[p + PITCH]);
            d = IntVector.broadcast(I32, floatToRawIntBits(x[p + PITCH + GROUPS]))
                    .reinterpretAsShorts();
            v = v0.add(d).add(a1).reinterpretAsInts();
            a1 = zero;
            ((FloatVector) v.lanewise(LSHL, 16).lanewise(ASHR, 16).convertShape(I2F, F32, 0))
                    .fma(s0.mul(f), FloatVector.fromArray(F32, y, to + ROWS))
                    .intoArray(y, to + ROWS);
            ((FloatVector) v.lanewise(ASHR, 16).convertShape(I2F, F32, 0))
                    .fma(t0.mul(f), FloatVector.fromArray(F32, y, to + ROWS + HALF))
                    .intoArray(y, to + ROWS + HALF);
            v = v1.add(d).add(b1).reinterpretAsInts();
            b1 = zero;
            ((FloatVector) v.lanewise(LSHL, 16).lanewise(ASHR, 16).convertShape(I2F, F32, 0))
                    .fma(s1.mul(f), FloatVector.fromArray(F32, y, to + ROWS + VL))
                    .intoArray(y, to + ROWS + VL);
            ((FloatVector) v.lanewise(ASHR, 16).convertShape(I2F, F32, 0))
                    .fma(t1.mul(f), FloatVector.fromArray(F32, y, to + ROWS + VL + HALF))
                    .intoArray(y, to + ROWS + VL + HALF);
            f = FloatVector.broadcast(F32, x[p + 2 * PITCH]);
            d = IntVector.broadcast(I32, floatToRawIntBits(x[p + 2 * PITCH + GROUPS]))
                    .reinterpretAsShorts();
            v = v0.add(d).add(a2).reinterpretAsInts();
            a2 = zero;
            ((FloatVector) v.lanewise(LSHL, 16).lanewise(ASHR, 16).convertShape(I2F, F32, 0))
                    .fma(s0.mul(f), FloatVector.fromArray(F32, y, to + 2 * ROWS))
                    .intoArray(y, to + 2 * ROWS);
            ((FloatVector) v.lanewise(ASHR, 16).convertShape(I2F, F32, 0))
                    .fma(t0.mul(f), FloatVector.fromArray(F32, y, to + 2 * ROWS + HALF))
                    .intoArray(y, to + 2 * ROWS + HALF);
            v = v1.add(d).add(b2).reinterpretAsInts();
            b2 = zero;
            ((FloatVector) v.lanewise(LSHL, 16).lanewise(ASHR, 16).convertShape(I2F, F32, 0))
                    .fma(s1.mul(f), FloatVector.fromArray(F32, y, to + 2 * ROWS + VL))
                    .intoArray(y, to + 2 * ROWS + VL);
            ((FloatVector) v.lanewise(ASHR, 16).convertShape(I2F, F32, 0))
                    .fma(t1.mul(f), FloatVector.fromArray(F32, y, to + 2 * ROWS + VL + HALF))
                    .intoArray(y, to + 2 * ROWS + VL + HALF);
            f = FloatVector.broadcast(F32, x[p + 3 * PITCH]);
            d = IntVector.broadcast(I32, floatToRawIntBits(x[p + 3 * PITCH + GROUPS]))
                    .reinterpretAsShorts();
            v = v0.add(d).add(a3).reinterpretAsInts();
            a3 = zero;
            ((FloatVector) v.lanewise(LSHL, 16).lanewise(ASHR, 16).convertShape(I2F, F32, 0))
                    .fma(s0.mul(f), FloatVector.fromArray(F32, y, to + 3 * ROWS))
                    .intoArray(y, to + 3 * ROWS);
            ((FloatVector) v.lanewise(ASHR, 16).convertShape(I2F, F32, 0))
                    .fma(t0.mul(f), FloatVector.fromArray(F32, y, to + 3 * ROWS + HALF))
                    .intoArray(y, to + 3 * ROWS + HALF);
            v = v1.add(d).add(b3).reinterpretAsInts();
            b3 = zero;
            ((FloatVector) v.lanewise(LSHL, 16).lanewise(ASHR, 16).convertShape(I2F, F32, 0))
                    .fma(s1.mul(f), FloatVector.fromArray(F32, y, to + 3 * ROWS + VL))
                    .intoArray(y, to + 3 * ROWS + VL);
            ((FloatVector) v.lanewise(ASHR, 16).convertShape(I2F, F32, 0))
                    .fma(t1.mul(f), FloatVector.fromArray(F32, y, to + 3 * ROWS + VL + HALF))
                    .intoArray(y, to + 3 * ROWS + VL + HALF);
        }
    }

    /// The results of a panel to a row of y.
    private static void store(float[] results, int at, long row, long n, long y) {
        if (row + ROWS > n) {
            for (int r = 0; r < n - row; r++) {
                ALL.set(FLOAT, y + 4 * (row + r), results[at + r / TILE * 16 + r % TILE / 16 * HALF + r % 16]);
            }
            return;
        }
        for (int r = 0; r < ROWS; r += VL) {
            FloatVector.fromArray(F32, results, at + r / TILE * 16 + r % TILE / 16 * HALF + r % 16)
                    .intoMemorySegment(ALL, y + 4 * (row + r), LITTLE);
        }
    }
}
