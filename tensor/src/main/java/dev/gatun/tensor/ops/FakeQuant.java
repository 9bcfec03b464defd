package dev.gatun.tensor.ops;

import dev.gatun.tensor.Adjoints;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.ShapeException;
import dev.gatun.tensor.Tape;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.kernels.FakeQuantKernels;
import dev.gatun.tensor.kernels.MatmulKernels;

/// Rounding to few values that stay f32. Gradients pass through as if nothing was rounded: the straight-through estimator (arXiv:1308.3432).
public final class FakeQuant {
    private FakeQuant() {}

    /// Rounds each row to multiples of its largest magnitude / 127, half to even.
    ///
    /// @param x `[…, C]`
    /// @return of the same shape
    public static Tensor int8(Tensor x) {
        Tensor rows = Operands.contiguous("int8", x);
        Tensor y = x.like();
        x.device().kernels(FakeQuantKernels.class).int8(y, rows);
        return Tape.record(y, (dy, adjoints) -> adjoints.add(x, dy), x);
    }

    /// Rounds a matrix to −γ, 0 and γ, its mean magnitude, half to even (arXiv:2402.17764).
    ///
    /// @param w any shape, contiguous
    /// @param x an activation, in whose memory the result lives
    /// @return of the shape of w
    public static Tensor ternary(Tensor w, Tensor x) {
        Operands.require("ternary", DType.F32, w);
        Operands.sameDevice("ternary", w, x);
        Tensor y = x.like(DType.F32, w.shape());
        w.device().kernels(FakeQuantKernels.class).ternary(y, w.contiguous());
        return Tape.record(y, (dy, adjoints) -> adjoints.add(w, dy), w);
    }

    /// A linear map of −1, 0 and 1 while it is trained (arXiv:2406.02528, algorithm 1): `y = int8(rmsNorm(x)) · ternary(w)ᵀ`.
    ///
    /// It means what its parts mean one behind the other, values and gradients. What it keeps for its derivative is x and w alone: the norm, both roundings and
    /// 1/√(mean(x²) + ε) are computed once more on the way back, which is a few passes over rows beside three products.
    ///
    /// @param x `[…, K]`
    /// @param norm `[K]`, the weight of the norm
    /// @param eps ε of the norm
    /// @param w the matrix that is trained, `[N, K]`
    /// @return `[…, N]`
    public static Tensor normLinear(Tensor x, Tensor norm, float eps, Tensor w) {
        Operands.require("normLinear", DType.F32, x, w);
        Operands.require("normLinear", DType.F32, x, norm);
        boolean fit = x.rank() >= 1 && w.rank() == 2 && w.isContiguous() && norm.rank() == 1;
        if (!fit || x.dim(-1) != w.dim(1) || norm.dim(0) != w.dim(1)) {
            throw new ShapeException(
                    "normLinear: x " + x.describe() + ", norm " + norm.describe() + ", W " + w.describe() + " — want […,K], [K] and [N,K]");
        }
        Tensor rows = x.contiguous();
        Tensor weight = Operands.contiguousBeside(x, norm);
        FakeQuantKernels rounding = x.device().kernels(FakeQuantKernels.class);
        MatmulKernels products = x.device().kernels(MatmulKernels.class);
        Tensor y = x.like(DType.F32, x.shape().with(-1, w.dim(0)));
        Tape.aside(y, () -> products.linear(y, rounded(rounding, rows, weight, eps), ternary(w, x)));
        return Tape.record(y, (dy, adjoints) -> differentiate(dy, rows, weight, eps, w, adjoints), rows, weight, w);
    }

    private static Tensor rounded(FakeQuantKernels rounding, Tensor x, Tensor norm, float eps) {
        Tensor y = x.like();
        rounding.normInt8(y, x, norm, eps);
        return y;
    }

    private static void differentiate(Tensor dy, Tensor x, Tensor norm, float eps, Tensor w, Adjoints adjoints) {
        MatmulKernels products = x.device().kernels(MatmulKernels.class);
        Tensor above = dy.reshape(-1, w.dim(0));
        if (adjoints.wants(w)) {
            Tensor in = rounded(x.device().kernels(FakeQuantKernels.class), x, norm, eps)
                    .reshape(-1, w.dim(1));
            adjoints.accumulate(w, (dw, add) -> {
                if (add) {
                    products.addMatmul(dw, above.transpose(), in);
                } else {
                    products.matmul(dw, above.transpose(), in);
                }
            });
        }
        if (adjoints.wants(x) || adjoints.wants(norm)) {
            Tensor normalized = x.like();
            products.matmul(normalized.reshape(-1, w.dim(1)), above, ternary(w, x));
            Norms.rmsNormBackward(adjoints, normalized, x, norm, eps);
        }
    }
}
