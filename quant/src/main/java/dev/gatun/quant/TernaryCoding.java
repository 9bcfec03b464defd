package dev.gatun.quant;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.Shape;

/// How files write a matrix of −1, 0 and 1.
public enum TernaryCoding {
    /// One number each, i8 `[N, K]`.
    PLAIN(DType.I8),

    /// Two bits each, as Hugging Face's BitNet has them: u8 `[⌈N/4⌉, K]`. With `R = ⌈N/4⌉`, bits 2i and 2i + 1 of row r are those of row `r + i·R`, which
    /// are the number plus one. Where 4 does not divide N, what belongs to rows behind the last is not looked at.
    TWO_BITS(DType.U8),

    /// Five to a byte, since 3⁵ = 243: 1.6 bits each, u8 `[N, ⌈K/5⌉]`. Byte j of a row is `Σ (t[5j + i] + 1) · 3^i`, zeros following the last column.
    BASE_3(DType.U8);

    private final DType dtype;

    TernaryCoding(DType dtype) {
        this.dtype = dtype;
    }

    /// {@return the type of what is in the file}
    public DType dtype() {
        return dtype;
    }

    /// {@return the shape of what is in the file}
    ///
    /// @param rows N
    /// @param columns K
    public Shape shape(long rows, long columns) {
        return switch (this) {
            case PLAIN -> Shape.of(rows, columns);
            case TWO_BITS -> Shape.of((rows + 3) / 4, columns);
            case BASE_3 -> Shape.of(rows, (columns + 4) / 5);
        };
    }
}
