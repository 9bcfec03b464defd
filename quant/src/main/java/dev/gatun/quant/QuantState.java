package dev.gatun.quant;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.DynamicMap;
import dev.gatun.tensor.Shape;
import dev.gatun.tensor.ShapeException;
import dev.gatun.tensor.Tensor;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A matrix of 4-bit codes as bitsandbytes lays it out in a file, byte for byte.
///
/// The matrix is cut into blocks of `blockSize` elements row by row, without regard to where rows end; the last block may be short. Two codes share a byte,
/// **the first in the high nibble**; what follows the last of an odd number is the code of 0. An element is `codebook[code] · absmax[block]`.
///
/// Doubly quantized, `absmax` is itself stored in 8 bits: `absmax[block] = map[code] · nestedAbsmax[block / 256] + offset`, with the [signed
/// map][DynamicMap#SIGNED].
///
/// @param codebook what codes stand for
/// @param blockSize elements that share a scale: 32, 64, … 4096
/// @param rows N
/// @param columns K
/// @param packed u8, ⌈N·K / 2⌉ elements in any shape
/// @param absmax f32, or u8 codes, one for each block
/// @param nestedAbsmax f32, one for 256 blocks; null if `absmax` is f32
/// @param offset the mean of all absmax; 0 if `absmax` is f32
public record QuantState(
        Codebook codebook,
        int blockSize,
        long rows,
        long columns,
        Tensor packed,
        Tensor absmax,
        @Nullable Tensor nestedAbsmax,
        float offset) {
    /// Blocks that share a scale of scales.
    public static final int NESTED_BLOCK = 256;

    private static final Set<Integer> BLOCK_SIZES = Set.of(32, 64, 128, 256, 512, 1024, 2048, 4096);

    /// Checks that the parts fit each other.
    ///
    /// @throws ShapeException if one is of a wrong size or type
    public QuantState {
        long size = Math.multiplyExact(rows, columns);
        if (!BLOCK_SIZES.contains(blockSize)) {
            throw new ShapeException(codebook + ": blocks of " + blockSize + " — want a power of two from 32 to 4096");
        }
        if (rows < 0 || columns < 1 || columns > Integer.MAX_VALUE - 4096) {
            throw new ShapeException(codebook + ": a matrix of " + rows + " by " + columns);
        }
        long blocks = (size + blockSize - 1) / blockSize;
        require(codebook + " codes", packed, DType.U8, (size + 1) / 2, rows, columns);
        if (nestedAbsmax == null) {
            require(codebook + " absmax", absmax, DType.F32, blocks, rows, columns);
        } else {
            require(codebook + " absmax", absmax, DType.U8, blocks, rows, columns);
            require(codebook + " nested_absmax", nestedAbsmax, DType.F32, (blocks + NESTED_BLOCK - 1) / NESTED_BLOCK, rows, columns);
        }
    }

    private static void require(String what, Tensor tensor, DType type, long size, long rows, long columns) {
        if (tensor.dtype() != type || tensor.size() != size || !tensor.isContiguous()) {
            throw new ShapeException(
                    what + ": " + tensor.describe() + " — want " + size + " elements of " + type + " for a matrix of " + rows + " by " + columns);
        }
    }

    /// {@return whether scales are stored in 8 bits}
    public boolean isNested() {
        return nestedAbsmax != null;
    }

    /// {@return how many blocks there are}
    public long blocks() {
        return absmax.size();
    }

    /// {@return the shape that files give the codes: one column}
    ///
    /// @param elements of the matrix
    public static Shape packedShape(long elements) {
        return Shape.of((elements + 1) / 2, 1);
    }
}
