package dev.gatun.quant;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.Shape;

/// How codes and scales of a format are laid out.
enum Packing {
    INT8("int8", Int8Kernels.class, DType.I8, DType.BF16, Int8Kernels.INT8_BLOCK),
    INT8_DYNAMIC("int8-dynamic", Int8DynamicKernels.class, DType.I8, DType.F32, 0),
    INT4("int4", Int4Kernels.class, DType.U8, DType.BF16, Int4Kernels.INT4_BLOCK);

    private static final int GROUP = 32;

    final String title;
    final Class<? extends PackedKernels> kernels;
    final DType codeType;
    final DType scaleType;
    private final int blockBytes;

    Packing(String title, Class<? extends PackedKernels> kernels, DType codeType, DType scaleType, int blockBytes) {
        this.title = title;
        this.kernels = kernels;
        this.codeType = codeType;
        this.scaleType = scaleType;
        this.blockBytes = blockBytes;
    }

    Shape codes(long rows, long columns) {
        return Shape.of(rows, this == INT4 ? groups(columns) * GROUP / 2 : columns);
    }

    Shape scales(long rows, long columns) {
        return this == INT8_DYNAMIC ? Shape.of(rows) : Shape.of(rows, groups(columns));
    }

    /// {@return whether kernels want the matrix in tiles, by [TiledKernels]}
    boolean isTiled() {
        return blockBytes != 0;
    }

    Shape tiles(long rows, long columns) {
        return Shape.of((rows + TiledKernels.TILE - 1) / TiledKernels.TILE, groups(columns) * blockBytes);
    }

    private static long groups(long columns) {
        return (columns + GROUP - 1) / GROUP;
    }
}
