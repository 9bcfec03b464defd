package dev.gatun.quant;

import dev.gatun.tensor.Tensor;

/// The kernels of formats that are laid out in **tiles**, the scales among the codes, so that a product reads memory from front to back, a vector of any
/// width holds as many rows, and nothing is summed across lanes:
///
/// - a tile is 32 rows; tiles follow each other along the rows, and the last is filled up with zeros;
/// - a tile has a block for each group of 32 columns, one after the other;
/// - a block begins with 16 ints of scales: int i has the bf16 of row i in its lower and of row 16 + i in its upper half;
/// - then there are its codes, as the format says.
///
/// Where [PackedKernels] speaks of codes, these are the tiles, and the scales are an empty tensor; only [#quantize] writes the stored form.
public interface TiledKernels extends PackedKernels {
    /// Rows of a tile.
    int TILE = 32;

    /// Bytes of a block's scales.
    int SCALE_BYTES = 2 * TILE;

    /// Lays a stored matrix out in tiles.
    ///
    /// @param tiles u8 `[⌈N/32⌉, …]`, to be written
    /// @param codes as stored
    /// @param scales bf16 `[N, ⌈K/32⌉]`
    void arrange(Tensor tiles, Tensor codes, Tensor scales);

    /// The inverse of [#arrange].
    ///
    /// @param codes as stored, to be written
    /// @param scales bf16 `[N, ⌈K/32⌉]`, to be written
    /// @param tiles as they were arranged
    void restore(Tensor codes, Tensor scales, Tensor tiles);
}
