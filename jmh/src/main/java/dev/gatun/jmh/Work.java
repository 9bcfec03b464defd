package dev.gatun.jmh;

/// What one call of a kernel cannot do without.
///
/// @param bytes each operand read once and each result written once
/// @param flops multiplications and additions of its definition; 0 where memory binds it by far, or where counting makes little sense, as in eˣ
record Work(double bytes, double flops) {
    /// {@return the work of a kernel that memory binds}
    ///
    /// @param floats how many f32 it reads and writes
    static Work ofFloats(double floats) {
        return new Work(4 * floats, 0);
    }
}
