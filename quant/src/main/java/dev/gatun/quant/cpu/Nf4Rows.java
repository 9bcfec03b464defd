package dev.gatun.quant.cpu;

import static dev.gatun.quant.Nf4Matrix.GROUP;
import static dev.gatun.quant.Nf4Matrix.TILE;
import static dev.gatun.tensor.cpu.Lanes.*;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.LT;

import dev.gatun.quant.Nf4Matrix;
import dev.gatun.quant.QuantState;
import dev.gatun.tensor.DynamicMap;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.cpu.HostBuffer;
import dev.gatun.tensor.cpu.WeightRows;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorSpecies;

/// A matrix of 4-bit codes, by rows.
///
/// Tiled and with vectors that hold the codebook, products go through [Nf4Tiles]; all else is decoded row by row.
final class Nf4Rows implements WeightRows {
    private static final ValueLayout.OfLong EIGHT = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(LITTLE);

    /// Whether the tile kernels serve this width.
    private static final boolean WIDE = VL >= 8;

    private static final VectorSpecies<Long> I64 = VectorSpecies.of(long.class, F32.vectorShape());

    /// The codes of two ints that lie side by side, in turn.
    private static final IntVector IN_TURN =
            IntVector.zero(I32).addIndex(1).lanewise(LSHR, 1).mul(4);

    private static final float[] MAP = DynamicMap.SIGNED.values();

    /// A thread's room for the scales of one tile, where they are doubly quantized.
    private static final ThreadLocal<MemorySegment> DECODED = ThreadLocal.withInitial(() -> MemorySegment.NULL);

    private final Nf4Matrix matrix;
    private final Nf4Layout layout;
    private final float[] table;
    private final long codes;
    private final boolean tiled;
    private final long nestedScales;
    private final boolean nested;
    private final int columns;
    private final int groups;
    private final int scaleBytes;
    private final int pieceBytes;

    /// log₂ of the groups that share a scale of scales.
    private final int nestedShift;

