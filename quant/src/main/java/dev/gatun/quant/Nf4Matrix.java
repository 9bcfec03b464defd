package dev.gatun.quant;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/// A matrix of 4-bit codes as kernels want it. Only they look inside.
///
/// There are two layouts. Where K and the size of blocks are multiples of 64, as in every model of any size, the matrix is **tiled**, so that a vector of any
/// width holds the codes of as many rows, and a product reads memory from front to back and needs no sums across lanes:
///
/// - a tile is 32 rows by 128 columns, 2048 bytes; tiles follow each other along the columns, then along the rows;
/// - int `32·c + i` of a tile has the codes of row i: in bits 4j … 4j+3 that of column `16·j + c`, for c < 16, j < 8;
/// - `scales[(32·g + i)]` of a tile's 32 rows is the scale of row i in the columns 64·g …: `K / 64` times 32 floats for each row of tiles.
///
/// Missing rows and columns of the last tiles have the code 0 and the scale 0. Doubly quantized scales stay as they are in a [QuantState].
///
/// Otherwise the matrix stays as it is in a [QuantState], and the same products are slower.
///
/// @param codebook what codes stand for
/// @param blockSize elements that share a scale in the file
/// @param rows N
/// @param columns K
/// @param codes u8
/// @param scales f32, or u8 codes
/// @param nestedAbsmax f32, or null
/// @param offset added to nested scales
public record Nf4Matrix(
        Codebook codebook,
        int blockSize,
        long rows,
        long columns,
        Tensor codes,
        Tensor scales,
        @Nullable Tensor nestedAbsmax,
        float offset) {
    /// Rows of a tile.
    public static final int TILE = 32;

    /// Columns of a tile.
    public static final int UNIT = 128;

    /// Columns that share a scale in a tile.
    public static final int GROUP = 64;

    /// {@return whether a matrix of this size is tiled}
    ///
    /// @param columns K
    /// @param blockSize elements that share a scale
    public static boolean isTiled(long columns, int blockSize) {
        return columns % GROUP == 0 && blockSize % GROUP == 0;
    }

    /// {@return whether it is tiled}
    public boolean isTiled() {
        return isTiled(columns, blockSize);
    }

    /// {@return how many tiles lie beside each other}
    public long units() {
        return (columns + UNIT - 1) / UNIT;
    }

    /// {@return how many tiles lie below each other}
    public long tiles() {
        return (rows + TILE - 1) / TILE;
    }

    /// {@return how many groups a row has}
    public int groups() {
        return (int) (columns / GROUP);
    }

    /// {@return how much memory it takes}
    public long bytes() {
        long nested = nestedAbsmax == null ? 0 : 4 * nestedAbsmax.size();
        return codes.size() + (scales.dtype() == DType.F32 ? 4 : 1) * scales.size() + nested;
    }
}
