package dev.gatun.quant.cpu;

import static dev.gatun.quant.Int8Kernels.INT8_BLOCK;
import static dev.gatun.quant.TiledKernels.SCALE_BYTES;
import static dev.gatun.quant.TiledKernels.TILE;
import static dev.gatun.quant.cpu.Rounding.GROUP;
import static dev.gatun.tensor.cpu.Lanes.*;
import static jdk.incubator.vector.VectorOperators.B2F;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.cpu.WeightRows;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorSpecies;

/// The rows of an [dev.gatun.quant.Int8Weight], in the tiles of [dev.gatun.quant.Int8Kernels].
///
/// @param tiles their address
/// @param columns K
record Int8Rows(long tiles, int columns) implements WeightRows {
    /// The ints of VL codes, but at least of eight.
    private static final VectorSpecies<Integer> I32_QUARTER = VectorSpecies.of(int.class, I8_QUARTER.vectorShape());

    /// `y[r] = Σ_g s[r,g] · (Σ_k (q[r,k] + 128) · x[k] − 128 · Σ_k x[k])` for VL rows of each half of a tile, in the order of the groups.
    ///
    /// An int has four codes of a row, made positive by 128. A mask leaves byte j where it is, 2^8j times too large, which x makes up for; only the last is
    /// shifted, for its sign.
    ///
    /// | | |
    /// |---|---|
    /// | shapes | the tile at `w`, plus the bytes of the rows before; x as [#arrange] leaves it, `−128 · Σ x` of the groups at `x[sums]`; `y[to + i]` for row i and `y[to + 16 + i]` for row 16 + i, i < VL |
    /// | cost | 1.06 B and 3 instructions of VL lanes per VL weights: **memory-bound** below 29 GB/s per thread |
    static void tile(long w, int groups, float[] x, int at, int sums, float[] y, int to) {
        FloatVector u, e, f;
        IntVector v, s;
        FloatVector a0, b0, y0 = FloatVector.zero(F32), z0 = y0;
        for (int g = 0; g < groups; g++) {
            long block = w + (long) INT8_BLOCK * g;
            a0 = b0 = FloatVector.broadcast(F32, x[sums + g]);
            for (int c = 0; c < 8; c++) {
                long p = block + SCALE_BYTES + 4L * TILE * c;
                int q = at + GROUP * g + 4 * c;
                v = IntVector.fromMemorySegment(I32, ALL, p, LITTLE);
                s = IntVector.fromMemorySegment(I32, ALL, p + 64, LITTLE);
                e = (FloatVector) v.and(0xff).convertShape(I2F, F32, 0);
                f = (FloatVector) s.and(0xff).convertShape(I2F, F32, 0);
                u = FloatVector.broadcast(F32, x[q]);
                a0 = e.fma(u, a0);
                b0 = f.fma(u, b0);
                e = (FloatVector) v.and(0xff00).convertShape(I2F, F32, 0);
                f = (FloatVector) s.and(0xff00).convertShape(I2F, F32, 0);
                u = FloatVector.broadcast(F32, x[q + 1]);
                a0 = e.fma(u, a0);
                b0 = f.fma(u, b0);
                e = (FloatVector) v.and(0xff0000).convertShape(I2F, F32, 0);
                f = (FloatVector) s.and(0xff0000).convertShape(I2F, F32, 0);
                u = FloatVector.broadcast(F32, x[q + 2]);
                a0 = e.fma(u, a0);
                b0 = f.fma(u, b0);
                e = (FloatVector) v.lanewise(LSHR, 24).convertShape(I2F, F32, 0);
                f = (FloatVector) s.lanewise(LSHR, 24).convertShape(I2F, F32, 0);
                u = FloatVector.broadcast(F32, x[q + 3]);
                a0 = e.fma(u, a0);
                b0 = f.fma(u, b0);
            }
            v = IntVector.fromMemorySegment(I32, ALL, block, LITTLE);
            e = v.lanewise(LSHL, 16).reinterpretAsFloats();
            f = v.and(0xffff0000).reinterpretAsFloats();
            y0 = a0.fma(e, y0);
            z0 = b0.fma(f, z0);
        }
        y0.intoArray(y, to);
        z0.intoArray(y, to + 16);
    }