    Nf4Rows(Nf4Matrix matrix) {
        this.matrix = matrix;
        layout = new Nf4Layout(matrix);
        table = matrix.codebook().values();
        codes = HostBuffer.address(matrix.codes());
        tiled = matrix.isTiled();
        Tensor nestedAbsmax = matrix.nestedAbsmax();
        nested = nestedAbsmax != null;
        nestedScales = nestedAbsmax == null ? 0 : HostBuffer.address(nestedAbsmax);
        columns = (int) matrix.columns();
        groups = matrix.groups();
        scaleBytes = matrix.scaleBytes();
        pieceBytes = matrix.pieceBytes();
        nestedShift = Integer.numberOfTrailingZeros(Math.max(1, matrix.blockSize() / GROUP) * QuantState.NESTED_BLOCK);
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

    @Override
    public void arrange(long x, float[] to, int at) {
        Order.copy(x, columns, to, at, columns);
    }

    @Override
    public void dot(float[] x, int at, int pitch, int m, long y, long ldy, long from, long to) {
        if (tiled && WIDE) {
            float[] results = new float[8 * TILE];
            for (long tile = from / TILE; tile * TILE < to; tile++) {
                tile(tile, results, x, at, pitch, m, y, ldy, from, to);
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

    private void tile(long tile, float[] results, float[] x, int at, int pitch, int m, long y, long ldy, long from, long to) {
        long scales = codes + tile * groups * pieceBytes;
        long w = scales + scaleBytes;
        int scaleStep = pieceBytes;
        if (nested) {
            scales = decoded(tile, scales);
            scaleStep = 4 * TILE;
        }
        int i = 0;
        for (; VL == 16 && i < m - 1; i += 8) {
            int rows = Math.min(8, m - i);
            Nf4Tiles.tile16x8(w, pieceBytes, scales, scaleStep, groups, table, x, at + i * pitch, pitch, rows, results, 0);
            for (int l = 0; l < rows; l++) {
                Int4Rows.store(results, TILE * l, tile * TILE, from, to, y + (i + l) * ldy);
            }
        }
        for (; i < m; i++) {
            if (VL == 16) {
                Nf4Tiles.tile16(w, pieceBytes, scales, scaleStep, groups, table, x, at + i * pitch, results, 0);
            } else {
                Nf4Tiles.tile8(w, pieceBytes, scales, scaleStep, groups, table, x, at + i * pitch, results, 0);
                Nf4Tiles.tile8(w + 64, pieceBytes, scales + 64, scaleStep, groups, table, x, at + i * pitch, results, 16);
            }
            Int4Rows.store(results, 0, tile * TILE, from, to, y + i * ldy);
        }
    }

    /// The doubly quantized scales of a tile whose first piece is at `piece`: 32 floats for each group.
    ///
    /// @return where they are, until this thread asks again
    private long decoded(long tile, long piece) {
        MemorySegment room = DECODED.get();
        if (room.byteSize() < 4L * TILE * groups) {
            room = Arena.ofAuto().allocate(4L * TILE * groups, 64);
            DECODED.set(room);
        }
        float[] factors = new float[TILE];
        for (int g = 0; g < groups; ) {
            long end = groups;
            for (int i = 0; i < TILE; i++) {
                long first = Math.min(tile * TILE + i, matrix.rows() - 1) * groups;
                long block = first + g >> nestedShift;
                factors[i] = ALL.get(FLOAT, nestedScales + 4 * block);
                end = Math.min(end, (block + 1 << nestedShift) - first);
            }
            scales(
                    piece + (long) pieceBytes * g,
                    pieceBytes,
                    (int) end - g,
                    MAP,
                    new float[TILE],
                    factors,
                    matrix.offset(),
                    room.address() + 4L * TILE * g);
            g = (int) end;
        }
        return room.address();
    }

    /// `to[32·g + i] = map[codes[g, i]] · factors[i] + offset`. Looked up one by one: a gather is no quicker, and a call unless it is compiled late.
    private static void scales(long codes, int step, int groups, float[] map, float[] looked, float[] factors, float offset, long to) {
        for (int g = 0; g < groups; g++) {
            long from = codes + (long) step * g;
            for (int i = 0; i < TILE; i += 8) {
                long eight = ALL.get(EIGHT, from + i);
                for (int j = 0; j < 8; j++) {
                    looked[i + j] = map[(int) (eight >>> 8 * j) & 0xff];
                }
            }
            for (int i = 0; i < TILE; i += VL) {
                FloatVector.fromArray(F32, looked, i)
                        .mul(FloatVector.fromArray(F32, factors, i))
                        .add(offset)
                        .intoMemorySegment(ALL, to + 4L * (TILE * g + i), LITTLE);
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
        for (int i = 0; i < rows; i++) {
            int c = (int) column;
            int end = c + width;
            int out = at + i * pitch;
            while (c < end) {
                int n = Math.min(end, tiled ? (c & -GROUP) + GROUP : end) - c;
                if (tiled && WIDE && c % 16 == 0 && n % 16 == 0) {
                    long piece = codes + ((row + i) / TILE * groups + c / GROUP) * pieceBytes;
                    long p = piece + scaleBytes + c % GROUP / 16 * (8 * TILE) + (row + i) % TILE * 4;
                    if (VL == 16) {
                        decode16(p, table, scaleOf(row + i, c / GROUP, piece), n, to, out);
                    } else {
                        decode8(p, table, scaleOf(row + i, c / GROUP, piece), n, to, out);
                    }
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

    private float scaleOf(long row, int group, long piece) {
        int i = (int) (row % TILE);
        if (!nested) {
            return ALL.get(FLOAT, piece + 4 * i);
        }
        float scale = ALL.get(FLOAT, nestedScales + (row * groups + group >> nestedShift) * 4);
        return MAP[ALL.get(JAVA_BYTE, piece + i) & 0xff] * scale + matrix.offset();
    }

    /// `n` values, a multiple of 16: two ints of a row have the even and the odd of 16 columns, the next two lie two rows of ints further.
    static void decode16(long p, float[] table, float scale, int n, float[] to, int at) {
        IntVector values = FloatVector.fromArray(F32, table, 0).mul(scale).reinterpretAsInts();
        for (int j = 0; j < n; j += 16) {
            long q = p + (long) j / 16 * (8 * TILE);
            long both = ALL.get(INT, q) & 0xffffffffL | (long) ALL.get(INT, q + 4 * TILE) << 32;
            LongVector.broadcast(I64, both)
                    .reinterpretAsInts()
                    .lanewise(LSHR, IN_TURN)
                    .selectFrom(values)
                    .reinterpretAsFloats()
                    .intoArray(to, at + j);
        }
    }

    /// As [#decode16].
    static void decode8(long p, float[] table, float scale, int n, float[] to, int at) {
        IntVector low = FloatVector.fromArray(F32, table, 0).mul(scale).reinterpretAsInts();
        IntVector high = FloatVector.fromArray(F32, table, 8).mul(scale).reinterpretAsInts();
        IntVector v;
        for (int j = 0; j < n; j += 8) {
            long q = p + (long) j / 16 * (8 * TILE);
            long both = ALL.get(INT, q) & 0xffffffffL | (long) ALL.get(INT, q + 4 * TILE) << 32;
            v = LongVector.broadcast(I64, both).reinterpretAsInts().lanewise(LSHR, IN_TURN);
            v = v.lanewise(LSHR, 2 * (j & 8));
            v.selectFrom(low)
                    .blend(v.selectFrom(high), v.lanewise(LSHL, 28).compare(LT, 0))
                    .reinterpretAsFloats()
                    .intoArray(to, at + j);
        }
    }
}
