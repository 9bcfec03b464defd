package dev.gatun.tensor.ops;

import dev.gatun.tensor.Adjoints;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.ShapeException;
import dev.gatun.tensor.Tape;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.kernels.NormKernels;
import org.jspecify.annotations.Nullable;

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
        Tensor weight = Operands.contiguousBeside(x, w);
        Tensor y = x.like();
        x.device().kernels(NormKernels.class).rmsNorm(y, rows, weight, eps);
        return Tape.record(y, (dy, adjoints) -> rmsNormBackward(adjoints, dy, rows, weight, eps), rows, weight);
    }

    /// What two blocks share: the residual stream between them, and its norm, which the second reads.
    ///
    /// @param sum `a + b`
    /// @param norm the norm of the sum
    public record Residual(Tensor sum, Tensor norm) {}

    /// A sum and its RMS norm, as [Tensor#add] and [#rmsNorm] give them, in one reading.
    ///
    /// @param a `[…, C]`
    /// @param b `[…, C]`, of the shape of a
    /// @param w `[C]`
    /// @param eps ε
    /// @return both of the shape of a
    public static Residual rmsNormOfSum(Tensor a, Tensor b, Tensor w, float eps) {
        Operands.require("rmsNormOfSum", DType.F32, a, b);
        Operands.require("rmsNormOfSum", DType.F32, a, w);
        if (!a.shape().equals(b.shape())) {
            throw new ShapeException("rmsNormOfSum: " + a.describe() + " and " + b.describe() + " — both have one shape");
        }
        if (w.rank() != 1 || a.rank() < 1 || a.dim(-1) != w.dim(0)) {
            throw new ShapeException(
                    "rmsNormOfSum: x " + a.describe() + ", weight " + w.describe() + " — the weight has one element per column of x");
        }
        Tensor weight = Operands.contiguousBeside(a, w);
        Tensor sum = a.like();
        Tensor y = a.like();
        a.device().kernels(NormKernels.class).rmsNormOfSum(y, sum, a.contiguous(), b.contiguous(), weight, eps);
        Tensor recorded = Elementwise.recordedSum(sum, a, b);
        return new Residual(recorded, Tape.record(y, (dy, adjoints) -> rmsNormBackward(adjoints, dy, recorded, weight, eps), recorded, weight));
    }

    static void rmsNormBackward(Adjoints adjoints, Tensor dy, Tensor x, Tensor w, float eps) {
        NormKernels kernels = x.device().kernels(NormKernels.class);
        Tensor dw = adjoints.wants(w) ? parts(dy, 1) : null;
        rows(adjoints, x, (dx, add) -> kernels.rmsNormBackward(dx, add, dw, dy, x, w, eps));
        if (dw != null) {
            adjoints.add(w, Reductions.sum(dw, 0).reshape(dy.dim(-1)));
        }
    }

    /// Layer normalization (arXiv:1607.06450): `(x − mean) / √(variance + ε) ⊙ w + b`, the variance that of all elements of a row.
    ///
    /// @param x `[…, C]`
    /// @param w `[C]`
    /// @param b `[C]`, null for none
    /// @param eps ε
    /// @return of the shape of x
    public static Tensor layerNorm(Tensor x, Tensor w, @Nullable Tensor b, float eps) {
        Operands.require("layerNorm", DType.F32, x, w);
        if (b != null) {
            Operands.require("layerNorm", DType.F32, x, b);
        }
        if (w.rank() != 1
                || x.rank() < 1
                || x.dim(-1) != w.dim(0)
                || b != null && !b.shape().equals(w.shape())) {
            throw new ShapeException("layerNorm: x "
                    + x.describe()
                    + ", weight "
                    + w.describe()
                    + (b == null ? "" : ", bias " + b.describe())
                    + " — weight and bias have one element per column of x");
        }
        Tensor rows = x.contiguous();
        Tensor weight = Operands.contiguousBeside(x, w);
        Tensor bias = b == null ? null : Operands.contiguousBeside(x, b);
        Tensor y = x.like();
        NormKernels kernels = x.device().kernels(NormKernels.class);
        kernels.layerNorm(y, rows, weight, bias, eps);
        Tape.Derivative derivative = (dy, adjoints) -> {
            boolean wanted = adjoints.wants(weight) || bias != null && adjoints.wants(bias);
            Tensor sums = wanted ? parts(dy, 2) : null;
            rows(adjoints, rows, (dx, add) -> kernels.layerNormBackward(dx, add, sums, dy, rows, weight, eps));
            if (sums != null) {
                Tensor sum = Reductions.sum(sums, 0);
                adjoints.add(weight, sum.select(0, 0));
                if (bias != null) {
                    adjoints.add(bias, sum.select(0, 1));
                }
            }
        };
        return bias == null ? Tape.record(y, derivative, rows, weight) : Tape.record(y, derivative, rows, weight, bias);
    }

    /// Room for the gradients of weights, as sums over parts of the rows: `[P, weights, C]`. How many parts must not depend on the number of threads.
    private static Tensor parts(Tensor dy, long weights) {
        long rows = dy.shape().rows();
        return dy.like(Math.clamp(rows / FEWEST_ROWS, 1, MOST_PARTS), weights, dy.dim(-1));
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