    /// Four rows of x, `pitch` apart, in the order of [#tile]; results 32 apart.
    ///
    /// | | |
    /// |---|---|
    /// | cost | 2 instructions decode VL codes, 4 multiply them: **compute-bound** |
    static void tile4(long w, int groups, float[] x, int at, int sums, int pitch, float[] y, int to) {
        FloatVector u, e, f;
        IntVector v, s;
        FloatVector a0, b0, y0 = FloatVector.zero(F32), z0 = y0;
        FloatVector a1, b1, y1 = FloatVector.zero(F32), z1 = y1;
        FloatVector a2, b2, y2 = FloatVector.zero(F32), z2 = y2;
        FloatVector a3, b3, y3 = FloatVector.zero(F32), z3 = y3;
        for (int g = 0; g < groups; g++) {
            long block = w + (long) INT8_BLOCK * g;
            a0 = b0 = FloatVector.broadcast(F32, x[sums + g]);
            a1 = b1 = FloatVector.broadcast(F32, x[sums + pitch + g]);
            a2 = b2 = FloatVector.broadcast(F32, x[sums + 2 * pitch + g]);
            a3 = b3 = FloatVector.broadcast(F32, x[sums + 3 * pitch + g]);
            for (int c = 0; c < 8; c++) {
                long p = block + SCALE_BYTES + 4L * TILE * c;
                int q = at + GROUP * g + 4 * c;
                v = IntVector.fromMemorySegment(I32, ALL, p, LITTLE);
                s = IntVector.fromMemorySegment(I32, ALL, p + 64, LITTLE);
                e = (FloatVector) v.and(0xff).convertShape(I2F, F32, 0);
                f = (FloatVector) s.and(0xff).convertShape(I2F, F32, 0);
                u = FloatVector.broadcast(F32, x[q]);
                a0 = e.fma(u, a0);
                b0 = f.fma(u, b0);
                u = FloatVector.broadcast(F32, x[q + pitch]);
                a1 = e.fma(u, a1);
                b1 = f.fma(u, b1);
                u = FloatVector.broadcast(F32, x[q + 2 * pitch]);
                a2 = e.fma(u, a2);
                b2 = f.fma(u, b2);
                u = FloatVector.broadcast(F32, x[q + 3 * pitch]);
                a3 = e.fma(u, a3);
                b3 = f.fma(u, b3);
                e = (FloatVector) v.and(0xff00).convertShape(I2F, F32, 0);
                f = (FloatVector) s.and(0xff00).convertShape(I2F, F32, 0);
                u = FloatVector.broadcast(F32, x[q + 1]);
                a0 = e.fma(u, a0);
                b0 = f.fma(u, b0);
                u = FloatVector.broadcast(F32, x[q + pitch + 1]);
                a1 = e.fma(u, a1);
                b1 = f.fma(u, b1);
                u = FloatVector.broadcast(F32, x[q + 2 * pitch + 1]);
                a2 = e.fma(u, a2);
                b2 = f.fma(u, b2);
                u = FloatVector.broadcast(F32, x[q + 3 * pitch + 1]);
                a3 = e.fma(u, a3);
                b3 = f.fma(u, b3);
                e = (FloatVector) v.and(0xff0000).convertShape(I2F, F32, 0);
                f = (FloatVector) s.and(0xff0000).convertShape(I2F, F32, 0);
                u = FloatVector.broadcast(F32, x[q + 2]);
                a0 = e.fma(u, a0);
                b0 = f.fma(u, b0);
                u = FloatVector.broadcast(F32, x[q + pitch + 2]);
                a1 = e.fma(u, a1);
                b1 = f.fma(u, b1);
                u = FloatVector.broadcast(F32, x[q + 2 * pitch + 2]);
                a2 = e.fma(u, a2);
                b2 = f.fma(u, b2);
                u = FloatVector.broadcast(F32, x[q + 3 * pitch + 2]);
                a3 = e.fma(u, a3);
                b3 = f.fma(u, b3);
                e = (FloatVector) v.lanewise(LSHR, 24).convertShape(I2F, F32, 0);
                f = (FloatVector) s.lanewise(LSHR, 24).convertShape(I2F, F32, 0);
                u = FloatVector.broadcast(F32, x[q + 3]);
                a0 = e.fma(u, a0);
                b0 = f.fma(u, b0);
                u = FloatVector.broadcast(F32, x[q + pitch + 3]);
                a1 = e.fma(u, a1);
                b1 = f.fma(u, b1);
                u = FloatVector.broadcast(F32, x[q + 2 * pitch + 3]);
                a2 = e.fma(u, a2);
                b2 = f.fma(u, b2);
                u = FloatVector.broadcast(F32, x[q + 3 * pitch + 3]);
                a3 = e.fma(u, a3);
                b3 = f.fma(u, b3);
            }
            v = IntVector.fromMemorySegment(I32, ALL, block, LITTLE);
            e = v.lanewise(LSHL, 16).reinterpretAsFloats();
            f = v.and(0xffff0000).reinterpretAsFloats();
            y0 = a0.fma(e, y0);
            z0 = b0.fma(f, z0);
            y1 = a1.fma(e, y1);
            z1 = b1.fma(f, z1);
            y2 = a2.fma(e, y2);
            z2 = b2.fma(f, z2);
            y3 = a3.fma(e, y3);
            z3 = b3.fma(f, z3);
        }
        y0.intoArray(y, to);
        z0.intoArray(y, to + 16);
        y1.intoArray(y, to + 1 * TILE);
        z1.intoArray(y, to + 1 * TILE + 16);
        y2.intoArray(y, to + 2 * TILE);
        z2.intoArray(y, to + 2 * TILE + 16);
        y3.intoArray(y, to + 3 * TILE);
        z3.intoArray(y, to + 3 * TILE + 16);
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
        return (GROUP + 1) * groups() + 16;
    }

