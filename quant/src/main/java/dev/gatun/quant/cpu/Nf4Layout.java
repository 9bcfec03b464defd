package dev.gatun.quant.cpu;

import static dev.gatun.quant.Nf4Matrix.GROUP;
import static dev.gatun.quant.Nf4Matrix.TILE;
import static dev.gatun.quant.Nf4Matrix.UNIT;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.gatun.quant.Nf4Matrix;
import dev.gatun.quant.QuantState;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.DynamicMap;
import dev.gatun.tensor.Memory;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.cpu.HostBuffer;
import dev.gatun.tensor.cpu.Pool;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// Where in an [Nf4Matrix] an element is, and the way there from a file and back.
final class Nf4Layout {
    private static final int TILE_BYTES = TILE * UNIT / 2;
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final Nf4Matrix matrix;
    private final MemorySegment codes;
    private final MemorySegment scales;
    private final MemorySegment nested;
    private final boolean tiled;
    private final int columns;

    Nf4Layout(Nf4Matrix matrix) {
        this.matrix = matrix;
        codes = HostBuffer.segment(matrix.codes());
        scales = HostBuffer.segment(matrix.scales());
        nested = matrix.nestedAbsmax() == null ? MemorySegment.NULL : HostBuffer.segment(matrix.nestedAbsmax());
        tiled = matrix.isTiled();
        columns = (int) matrix.columns();
    }

    /// {@return the code of an element}
    int code(long row, int column) {
        if (tiled) {
            return codes.get(INT, position(row, column)) >>> shift(column) & 15;
        }
        return flatCode(codes, row * columns + column);
    }

    /// {@return the scale of an element}
    float scale(long row, int column) {
        long block = (row * columns + column) / matrix.blockSize();
        if (matrix.nestedAbsmax() != null) {
            return nestedScale(block);
        }
        return scales.get(FLOAT, tiled ? scalePosition(row, column / GROUP) : 4 * block);
    }

    /// {@return the scale of a block, if it is doubly quantized}
    float nestedScale(long block) {
        int code = scales.get(JAVA_BYTE, block) & 0xff;
        return DynamicMap.SIGNED.value(code) * nested.get(FLOAT, block / QuantState.NESTED_BLOCK * 4) + matrix.offset();
    }

    private long position(long row, int column) {
        long tile = row / TILE * matrix.units() + column / UNIT;
        return tile * TILE_BYTES + (column % 16 * TILE + row % TILE) * 4;
    }

    private static int shift(int column) {
        return column % UNIT / 16 * 4;
    }

    private long scalePosition(long row, int group) {
        return 4 * ((row / TILE * matrix.groups() + group) * TILE + row % TILE);
    }

    private static int flatCode(MemorySegment packed, long index) {
        return packed.get(JAVA_BYTE, index >> 1) >>> ((index & 1) == 0 ? 4 : 0) & 15;
    }

    // ---- from a file and back --------------------------------------------------------------

    static Nf4Matrix arrange(Pool pool, QuantState state, Memory memory) {
        long n = state.rows();
        long k = state.columns();
        boolean tiled = Nf4Matrix.isTiled(k, state.blockSize());
        long tiles = (n + TILE - 1) / TILE;
        Tensor codes = tiled
                ? memory.allocate(DType.U8, tiles, (k + UNIT - 1) / UNIT * TILE_BYTES)
                : state.packed().copyTo(memory);
        Tensor nestedAbsmax =
                state.nestedAbsmax() == null ? null : state.nestedAbsmax().copyTo(memory);
        Tensor scales = tiled && nestedAbsmax == null
                ? memory.allocate(DType.F32, tiles, k / GROUP * TILE)
                : state.absmax().copyTo(memory);
        Nf4Matrix matrix = new Nf4Matrix(state.codebook(), state.blockSize(), n, k, codes, scales, nestedAbsmax, state.offset());
        if (tiled) {
            Nf4Layout layout = new Nf4Layout(matrix);
            MemorySegment packed = HostBuffer.segment(state.packed());
            MemorySegment absmax = HostBuffer.segment(state.absmax());
            pool.run(tiles, 1, (from, to, worker) -> {
                for (long row = from * TILE; row < to * TILE; row++) {
                    layout.put(row, row < n, packed, absmax);
                }
            });
        }
        return matrix;
    }

    /// Puts a row into its tiles; one that is missing is all zeros.
    private void put(long row, boolean present, MemorySegment packed, MemorySegment absmax) {
        int[] ints = new int[16];
        for (int column = 0; column < columns; column += UNIT) {
            long from = (row * columns + column) / 2;
            long to = position(row, column);
            int n = present ? Math.min(UNIT, columns - column) / 16 : 0;
            for (int c = 0; c < 16; c++) {
                ints[c] = 0;
            }
            for (int j = 0; j < n; j++) {
                long codes16 = Long.reverseBytes(packed.get(LONG, from + 8L * j)); // the first in the highest bits
                for (int c = 0; c < 16; c++) {
                    ints[c] |= (int) (codes16 >>> 60 - 4 * c & 15) << 4 * j;
                }
            }
            for (int c = 0; c < 16; c++) {
                codes.set(INT, to + c * TILE * 4L, ints[c]);
            }
        }
        for (int g = 0; g < matrix.groups() && matrix.nestedAbsmax() == null; g++) {
            long block = (row * columns + g * GROUP) / matrix.blockSize();
            scales.set(FLOAT, scalePosition(row, g), present ? absmax.get(FLOAT, 4 * block) : 0);
        }
    }

    static QuantState restore(Pool pool, Nf4Matrix matrix, Memory memory) {
        long n = matrix.rows();
        long k = matrix.columns();
        Tensor packed = memory.allocate(DType.U8, QuantState.packedShape(n * k));
        if (matrix.isTiled()) {
            Nf4Layout layout = new Nf4Layout(matrix);
            MemorySegment to = HostBuffer.segment(packed);
            pool.run(n, TILE, (first, last, worker) -> {
                for (long i = first * k / 2; i < last * k / 2; i++) {
                    long row = 2 * i / k;
                    int column = (int) (2 * i % k);
                    to.set(JAVA_BYTE, i, (byte) (layout.code(row, column) << 4 | layout.code(row, column + 1)));
                }
            });
        } else {
            packed.set(matrix.codes().reshape(packed.shape().dims()));
        }
        Tensor absmax = matrix.scales().copyTo(memory);
        if (matrix.isTiled() && matrix.nestedAbsmax() == null) {
            absmax = memory.allocate(DType.F32, (n * k + matrix.blockSize() - 1) / matrix.blockSize());
            Nf4Layout layout = new Nf4Layout(matrix);
            MemorySegment to = HostBuffer.segment(absmax);
            for (long i = 0; i < absmax.size(); i++) {
                long first = i * matrix.blockSize();
                to.set(FLOAT, 4 * i, layout.scale(first / k, (int) (first % k)));
            }
        }
        Tensor nested =
                matrix.nestedAbsmax() == null ? null : matrix.nestedAbsmax().copyTo(memory);
        return new QuantState(matrix.codebook(), matrix.blockSize(), n, k, packed, absmax, nested, matrix.offset());
    }
}
