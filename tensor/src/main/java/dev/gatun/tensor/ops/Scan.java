package dev.gatun.tensor.ops;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.ShapeException;
import dev.gatun.tensor.Tape;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.kernels.ScanKernels;
import org.jspecify.annotations.Nullable;

/// Linear recurrences.
public final class Scan {
    private Scan() {}

    /// `h[t] = f[t] ⊙ h[t−1] + x[t]`, the recurrence of gated linear units: HGRN (arXiv:2311.04823), the MLGRU of MatMul-free language models
    /// (arXiv:2406.02528).
    ///
    /// No gradient flows to the state.
    ///
    /// @param f forget gates, `[B, T, C]`
    /// @param x inputs, `[B, T, C]`
    /// @param state `[B, C]`, h[−1]; overwritten by the last h
    /// @param first the slot of t = 0
    /// @param padding i32 `[B]`, how many slots of each row are left padding, which leave the state as it is; null for none
    /// @return h, `[B, T, C]`
    public static Tensor recurrence(Tensor f, Tensor x, Tensor state, long first, @Nullable Tensor padding) {
        Operands.require("recurrence", DType.F32, f, x);
        Operands.require("recurrence", DType.F32, f, state);
        boolean fit = f.rank() == 3 && f.shape().equals(x.shape()) && state.rank() == 2 && state.isContiguous();
        if (!fit || state.dim(0) != f.dim(0) || state.dim(1) != f.dim(2)) {
            throw new ShapeException(
                    "recurrence: f " + f.describe() + ", x " + x.describe() + ", state " + state.describe() + " — want [B,T,C], the same, and [B,C]");
        }
        Tensor gates = f.contiguous();
        Tensor h = f.like();
        Tensor before = Tape.records(h, f, x) ? f.like(state.shape().dims()) : null;
        if (before != null) {
            before.set(state.detach());
        }
        ScanKernels kernels = f.device().kernels(ScanKernels.class);
        kernels.scan(h, gates, x.contiguous(), state, first, Operands.padding("recurrence", padding, f));
        return before == null
                ? h
                : Tape.record(
                        h,
                        (dh, adjoints) -> {
                            if (padding != null) {
                                throw new IllegalStateException("recurrence: padded sequences cannot be trained on");
                            }
                            Tensor df = adjoints.like(f);
                            Tensor dx = adjoints.like(x);
                            kernels.scanBackward(df, dx, dh, gates, h, before);
                            adjoints.add(f, df);
                            adjoints.add(x, dx);
                        },
                        f,
                        x);
    }
}
