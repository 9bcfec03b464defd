package dev.gatun.tensor.ops;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.ShapeException;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.kernels.NormKernels;

/// Normalizations over the last axis.
public final class Norms {
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
        Tensor y = x.like();
        x.device().kernels(NormKernels.class).rmsNorm(y, x.contiguous(), w, eps);
        return y;
    }
}
