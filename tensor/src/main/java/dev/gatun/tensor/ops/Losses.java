package dev.gatun.tensor.ops;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.ShapeException;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.kernels.LossKernels;

/// What models are judged by.
public final class Losses {
    private Losses() {}

    /// The negative log-likelihood of each label under the softmax of its row, in nats.
    ///
    /// @param logits `[…, V]`
    /// @param labels i32 of the leading shape of logits, each in `[0, V)` or -100 to be left out
    /// @return of the shape of labels, 0 where left out
    public static Tensor crossEntropy(Tensor logits, Tensor labels) {
        Operands.require("crossEntropy", DType.F32, logits);
        Operands.require("crossEntropy", DType.I32, labels);
        Operands.sameDevice("crossEntropy", logits, labels);
        if (logits.rank() < 1 || !logits.shape().without(-1).equals(labels.shape())) {
            throw new ShapeException("crossEntropy: logits " + logits.describe() + ", labels " + labels.describe() + " — one label per row");
        }
        Tensor loss = logits.like(DType.F32, labels.shape());
        logits.device().kernels(LossKernels.class).crossEntropy(loss, logits.contiguous(), labels.contiguous());
        return loss;
    }
}
