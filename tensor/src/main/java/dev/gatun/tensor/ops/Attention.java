package dev.gatun.tensor.ops;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.ShapeException;
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
        Operands.require("attention", DType.F32, q, k);
        Operands.require("attention", DType.F32, k, v);
        boolean fits = q.rank() == 4
                && k.rank() == 4
                && k.shape().equals(v.shape())
                && q.dim(0) == k.dim(0)
                && q.dim(1) <= k.dim(1)
                && k.dim(2) > 0
                && q.dim(2) % k.dim(2) == 0
                && q.dim(3) == k.dim(3)
                && (padding == null || padding.size() == q.dim(0));
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
        Tensor y = q.like(DType.F32, q.shape());
        q.device().kernels(AttentionKernels.class).causal(y, dense(q), dense(k), dense(v), k.dim(1) - q.dim(1), padding, scale);
        return y;
    }

    private static Tensor dense(Tensor x) {
        return x.stride(3) == 1 || x.dim(3) == 1 ? x : x.contiguous();
    }
}
