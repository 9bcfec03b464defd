package dev.gatun.tensor.kernels;

import dev.gatun.tensor.Tensor;

/// What a model is judged by, f32.
public interface LossKernels {
    /// `loss[r] = ln Σ_j exp(x[r,j]) − x[r, label[r]]`, in nats; 0 where the label is -100.
    ///
    /// @param loss contiguous `[R]`
    /// @param x logits, contiguous `[R, V]`
    /// @param labels contiguous i32 `[R]`, each -100 or in `[0, V)`
    void crossEntropy(Tensor loss, Tensor x, Tensor labels);
}
