package dev.gatun.tensor.ops;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.Shape;
import dev.gatun.tensor.ShapeException;
import dev.gatun.tensor.Tape;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.kernels.MatmulKernels;

/// Products of dense matrices.
public final class Matmul {
    private Matmul() {}

    /// The matrix product over the last two axes; leading axes broadcast. A vector on the right is
    /// a column, on the left a row.
    ///
    /// @param a `[…, M, K]` or `[K]`
    /// @param b `[…, K, N]` or `[K]`
    /// @return `[…, M, N]`, without the axis of a vector
    public static Tensor matmul(Tensor a, Tensor b) {
        Operands.require("matmul", DType.F32, a, b);
        if (a.rank() == 0 || b.rank() == 0) {
            throw mismatch(a, b, "a scalar is no matrix");
        }
        if (a.rank() == 1) {
            return dropAxis(matmul(a.reshape(1, a.size()), b), -2);
        }
        if (b.rank() == 1) {
            return dropAxis(matmul(a, b.reshape(b.size(), 1)), -1);
        }
        long m = a.dim(-2);
        long k = a.dim(-1);
        long n = b.dim(-1);
        if (b.dim(-2) != k) {
            throw mismatch(a, b, "inner dimensions " + k + " ≠ " + b.dim(-2));
        }
        Shape batch = leading(a).broadcast(leading(b));
        long[] dims = java.util.Arrays.copyOf(batch.dims(), batch.rank() + 2);
        dims[dims.length - 2] = m;
        dims[dims.length - 1] = n;
        Tensor y = a.like(DType.F32, Shape.of(dims));
        product(
                y,
                a.broadcastTo(Shape.of(dims).with(-1, k)),
                b.broadcastTo(Shape.of(dims).with(-2, k)));
        return Tape.record(
                y,
                (dy, adjoints) -> {
                    if (adjoints.wants(a)) {
                        adjoints.add(a, matmul(dy, b.transpose()));
                    }
                    if (adjoints.wants(b)) {
                        adjoints.add(b, matmul(a.transpose(), dy));
                    }
                },
                a,
                b);
    }

    private static void product(Tensor y, Tensor a, Tensor b) {
        if (y.rank() == 2) {
            y.device().kernels(MatmulKernels.class).matmul(y, a, b);
            return;
        }
        for (long i = 0; i < y.dim(0); i++) {
            product(y.select(0, i), a.select(0, i), b.select(0, i));
        }
    }

    private static Shape leading(Tensor t) {
        return t.shape().without(-1).without(-1);
    }

    private static Tensor dropAxis(Tensor y, int axis) {
        return y.reshape(y.shape().without(axis).dims());
    }

    private static ShapeException mismatch(Tensor a, Tensor b, String relation) {
        return new ShapeException("matmul: " + a.describe() + " · " + b.describe() + " — " + relation);
    }
}
