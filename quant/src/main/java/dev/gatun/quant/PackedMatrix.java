package dev.gatun.quant;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.Memory;
import dev.gatun.tensor.Resident;
import dev.gatun.tensor.Shape;
import dev.gatun.tensor.ShapeException;
import dev.gatun.tensor.Tape;
import dev.gatun.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/// What the weights of integers and scales share: their parts, the checks, and the way to the kernels.
///
/// @param codes as kernels want them: the stored ones, or [tiles][TiledKernels]
/// @param scales likewise; empty where they lie among the codes
record PackedMatrix(Packing packing, Tensor codes, Tensor scales, long rows, long columns) {
    /// More could overflow the sums of integers.
    private static final long MOST_COLUMNS = 1 << 18;

    static PackedMatrix quantize(Packing packing, Tensor matrix, Memory memory) {
        DType type = matrix.dtype();
        if (matrix.rank() != 2 || !matrix.isContiguous() || type != DType.F32 && type != DType.BF16 && type != DType.F16) {
            throw new ShapeException(packing.title + ": " + matrix.describe() + " — want a contiguous f32, bf16 or f16 [N,K]");
        }
        long n = matrix.dim(0);
        long k = matrix.dim(1);
        requireSize(packing, k);
        if (packing.isTiled()) {
            try (Resident scratch = new Resident(matrix.device(), "a matrix being quantized")) {
                Tensor codes = scratch.allocate(packing.codeType, packing.codes(n, k));
                Tensor scales = scratch.allocate(packing.scaleType, packing.scales(n, k));
                matrix.device().kernels(packing.kernels).quantize(codes, scales, matrix);
                return tiled(packing, memory, codes, scales, k);
            }
        }
        Tensor codes = roomy(memory, packing.codeType, packing.codes(n, k));
        Tensor scales = roomy(memory, packing.scaleType, packing.scales(n, k));
        matrix.device().kernels(packing.kernels).quantize(codes, scales, matrix);
        return new PackedMatrix(packing, codes, scales, n, k);
    }

    static PackedMatrix of(Packing packing, Tensor codes, Tensor scales, long columns) {
        return of(packing, codes, scales, columns, Memory.collected(codes.device()));
    }

    /// Of stored parts; `memory` is where a copy goes if one is made.
    static PackedMatrix of(Packing packing, Tensor codes, Tensor scales, long columns, Memory memory) {
        requireSize(packing, columns);
        long n = codes.rank() < 1 ? 0 : codes.dim(0);
        require(packing, "codes", codes, packing.codeType, packing.codes(n, columns), columns);
        require(packing, "scales", scales, packing.scaleType, packing.scales(n, columns), columns);
        if (!codes.device().equals(scales.device())) {
            throw new ShapeException(packing.title + ": codes on " + codes.device() + ", scales on " + scales.device());
        }
        if (packing.isTiled()) {
            return tiled(packing, memory, codes, scales, columns);
        }
        boolean whole = columns % PackedKernels.BLOCK == 0;
        return new PackedMatrix(packing, whole ? codes : roomy(memory, codes), whole ? scales : roomy(memory, scales), n, columns);
    }

    private static PackedMatrix tiled(Packing packing, Memory memory, Tensor codes, Tensor scales, long columns) {
        long n = codes.dim(0);
        Tensor tiles = memory.allocate(DType.U8, packing.tiles(n, columns));
        ((TiledKernels) memory.device().kernels(packing.kernels)).arrange(tiles, codes, scales);
        return new PackedMatrix(packing, tiles, memory.allocate(packing.scaleType, 0), n, columns);
    }

    /// The codes, as a checkpoint may hold them.
    Tensor storedCodes() {
        return packing.isTiled() ? restored()[0] : codes;
    }

    /// The scales, as a checkpoint may hold them.
    Tensor storedScales() {
        return packing.isTiled() ? restored()[1] : scales;
    }

    private Tensor[] restored() {
        Memory memory = Memory.collected(codes.device());
        Tensor storedCodes = memory.allocate(packing.codeType, packing.codes(rows, columns));
        Tensor storedScales = memory.allocate(packing.scaleType, packing.scales(rows, columns));
        ((TiledKernels) kernels()).restore(storedCodes, storedScales, codes);
        return new Tensor[] {storedCodes, storedScales};
    }

    /// A copy in another memory.
    PackedMatrix copyTo(Memory memory) {
        Tensor codeRoom = roomy(memory, codes.dtype(), codes.shape());
        codeRoom.set(codes);
        Tensor scaleRoom = roomy(memory, scales.dtype(), scales.shape());
        scaleRoom.set(scales);
        return new PackedMatrix(packing, codeRoom, scaleRoom, rows, columns);
    }

