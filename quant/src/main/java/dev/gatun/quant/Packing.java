package dev.gatun.quant;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.Shape;

/// How codes and scales of a format are laid out.
enum Packing {
    INT8("int8", Int8Kernels.class, DType.I8, DType.BF16),
    INT8_DYNAMIC("int8-dynamic", Int8DynamicKernels.class, DType.I8, DType.F32),
    INT4("int4", Int4Kernels.class, DType.U8, DType.BF16);

    private static final int GROUP = 32;

    final String title;
    final Class<? extends PackedKernels> kernels;
    final DType codeType;
    final DType scaleType;

    Packing(String title, Class<? extends PackedKernels> kernels, DType codeType, DType scaleType) {
        this.title = title;
        this.kernels = kernels;
        this.codeType = codeType;
        this.scaleType = scaleType;
    }

    Shape codes(long rows, long columns) {
        return Shape.of(rows, this == INT4 ? groups(columns) * GROUP / 2 : columns);
    }

    Shape scales(long rows, long columns) {
        return this == INT8_DYNAMIC ? Shape.of(rows) : Shape.of(rows, groups(columns));
    }

    /// The form in which kernels want the parts of a matrix, where it is not the stored one.
    Shape tiles(long rows, long columns) {
        return Shape.of((rows + Int4Kernels.TILE - 1) / Int4Kernels.TILE, groups(columns) * Int4Kernels.BLOCK_BYTES);
    }

    private static long groups(long columns) {
        return (columns + GROUP - 1) / GROUP;
    }
}
