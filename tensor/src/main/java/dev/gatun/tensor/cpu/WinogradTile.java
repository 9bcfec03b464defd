package dev.gatun.tensor.cpu;

import static dev.gatun.tensor.cpu.Lanes.*;
import static dev.gatun.tensor.cpu.Tile.KC;
import static dev.gatun.tensor.cpu.Tile.NR;
import static dev.gatun.tensor.cpu.Tile.PITCH;
import static java.lang.Float.floatToRawIntBits;
import static jdk.incubator.vector.VectorOperators.IS_FINITE;
import static jdk.incubator.vector.VectorOperators.MAX;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/// The register tile of [Gemm] where a processor adds floats beside multiplying them: two of three rows by half as many multiplications as there are products.
///
/// Those rows take two columns at a time by Winograd's inner product (S. Winograd, "A New Algorithm for Inner Product", IEEE Transactions on Computers
/// C-17, 1968):
///
/// `a[0]·b[0] + a[1]·b[1] = (a[0] + b[1])·(a[1] + b[0]) − a[0]·a[1] − b[0]·b[1]`,
///
/// of which the last two are summed once for a row of A and once for a column of B, and are what the accumulators begin with. The others multiply as in
/// [Tile], so that FMA and addition, which have ports of their own on AMD's Zen, are equally many: 16 of each for what takes 24 FMA otherwise.
///
/// | | |
/// |---|---|
/// | math | `C[6,NR] += A[6,depth] · B[depth,NR]` |
/// | registers | 6×2 accumulators of 32 |
/// | cost | for two columns 16 FMA, 16 additions, 4 loads, 12 broadcasts: **compute-bound**, at most 1.5 times the roof of FMA alone |
///
/// `a + b` loses what is small of the one beside what is large of the other. Every row of A and every column of B is therefore scaled within its k block by a
/// power of two, which is exact, so that its largest number is between 1 and 2; rows and columns of zeros give zeros. The error of a sum is then that of FMA times about the ratio of the
/// largest number of a row or column to its typical one, a tenth of it in practice: twice as much for normal numbers, three to six times where one of 500 numbers is a thousand times the
/// others, and no product is exact for being one with 1. A column's scale is its own, so that a row of x, which is a column
/// of B where weights are decoded, has the same bits wherever it stands, unless it shares its panel with what is not finite.
///
/// Results are multiplied by the smaller of the two scales first: rows of 2¹²⁶ by columns of 2⁻¹²⁶ stay within range.
final class WinogradTile {
    /// Whether this is faster than [Tile]: on AMD with AVX-512, measured on Zen 4. Where additions take the ports of FMA it is slower. `-Dgatun.winograd=true` or
    /// `false` says otherwise.
    static final boolean PAYS = Boolean.parseBoolean(System.getProperty("gatun.winograd", "" + (VL == 16 && Processor.AMD)));

    /// Rows of a tile.
    static final int MR = 6;

    /// Where behind a row of A its correction lies, minus the sum of the products of two.
    private static final int CORRECTION = KC;

    /// Where behind a row of A that lies by which its results are multiplied.
    private static final int SCALE = KC + 1;

    /// Of a float's bits all but its sign.
    private static final int MAGNITUDE = 0x7fffffff;

    /// Of a float's bits those of its exponent.
    private static final int EXPONENT = 0x7f800000;

    /// The exponents of 2¹²⁶ and 2⁻¹²⁶, between which scales stay, so that their inverses are normal numbers.
    private static final int LARGE = 253 << 23;

    private static final int SMALL = 1 << 23;

    /// Minus an exponent is this minus its bits.
    private static final int INVERSE = 254 << 23;

    private WinogradTile() {}

    /// {@return the rows of NR floats of a panel of `depth`}: an even number of rows of B, the columns' corrections, and that by which results are multiplied
    static int height(int depth) {
        return even(depth) + 2;
    }

    private static int even(int depth) {
        return depth + (depth & 1);
    }

