package dev.gatun.tensor.kernels;

import dev.gatun.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/// Linear recurrences along the positions of sequences, each channel on its own, f32. Memory-bound.
public interface ScanKernels {
    /// `h[b,t,c] = f[b,t,c] · h[b,t−1,c] + x[b,t,c]`, each by one FMA, beginning with the state, which becomes the last h.
    ///
    /// Slots of left padding leave the state as it is, and have 0 as their result.
    ///
    /// @param h contiguous `[B, T, C]`
    /// @param f contiguous `[B, T, C]`
    /// @param x contiguous `[B, T, C]`
    /// @param state contiguous `[B, C]`, read and written
    /// @param first the slot of t = 0
    /// @param padding i32 `[B]`, how many slots of each row are left padding; null for none
    void scan(Tensor h, Tensor f, Tensor x, Tensor state, long first, @Nullable Tensor padding);

    /// The gradients of [#scan] without padding: `dx[t] = dh[t] + f[t+1] · dx[t+1]`, `df[t] = dx[t] · h[t−1]`.
    ///
    /// @param df contiguous `[B, T, C]`, to be written
    /// @param dx contiguous `[B, T, C]`, to be written
    /// @param dh contiguous `[B, T, C]`, the gradient of h
    /// @param f contiguous `[B, T, C]`
    /// @param h contiguous `[B, T, C]`, the result
    /// @param state contiguous `[B, C]`, as it was before
    void scanBackward(Tensor df, Tensor dx, Tensor dh, Tensor f, Tensor h, Tensor state);
}
