package dev.gatun.quant;

import dev.gatun.tensor.Tensor;

/// The kernels of [Int4Weight]. They take the matrix in **tiles**, the scales among the codes, so that a product reads memory from front to back, a
/// vector of any width holds as many rows, and nothing is summed across lanes:
///
/// - a tile is 32 rows; tiles follow each other along the rows, and the last is filled up with zeros;
/// - a tile has a block of 576 bytes for each group of 32 columns, one after the other;
/// - a block begins with 16 ints of scales: int i has the bf16 of row i in its lower and of row 16 + i in its upper half;
/// - then there are 128 ints of codes: int `64·h + 16·c + i` has those of row `16·h + i`, in bits 4j … 4j + 3 that of column `8·c + j` of the group.
///
/// Where [PackedKernels] speaks of codes, these are the tiles, and the scales are an empty tensor; only [#quantize] writes the stored form.
public interface Int4Kernels extends PackedKernels {
    /// Rows of a tile.
    int TILE = 32;

    /// Bytes of a tile for each group of 32 columns.
    int BLOCK_BYTES = 2 * TILE + 16 * TILE;

    /// Lays a stored matrix out in tiles.
    ///
    /// @param tiles u8 `[⌈N/32⌉, 576·⌈K/32⌉]`, to be written
    /// @param codes u8 `[N, 16·⌈K/32⌉]`
    /// @param scales bf16 `[N, ⌈K/32⌉]`
    void arrange(Tensor tiles, Tensor codes, Tensor scales);

    /// The inverse of [#arrange].
    ///
    /// @param codes u8 `[N, 16·⌈K/32⌉]`, to be written
    /// @param scales bf16 `[N, ⌈K/32⌉]`, to be written
    /// @param tiles as they were arranged
    void restore(Tensor codes, Tensor scales, Tensor tiles);
}