    /// Scales the columns of the panel at `b[bo]`, and writes behind them what [#height] says.
    static void prepareColumns(float[] b, int bo, int depth) {
        int n = even(depth) * NR;
        if (n > depth * NR) {
            Arrays.fill(b, bo + depth * NR, bo + n, 0f);
        }
        FloatVector scale, u, v, products;
        for (int j = bo; j < bo + NR; j += VL) {
            IntVector most = IntVector.zero(I32);
            for (int k = 0; k < n; k += NR) {
                most = FloatVector.fromArray(F32, b, j + k)
                        .reinterpretAsInts()
                        .and(MAGNITUDE)
                        .max(most);
            }
            IntVector exponent = most.and(EXPONENT).max(SMALL).min(LARGE);
            scale = IntVector.broadcast(I32, INVERSE).sub(exponent).reinterpretAsFloats();
            products = FloatVector.zero(F32);
            for (int k = 0; k < n; k += 2 * NR) {
                u = FloatVector.fromArray(F32, b, j + k).mul(scale);
                v = FloatVector.fromArray(F32, b, j + k + NR).mul(scale);
                u.intoArray(b, j + k);
                v.intoArray(b, j + k + NR);
                products = u.fma(v, products);
            }
            products.neg().intoArray(b, j + n);
            exponent.reinterpretAsFloats().blend(0, most.eq(0).cast(F32)).intoArray(b, j + n + NR);
        }
    }

    /// {@return whether all of a prepared panel is finite}
    static boolean finite(float[] b, int bo, int depth) {
        int at = bo + even(depth) * NR;
        return FloatVector.fromArray(F32, b, at).test(IS_FINITE).allTrue()
                && FloatVector.fromArray(F32, b, at + VL).test(IS_FINITE).allTrue();
    }

    /// Scales rows of A at `a[ao]`, and writes behind them their corrections and that by which results are multiplied.
    ///
    /// @return whether all of them are finite
    static boolean prepareRows(float[] a, int ao, int rows, int depth) {
        int n = (depth + 2 * VL - 1) / (2 * VL) * 2 * VL;
        boolean finite = true;
        FloatVector u, v, products, others;
        for (int i = 0; i < rows; i++) {
            int at = ao + i * PITCH;
            if (n > depth) {
                Arrays.fill(a, at + depth, at + n, 0f);
            }
            IntVector most = IntVector.zero(I32);
            for (int k = at; k < at + n; k += VL) {
                most = FloatVector.fromArray(F32, a, k)
                        .reinterpretAsInts()
                        .and(MAGNITUDE)
                        .max(most);
            }
            int largest = most.reduceLanes(MAX);
            int exponent = Math.clamp(largest & EXPONENT, SMALL, LARGE);
            float scale = Float.intBitsToFloat(INVERSE - exponent);
            products = FloatVector.zero(F32);
            others = FloatVector.zero(F32);
            for (int k = at; k < at + n; k += 2 * VL) {
                u = FloatVector.fromArray(F32, a, k).mul(scale);
                v = FloatVector.fromArray(F32, a, k + VL).mul(scale);
                u.intoArray(a, k);
                v.intoArray(a, k + VL);
                products = u.fma(u.rearrange(SWAP1), products); // each twice
                others = v.fma(v.rearrange(SWAP1), others);
            }
            products = others.add(products);
            products = products.add(products.rearrange(SWAP2));
            products = VL > 4 ? products.add(products.rearrange(SWAP4)) : products;
            products = VL > 8 ? products.add(products.rearrange(SWAP8)) : products;
            a[at + CORRECTION] = -products.lane(0);
            a[at + SCALE] = largest == 0 ? 0 : Float.intBitsToFloat(exponent);
            finite &= Float.isFinite(a[at + CORRECTION]);
        }
        return finite;
    }

    /// One tile of prepared rows and columns: A at `a[ao]`, the panel at `b[bo]`, C at `c[co]` by rows of NR.
    ///
    /// @param finite whether both are; if not, a number that is infinite would be lost in a correction, and all rows multiply
    static void add(float[] a, int ao, float[] b, int bo, float[] c, int co, int depth, boolean finite) {
        if (finite) {
            tile(a, ao, b, bo, c, co, even(depth));
        } else {
            for (int i = 0; i < MR; i++) {
                multiplied(a, ao + i * PITCH, b, bo, c, co + i * NR, even(depth));
            }
        }
    }

