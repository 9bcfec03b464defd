package dev.gatun.tensor.ops;

import dev.gatun.tensor.Adjoints;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.ShapeException;
import dev.gatun.tensor.Tape;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.kernels.NormKernels;

/// Normalizations over the last axis.
public final class Norms {
    private static final long FEWEST_ROWS = 16;
    private static final long MOST_PARTS = 64;

    private Norms() {}

    /// RMS normalization (arXiv:1910.07467): `x / √(mean(x²) + ε) ⊙ w`.
    ///
    /// @param x `[…, C]`
    /// @param w `[C]`
    /// @param eps ε
    /// @return of the shape of x
    public static Tensor rmsNorm(Tensor x, Tensor w, float eps) {
        Operands.require("rmsNorm", DType.F32, x, w);
        if (w.rank() != 1 || x.rank() < 1 || x.dim(-1) != w.dim(0)) {
            throw new ShapeException("rmsNorm: x " + x.describe() + ", weight " + w.describe() + " — the weight has one element per column of x");
        }
        Tensor rows = x.contiguous();
        Tensor weight = w.contiguous();
        Tensor y = x.like();
        NormKernels kernels = x.device().kernels(NormKernels.class);
        kernels.rmsNorm(y, rows, weight, eps);
        return Tape.record(
                y,
                (dy, adjoints) -> {
                    Tensor dw = adjoints.wants(weight) ? parts(dy) : null;
                    rows(adjoints, rows, (dx, add) -> kernels.rmsNormBackward(dx, add, dw, dy, rows, weight, eps));
                    if (dw != null) {
                        adjoints.add(weight, Reductions.sum(dw, 0));
                    }
                },
                rows,
                weight);
    }

    /// Room for a weight's gradient, as sums over parts of the rows. How many parts must not depend on the number of threads.
    private static Tensor parts(Tensor dy) {
        long rows = dy.shape().rows();
        return dy.like(Math.clamp(rows / FEWEST_ROWS, 1, MOST_PARTS), dy.dim(-1));
    }

    /// Runs a kernel for dL/dx that computes those of the weights besides.
    private static void rows(Adjoints adjoints, Tensor x, Adjoints.Accumulation kernel) {
        if (adjoints.wants(x)) {
            adjoints.accumulate(x, kernel);
        } else {
            kernel.into(adjoints.like(x), false);
        }
    }
}
