package dev.gatun.quant;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.Memory;
import dev.gatun.tensor.Resident;
import dev.gatun.tensor.Shape;
import dev.gatun.tensor.ShapeException;
import dev.gatun.tensor.Tape;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.Weight;
import java.util.Arrays;
import java.util.List;

/// A weight of 4 bits per element: codes of a [Codebook], NF4 as a rule, and a scale for each block of 64.
///
/// Its bytes are those of bitsandbytes, of which [#of(QuantState)] and [#state()] are the door; in memory they lie as kernels want them. Products are those
/// with the f32 values of the codes, exactly as if the matrix were [dequantized][#dequantize()] first.
///
/// ```
/// Weights.from(checkpoint, device).quantized(Nf4Weight::quantize)
/// ```
///
/// | format | bits per element |
/// |---|---|
/// | [#quantize(Tensor)] | 4.5 |
/// | [#quantizeDouble(Tensor)] | 4.127 |
public final class Nf4Weight implements Weight {
    private static final int BLOCK = 64;

    private final Nf4Matrix matrix;
    private final Nf4Kernels kernels;

    private Nf4Weight(Nf4Matrix matrix, Nf4Kernels kernels) {
        this.matrix = matrix;
        this.kernels = kernels;
    }

    /// Quantizes to NF4 with an f32 scale for each block of 64.
    ///
    /// @param matrix f32, bf16 or f16 `[N, K]`
    /// @return a new weight; the matrix is not referred to
    /// @throws ShapeException if it is no such matrix
    public static Nf4Weight quantize(Tensor matrix) {
        return quantize(matrix, Codebook.NF4, false, Memory.collected(matrix.device()));
    }

    /// Quantizes to NF4 and the scales to 8 bits.
    ///
    /// @param matrix f32, bf16 or f16 `[N, K]`
    /// @return a new weight; the matrix is not referred to
    /// @throws ShapeException if it is no such matrix
    public static Nf4Weight quantizeDouble(Tensor matrix) {
        return quantize(matrix, Codebook.NF4, true, Memory.collected(matrix.device()));
    }

    /// Quantizes into a memory: that of a model, which is closed with it.
    ///
    /// @param matrix f32, bf16 or f16 `[N, K]`
    /// @param codebook what codes stand for
    /// @param nested whether scales are quantized too
    /// @param memory where the weight lives
    /// @return a new weight; the matrix is not referred to
    /// @throws ShapeException if it is no such matrix
    public static Nf4Weight quantize(Tensor matrix, Codebook codebook, boolean nested, Memory memory) {
        try (Resident scratch = new Resident(matrix.device(), "a matrix being quantized")) {
            return of(quantize(matrix, codebook, BLOCK, nested, scratch), memory);
        }
    }

    /// Quantizes to the bytes of a file.
    ///
    /// @param matrix f32, bf16 or f16 `[N, K]`
    /// @param codebook what codes stand for
    /// @param blockSize elements that share a scale: a power of two from 32 to 4096
    /// @param nested whether scales are quantized too
    /// @return in new memory managed by the garbage collector
    /// @throws ShapeException if it is no such matrix
    public static QuantState quantize(Tensor matrix, Codebook codebook, int blockSize, boolean nested) {
        return quantize(matrix, codebook, blockSize, nested, Memory.collected(matrix.device()));
    }

    private static QuantState quantize(Tensor matrix, Codebook codebook, int blockSize, boolean nested, Memory memory) {
        if (matrix.rank() != 2 || !isFloat(matrix.dtype()) || matrix.dim(1) == 0) {
            throw new ShapeException(codebook + ": " + matrix.describe() + " — want f32, bf16 or f16 [N,K]");
        }
        Tensor source = matrix.isContiguous() ? matrix : matrix.copyTo(memory);
        Nf4Kernels kernels = matrix.device().kernels(Nf4Kernels.class);
        long size = source.size();
        long blocks = (size + blockSize - 1) / blockSize;
        Tensor packed = memory.allocate(DType.U8, QuantState.packedShape(size));
        Tensor absmax = memory.allocate(DType.F32, blocks);
        QuantState plain = new QuantState(codebook, blockSize, matrix.dim(0), matrix.dim(1), packed, absmax, null, 0);
        kernels.quantize(packed, absmax, source, codebook, blockSize);
        if (!nested) {
            return plain;
        }
        float offset = mean(absmax.toArray());
        Tensor codes = memory.allocate(DType.U8, blocks);
        Tensor nestedAbsmax = memory.allocate(DType.F32, (blocks + QuantState.NESTED_BLOCK - 1) / QuantState.NESTED_BLOCK);
        kernels.quantizeScales(codes, nestedAbsmax, absmax, offset);
        return new QuantState(codebook, blockSize, matrix.dim(0), matrix.dim(1), packed, codes, nestedAbsmax, offset);
    }