    private static void multiplied(float[] a, int ao, float[] b, int bo, float[] c, int co, int depth) {
        FloatVector u0 = FloatVector.zero(F32), u1 = u0, t;
        for (int k = 0; k < depth; k++) {
            t = FloatVector.broadcast(F32, a[ao + k]);
            u0 = t.fma(FloatVector.fromArray(F32, b, bo + k * NR), u0);
            u1 = t.fma(FloatVector.fromArray(F32, b, bo + k * NR + VL), u1);
        }
        int scales = bo + (depth + 1) * NR;
        IntVector scale = IntVector.broadcast(I32, floatToRawIntBits(a[ao + SCALE]));
        IntVector others = FloatVector.fromArray(F32, b, scales).reinterpretAsInts();
        u0.mul(scale.min(others).reinterpretAsFloats())
                .fma(scale.max(others).reinterpretAsFloats(), FloatVector.fromArray(F32, c, co))
                .intoArray(c, co);
        others = FloatVector.fromArray(F32, b, scales + VL).reinterpretAsInts();
        u1.mul(scale.min(others).reinterpretAsFloats())
                .fma(scale.max(others).reinterpretAsFloats(), FloatVector.fromArray(F32, c, co + VL))
                .intoArray(c, co + VL);
    }

    /// One method, without helpers: the compiler inlines only the Vector API's own methods once a graph is as large as this.
    private static void tile(float[] a, int ao, float[] b, int bo, float[] c, int co, int depth) {
        FloatVector zero = FloatVector.zero(F32), u0, u1, v0, v1, p, q, t;
        u0 = FloatVector.fromArray(F32, b, bo + depth * NR);
        u1 = FloatVector.fromArray(F32, b, bo + depth * NR + VL);
        FloatVector c0a = zero, c0b = zero;
        t = FloatVector.broadcast(F32, a[ao + PITCH + CORRECTION]);
        FloatVector c1a = t.add(u0), c1b = t.add(u1);
        t = FloatVector.broadcast(F32, a[ao + 2 * PITCH + CORRECTION]);
        FloatVector c2a = t.add(u0), c2b = t.add(u1);
        FloatVector c3a = zero, c3b = zero;
        t = FloatVector.broadcast(F32, a[ao + 4 * PITCH + CORRECTION]);
        FloatVector c4a = t.add(u0), c4b = t.add(u1);
        t = FloatVector.broadcast(F32, a[ao + 5 * PITCH + CORRECTION]);
        FloatVector c5a = t.add(u0), c5b = t.add(u1);
        for (int k = 0; k < depth; k += 2) {
            u0 = FloatVector.fromArray(F32, b, bo + k * NR);
            u1 = FloatVector.fromArray(F32, b, bo + k * NR + VL);
            v0 = FloatVector.fromArray(F32, b, bo + k * NR + NR);
            v1 = FloatVector.fromArray(F32, b, bo + k * NR + NR + VL);
            p = IntVector.broadcast(I32, floatToRawIntBits(a[ao + k])).reinterpretAsFloats();
            q = IntVector.broadcast(I32, floatToRawIntBits(a[ao + k + 1])).reinterpretAsFloats();
            c0a = q.fma(v0, p.fma(u0, c0a));
            c0b = q.fma(v1, p.fma(u1, c0b));
            p = IntVector.broadcast(I32, floatToRawIntBits(a[ao + PITCH + k])).reinterpretAsFloats();
            q = IntVector.broadcast(I32, floatToRawIntBits(a[ao + PITCH + k + 1]))
                    .reinterpretAsFloats();
            c1a = v0.add(p).fma(u0.add(q), c1a);
            c1b = v1.add(p).fma(u1.add(q), c1b);
            p = IntVector.broadcast(I32, floatToRawIntBits(a[ao + 2 * PITCH + k]))
                    .reinterpretAsFloats();
            q = IntVector.broadcast(I32, floatToRawIntBits(a[ao + 2 * PITCH + k + 1]))
                    .reinterpretAsFloats();
            c2a = v0.add(p).fma(u0.add(q), c2a);
            c2b = v1.add(p).fma(u1.add(q), c2b);
            p = IntVector.broadcast(I32, floatToRawIntBits(a[ao + 3 * PITCH + k]))
                    .reinterpretAsFloats();
            q = IntVector.broadcast(I32, floatToRawIntBits(a[ao + 3 * PITCH + k + 1]))
                    .reinterpretAsFloats();
            c3a = q.fma(v0, p.fma(u0, c3a));
            c3b = q.fma(v1, p.fma(u1, c3b));
            p = IntVector.broadcast(I32, floatToRawIntBits(a[ao + 4 * PITCH + k]))
                    .reinterpretAsFloats();
            q = IntVector.broadcast(I32, floatToRawIntBits(a[ao + 4 * PITCH + k + 1]))
                    .reinterpretAsFloats();
            c4a = v0.add(p).fma(u0.add(q), c4a);
            c4b = v1.add(p).fma(u1.add(q), c4b);
            p = IntVector.broadcast(I32, floatToRawIntBits(a[ao + 5 * PITCH + k]))
                    .reinterpretAsFloats();
            q = IntVector.broadcast(I32, floatToRawIntBits(a[ao + 5 * PITCH + k + 1]))
                    .reinterpretAsFloats();
            c5a = v0.add(p).fma(u0.add(q), c5a);
            c5b = v1.add(p).fma(u1.add(q), c5b);
        }
        IntVector s0 = FloatVector.fromArray(F32, b, bo + depth * NR + NR).reinterpretAsInts();
        IntVector s1 = FloatVector.fromArray(F32, b, bo + depth * NR + NR + VL).reinterpretAsInts();
        IntVector s;
        s = IntVector.broadcast(I32, floatToRawIntBits(a[ao + SCALE]));
        c0a.mul(s.min(s0).reinterpretAsFloats())
                .fma(s.max(s0).reinterpretAsFloats(), FloatVector.fromArray(F32, c, co))
                .intoArray(c, co);
        c0b.mul(s.min(s1).reinterpretAsFloats())
                .fma(s.max(s1).reinterpretAsFloats(), FloatVector.fromArray(F32, c, co + VL))
                .intoArray(c, co + VL);
        s = IntVector.broadcast(I32, floatToRawIntBits(a[ao + PITCH + SCALE]));
        c1a.mul(s.min(s0).reinterpretAsFloats())
                .fma(s.max(s0).reinterpretAsFloats(), FloatVector.fromArray(F32, c, co + NR))
                .intoArray(c, co + NR);
        c1b.mul(s.min(s1).reinterpretAsFloats())
                .fma(s.max(s1).reinterpretAsFloats(), FloatVector.fromArray(F32, c, co + NR + VL))
                .intoArray(c, co + NR + VL);
        s = IntVector.broadcast(I32, floatToRawIntBits(a[ao + 2 * PITCH + SCALE]));
        c2a.mul(s.min(s0).reinterpretAsFloats())
                .fma(s.max(s0).reinterpretAsFloats(), FloatVector.fromArray(F32, c, co + 2 * NR))
                .intoArray(c, co + 2 * NR);
        c2b.mul(s.min(s1).reinterpretAsFloats())
                .fma(s.max(s1).reinterpretAsFloats(), FloatVector.fromArray(F32, c, co + 2 * NR + VL))
                .intoArray(c, co + 2 * NR + VL);
        s = IntVector.broadcast(I32, floatToRawIntBits(a[ao + 3 * PITCH + SCALE]));
        c3a.mul(s.min(s0).reinterpretAsFloats())
                .fma(s.max(s0).reinterpretAsFloats(), FloatVector.fromArray(F32, c, co + 3 * NR))
                .intoArray(c, co + 3 * NR);
        c3b.mul(s.min(s1).reinterpretAsFloats())
                .fma(s.max(s1).reinterpretAsFloats(), FloatVector.fromArray(F32, c, co + 3 * NR + VL))
                .intoArray(c, co + 3 * NR + VL);
        s = IntVector.broadcast(I32, floatToRawIntBits(a[ao + 4 * PITCH + SCALE]));
        c4a.mul(s.min(s0).reinterpretAsFloats())
                .fma(s.max(s0).reinterpretAsFloats(), FloatVector.fromArray(F32, c, co + 4 * NR))
                .intoArray(c, co + 4 * NR);
        c4b.mul(s.min(s1).reinterpretAsFloats())
                .fma(s.max(s1).reinterpretAsFloats(), FloatVector.fromArray(F32, c, co + 4 * NR + VL))
                .intoArray(c, co + 4 * NR + VL);
        s = IntVector.broadcast(I32, floatToRawIntBits(a[ao + 5 * PITCH + SCALE]));
        c5a.mul(s.min(s0).reinterpretAsFloats())
                .fma(s.max(s0).reinterpretAsFloats(), FloatVector.fromArray(F32, c, co + 5 * NR))
                .intoArray(c, co + 5 * NR);
        c5b.mul(s.min(s1).reinterpretAsFloats())
                .fma(s.max(s1).reinterpretAsFloats(), FloatVector.fromArray(F32, c, co + 5 * NR + VL))
                .intoArray(c, co + 5 * NR + VL);
    }
}
