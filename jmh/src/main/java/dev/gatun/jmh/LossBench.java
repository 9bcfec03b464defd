package dev.gatun.jmh;

import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.kernels.LossKernels;
import org.openjdk.jmh.annotations.Param;

/// The cross-entropy of R rows of logits over the vocabulary of LLaMA 3, V = 128256.
///
/// Reads the logits once: `4·R·V` bytes.
public class LossBench extends KernelBench {
    private static final int VOCABULARY = 128_256;

    /// `R`
    @Param({"1", "512"})
    int rows;

    @Override
    Case on(Operands operands) {
        Tensor logits = operands.normal(rows, VOCABULARY);
        Tensor labels = operands.ints(rows, VOCABULARY);
        Tensor loss = operands.room(rows);
        LossKernels kernels = operands.kernels(LossKernels.class);
        return new Case(() -> kernels.crossEntropy(loss, logits, labels), Work.ofFloats(logits.size()), loss);
    }
}
