package dev.gatun.quant;

/// The kernels of [Int4Weight]. Behind its scales a block has 128 ints of codes: int `64·h + 16·c + i` has those of row `16·h + i`, in bits 4j … 4j + 3
/// that of column `8·c + j` of the group.
public interface Int4Kernels extends TiledKernels {
    /// Bytes of a tile for each group of 32 columns.
    int INT4_BLOCK = SCALE_BYTES + 16 * TILE;
}
