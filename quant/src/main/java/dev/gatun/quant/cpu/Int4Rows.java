package dev.gatun.quant.cpu;

import static dev.gatun.quant.Int4Kernels.BLOCK_BYTES;
import static dev.gatun.quant.Int4Kernels.TILE;
import static dev.gatun.tensor.cpu.Lanes.*;
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
        FloatVector e = FloatVector.zero(F32), f = e, t;
        ShortVector a, b, x0, x1, x2, x3;
        IntVector v;
        for (int g = 0; g < groups; g++) {
            int p = at + 2 * groups + 16 * g;
            long q = w + (long) BLOCK_BYTES * g;
            a = b = FloatVector.broadcast(F32, x[at + groups + g]).reinterpretAsShorts();
            x0 = FloatVector.broadcast(F32, x[p + 0]).reinterpretAsShorts();
            x1 = FloatVector.broadcast(F32, x[p + 1]).reinterpretAsShorts();
            x2 = FloatVector.broadcast(F32, x[p + 2]).reinterpretAsShorts();
            x3 = FloatVector.broadcast(F32, x[p + 3]).reinterpretAsShorts();
            v = IntVector.fromMemorySegment(I32, ALL, q + 64, LITTLE);
            a = a.add(v.reinterpretAsShorts().mul(x0))
                    .add(v.lanewise(LSHR, 4).reinterpretAsShorts().mul(x1))
                    .add(v.lanewise(LSHR, 8).reinterpretAsShorts().mul(x2))
                    .add(v.lanewise(LSHR, 12).reinterpretAsShorts().mul(x3));
            v = IntVector.fromMemorySegment(I32, ALL, q + 320, LITTLE);
            b = b.add(v.reinterpretAsShorts().mul(x0))
                    .add(v.lanewise(LSHR, 4).reinterpretAsShorts().mul(x1))
                    .add(v.lanewise(LSHR, 8).reinterpretAsShorts().mul(x2))
                    .add(v.lanewise(LSHR, 12).reinterpretAsShorts().mul(x3));
            x0 = FloatVector.broadcast(F32, x[p + 4]).reinterpretAsShorts();
            x1 = FloatVector.broadcast(F32, x[p + 5]).reinterpretAsShorts();
            x2 = FloatVector.broadcast(F32, x[p + 6]).reinterpretAsShorts();
            x3 = FloatVector.broadcast(F32, x[p + 7]).reinterpretAsShorts();
            v = IntVector.fromMemorySegment(I32, ALL, q + 128, LITTLE);
            a = a.add(v.reinterpretAsShorts().mul(x0))
                    .add(v.lanewise(LSHR, 4).reinterpretAsShorts().mul(x1))
                    .add(v.lanewise(LSHR, 8).reinterpretAsShorts().mul(x2))
                    .add(v.lanewise(LSHR, 12).reinterpretAsShorts().mul(x3));
            v = IntVector.fromMemorySegment(I32, ALL, q + 384, LITTLE);
            b = b.add(v.reinterpretAsShorts().mul(x0))
                    .add(v.lanewise(LSHR, 4).reinterpretAsShorts().mul(x1))
                    .add(v.lanewise(LSHR, 8).reinterpretAsShorts().mul(x2))
                    .add(v.lanewise(LSHR, 12).reinterpretAsShorts().mul(x3));
            x0 = FloatVector.broadcast(F32, x[p + 8]).reinterpretAsShorts();
            x1 = FloatVector.broadcast(F32, x[p + 9]).reinterpretAsShorts();
            x2 = FloatVector.broadcast(F32, x[p + 10]).reinterpretAsShorts();
            x3 = FloatVector.broadcast(F32, x[p + 11]).reinterpretAsShorts();
            v = IntVector.fromMemorySegment(I32, ALL, q + 192, LITTLE);
            a = a.add(v.reinterpretAsShorts().mul(x0))
                    .add(v.lanewise(LSHR, 4).reinterpretAsShorts().mul(x1))
                    .add(v.lanewise(LSHR, 8).reinterpretAsShorts().mul(x2))
                    .add(v.lanewise(LSHR, 12).reinterpretAsShorts().mul(x3));
            v = IntVector.fromMemorySegment(I32, ALL, q + 448, LITTLE);
            b = b.add(v.reinterpretAsShorts().mul(x0))
                    .add(v.lanewise(LSHR, 4).reinterpretAsShorts().mul(x1))
                    .add(v.lanewise(LSHR, 8).reinterpretAsShorts().mul(x2))
                    .add(v.lanewise(LSHR, 12).reinterpretAsShorts().mul(x3));
            x0 = FloatVector.broadcast(F32, x[p + 12]).reinterpretAsShorts();
            x1 = FloatVector.broadcast(F32, x[p + 13]).reinterpretAsShorts();
            x2 = FloatVector.broadcast(F32, x[p + 14]).reinterpretAsShorts();
            x3 = FloatVector.broadcast(F32, x[p + 15]).reinterpretAsShorts();
            v = IntVector.fromMemorySegment(I32, ALL, q + 256, LITTLE);
            a = a.add(v.reinterpretAsShorts().mul(x0))
                    .add(v.lanewise(LSHR, 4).reinterpretAsShorts().mul(x1))
                    .add(v.lanewise(LSHR, 8).reinterpretAsShorts().mul(x2))
                    .add(v.lanewise(LSHR, 12).reinterpretAsShorts().mul(x3));
            v = IntVector.fromMemorySegment(I32, ALL, q + 512, LITTLE);
            b = b.add(v.reinterpretAsShorts().mul(x0))
                    .add(v.lanewise(LSHR, 4).reinterpretAsShorts().mul(x1))
                    .add(v.lanewise(LSHR, 8).reinterpretAsShorts().mul(x2))
                    .add(v.lanewise(LSHR, 12).reinterpretAsShorts().mul(x3));
            v = IntVector.fromMemorySegment(I32, ALL, q, LITTLE);
            t = FloatVector.broadcast(F32, x[at + g]);
            e = ((FloatVector) a.reinterpretAsInts()
                            .lanewise(LSHL, 16)
                            .add(a.reinterpretAsInts())
                            .lanewise(ASHR, 16)
                            .convertShape(I2F, F32, 0))
                    .fma(v.lanewise(LSHL, 16).reinterpretAsFloats().mul(t), e);
            f = ((FloatVector) b.reinterpretAsInts()
                            .lanewise(LSHL, 16)
                            .add(b.reinterpretAsInts())
                            .lanewise(ASHR, 16)
                            .convertShape(I2F, F32, 0))
                    .fma(v.and(0xffff0000).reinterpretAsFloats().mul(t), f);
        }
        e.intoArray(y, to);
        f.intoArray(y, to + 16);
    }

    private int groups() {
        return Rounding.groups(columns);
    }

    @Override
    public int rowsAtOnce() {
        return TILE;
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
        float[] out = new float[TILE];
        int groups = groups();
        for (long tile = from / TILE; tile * TILE < to; tile++) {
            long w = tiles + tile * groups * BLOCK_BYTES;
            for (int i = 0; i < m; i++) {
                for (int r = 0; r < 16; r += VL) {
                    tile(w + 4 * r, groups, x, at + i * pitch, out, r);
                }
                Int4Products.store(out, 0, tile * TILE, from, to, y + i * ldy);
            }
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
                long block = tiles + Int4Layout.block(row + i, k / Rounding.GROUP, groups);
                float scale = DType.bf16ToFloat(ALL.get(SHORT, block + Int4Layout.scale(row + i)));
                widen(block + Int4Layout.codes(row + i), k % Rounding.GROUP, n, scale, to, at + i * pitch + j);
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
