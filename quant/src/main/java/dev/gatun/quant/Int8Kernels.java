package dev.gatun.quant;

/// The kernels of [Int8Weight]. Behind its scales a block has 256 ints of codes: int `32·c + i` has those of row i, in byte j that of column `4·c + j` of
/// the group, plus 128.
public interface Int8Kernels extends TiledKernels {
    /// Bytes of a tile for each group of 32 columns.
    int INT8_BLOCK = SCALE_BYTES + 32 * TILE;
}
