package dev.gatun.quant;

import dev.gatun.tensor.Memory;
import dev.gatun.tensor.ShapeException;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.Weight;
import java.util.List;

/// A weight in groups of 32 integers of 8 bits: 8.5 bits per weight.
///
/// `W[n,k] = q[n,k] · s[n,⌊k/32⌋]` with `q` in −127 … 127 and `s = max |W|` of the group `/ 127`, rounded to bf16. Products multiply x in f32 by
/// `q` converted exactly, sum each group, and scale the sums: as good as llama.cpp's Q8_0, whose f16 scale takes the same two bytes. A bf16 has the
/// range of f32, so that no group is too large or too small for its scale down to 1.5·10⁻³⁶, below which it becomes zero; its seven bits of mantissa
/// cost nothing that can be measured, since the integers are rounded to multiples of the scale as it is stored.
///
/// Parts, as a checkpoint may hold them: codes i8 `[N, K]` and scales bf16 `[N, ⌈K/32⌉]`, both row-major.
public final class Int8Weight implements QuantizedWeight {
    private final PackedMatrix matrix;

    private Int8Weight(PackedMatrix matrix) {
        this.matrix = matrix;
    }

    /// A weight of its stored parts, which are not referred to.
    ///
    /// @param codes i8 `[N, K]`
    /// @param scales bf16 `[N, ⌈K/32⌉]`
    /// @throws ShapeException if they do not belong together
    public Int8Weight(Tensor codes, Tensor scales) {
        this(PackedMatrix.of(Packing.INT8, codes, scales, codes.rank() < 2 ? 0 : codes.dim(1)));
    }

    /// A weight of its stored parts, which are not referred to, in the memory of a model.
    static Int8Weight of(Tensor codes, Tensor scales, Memory memory) {
        return new Int8Weight(PackedMatrix.of(Packing.INT8, codes, scales, codes.rank() < 2 ? 0 : codes.dim(1), memory));
    }

    /// Rounds a matrix to this format.
    ///
    /// @param matrix contiguous f32, bf16 or f16 `[N, K]`
    /// @return the weight, in memory managed by the garbage collector
    /// @throws ShapeException if it is no such matrix
    /// @throws IllegalArgumentException if it holds a value that is not finite
    public static Int8Weight quantize(Tensor matrix) {
        return quantize(matrix, Memory.collected(matrix.device()));
    }

    /// Rounds a matrix to this format.
    ///
    /// @param matrix contiguous f32, bf16 or f16 `[N, K]`; not referred to by the result
    /// @param memory where the weight lives
    /// @return the weight
    /// @throws ShapeException if it is no such matrix
    /// @throws IllegalArgumentException if it holds a value that is not finite
    public static Int8Weight quantize(Tensor matrix, Memory memory) {
        return new Int8Weight(PackedMatrix.quantize(Packing.INT8, matrix, memory));
    }

    /// {@return the same weight in another memory}
    ///
    /// @param memory where
    public Int8Weight copyTo(Memory memory) {
        return new Int8Weight(matrix.copyTo(memory));
    }

    /// {@return the integers, as a checkpoint may hold them}
    public Tensor codes() {
        return matrix.storedCodes();
    }

    /// {@return the scales, as a checkpoint may hold them}
    public Tensor scales() {
        return matrix.storedScales();
    }

    @Override
    public long rows() {
        return matrix.rows();
    }

    @Override
    public long columns() {
        return matrix.columns();
    }

    @Override
    public long bytes() {
        return matrix.bytes();
    }

    @Override
    public Tensor apply(Tensor x) {
        return matrix.apply(x);
    }

    @Override
    public List<Tensor> applyWith(Tensor x, List<Weight> others) {
        List<Tensor> results = PackedMatrix.applyAll(
                x,
                Weight.alike(Int8Weight.class, this, others).stream()
                        .map(w -> w.matrix)
                        .toList());
        return results.isEmpty() ? QuantizedWeight.super.applyWith(x, others) : results;
    }

    @Override
    public Tensor applyTransposed(Tensor dy) {
        return matrix.applyTransposed(dy);
    }

    @Override
    public Tensor lookup(Tensor ids) {
        return matrix.lookup(ids);
    }

    @Override
    public Tensor dequantize() {
        return matrix.dequantize();
    }

    @Override
    public String toString() {
        return matrix.describe();
    }
}
