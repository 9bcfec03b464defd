package dev.gatun.tensor.ops;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.Tape;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.kernels.FakeQuantKernels;

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
}