    @Override
    public void arrange(long x, float[] to, int at) {
        int n = GROUP * groups();
        Order.copy(x, columns, to, at, n);
        Activations.offset(to, at, n);
    }

    @Override
    public void dot(float[] x, int at, int pitch, int m, long y, long ldy, long from, long to) {
        float[] out = new float[4 * TILE];
        int groups = groups();
        int sums = at + GROUP * groups;
        for (long tile = from / TILE; tile * TILE < to; tile++) {
            long w = tiles + tile * groups * INT8_BLOCK;
            int i = 0;
            for (; i <= m - 4; i += 4) {
                for (int r = 0; r < 16; r += VL) {
                    tile4(w + 4 * r, groups, x, at + i * pitch, sums + i * pitch, pitch, out, r);
                }
                for (int l = 0; l < 4; l++) {
                    Int4Rows.store(out, l * TILE, tile * TILE, from, to, y + (i + l) * ldy);
                }
            }
            for (; i < m; i++) {
                for (int r = 0; r < 16; r += VL) {
                    tile(w + 4 * r, groups, x, at + i * pitch, sums + i * pitch, out, r);
                }
                Int4Rows.store(out, 0, tile * TILE, from, to, y + i * ldy);
            }
        }
    }

    @Override
    public void fill(long row, int rows, long column, int columns, float[] to, int at, int pitch) {
        int groups = groups();
        int first = (int) column / GROUP;
        int count = ((int) column + columns + GROUP - 1) / GROUP - first;
        int[] ints = new int[8 * count];
        for (int i = 0; i < rows; i++) {
            long block = tiles + TileLayout.INT8.block(row + i, first, groups);
            gather(block + TileLayout.INT8.codes(row + i), count, ints);
            int n;
            for (int j = 0; j < columns; j += n) {
                int k = (int) column + j;
                int g = k / GROUP - first;
                n = Math.min(columns - j, GROUP - k % GROUP);
                float scale = DType.bf16ToFloat(ALL.get(SHORT, block + (long) INT8_BLOCK * g + TileLayout.scale(row + i)));
                if (n == GROUP) {
                    widen(ints, 8 * g, scale, to, at + i * pitch + j);
                } else {
                    widen(ints, 8 * g, k % GROUP, n, scale, to, at + i * pitch + j);
                }
            }
        }
    }

    /// A row's ints of so many groups, side by side, as signed bytes.
    private static void gather(long from, int count, int[] ints) {
        for (int g = 0; g < count; g++) {
            long p = from + (long) INT8_BLOCK * g;
            ints[8 * g] = ALL.get(INT, p) ^ 0x80808080;
            ints[8 * g + 1] = ALL.get(INT, p + 4 * TILE) ^ 0x80808080;
            ints[8 * g + 2] = ALL.get(INT, p + 8 * TILE) ^ 0x80808080;
            ints[8 * g + 3] = ALL.get(INT, p + 12 * TILE) ^ 0x80808080;
            ints[8 * g + 4] = ALL.get(INT, p + 16 * TILE) ^ 0x80808080;
            ints[8 * g + 5] = ALL.get(INT, p + 20 * TILE) ^ 0x80808080;
            ints[8 * g + 6] = ALL.get(INT, p + 24 * TILE) ^ 0x80808080;
            ints[8 * g + 7] = ALL.get(INT, p + 28 * TILE) ^ 0x80808080;
        }
    }

    /// `to[at + j] = q[j] · scale` for the 32 columns of a group, whose ints begin at `from`.
    private static void widen(int[] ints, int from, float scale, float[] to, int at) {
        ByteVector q;
        for (int j = 0; j < GROUP; j += 4 * I32_QUARTER.length()) {
            q = IntVector.fromArray(I32_QUARTER, ints, from + j / 4).reinterpretAsBytes();
            ((FloatVector) q.convertShape(B2F, F32, 0)).mul(scale).intoArray(to, at + j);
            if (VL == 4) {
                ((FloatVector) q.convertShape(B2F, F32, 1)).mul(scale).intoArray(to, at + j + 4);
            }
        }
    }

    /// The same for some columns of a group.
    private static void widen(int[] ints, int from, int first, int n, float scale, float[] to, int at) {
        for (int j = 0; j < n; j++) {
            int k = first + j;
            to[at + j] = (byte) (ints[from + k / 4] >> k % 4 * 8) * scale;
        }
    }
}
