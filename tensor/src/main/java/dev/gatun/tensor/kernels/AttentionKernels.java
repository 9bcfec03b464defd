package dev.gatun.tensor.kernels;

import dev.gatun.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/// Scaled dot-product attention with causal mask and grouped heads, f32. The scores are never all
/// in memory: the softmax runs online over the keys (arXiv:2112.05682, 2205.14135).
///
/// Keys and values are f32, or stored in less and widened where they are read.
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
    /// @param k f32 or bf16 `[B, S, Hkv, D]`, S = first + T, the last axis contiguous
    /// @param v of the type of k, `[B, S, Hkv, D]`, the last axis contiguous
    /// @param first the slot of the first query
    /// @param padding i32 `[B]`, how many slots of each row are left padding; null for none
    /// @param scale of the scores, as 1/√D
    void causal(Tensor y, Tensor q, Tensor k, Tensor v, long first, @Nullable Tensor padding, float scale);

    /// As [#causal] with keys and values as [#toInt8] leaves them: `k[b,j,h] = kScales[b,j,h] · bytes`.
    ///
    /// @param y contiguous `[B, T, H, D]`
    /// @param q `[B, T, H, D]`, the last axis contiguous
    /// @param k i8 `[B, S, Hkv, D]`, S = first + T, the last axis contiguous
    /// @param kScales f32 `[B, S, Hkv]`
    /// @param v i8 `[B, S, Hkv, D]`, the last axis contiguous
    /// @param vScales f32 `[B, S, Hkv]`
    /// @param first the slot of the first query
    /// @param padding i32 `[B]`, how many slots of each row are left padding; null for none
    /// @param scale of the scores, as 1/√D
    void causalInt8(Tensor y, Tensor q, Tensor k, Tensor kScales, Tensor v, Tensor vScales, long first, @Nullable Tensor padding, float scale);

    /// Rounds keys or values to 8 bits, each vector by its largest element:
    ///
    /// ```
    /// scales[b,t,h] = max_d |x[b,t,h,d]| / 127
    /// y[b,t,h,d]    = x[b,t,h,d] / scales[b,t,h]      rounded to nearest even, in [-127, 127]
    /// ```
    ///
    /// A vector whose scale would be subnormal becomes zero; the scale of one with a NaN or an infinity is NaN, so that attention does not hide it.
    ///
    /// @param y i8 `[B, T, Hkv, D]`, the last axis contiguous
    /// @param scales f32 `[B, T, Hkv]`
    /// @param x f32 `[B, T, Hkv, D]`, the last axis contiguous
    void toInt8(Tensor y, Tensor scales, Tensor x);

    /// As [#causal], for training: with the logarithm of what the weights are divided by, from which [#causalBackward] finds them again, and with rows of
    /// several documents, in which a query sees the keys from the first slot of its document on.
    ///
    /// ```
    /// lse[b,t,h] = ln Σ_j exp(s[j])       max(padding[b], starts[b,t]) ≤ j ≤ first + t
    /// ```
    ///
    /// A query that sees no key gives zeros, and −∞ in lse. What a query gives has the bits that [#causal] gives it, if starts is null.
    ///
    /// @param y contiguous `[B, T, H, D]`
    /// @param lse contiguous `[B, T, H]`; null if it is not wanted
    /// @param q `[B, T, H, D]`, the last axis contiguous
    /// @param k `[B, S, Hkv, D]`, S = first + T, the last axis contiguous
    /// @param v `[B, S, Hkv, D]`, the last axis contiguous
    /// @param first the slot of the first query
    /// @param padding i32 `[B]`, how many slots of each row are left padding; null for none
    /// @param starts i32 contiguous `[B, T]`, the first slot of each query's document; null if each row is one
    /// @param scale of the scores, as 1/√D
    void causal(
            Tensor y, @Nullable Tensor lse, Tensor q, Tensor k, Tensor v, long first, @Nullable Tensor padding, @Nullable Tensor starts, float scale);

    /// The derivative of [#causal], which computes scores and weights anew instead of reading them (arXiv:2205.14135, 2307.08691). With p the softmax of s:
    ///
    /// ```
    /// p[j]         = exp(s[j] − lse[b,t,h])
    /// ds[j]        = scale · p[j] · (dy[b,t,h]·v[b,j,h/g] − dy[b,t,h]·y[b,t,h])
    /// dq[b,t,h]    = Σ_j ds[j] · k[b,j,h/g]
    /// dk[b,j,h/g]  = Σ_{t,h} ds[j] · q[b,t,h]         over the g heads that read it
    /// dv[b,j,h/g]  = Σ_{t,h} p[j] · dy[b,t,h]
    /// ```
    ///
    /// @param dq contiguous `[B, T, H, D]`
    /// @param dk contiguous `[B, S, Hkv, D]`
    /// @param dv contiguous `[B, S, Hkv, D]`
    /// @param dy contiguous `[B, T, H, D]`
    /// @param y what [#causal] gave, contiguous
    /// @param lse what [#causal] gave, contiguous
    /// @param q `[B, T, H, D]`, the last axis contiguous
    /// @param k `[B, S, Hkv, D]`, the last axis contiguous
    /// @param v `[B, S, Hkv, D]`, the last axis contiguous
    /// @param first the slot of the first query
    /// @param padding i32 `[B]`, how many slots of each row are left padding; null for none
    /// @param starts i32 contiguous `[B, T]`, the first slot of each query's document; null if each row is one
    /// @param scale of the scores, as 1/√D
    void causalBackward(
            Tensor dq,
            Tensor dk,
            Tensor dv,
            Tensor dy,
            Tensor y,
            Tensor lse,
            Tensor q,
            Tensor k,
            Tensor v,
            long first,
            @Nullable Tensor padding,
            @Nullable Tensor starts,
            float scale);
}
