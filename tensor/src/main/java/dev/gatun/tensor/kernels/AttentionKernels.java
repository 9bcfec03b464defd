package dev.gatun.tensor.kernels;

import dev.gatun.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/// Scaled dot-product attention with causal mask and grouped heads, f32. The scores are never all
/// in memory: the softmax runs online over the keys (arXiv:2112.05682, 2205.14135).
public interface AttentionKernels {
    /// With `g = H/Hkv` query heads per key-value head, and query t standing at slot `first + t`:
    ///
    /// ```
    /// s[j]     = scale · Σ_d q[b,t,h,d]·k[b,j,h/g,d]       padding[b] ≤ j ≤ first + t
    /// y[b,t,h] = Σ_j softmax(s)[j] · v[b,j,h/g]
    /// ```
    ///
    /// A query inside the padding (`first + t < padding[b]`) gives zeros.
    ///
    /// @param y contiguous `[B, T, H, D]`
    /// @param q `[B, T, H, D]`, the last axis contiguous
    /// @param k `[B, S, Hkv, D]`, S = first + T, the last axis contiguous
    /// @param v `[B, S, Hkv, D]`, the last axis contiguous
    /// @param first the slot of the first query
    /// @param padding i32 `[B]`, how many slots of each row are left padding; null for none
    /// @param scale of the scores, as 1/√D
    void causal(Tensor y, Tensor q, Tensor k, Tensor v, long first, @Nullable Tensor padding, float scale);
}
