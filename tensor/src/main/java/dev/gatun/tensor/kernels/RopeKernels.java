package dev.gatun.tensor.kernels;

import dev.gatun.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/// Rotary position embedding (arXiv:2104.09864) in the layout of Hugging Face checkpoints, f32.
public interface RopeKernels {
    /// Rotates the pairs `(x[i], x[i + D/2])` of each head by the angle of its position:
    ///
    /// ```
    /// y[i]       = x[i]·cos[p,i] − x[i + D/2]·sin[p,i]
    /// y[i + D/2] = x[i + D/2]·cos[p,i] + x[i]·sin[p,i]
    /// p          = max(0, first + t − padding[b])
    /// ```
    ///
    /// @param y contiguous `[B, T, H, D]`
    /// @param x contiguous `[B, T, H, D]`, D even
    /// @param cos contiguous `[P, D/2]`, P > first + T − 1
    /// @param sin contiguous `[P, D/2]`
    /// @param first the slot of t = 0
    /// @param padding i32 `[B]`, how many slots of each row are left padding; null for none
    void rotate(Tensor y, Tensor x, Tensor cos, Tensor sin, long first, @Nullable Tensor padding);

    /// The derivative of [#rotate], which is its transpose: the rotation by the opposite angle.
    ///
    /// @param dx contiguous `[B, T, H, D]`
    /// @param dy contiguous `[B, T, H, D]`, D even
    /// @param cos contiguous `[P, D/2]`, P > first + T − 1
    /// @param sin contiguous `[P, D/2]`
    /// @param first the slot of t = 0
    /// @param padding i32 `[B]`, how many slots of each row are left padding; null for none
    void rotateBack(Tensor dx, Tensor dy, Tensor cos, Tensor sin, long first, @Nullable Tensor padding);
}
