package dev.gatun.quant;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.Device;
import dev.gatun.tensor.Memory;
import dev.gatun.tensor.Shape;
import dev.gatun.tensor.ShapeException;
import dev.gatun.tensor.Tape;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.Weight;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/// A weight of −1, 0 and 1 times a scale, for inputs that are rounded to 8 bits as they come: 1.78 bits per weight in memory. From "The Era of 1-bit LLMs"
/// (arXiv:2402.17764) and "Scalable MatMul-free Language Modeling" (arXiv:2406.02528).
///
/// `W = T · γ` with `γ = max(mean |W|, 10⁻⁵)` and `T = clamp(round(W/γ), −1, 1)`, half to even. A product rounds each row of x to 8-bit integers and adds
/// and subtracts them, exactly; its only multiplication is that of each sum by both scales. See [TernaryKernels].
///
/// Files have it in one of the [codings][TernaryCoding], of which [#of] and [#trits] are the doors.
public final class TernaryWeight implements QuantizedWeight {
    /// More could overflow a sum that has to be exact in f32: 127 · 2¹⁷ < 2²⁴.
    private static final long MOST_COLUMNS = 1 << 17;

    private final TernaryMatrix matrix;
    private final TernaryKernels kernels;

    private TernaryWeight(TernaryMatrix matrix) {
        this.matrix = matrix;
        this.kernels = matrix.words().device().kernels(TernaryKernels.class);
    }

    /// Rounds a matrix.
    ///
    /// @param matrix f32, bf16 or f16 `[N, K]`
    /// @return the weight, in memory managed by the garbage collector
    /// @throws ShapeException if it is no such matrix
    /// @throws IllegalArgumentException if it holds a value that is not finite
    public static TernaryWeight quantize(Tensor matrix) {
        return quantize(matrix, Memory.collected(matrix.device()));
    }

    /// Rounds a matrix.
    ///
    /// @param matrix f32, bf16 or f16 `[N, K]`; not referred to by the result
    /// @param memory where the weight lives
    /// @return the weight
    /// @throws ShapeException if it is no such matrix
    /// @throws IllegalArgumentException if it holds a value that is not finite
    public static TernaryWeight quantize(Tensor matrix, Memory memory) {
        DType type = matrix.dtype();
        if (matrix.rank() != 2 || type != DType.F32 && type != DType.BF16 && type != DType.F16) {
            throw new ShapeException("ternary: " + matrix.describe() + " — want f32, bf16 or f16 [N,K]");
        }
        TernaryKernels kernels = matrix.device().kernels(TernaryKernels.class);
        Tensor source = matrix.isContiguous() ? matrix : matrix.copyTo(Memory.collected(matrix.device()));
        float scale = Math.max((float) kernels.meanMagnitude(source), TernaryKernels.LEAST);
        if (!Float.isFinite(scale)) {
            throw new IllegalArgumentException("quantize: the magnitudes of the matrix have the mean " + scale);
        }
        TernaryMatrix empty = empty(matrix.dim(0), matrix.dim(1), memory, scale);
        kernels.round(empty.words(), source, scale);
        return new TernaryWeight(empty);
    }

    /// A weight over the numbers of a file.
    ///
    /// @param trits of the coding's type and shape
    /// @param coding how they are written
    /// @param rows N
    /// @param columns K
    /// @param scales f32, of 1 element for all rows or of N
    /// @param memory where the weight lives; nothing of the file is referred to
    /// @return the weight
    /// @throws ShapeException if type or shape of a part are not those of such a matrix
    /// @throws IllegalArgumentException if something else than −1, 0 and 1 is in it, or a scale is not finite
    public static TernaryWeight of(Tensor trits, TernaryCoding coding, long rows, long columns, Tensor scales, Memory memory) {
        Shape wanted = coding.shape(rows, columns);
        if (trits.dtype() != coding.dtype() || !trits.shape().equals(wanted)) {
            throw new ShapeException(
                    "ternary: " + trits.describe() + " — want " + coding.dtype() + wanted + " for a matrix [" + rows + "," + columns + "]");
        }
        if (scales.size() != 1 && scales.size() != rows) {
            throw new ShapeException("ternary: scales " + scales.describe() + " — want one, or one for each of " + rows + " rows");
        }
        float[] values = scales.toArray();
        for (float value : values) {
            if (!Float.isFinite(value)) {
                throw new IllegalArgumentException("ternary: a scale is " + value);
            }
        }
        TernaryMatrix empty = empty(rows, columns, memory, values);
        memory.device().kernels(TernaryKernels.class).read(empty.words(), rows, columns, trits.contiguous(), coding);
        return new TernaryWeight(empty);
    }

