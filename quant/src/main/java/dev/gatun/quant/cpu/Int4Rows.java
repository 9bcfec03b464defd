package dev.gatun.quant.cpu;

import static dev.gatun.quant.Int4Kernels.INT4_BLOCK;
import static dev.gatun.quant.TiledKernels.TILE;
import static dev.gatun.tensor.cpu.Lanes.*;
import static java.lang.Float.floatToRawIntBits;
import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.cpu.WeightRows;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/// The rows of an [dev.gatun.quant.Int4Weight], in the tiles of [dev.gatun.quant.Int4Kernels].
///
/// @param tiles their address
/// @param columns K
record Int4Rows(long tiles, int columns) implements WeightRows {
    /// Eight columns of one int, or four of them.
    private static final VectorShape EIGHT = VectorShape.forBitSize(Math.min(256, F32.vectorBitSize()));

    private static final VectorSpecies<Float> F32_EIGHT = VectorSpecies.of(float.class, EIGHT);
    private static final VectorSpecies<Integer> I32_EIGHT = VectorSpecies.of(int.class, EIGHT);
    private static final IntVector NIBBLES = IntVector.zero(I32_EIGHT).addIndex(4);

    /// `y[r] = Σ_g s[r,g] · t[g] · (Σ_k u[r,k] · p[k] − 8 · Σ_k p[k])` for VL rows of each half of a tile, the inner sums exact, the outer in the order of
    /// the groups.
    ///
    /// An int has eight codes of a row, and its halves are two shorts. Shorts multiply modulo 2¹⁶, and the sum of a group, at most 32 · 8 · 127, fits 16
    /// bits; so it may be computed in numbers that do not. Shifted right by 4j bits, a half holds `n[j] + 16·n[j+1] + 256·n[j+2] + …`: nothing is masked,
    /// but multiplied by `p[j] − 16·p[j−1]`, which takes out what the shift before has put in too much, up to multiples of 2¹⁶. Shifts of ints reach over
    /// both halves, which are added at the end; their shifts have an immediate count, those of shorts do not.
    ///
    /// | | |
    /// |---|---|
    /// | shapes | the tile at `w`, plus the bytes of the rows before; x as [#arrange] leaves it; `y[to + i]` for row i and `y[to + 16 + i]` for row 16 + i, i < VL |
    /// | cost | 0.56 B and 1.8 instructions per 16 weights with VL = 16, 0.25 more to load x: **memory-bound** below 35 GB/s per thread |
    static void tile(long w, int groups, float[] x, int at, float[] y, int to) {
        FloatVector s, t, u;
        ShortVector d, v0, v1, v2, v3, w0, w1, w2, w3;
        IntVector v, j;
        FloatVector y0 = FloatVector.zero(F32), z0 = y0;
        ShortVector a0, b0;
        a0 = b0 = ShortVector.zero(I16);
        for (int c = 0; c < 4 * groups; c++) {
            int p = at + 2 * groups + 4 * c;
            long q = w + (INT4_BLOCK - 256) * (long) (c >>> 2);
            v = IntVector.fromMemorySegment(I32, ALL, q + 64 * c + 64, LITTLE);
            v0 = v.reinterpretAsShorts();
            v1 = v.lanewise(LSHR, 4).reinterpretAsShorts();
            v2 = v.lanewise(LSHR, 8).reinterpretAsShorts();
            v3 = v.lanewise(LSHR, 12).reinterpretAsShorts();
            v = IntVector.fromMemorySegment(I32, ALL, q + 64 * c + 320, LITTLE);
            w0 = v.reinterpretAsShorts();
            w1 = v.lanewise(LSHR, 4).reinterpretAsShorts();
            w2 = v.lanewise(LSHR, 8).reinterpretAsShorts();
            w3 = v.lanewise(LSHR, 12).reinterpretAsShorts();
            d = IntVector.broadcast(I32, floatToRawIntBits(x[p])).reinterpretAsShorts();
            a0 = v0.mul(d).add(a0);
            b0 = w0.mul(d).add(b0);
            d = IntVector.broadcast(I32, floatToRawIntBits(x[p + 1])).reinterpretAsShorts();
            a0 = v1.mul(d).add(a0);
            b0 = w1.mul(d).add(b0);
            d = IntVector.broadcast(I32, floatToRawIntBits(x[p + 2])).reinterpretAsShorts();
            a0 = v2.mul(d).add(a0);
            b0 = w2.mul(d).add(b0);
            d = IntVector.broadcast(I32, floatToRawIntBits(x[p + 3])).reinterpretAsShorts();
            a0 = v3.mul(d).add(a0);
            b0 = w3.mul(d).add(b0);
            if ((c & 3) != 3) {
                continue;
            }
            int g = c >>> 2;
            v = IntVector.fromMemorySegment(I32, ALL, w + INT4_BLOCK * (long) g, LITTLE);
            s = v.lanewise(LSHL, 16).reinterpretAsFloats();
            t = v.and(0xffff0000).reinterpretAsFloats();
            u = FloatVector.broadcast(F32, x[at + g]);
            j = IntVector.broadcast(I32, floatToRawIntBits(x[at + groups + g])).lanewise(LSHL, 16);
            v = a0.reinterpretAsInts();
            y0 = ((FloatVector) v.lanewise(LSHL, 16)
                            .add(v)
                            .add(j)
                            .lanewise(ASHR, 16)
                            .convertShape(I2F, F32, 0))
                    .fma(s.mul(u), y0);
            a0 = ShortVector.zero(I16);
            v = b0.reinterpretAsInts();
            z0 = ((FloatVector) v.lanewise(LSHL, 16)
                            .add(v)
                            .add(j)
                            .lanewise(ASHR, 16)
                            .convertShape(I2F, F32, 0))
                    .fma(t.mul(u), z0);
            b0 = ShortVector.zero(I16);
        }
        y0.intoArray(y, to);
        z0.intoArray(y, to + 16);
    }

