package dev.gatun.quant.cpu;

import static dev.gatun.quant.Nf4Matrix.GROUP;
import static dev.gatun.quant.Nf4Matrix.TILE;
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
import java.lang.ref.Reference;
import java.nio.ByteOrder;

/// Where in an [Nf4Matrix] an element is, and the way there from a file and back.
final class Nf4Layout {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
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
            int code = (tiled ? codes.get(JAVA_BYTE, scalePosition(row, column / GROUP)) : scales.get(JAVA_BYTE, block)) & 0xff;
            return DynamicMap.SIGNED.value(code) * nested.get(FLOAT, block / QuantState.NESTED_BLOCK * 4) + matrix.offset();
        }
        return tiled ? codes.get(FLOAT, scalePosition(row, column / GROUP)) : scales.get(FLOAT, 4 * block);
    }

    private long piece(long row, int group) {
        return (row / TILE * matrix.groups() + group) * matrix.pieceBytes();
    }

    private long position(long row, int column) {
        int inGroup = column % GROUP;
        return piece(row, column / GROUP) + matrix.scaleBytes() + (inGroup / 16 * 2 + inGroup % 2) * (4 * TILE) + row % TILE * 4;
    }

    private static int shift(int column) {
        return column % 16 / 2 * 4;
    }

    private long scalePosition(long row, int group) {
        return piece(row, group) + row % TILE * (matrix.scaleBytes() / TILE);
    }

    private static int flatCode(MemorySegment packed, long index) {
        return packed.get(JAVA_BYTE, index >> 1) >>> ((index & 1) == 0 ? 4 : 0) & 15;
    }

    // ---- from a file and back --------------------------------------------------------------

    static Nf4Matrix arrange(Pool pool, QuantState state, Memory memory) {
        long n = state.rows();
        long k = state.columns();
        Tensor nestedAbsmax =
                state.nestedAbsmax() == null ? null : state.nestedAbsmax().copyTo(memory);
        if (!Nf4Matrix.isTiled(k, state.blockSize())) {
            Tensor codes = state.packed().copyTo(memory);
            Tensor scales = state.absmax().copyTo(memory);
            return new Nf4Matrix(state.codebook(), state.blockSize(), n, k, codes, scales, nestedAbsmax, state.offset());
        }
        Tensor none = memory.allocate(state.absmax().dtype(), 0);
        Nf4Matrix sizes = new Nf4Matrix(state.codebook(), state.blockSize(), n, k, none, none, nestedAbsmax, state.offset());
        Tensor codes = memory.allocate(DType.U8, sizes.tiles(), (long) sizes.groups() * sizes.pieceBytes());
        Nf4Matrix matrix = new Nf4Matrix(state.codebook(), state.blockSize(), n, k, codes, none, nestedAbsmax, state.offset());
        long to = HostBuffer.address(codes);
        long packed = HostBuffer.address(state.packed());
        long absmax = HostBuffer.address(state.absmax());
        int groups = matrix.groups();
        int scale = matrix.scaleBytes() / TILE;
        int each = state.blockSize() / GROUP;
        pool.run(n, TILE, (from, end, worker) -> {
            for (long row = from; row < end; row++) {
                long piece = to + row / TILE * groups * matrix.pieceBytes();
                int i = (int) (row % TILE);
                ArrangeLoops.scales(piece + i * scale, matrix.pieceBytes(), absmax, scale, row * groups, each, groups);
                ArrangeLoops.nf4(piece + matrix.scaleBytes() + 4 * i, 4 * TILE, matrix.pieceBytes(), packed + row * k / 2, groups, GROUP);
            }
        });
        Reference.reachabilityFence(codes);
        Reference.reachabilityFence(state);
        return matrix;
    }

    static QuantState restore(Pool pool, Nf4Matrix matrix, Memory memory) {
        long n = matrix.rows();
        long k = matrix.columns();
        Tensor packed = memory.allocate(DType.U8, QuantState.packedShape(n * k));
        Tensor nested =
                matrix.nestedAbsmax() == null ? null : matrix.nestedAbsmax().copyTo(memory);
        if (!matrix.isTiled()) {
            packed.set(matrix.codes().reshape(packed.shape().dims()));
            Tensor absmax = matrix.scales().copyTo(memory);
            return new QuantState(matrix.codebook(), matrix.blockSize(), n, k, packed, absmax, nested, matrix.offset());
        }
        Nf4Layout layout = new Nf4Layout(matrix);
        MemorySegment to = HostBuffer.segment(packed);
        pool.run(n, TILE, (first, last, worker) -> {
            for (long row = first; row < last; row++) {
                for (int column = 0; column < k; column += 2) {
                    to.set(JAVA_BYTE, (row * k + column) / 2, (byte) (layout.code(row, column) << 4 | layout.code(row, column + 1)));
                }
            }
        });
        Tensor absmax = memory.allocate(matrix.scales().dtype(), (n * k + matrix.blockSize() - 1) / matrix.blockSize());
        MemorySegment toScales = HostBuffer.segment(absmax);
        for (long i = 0; i < absmax.size(); i++) {
            long first = i * matrix.blockSize();
            long position = layout.scalePosition(first / k, (int) (first % k) / GROUP);
            if (nested == null) {
                toScales.set(FLOAT, 4 * i, layout.codes.get(FLOAT, position));
            } else {
                toScales.set(JAVA_BYTE, i, layout.codes.get(JAVA_BYTE, position));
            }
        }
        return new QuantState(matrix.codebook(), matrix.blockSize(), n, k, packed, absmax, nested, matrix.offset());
    }
}
