package dev.gatun.tensor.ops;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.ShapeException;
import dev.gatun.tensor.Tape;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.kernels.AttentionKernels;
import org.jspecify.annotations.Nullable;

/// Softmax attention.
public final class Attention {
    private Attention() {}

    /// Causal scaled dot-product attention with grouped heads: query head h reads key-value head
    /// `h / (H/Hkv)` (arXiv:1706.03762, 2305.13245). The queries are the last T of the S slots.
    ///
    /// @param q `[B, T, H, D]`
    /// @param k `[B, S, Hkv, D]`, S ≥ T
    /// @param v `[B, S, Hkv, D]`
    /// @param padding i32 `[B]`, how many slots at the front of each row are padding; null for none
    /// @param scale of the scores, as 1/√D
    /// @return `[B, T, H, D]`
    public static Tensor causal(Tensor q, Tensor k, Tensor v, @Nullable Tensor padding, float scale) {
        return causal(q, k, v, padding, null, scale);
    }

    /// As [#causal(Tensor, Tensor, Tensor, Tensor, float)] over rows in which several documents are packed: a query sees the keys of its own document
    /// only, from the document's first slot to the query's own.
    ///
    /// @param q `[B, T, H, D]`
    /// @param k `[B, S, Hkv, D]`, S ≥ T
    /// @param v `[B, S, Hkv, D]`
    /// @param padding i32 `[B]`, how many slots at the front of each row are padding; null for none
    /// @param starts i32 `[B, T]`, the first slot of each query's document; null if each row is one document
    /// @param scale of the scores, as 1/√D
    /// @return `[B, T, H, D]`
    public static Tensor causal(Tensor q, Tensor k, Tensor v, @Nullable Tensor padding, @Nullable Tensor starts, float scale) {
        Operands.require("attention", DType.F32, q, k);
        Operands.require("attention", DType.F32, k, v);
        boolean fits = q.rank() == 4
                && k.rank() == 4
                && k.shape().equals(v.shape())
                && q.dim(0) == k.dim(0)
                && q.dim(1) <= k.dim(1)
                && k.dim(2) > 0
                && q.dim(2) % k.dim(2) == 0
                && q.dim(3) == k.dim(3);
        if (!fits) {
            throw new ShapeException("attention: q "
                    + q.describe()
                    + ", k "
                    + k.describe()
                    + ", v "
                    + v.describe()
                    + " — want q [B,T,H,D] and k, v [B,S,Hkv,D] with S ≥ T and H a"
                    + " multiple of Hkv");
        }
        return compute(dense(q), dense(k), dense(v), Operands.padding("attention", padding, q), documents(starts, q), scale);
    }

    private static Tensor compute(Tensor q, Tensor k, Tensor v, @Nullable Tensor padding, @Nullable Tensor starts, float scale) {
        AttentionKernels kernels = q.device().kernels(AttentionKernels.class);
        long first = k.dim(1) - q.dim(1);
        Tensor y = q.like();
        if (!Tape.records(y, q, k, v)) {
            kernels.causal(y, null, q, k, v, first, padding, starts, scale);
            return y;
        }
        Tensor lse = q.like(q.dim(0), q.dim(1), q.dim(2));
        kernels.causal(y, lse, q, k, v, first, padding, starts, scale);
        return Tape.record(
                y,
                (dy, adjoints) -> {
                    Tensor dq = adjoints.like(q);
                    Tensor dk = adjoints.like(k);
                    Tensor dv = adjoints.like(v);
                    kernels.causalBackward(dq, dk, dv, dy, y, lse, q, k, v, first, padding, starts, scale);
                    adjoints.add(q, dq);
                    adjoints.add(k, dk);
                    adjoints.add(v, dv);
                },
                q,
                k,
                v);
    }

    private static @Nullable Tensor documents(@Nullable Tensor starts, Tensor q) {
        if (starts == null) {
            return null;
        }
        Operands.require("attention", DType.I32, starts);
        Operands.sameDevice("attention", q, starts);
        if (starts.rank() != 2 || starts.dim(0) != q.dim(0) || starts.dim(1) != q.dim(1)) {
            throw new ShapeException("attention: starts " + starts.describe() + " — want [B,T], one per query of " + q.describe());
        }
        return starts.contiguous();
    }

    private static Tensor dense(Tensor x) {
        return x.stride(3) == 1 || x.dim(3) == 1 ? x : x.contiguous();
    }
}
