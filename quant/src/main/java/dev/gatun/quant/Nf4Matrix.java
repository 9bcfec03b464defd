package dev.gatun.quant;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/// A matrix of 4-bit codes as kernels want it. Only they look inside.
///
/// There are two layouts. Where K and the size of blocks are multiples of 64, as in every model of any size, the matrix is **tiled**, the scales among the
/// codes, so that a product reads memory from front to back, a vector of any width holds the codes of as many rows, and nothing is summed across lanes:
///
/// - a tile is 32 rows; tiles follow each other along the rows, and the last is filled up with zeros;
/// - a tile has a piece for each group of 64 columns, one after the other;
/// - a piece begins with the scales of the 32 rows: 32 floats, or, where scales are doubly quantized, 32 bytes, their codes as in a [QuantState];
/// - then there are 256 ints of codes: int `64·p + 32·h + i` has those of row i, in bits 4j … 4j + 3 that of column `16·p + 2·j + h` of the group, for
///   p < 4, h < 2, j < 8.
///
/// Otherwise the matrix stays as it is in a [QuantState], and the same products are slower.
///
/// @param codebook what codes stand for
/// @param blockSize elements that share a scale in the file
/// @param rows N
/// @param columns K
/// @param codes u8, with the scales if it is tiled
/// @param scales as in a file; empty if it is tiled
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

    /// {@return how many tiles there are}
    public long tiles() {
        return (rows + TILE - 1) / TILE;
    }

    /// {@return where the codes of a piece begin, behind the scales}
    public int scaleBytes() {
        return nestedAbsmax == null ? 4 * TILE : TILE;
    }

    /// {@return bytes from piece to piece}
    public int pieceBytes() {
        return scaleBytes() + TILE * GROUP / 2;
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
