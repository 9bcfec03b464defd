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

    /// The derivative of [#crossEntropy]: `dx[r,j] = dy[r] · (softmax(x[r])[j] − [j = label[r]])`; 0 where the label is -100.
    ///
    /// @param dx contiguous `[R, V]`, may be x
    /// @param dy contiguous `[R]`
    /// @param loss what [#crossEntropy] computed: it spares a reading of x
    /// @param x logits, contiguous `[R, V]`
    /// @param labels contiguous i32 `[R]`, each -100 or in `[0, V)`
    void crossEntropyBackward(Tensor dx, Tensor dy, Tensor loss, Tensor x, Tensor labels);
}
