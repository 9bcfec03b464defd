package dev.gatun.tensor;

import dev.gatun.tensor.kernels.MatmulKernels;
import dev.gatun.tensor.ops.Gather;
import java.util.List;

/// A weight stored in f32.
public final class DenseWeight implements Weight {
    private final StoredMatrix matrix;

    /// @param matrix f32 `[N, K]`, contiguous; referred to, not copied
    public DenseWeight(Tensor matrix) {
        this.matrix = new StoredMatrix(matrix, DType.F32);
    }

    @Override
    public long rows() {
        return matrix.tensor().dim(0);
    }

    @Override
    public long columns() {
        return matrix.tensor().dim(1);
    }

    @Override
    public long bytes() {
        return matrix.bytes();
    }

    @Override
    public Tensor apply(Tensor x) {
        return matrix.apply(x, MatmulKernels::linear, MatmulKernels::matmul);
    }

    @Override
    public List<Tensor> applyWith(Tensor x, List<Weight> others) {
        List<Tensor> results = StoredMatrix.applyAll(
                x,
                Weight.alike(DenseWeight.class, this, others).stream()
                        .map(w -> w.matrix)
                        .toList());
        return results.isEmpty() ? Weight.super.applyWith(x, others) : results;
    }

    @Override
    public Tensor applyTransposed(Tensor dy) {
        return matrix.applyTransposed(dy, MatmulKernels::matmul);
    }

    @Override
    public Tensor lookup(Tensor ids) {
        return Gather.rows(matrix.tensor(), ids);
    }
}
