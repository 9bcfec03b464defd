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
}
