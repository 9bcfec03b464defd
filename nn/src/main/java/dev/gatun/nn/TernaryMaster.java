package dev.gatun.nn;

import dev.gatun.tensor.DenseWeight;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.Weight;
import dev.gatun.tensor.ops.FakeQuant;

/// A matrix that is rounded to −1, 0 and 1 times a scale whenever it is used, and its inputs to 8 bits for each token: the weight of a [BitLinear] while it is
/// trained. Gradients pass through both roundings as if these were not there.
///
/// @param matrix f32 `[N, K]`, the numbers that are trained
public record TernaryMaster(Tensor matrix) implements Weight {
    private Weight rounded(Tensor like) {
        return new DenseWeight(FakeQuant.ternary(matrix, like));
    }

    @Override
    public long rows() {
        return matrix.dim(0);
    }

    @Override
    public long columns() {
        return matrix.dim(1);
    }

    @Override
    public long bytes() {
        return matrix.size() * matrix.dtype().bytes();
    }

    @Override
    public Tensor apply(Tensor x) {
        return rounded(x).apply(FakeQuant.int8(x));
    }

    @Override
    public Tensor applyNormalized(Tensor x, Tensor norm, float eps) {
        return FakeQuant.normLinear(x, norm, eps, matrix);
    }

    @Override
    public Tensor applyTransposed(Tensor dy) {
        return rounded(dy).applyTransposed(dy);
    }

    @Override
    public Tensor lookup(Tensor ids) {
        return rounded(ids).lookup(ids);
    }
}
