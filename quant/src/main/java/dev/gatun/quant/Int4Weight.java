package dev.gatun.quant;

import dev.gatun.tensor.Memory;
import dev.gatun.tensor.ShapeException;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.Weight;
import java.util.List;

/// A weight in groups of 32 integers of 4 bits: 4.5 bits per weight.
///
/// `W[n,k] = (u[n,k] − 8) · s[n,⌊k/32⌋]` with `u` in 0 … 15. The scale is the one of 16 candidates, from `max |W| / 7` to `max |W| / 10` with either
/// sign, that leaves the least square error. Products round each group of 32 elements of x to 8-bit integers, as llama.cpp does for Q4_0, sum
/// `p[k] · (u[n,k] − 8)` exactly over the group, and add the sums up in f32, each times both scales.
///
/// Parts, as a checkpoint may hold them: codes u8 `[N, 16·⌈K/32⌉]`, byte j of a row holding column 2j in its low and column 2j + 1 in its high half
/// (8, a zero, past the last column), and scales bf16 `[N, ⌈K/32⌉]`.
public final class Int4Weight implements QuantizedWeight {
    private final PackedMatrix matrix;

    private Int4Weight(PackedMatrix matrix) {
        this.matrix = matrix;
    }

    /// A weight of its stored parts, which are not referred to.
    ///
    /// @param codes u8 `[N, 16·⌈K/32⌉]`
    /// @param scales bf16 `[N, ⌈K/32⌉]`
    /// @param columns K
    /// @throws ShapeException if they do not belong together
    public Int4Weight(Tensor codes, Tensor scales, long columns) {
        this(PackedMatrix.of(Packing.INT4, codes, scales, columns));
    }

    /// A weight of its stored parts, which are not referred to, in the memory of a model.
    static Int4Weight of(Tensor codes, Tensor scales, long columns, Memory memory) {
        return new Int4Weight(PackedMatrix.of(Packing.INT4, codes, scales, columns, memory));
    }

    /// Rounds a matrix to this format.
    ///
    /// @param matrix contiguous f32, bf16 or f16 `[N, K]`
    /// @return the weight, in memory managed by the garbage collector
    /// @throws ShapeException if it is no such matrix
    /// @throws IllegalArgumentException if it holds a value that is not finite
    public static Int4Weight quantize(Tensor matrix) {
        return quantize(matrix, Memory.collected(matrix.device()));
    }

    /// Rounds a matrix to this format.
    ///
    /// @param matrix contiguous f32, bf16 or f16 `[N, K]`; not referred to by the result
    /// @param memory where the weight lives
    /// @return the weight
    /// @throws ShapeException if it is no such matrix
    /// @throws IllegalArgumentException if it holds a value that is not finite
    public static Int4Weight quantize(Tensor matrix, Memory memory) {
        return new Int4Weight(PackedMatrix.quantize(Packing.INT4, matrix, memory));
    }

    /// {@return the same weight in another memory}
    ///
    /// @param memory where
    public Int4Weight copyTo(Memory memory) {
        return new Int4Weight(matrix.copyTo(memory));
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
                Weight.alike(Int4Weight.class, this, others).stream()
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
