package dev.gatun.quant.cpu;

import static dev.gatun.quant.TiledKernels.SCALE_BYTES;
import static dev.gatun.quant.TiledKernels.TILE;

import dev.gatun.quant.Int4Kernels;
import dev.gatun.quant.Int8Kernels;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.cpu.HostBuffer;
import dev.gatun.tensor.cpu.Pool;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Reference;
import java.nio.ByteOrder;

/// Where in the tiles of [dev.gatun.quant.TiledKernels] an element is, and the way there from the stored form and back.
enum TileLayout {
    INT4(Int4Kernels.INT4_BLOCK),
    INT8(Int8Kernels.INT8_BLOCK);

    private static final int GROUP = Rounding.GROUP;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;

    private final int blockBytes;

    TileLayout(int blockBytes) {
        this.blockBytes = blockBytes;
    }

    /// {@return where the block of a row and a group begins}
    long block(long row, int group, int groups) {
        return (row / TILE * groups + group) * blockBytes;
    }

    /// {@return where in its block the scale of a row is}
    static int scale(long row) {
        int i = (int) (row % TILE);
        return i % 16 * 4 + i / 16 * 2;
    }

    /// {@return where in its block the first int of a row's codes is}; the next is [#step] bytes further.
    int codes(long row) {
        int i = (int) (row % TILE);
        return SCALE_BYTES + (this == INT4 ? i / 16 * 256 + i % 16 * 4 : 4 * i);
    }

    /// {@return bytes from int to int of a row}
    int step() {
        return this == INT4 ? 64 : 4 * TILE;
    }

    /// {@return how many groups the rows of tiles have}
    int groups(Tensor tiles) {
        return (int) (tiles.dim(1) / blockBytes);
    }

    /// {@return the code of an element, as a number}
    int code(MemorySegment tiles, long row, int column, int groups) {
        long at = block(row, column / GROUP, groups) + codes(row);
        int k = column % GROUP;
        return this == INT4
                ? (tiles.get(INT, at + k / 8 * step()) >>> 4 * (k % 8) & 15) - 8
                : (tiles.get(BYTE, at + k / 4 * step() + k % 4) & 0xff) - 128;
    }

    void arrange(Pool pool, Tensor tiles, Tensor codes, Tensor scales) {
        int groups = (int) scales.dim(1);
        int stride = (int) codes.dim(1);
        long to = HostBuffer.address(tiles);
        long from = HostBuffer.address(codes);
        long fromScales = HostBuffer.address(scales);
        pool.run(codes.dim(0), TILE, (first, last, worker) -> {
            for (long r = first; r < last; r++) {
                long block = to + block(r, 0, groups);
                ArrangeLoops.scales(block + scale(r), blockBytes, fromScales, 2, r * groups, 1, groups);
                switch (this) {
                    case INT4 -> ArrangeLoops.int4(block + codes(r), step(), blockBytes, from + r * stride, groups);
                    case INT8 -> ArrangeLoops.int8(block + codes(r), step(), blockBytes, from + r * stride, stride);
                }
            }
        });
        Reference.reachabilityFence(tiles);
        Reference.reachabilityFence(codes);
        Reference.reachabilityFence(scales);
    }

    void restore(Pool pool, Tensor codes, Tensor scales, Tensor tiles) {
        int groups = (int) scales.dim(1);
        int stride = (int) codes.dim(1);
        MemorySegment from = HostBuffer.segment(tiles);
        MemorySegment to = HostBuffer.segment(codes);
        MemorySegment toScales = HostBuffer.segment(scales);
        pool.run(codes.dim(0), TILE, (first, last, worker) -> {
            for (long r = first; r < last; r++) {
                for (int g = 0; g < groups; g++) {
                    long block = block(r, g, groups);
                    toScales.set(SHORT, 2 * (r * groups + g), from.get(SHORT, block + scale(r)));
                    long at = block + codes(r);
                    if (this == INT4) {
                        for (int c = 0; c < 4; c++) {
                            to.set(INT, r * stride + 16 * g + 4 * c, from.get(INT, at + c * step()));
                        }
                    } else {
                        for (int k = g * GROUP; k < Math.min(stride, (g + 1) * GROUP); k++) {
                            to.set(BYTE, r * stride + k, (byte) code(from, r, k, groups));
                        }
                    }
                }
            }
        });
    }
}