    /// Two rows of x, `pitch` apart, in the order of [#tile]; results 32 apart.
    ///
    /// | | |
    /// |---|---|
    /// | cost | the codes are shifted once for both, and a short multiplies two where a float multiplies one: **compute-bound** |
    static void tile2(long w, int groups, float[] x, int at, int pitch, float[] y, int to) {
        FloatVector s, t, u;
        ShortVector d, v0, v1, v2, v3, w0, w1, w2, w3;
        IntVector v, j;
        FloatVector y0 = FloatVector.zero(F32), z0 = y0;
        ShortVector a0, b0;
        FloatVector y1 = FloatVector.zero(F32), z1 = y1;
        ShortVector a1, b1;
        a0 = b0 = a1 = b1 = ShortVector.zero(I16);
        for (int c = 0; c < 4 * groups; c++) {
            int p = at + 2 * groups + 4 * c;
            long q = w + (INT4_BLOCK - 256) * (long) (c >>> 2);
            v = IntVector.fromMemorySegment(I32, ALL, q + 64 * c + 64, LITTLE);
            v0 = v.reinterpretAsShorts();
            v1 = v.lanewise(LSHR, 4).reinterpretAsShorts();
            v2 = v.lanewise(LSHR, 8).reinterpretAsShorts();
            v3 = v.lanewise(LSHR, 12).reinterpretAsShorts();
            v = IntVector.fromMemorySegment(I32, ALL, q + 64 * c + 320, LITTLE);
            w0 = v.reinterpretAsShorts();
            w1 = v.lanewise(LSHR, 4).reinterpretAsShorts();
            w2 = v.lanewise(LSHR, 8).reinterpretAsShorts();
            w3 = v.lanewise(LSHR, 12).reinterpretAsShorts();
            d = IntVector.broadcast(I32, floatToRawIntBits(x[p])).reinterpretAsShorts();
            a0 = v0.mul(d).add(a0);
            b0 = w0.mul(d).add(b0);
            d = IntVector.broadcast(I32, floatToRawIntBits(x[p + 1])).reinterpretAsShorts();
            a0 = v1.mul(d).add(a0);
            b0 = w1.mul(d).add(b0);
            d = IntVector.broadcast(I32, floatToRawIntBits(x[p + 2])).reinterpretAsShorts();
            a0 = v2.mul(d).add(a0);
            b0 = w2.mul(d).add(b0);
            d = IntVector.broadcast(I32, floatToRawIntBits(x[p + 3])).reinterpretAsShorts();
            a0 = v3.mul(d).add(a0);
            b0 = w3.mul(d).add(b0);
            d = IntVector.broadcast(I32, floatToRawIntBits(x[p + 1 * pitch])).reinterpretAsShorts();
            a1 = v0.mul(d).add(a1);
            b1 = w0.mul(d).add(b1);
            d = IntVector.broadcast(I32, floatToRawIntBits(x[p + 1 * pitch + 1]))
                    .reinterpretAsShorts();
            a1 = v1.mul(d).add(a1);
            b1 = w1.mul(d).add(b1);
            d = IntVector.broadcast(I32, floatToRawIntBits(x[p + 1 * pitch + 2]))
                    .reinterpretAsShorts();
            a1 = v2.mul(d).add(a1);
            b1 = w2.mul(d).add(b1);
            d = IntVector.broadcast(I32, floatToRawIntBits(x[p + 1 * pitch + 3]))
                    .reinterpretAsShorts();
            a1 = v3.mul(d).add(a1);
            b1 = w3.mul(d).add(b1);
            if ((c & 3) != 3) {
                continue;
            }
            int g = c >>> 2;
            v = IntVector.fromMemorySegment(I32, ALL, w + INT4_BLOCK * (long) g, LITTLE);
            s = v.lanewise(LSHL, 16).reinterpretAsFloats();
            t = v.and(0xffff0000).reinterpretAsFloats();
            u = FloatVector.broadcast(F32, x[at + g]);
            j = IntVector.broadcast(I32, floatToRawIntBits(x[at + groups + g])).lanewise(LSHL, 16);
            v = a0.reinterpretAsInts();
            y0 = ((FloatVector) v.lanewise(LSHL, 16)
                            .add(v)
                            .add(j)
                            .lanewise(ASHR, 16)
                            .convertShape(I2F, F32, 0))
                    .fma(s.mul(u), y0);
            a0 = ShortVector.zero(I16);
            v = b0.reinterpretAsInts();
            z0 = ((FloatVector) v.lanewise(LSHL, 16)
                            .add(v)
                            .add(j)
                            .lanewise(ASHR, 16)
                            .convertShape(I2F, F32, 0))
                    .fma(t.mul(u), z0);
            b0 = ShortVector.zero(I16);
            u = FloatVector.broadcast(F32, x[at + g + 1 * pitch]);
            j = IntVector.broadcast(I32, floatToRawIntBits(x[at + groups + g + 1 * pitch]))
                    .lanewise(LSHL, 16);
            v = a1.reinterpretAsInts();
            y1 = ((FloatVector) v.lanewise(LSHL, 16)
                            .add(v)
                            .add(j)
                            .lanewise(ASHR, 16)
                            .convertShape(I2F, F32, 0))
                    .fma(s.mul(u), y1);
            a1 = ShortVector.zero(I16);
            v = b1.reinterpretAsInts();
            z1 = ((FloatVector) v.lanewise(LSHL, 16)
                            .add(v)
                            .add(j)
                            .lanewise(ASHR, 16)
                            .convertShape(I2F, F32, 0))
                    .fma(t.mul(u), z1);
            b1 = ShortVector.zero(I16);
        }
        y0.intoArray(y, to);
        z0.intoArray(y, to + 0 * TILE + 16);
        y1.intoArray(y, to + 1 * TILE);
        z1.intoArray(y, to + 1 * TILE + 16);
    }

