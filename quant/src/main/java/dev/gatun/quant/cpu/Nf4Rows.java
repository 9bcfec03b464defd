package dev.gatun.quant.cpu;

import static dev.gatun.quant.Nf4Matrix.GROUP;
import static dev.gatun.quant.Nf4Matrix.TILE;
import static dev.gatun.quant.Nf4Matrix.UNIT;
import static dev.gatun.tensor.cpu.Lanes.*;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.LT;

import dev.gatun.quant.Nf4Matrix;
import dev.gatun.quant.QuantState;
import dev.gatun.tensor.DynamicMap;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.cpu.HostBuffer;
import dev.gatun.tensor.cpu.WeightRows;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/// A matrix of 4-bit codes, by rows.
///
/// Tiled and with vectors that hold the codebook, products go through [Nf4Tiles]; all else is decoded row by row.
final class Nf4Rows implements WeightRows {
    /// Whether the tile kernels serve this width.
    private static final boolean WIDE = VL >= 8;

    private static final int TILE_BYTES = TILE * UNIT / 2;

    /// Int `32·c` of a tile, for the 16 ints of one row.
    private static final int ROW_STEP = 4 * TILE;

    private final Nf4Matrix matrix;
    private final Nf4Layout layout;
    private final float[] table;
    private final long codes;
    private final long scales;
    private final boolean tiled;
    private final long nestedScales;
    private final boolean nested;
    private final float[] map = DynamicMap.SIGNED.values();
    private final int columns;

    Nf4Rows(Nf4Matrix matrix) {
        this.matrix = matrix;
        layout = new Nf4Layout(matrix);
        table = matrix.codebook().values();
        codes = HostBuffer.address(matrix.codes());
        scales = HostBuffer.address(matrix.scales());
        tiled = matrix.isTiled();
        Tensor nestedAbsmax = matrix.nestedAbsmax();
        nested = nestedAbsmax != null;
        nestedScales = nestedAbsmax == null ? 0 : HostBuffer.address(nestedAbsmax);
        columns = (int) matrix.columns();
    }

    @Override
    public int columns() {
        return columns;
    }

    @Override
    public int rowsAtOnce() {
        return TILE;
    }

    // ---- products --------------------------------------------------------------------------

    /// For tiles: the columns `16·j + c` of a unit at `8·c + j`; of half a unit at `4·c + j`.
    @Override
    public void arrange(long x, float[] to, int at) {
        if (!tiled || !WIDE) {
            for (int j = 0; j < columns; j++) {
                to[at + j] = ALL.get(FLOAT, x + 4L * j);
            }
            return;
        }
        for (int o = 0; o < columns; o += UNIT) {
            int n = Math.min(UNIT, columns - o) / 16;
            for (int c = 0; c < 16; c++) {
                for (int j = 0; j < n; j++) {
                    to[at + o + n * c + j] = ALL.get(FLOAT, x + 4L * (o + 16 * j + c));
                }
            }
        }
    }

    @Override
    public void dot(float[] x, int at, int pitch, int m, long y, long ldy, long from, long to) {
        if (tiled && WIDE) {
            float[] scratch = new float[matrix.groups() * TILE + 4 * TILE];
            for (long tile = from / TILE; tile * TILE < to; tile++) {
                tile(tile, scratch, x, at, pitch, m, y, ldy, from, to);
            }
        } else {
            float[] row = new float[columns + VL];
            for (long r = from; r < to; r++) {
                fill(r, 1, 0, columns, row, 0, 0);
                for (int i = 0; i < m; i++) {
                    ALL.set(FLOAT, y + i * ldy + 4 * r, dot(row, x, at + i * pitch, columns));
                }
            }
        }
    }

    private void tile(long tile, float[] scratch, float[] x, int at, int pitch, int m, long y, long ldy, long from, long to) {
        int result = matrix.groups() * TILE;
        long w = codes + tile * matrix.units() * TILE_BYTES;
        scales(tile, scratch);
        int i = 0;
        for (; VL == 16 && i <= m - 4; i += 4) {
            Nf4Tiles.tile16x4(w, scratch, table, x, at + i * pitch, pitch, columns, scratch, result);
            for (int l = 0; l < 4; l++) {
                store(scratch, result + TILE * l, tile * TILE, from, to, y + (i + l) * ldy);
            }
        }
        for (; i < m; i++) {
            if (VL == 16) {
                Nf4Tiles.tile16(w, scratch, table, x, at + i * pitch, columns, scratch, result);
            } else {
                Nf4Tiles.tile8(w, scratch, 0, table, x, at + i * pitch, columns, scratch, result);
                Nf4Tiles.tile8(w + 64, scratch, 16, table, x, at + i * pitch, columns, scratch, result + 16);
            }
            store(scratch, result, tile * TILE, from, to, y + i * ldy);
        }
    }

    /// The scales of a tile's rows, group by group.
    private void scales(long tile, float[] to) {
        int groups = matrix.groups();
        if (!nested) {
            long p = scales + 4 * tile * groups * TILE;
            for (int j = 0; j < groups * TILE; j += VL) {
                FloatVector.fromMemorySegment(F32, ALL, p + 4L * j, LITTLE).intoArray(to, j);
            }
            return;
        }
        int perBlock = matrix.blockSize() / GROUP;
        for (int i = 0; i < TILE; i++) {
            long row = tile * TILE + i;
            if (row < matrix.rows()) {
                nestedScales(row * groups, groups, perBlock, to, i);
            } else {
                for (int g = 0; g < groups; g++) {
                    to[g * TILE + i] = 0;
                }
            }
        }
    }

