package dev.gatun.tensor.cpu;

/// A matrix that can be read, block by block, as f32. This is all that the packed product knows of
/// a format, so every format shares its micro-kernel.
@FunctionalInterface
public interface Fill {
    /// Writes the block of `rows` rows from `row` and `columns` columns from `column` to
    /// `to[at + i·pitch + j]`.
    ///
    /// Called once per block (thousands of elements), never per vector, by several threads at
    /// once. `column` is a multiple of the k block or of a panel's width where the format is the
    /// weight of a product: a power of two of at least 8 columns.
    void fill(long row, int rows, long column, int columns, float[] to, int at, int pitch);
}