    private int groups() {
        return Rounding.groups(columns);
    }

    @Override
    public int rowsAtOnce() {
        return TILE;
    }

    /// Always: shorts cost less than floats, and where there are registers enough, many rows go through [Int4Panels].
    @Override
    public boolean dots(long m) {
        return true;
    }

    @Override
    public int pitch() {
        return 34 * groups() + 16;
    }

    /// The groups' scales, their corrections as shorts, then two shorts to a float, four floats to eight columns: `p[j] − 16·p[j−1]` for j < 4, and for
    /// 4 + j in the upper half.
    @Override
    public void arrange(long x, float[] to, int at) {
        int groups = groups();
        int n = groups * Rounding.GROUP;
        int from = at + 2 * groups;
        Order.copy(x, columns, to, from, n);
        Activations.round(to, from, n, at, at + groups);
        for (int g = at + groups; g < from; g++) {
            to[g] = Float.intBitsToFloat((int) to[g] & 0xffff);
        }
        Activations.packNibbles(to, from, n);
    }

    @Override
    public void dot(float[] x, int at, int pitch, int m, long y, long ldy, long from, long to) {
        float[] out = new float[2 * TILE];
        int groups = groups();
        for (long tile = from / TILE; tile * TILE < to; tile++) {
            long w = tiles + tile * groups * INT4_BLOCK;
            int i = 0;
            for (; i <= m - 2; i += 2) {
                for (int r = 0; r < 16; r += VL) {
                    tile2(w + 4 * r, groups, x, at + i * pitch, pitch, out, r);
                }
                for (int l = 0; l < 2; l++) {
                    store(out, l * TILE, tile * TILE, from, to, y + (i + l) * ldy);
                }
            }
            for (; i < m; i++) {
                for (int r = 0; r < 16; r += VL) {
                    tile(w + 4 * r, groups, x, at + i * pitch, out, r);
                }
                store(out, 0, tile * TILE, from, to, y + i * ldy);
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
        for (long r = Math.max(first, from); r < Math.min(first + TILE, to); r++) {
            ALL.set(FLOAT, y + 4 * r, results[at + (int) (r - first)]);
        }
    }

    @Override
    public void fill(long row, int rows, long column, int columns, float[] to, int at, int pitch) {
        int groups = groups();
        for (int i = 0; i < rows; i++) {
            int n;
            for (int j = 0; j < columns; j += n) {
                int k = (int) column + j;
                n = Math.min(columns - j, Rounding.GROUP - k % Rounding.GROUP);
                long block = tiles + TileLayout.INT4.block(row + i, k / Rounding.GROUP, groups);
                float scale = DType.bf16ToFloat(ALL.get(SHORT, block + TileLayout.scale(row + i)));
                widen(block + TileLayout.INT4.codes(row + i), k % Rounding.GROUP, n, scale, to, at + i * pitch + j);
            }
        }
    }

    /// `to[at + j] = (u[first + j] − 8) · scale` for `j < n`, the codes of a row of a block beginning at `from`.
    static void widen(long from, int first, int n, float scale, float[] to, int at) {
        int j = 0;
        for (; first % 8 == 0 && j <= n - 8; j += 8) {
            int eight = ALL.get(INT, from + 8L * (first + j));
            ((FloatVector) IntVector.broadcast(I32_EIGHT, eight)
                            .lanewise(LSHR, NIBBLES)
                            .and(15)
                            .sub(8)
                            .convertShape(I2F, F32_EIGHT, 0))
                    .mul(scale)
                    .intoArray(to, at + j);
            if (VL == 4) {
                ((FloatVector) IntVector.broadcast(I32_EIGHT, eight >>> 16)
                                .lanewise(LSHR, NIBBLES)
                                .and(15)
                                .sub(8)
                                .convertShape(I2F, F32_EIGHT, 0))
                        .mul(scale)
                        .intoArray(to, at + j + 4);
            }
        }
        for (; j < n; j++) {
            int u = ALL.get(INT, from + (first + j) / 8 * 64L) >>> (first + j) % 8 * 4 & 15;
            to[at + j] = (u - 8) * scale;
        }
    }
}