    /// The doubly quantized scales of one row, whose first group is `first` of the matrix.
    private void nestedScales(long first, int groups, int perBlock, float[] to, int at) {
        long p = nestedScales;
        float offset = matrix.offset();
        for (int g = 0; g < groups; ) {
            long block = (first + g) / perBlock;
            long run = (block / QuantState.NESTED_BLOCK + 1) * QuantState.NESTED_BLOCK * perBlock - first;
            int end = (int) Math.min(groups, run);
            float scale = ALL.get(FLOAT, p + block / QuantState.NESTED_BLOCK * 4);
            if (perBlock == 1) {
                for (; g < end; g++) {
                    to[at + g * TILE] = map[ALL.get(ValueLayout.JAVA_BYTE, scales + first + g) & 0xff] * scale + offset;
                }
            }
            for (; g < end; g++) {
                to[at + g * TILE] = map[ALL.get(ValueLayout.JAVA_BYTE, scales + (first + g) / perBlock) & 0xff] * scale + offset;
            }
        }
    }

    private static void store(float[] results, int at, long first, long from, long to, long y) {
        for (int i = 0; i < TILE; i++) {
            long r = first + i;
            if (r >= from && r < to) {
                ALL.set(FLOAT, y + 4 * r, results[at + i]);
            }
        }
    }

    /// `Σ_k w[k] · x[at + k]`, by the tree of Lanes.
    private static float dot(float[] w, float[] x, int at, int k) {
        FloatVector sum = FloatVector.zero(F32);
        int j = 0;
        for (; j <= k - VL; j += VL) {
            sum = FloatVector.fromArray(F32, w, j).fma(FloatVector.fromArray(F32, x, at + j), sum);
        }
        sum = sum.add(sum.rearrange(SWAP1));
        sum = sum.add(sum.rearrange(SWAP2));
        if (VL > 4) {
            sum = sum.add(sum.rearrange(SWAP4));
        }
        if (VL > 8) {
            sum = sum.add(sum.rearrange(SWAP8));
        }
        float rest = sum.lane(0);
        for (; j < k; j++) {
            rest += w[j] * x[at + j];
        }
        return rest;
    }

    // ---- decoding --------------------------------------------------------------------------

    @Override
    public void fill(long row, int rows, long column, int width, float[] to, int at, int pitch) {
        int[] ints = new int[16];
        for (int i = 0; i < rows; i++) {
            int c = (int) column;
            int end = c + width;
            int out = at + i * pitch;
            while (c < end) {
                int n = Math.min(end, tiled ? (c & -GROUP) + GROUP : end) - c;
                if (tiled && WIDE && c % 16 == 0 && n % 16 == 0) {
                    float scale = nested ? layout.scale(row + i, c) : scaleOf(row + i, c / GROUP);
                    group(row + i, c, n, scale, ints, to, out);
                } else {
                    for (int l = 0; l < n; l++) {
                        to[out + l] = table[layout.code(row + i, c + l)] * layout.scale(row + i, c + l);
                    }
                }
                c += n;
                out += n;
            }
        }
    }

    private float scaleOf(long row, int group) {
        return ALL.get(FLOAT, scales + 4 * ((row / TILE * matrix.groups() + group) * TILE + row % TILE));
    }

    /// `n ≤ 64` values of a group, in steps of 16.
    private void group(long row, int column, int n, float scale, int[] ints, float[] to, int at) {
        long p = codes + (row / TILE * matrix.units() + column / UNIT) * TILE_BYTES + row % TILE * 4;
        for (int c = 0; c < 16; c++) {
            ints[c] = ALL.get(INT, p + (long) c * ROW_STEP);
        }
        int first = column % UNIT / 16;
        if (VL == 16) {
            decode16(ints, table, scale, first, n / 16, to, at);
        } else {
            decode8(ints, table, scale, first, n / 16, to, at);
        }
    }

    /// `to[at + 16·j + c] = scale · table[code j of ints[c]]` for `count` codes from `first`.
    static void decode16(int[] ints, float[] table, float scale, int first, int count, float[] to, int at) {
        IntVector values = FloatVector.fromArray(F32, table, 0).mul(scale).reinterpretAsInts();
        IntVector v = IntVector.fromArray(I32, ints, 0).lanewise(LSHR, 4 * first);
        for (int j = 0; j < count; j++) {
            v.selectFrom(values).reinterpretAsFloats().intoArray(to, at + 16 * j);
            v = v.lanewise(LSHR, 4);
        }
    }

    /// As [#decode16].
    static void decode8(int[] ints, float[] table, float scale, int first, int count, float[] to, int at) {
        IntVector low = FloatVector.fromArray(F32, table, 0).mul(scale).reinterpretAsInts();
        IntVector high = FloatVector.fromArray(F32, table, 8).mul(scale).reinterpretAsInts();
        for (int half = 0; half < 16; half += 8) {
            IntVector v = IntVector.fromArray(I32, ints, half).lanewise(LSHR, 4 * first);
            for (int j = 0; j < count; j++) {
                v.selectFrom(low)
                        .blend(v.selectFrom(high), v.lanewise(LSHL, 28).compare(LT, 0))
                        .reinterpretAsFloats()
                        .intoArray(to, at + 16 * j + half);
                v = v.lanewise(LSHR, 4);
            }
        }
    }
}
