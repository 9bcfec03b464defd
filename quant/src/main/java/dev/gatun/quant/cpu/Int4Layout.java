package dev.gatun.quant.cpu;

import static dev.gatun.quant.Int4Kernels.BLOCK_BYTES;
import static dev.gatun.quant.Int4Kernels.TILE;

import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.cpu.HostBuffer;
import dev.gatun.tensor.cpu.Pool;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// Where in the tiles of [dev.gatun.quant.Int4Kernels] an element is, and the way there from the stored form and back.
final class Int4Layout {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private Int4Layout() {}

    /// {@return where the block of a row and a group begins}
    static long block(long row, int group, int groups) {
        return (row / TILE * groups + group) * BLOCK_BYTES;
    }

    /// {@return where in its block the scale of a row is}
    static int scale(long row) {
        int i = (int) (row % TILE);
        return i % 16 * 4 + i / 16 * 2;
    }

    /// {@return where in its block the first eight codes of a row are}; the next eight are 64 bytes further.
    static int codes(long row) {
        int i = (int) (row % TILE);
        return 64 + i / 16 * 256 + i % 16 * 4;
    }

    /// Stored codes have eight columns in four bytes in the same order as an int of a tile.
    static void arrange(Pool pool, Tensor tiles, Tensor codes, Tensor scales) {
        int groups = (int) scales.dim(1);
        MemorySegment to = HostBuffer.segment(tiles);
        MemorySegment from = HostBuffer.segment(codes);
        MemorySegment fromScales = HostBuffer.segment(scales);
        pool.run(codes.dim(0), TILE, (first, last, worker) -> {
            for (long r = first; r < last; r++) {
                for (int g = 0; g < groups; g++) {
                    long block = block(r, g, groups);
                    long stored = r * groups + g;
                    to.set(SHORT, block + scale(r), fromScales.get(SHORT, 2 * stored));
                    for (int c = 0; c < 4; c++) {
                        to.set(INT, block + codes(r) + 64 * c, from.get(INT, 16 * stored + 4 * c));
                    }
                }
            }
        });
    }

    static void restore(Pool pool, Tensor codes, Tensor scales, Tensor tiles) {
        int groups = (int) scales.dim(1);
        MemorySegment from = HostBuffer.segment(tiles);
        MemorySegment to = HostBuffer.segment(codes);
        MemorySegment toScales = HostBuffer.segment(scales);
        pool.run(codes.dim(0), TILE, (first, last, worker) -> {
            for (long r = first; r < last; r++) {
                for (int g = 0; g < groups; g++) {
                    long block = block(r, g, groups);
                    long stored = r * groups + g;
                    toScales.set(SHORT, 2 * stored, from.get(SHORT, block + scale(r)));
                    for (int c = 0; c < 4; c++) {
                        to.set(INT, 16 * stored + 4 * c, from.get(INT, block + codes(r) + 64 * c));
                    }
                }
            }
        });
    }
}