    private static TernaryMatrix empty(long rows, long columns, Memory memory, float... scales) {
        if (columns > MOST_COLUMNS) {
            throw new ShapeException("ternary: " + columns + " columns — at most " + MOST_COLUMNS);
        }
        long blocks = TernaryMatrix.blocks(rows);
        float[] all = new float[Math.toIntExact(TernaryMatrix.BLOCK * blocks)];
        for (int i = 0; i < rows; i++) {
            all[i] = scales[scales.length == 1 ? 0 : i];
        }
        return new TernaryMatrix(
                rows, columns, memory.allocate(DType.I16, TernaryMatrix.BLOCK * blocks * TernaryMatrix.words(columns)), memory.floats(all));
    }

    /// The numbers −1, 0 and 1.
    ///
    /// @param coding how they are wanted
    /// @return of its type and shape, managed by the garbage collector
    public Tensor trits(TernaryCoding coding) {
        Tensor file = Memory.collected(device()).allocate(coding.dtype(), coding.shape(rows(), columns()));
        kernels.write(file, coding, matrix);
        return file;
    }

    /// The scales of the rows.
    ///
    /// @return f32 `[1]` if all are the same, `[N]` otherwise, managed by the garbage collector
    public Tensor scales() {
        float[] all = Arrays.copyOf(matrix.scales().toArray(), (int) rows());
        boolean one = IntStream.range(1, all.length).allMatch(i -> all[i] == all[0]);
        return Memory.collected(device()).floats(one ? Arrays.copyOf(all, 1) : all);
    }

    private Device device() {
        return matrix.words().device();
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
        require("linear: x ", x, columns(), "ᵀ");
        Tensor y = x.like(DType.F32, x.shape().with(-1, rows()));
        kernels.linear(y, x.contiguous(), matrix);
        return Tape.record(y, (dy, adjoints) -> adjoints.add(x, applyTransposed(dy)), x);
    }

    @Override
    public List<Tensor> applyWith(Tensor x, List<Weight> others) {
        List<TernaryWeight> all = Weight.alike(TernaryWeight.class, this, others);
        if (all.isEmpty() || x.isTracked()) {
            return QuantizedWeight.super.applyWith(x, others);
        }
        all.forEach(w -> w.require("linear: x ", x, w.columns(), "ᵀ"));
        List<Tensor> ys = all.stream()
                .map(w -> x.like(DType.F32, x.shape().with(-1, w.rows())))
                .toList();
        kernels.linear(ys, x.contiguous(), all.stream().map(w -> w.matrix).toList());
        return ys;
    }

    @Override
    public Tensor applyTransposed(Tensor dy) {
        require("linear backward: dy ", dy, rows(), "");
        Tensor dx = dy.like(DType.F32, dy.shape().with(-1, columns()));
        kernels.linearTransposed(dx, dy.contiguous(), matrix);
        return dx;
    }

    private void require(String what, Tensor x, long inner, String transposed) {
        if (x.dtype() != DType.F32 || x.rank() < 1 || x.dim(-1) != inner) {
            String problem = x.dtype() != DType.F32 ? "computes in f32" : "inner dimensions " + (x.rank() < 1 ? 0 : x.dim(-1)) + " ≠ " + inner;
            throw new ShapeException(what + x.describe() + " · W " + this + transposed + " — " + problem);
        }
        requireDevice("linear: x", x);
    }

    private void requireDevice(String what, Tensor x) {
        if (!x.device().equals(device())) {
            throw new ShapeException(what + " on " + x.device() + ", W on " + device());
        }
    }

    @Override
    public Tensor lookup(Tensor ids) {
        if (ids.dtype() != DType.I32) {
            throw new ShapeException("lookup: ids " + ids.describe() + " — want i32");
        }
        requireDevice("lookup: ids", ids);
        int[] wanted = ids.toInts();
        for (int id : wanted) {
            if (id < 0 || id >= rows()) {
                throw new IndexOutOfBoundsException("lookup: id " + id + " of a table of " + rows() + " rows");
            }
        }
        long[] dims = Arrays.copyOf(ids.shape().dims(), ids.rank() + 1);
        dims[ids.rank()] = columns();
        Tensor y = ids.like(DType.F32, Shape.of(dims));
        kernels.rows(y, matrix, wanted);
        return y;
    }

    @Override
    public Tensor dequantize() {
        Tensor y = Memory.collected(device()).allocate(DType.F32, rows(), columns());
        kernels.rows(y, matrix, IntStream.range(0, Math.toIntExact(rows())).toArray());
        return y;
    }

    @Override
    public String toString() {
        return "ternary[" + rows() + "," + columns() + "]";
    }
}