    private static void requireSize(Packing packing, long columns) {
        if (columns > MOST_COLUMNS) {
            throw new ShapeException(packing.title + ": " + columns + " columns — at most " + MOST_COLUMNS);
        }
    }

    private static void require(Packing packing, String part, Tensor tensor, DType type, Shape shape, long columns) {
        if (tensor.dtype() != type || !tensor.shape().equals(shape) || !tensor.isContiguous()) {
            throw new ShapeException(
                    packing.title + ": " + part + " " + tensor.describe() + " — want a contiguous " + type + shape + " for K = " + columns);
        }
    }

    /// A copy with slack behind it.
    private static Tensor roomy(Memory memory, Tensor part) {
        Tensor copy = roomy(memory, part.dtype(), part.shape());
        copy.set(part);
        return copy;
    }

    /// Room for a part and for the slack that kernels may read. New memory starts as zeros.
    private static Tensor roomy(Memory memory, DType type, Shape shape) {
        Tensor all = memory.allocate(type, shape.size() + PackedKernels.SLACK / type.bytes());
        return all.slice(0, 0, shape.size()).reshape(shape.dims());
    }

    long bytes() {
        return codes.size() * codes.dtype().bytes()
                + scales.size() * scales.dtype().bytes();
    }

    Tensor apply(Tensor x) {
        requireOperand("linear: x ", x, columns, "ᵀ");
        Tensor y = x.like(DType.F32, x.shape().with(-1, rows));
        kernels().linear(y, x.contiguous(), codes, scales);
        return Tape.record(y, (dy, adjoints) -> adjoints.add(x, applyTransposed(dy)), x);
    }

    /// The products with several matrices of one format; none where x depends on a parameter, to be known one by one.
    static List<Tensor> applyAll(Tensor x, List<PackedMatrix> all) {
        if (all.isEmpty() || x.isTracked()) {
            return List.of();
        }
        all.forEach(matrix -> matrix.requireOperand("linear: x ", x, matrix.columns, "ᵀ"));
        List<Tensor> ys = all.stream()
                .map(matrix -> x.like(DType.F32, x.shape().with(-1, matrix.rows)))
                .toList();
        List<Tensor> codes = all.stream().map(PackedMatrix::codes).toList();
        List<Tensor> scales = all.stream().map(PackedMatrix::scales).toList();
        all.getFirst().kernels().linear(ys, x.contiguous(), codes, scales);
        return ys;
    }

    Tensor applyTransposed(Tensor dy) {
        requireOperand("linear backward: dy ", dy, rows, "");
        Tensor dx = dy.like(DType.F32, dy.shape().with(-1, columns));
        kernels().linearTransposed(dx, dy.contiguous(), codes, scales);
        return dx;
    }

    private void requireOperand(String what, Tensor x, long inner, String transposed) {
        if (x.dtype() != DType.F32 || x.rank() < 1 || x.dim(-1) != inner) {
            throw new ShapeException(what
                    + x.describe()
                    + " · W "
                    + describe()
                    + transposed
                    + " — "
                    + (x.dtype() != DType.F32 ? "computes in f32" : "inner dimensions " + (x.rank() < 1 ? 0 : x.dim(-1)) + " ≠ " + inner));
        }
        if (!x.device().equals(codes.device())) {
            throw new ShapeException("linear: x on " + x.device() + ", W on " + codes.device());
        }
    }

    Tensor lookup(Tensor ids) {
        if (ids.dtype() != DType.I32) {
            throw new ShapeException("lookup: ids " + ids.describe() + " — want i32");
        }
        int[] wanted = ids.toInts();
        for (int id : wanted) {
            if (id < 0 || id >= rows) {
                throw new IndexOutOfBoundsException("lookup: id " + id + " of a table of " + rows + " rows");
            }
        }
        long[] dims = Arrays.copyOf(ids.shape().dims(), ids.rank() + 1);
        dims[ids.rank()] = columns;
        Tensor y = ids.like(DType.F32, Shape.of(dims));
        Tensor flat = y.reshape(wanted.length, columns);
        for (int i = 0; i < wanted.length; i++) {
            kernels().decode(flat.slice(0, i, i + 1), wanted[i], codes, scales);
        }
        return y;
    }

    Tensor dequantize() {
        Tensor y = Memory.collected(codes.device()).allocate(DType.F32, rows, columns);
        kernels().decode(y, 0, codes, scales);
        return y;
    }

    private PackedKernels kernels() {
        return codes.device().kernels(packing.kernels);
    }

    String describe() {
        return packing.title + "[" + rows + "," + columns + "]";
    }
}