    private static boolean isFloat(DType type) {
        return type == DType.F32 || type == DType.BF16 || type == DType.F16;
    }

    /// Summed in double: PyTorch's sum in f32 has an order of its own, and may be off by a unit in the last place.
    private static float mean(float[] values) {
        double sum = 0;
        for (float value : values) {
            sum += value;
        }
        return values.length == 0 ? 0 : (float) (sum / values.length);
    }

    /// A weight of the codes of a file.
    ///
    /// @param state the codes, on the CPU
    /// @return a new weight; the state is not referred to
    public static Nf4Weight of(QuantState state) {
        return of(state, Memory.collected(state.packed().device()));
    }

    /// A weight of the codes of a file, in the memory of a model.
    ///
    /// @param state the codes, on the CPU
    /// @param memory where the weight lives
    /// @return a new weight; the state is not referred to
    public static Nf4Weight of(QuantState state, Memory memory) {
        Nf4Kernels kernels = memory.device().kernels(Nf4Kernels.class);
        return new Nf4Weight(kernels.arrange(state, memory), kernels);
    }

    /// {@return the bytes of a file}
    public QuantState state() {
        return kernels.restore(matrix, collected());
    }

    /// {@return what the codes stand for}
    public Codebook codebook() {
        return matrix.codebook();
    }

    /// {@return whether the scales are quantized too}
    public boolean isNested() {
        return matrix.nestedAbsmax() != null;
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

    /// The values that the codes stand for.
    ///
    /// @return f32 `[N, K]`, managed by the garbage collector
    public Tensor dequantize() {
        Tensor y = collected().allocate(DType.F32, rows(), columns());
        kernels.dequantize(y, matrix, 0);
        return y;
    }

    @Override
    public Tensor apply(Tensor x) {
        require("linear", "ᵀ", x, columns());
        Tensor y = x.like(DType.F32, x.shape().with(-1, rows()));
        kernels.linear(y, x.contiguous(), matrix);
        return Tape.record(y, (dy, adjoints) -> adjoints.add(x, applyTransposed(dy)), x);
    }

    @Override
    public List<Tensor> applyWith(Tensor x, List<Weight> others) {
        List<Nf4Weight> all = Weight.alike(Nf4Weight.class, this, others);
        if (all.isEmpty() || x.isTracked() || all.stream().anyMatch(w -> w.matrix.isTiled() != matrix.isTiled())) {
            return Weight.super.applyWith(x, others);
        }
        all.forEach(w -> w.require("linear", "ᵀ", x, w.columns()));
        List<Tensor> ys = all.stream()
                .map(w -> x.like(DType.F32, x.shape().with(-1, w.rows())))
                .toList();
        kernels.linear(ys, x.contiguous(), all.stream().map(w -> w.matrix).toList());
        return ys;
    }

    @Override
    public Tensor applyTransposed(Tensor dy) {
        require("linear backward", "", dy, rows());
        Tensor y = dy.like(DType.F32, dy.shape().with(-1, columns()));
        kernels.linearTransposed(y, dy.contiguous(), matrix);
        return y;
    }

    @Override
    public Tensor lookup(Tensor ids) {
        if (ids.dtype() != DType.I32) {
            throw new ShapeException("rows: " + ids.describe() + " — ids are i32");
        }
        requireDevice("rows", ids);
        long[] dims = Arrays.copyOf(ids.shape().dims(), ids.rank() + 1);
        dims[ids.rank()] = columns();
        Tensor y = ids.like(DType.F32, Shape.of(dims));
        kernels.rows(y, matrix, ids.contiguous());
        return y;
    }

    private void require(String op, String transposed, Tensor x, long inner) {
        if (x.dtype() != DType.F32 || x.rank() < 1 || x.dim(-1) != inner) {
            String problem = x.dtype() != DType.F32 ? "computes in f32" : "inner dimensions " + (x.rank() < 1 ? 0 : x.dim(-1)) + " ≠ " + inner;
            throw new ShapeException(
                    op + ": x " + x.describe() + " · W " + codebook() + "[" + rows() + "," + columns() + "]" + transposed + " — " + problem);
        }
        requireDevice(op, x);
    }

    private void requireDevice(String op, Tensor x) {
        if (!x.device().equals(matrix.codes().device())) {
            throw new ShapeException(
                    op + ": x on " + x.device() + ", W on " + matrix.codes().device());
        }
    }

    private Memory collected() {
        return Memory.collected(matrix.codes().device());
    }
}
