package dev.gatun.quant;

import dev.gatun.tensor.Memory;
import dev.gatun.tensor.ShapeException;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.Weight;
import java.util.List;

/// A weight of 8-bit integers with one scale per row, for inputs that are rounded to 8 bits as they come: 8 bits per weight.
///
/// `W[n,k] = q[n,k] · s[n]` with `q` in −127 … 127 and `s = max |W|` of the row `/ 127`. Each row of x is rounded to `p[k] · t`, `t = max |x| / 127`,
/// half to even, and `y[n] = (Σ p[k] · q[n,k]) · (s[n] · t)`: integers, summed exactly. Prompts multiply the rounded x in f32.
///
/// Parts, as a checkpoint may hold them: codes i8 `[N, K]`, row-major, and scales f32 `[N]`.
public final class Int8DynamicWeight implements QuantizedWeight {
    private final PackedMatrix matrix;

    private Int8DynamicWeight(PackedMatrix matrix) {
        this.matrix = matrix;
    }

    /// A weight over its stored parts. They are referred to where K is a multiple of 512, and copied otherwise.
    ///
    /// @param codes i8 `[N, K]`
    /// @param scales f32 `[N]`
    /// @throws ShapeException if they do not belong together
    public Int8DynamicWeight(Tensor codes, Tensor scales) {
        this(PackedMatrix.of(Packing.INT8_DYNAMIC, codes, scales, codes.rank() < 2 ? 0 : codes.dim(1)));
    }

    /// Rounds a matrix to this format.
    ///
    /// @param matrix contiguous f32, bf16 or f16 `[N, K]`
    /// @return the weight, in memory managed by the garbage collector
    /// @throws ShapeException if it is no such matrix
    /// @throws IllegalArgumentException if it holds a value that is not finite
    public static Int8DynamicWeight quantize(Tensor matrix) {
        return quantize(matrix, Memory.collected(matrix.device()));
    }

    /// Rounds a matrix to this format.
    ///
    /// @param matrix contiguous f32, bf16 or f16 `[N, K]`; not referred to by the result
    /// @param memory where the weight lives
    /// @return the weight
    /// @throws ShapeException if it is no such matrix
    /// @throws IllegalArgumentException if it holds a value that is not finite
    public static Int8DynamicWeight quantize(Tensor matrix, Memory memory) {
        return new Int8DynamicWeight(PackedMatrix.quantize(Packing.INT8_DYNAMIC, matrix, memory));
    }

    /// {@return the same weight in another memory}
    ///
    /// @param memory where
    public Int8DynamicWeight copyTo(Memory memory) {
        return new Int8DynamicWeight(matrix.copyTo(memory));
    }

    /// {@return the integers, as a checkpoint may hold them}
    public Tensor codes() {
        return matrix.codes();
    }

    /// {@return the scales, as a checkpoint may hold them}
    public Tensor scales() {
        return matrix.scales();
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
                Weight.alike(Int8DynamicWeight.class, this, others).stream()
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
