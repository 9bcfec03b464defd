package dev.gatun.jmh;

import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.kernels.NormKernels;
import org.openjdk.jmh.annotations.Param;

/// Normalizations of rows `[R,C]`: before every layer (C = 2048), and of logits (C = 128256, the vocabulary of LLaMA 3).
///
/// | kernel | bytes |
/// |---|---|
/// | `rmsNorm` | `4·(2·R·C + C)` |
/// | `rmsNormOfSum` | `4·(4·R·C + C)` |
/// | `softmax`, `logSoftmax` | `8·R·C` |
public class NormBench extends KernelBench {
    /// Kernel and shape `RxC`.
    @Param({
        "rmsNorm 1x2048",
        "rmsNorm 512x2048",
        "rmsNormOfSum 1x2048",
        "rmsNormOfSum 512x2048",
        "softmax 1x128256",
        "softmax 512x2048",
        "logSoftmax 1x128256",
        "logSoftmax 512x2048"
    })
    String kernel;

    @Override
    Case on(Operands operands) {
        String[] words = kernel.split(" ");
        long[] dims = dims(words[1]);
        Tensor x = operands.normal(dims);
        Tensor w = operands.normal(dims[1]);
        Tensor y = operands.room(dims);
        NormKernels kernels = operands.kernels(NormKernels.class);
        return switch (words[0]) {
            case "rmsNorm" -> new Case(() -> kernels.rmsNorm(y, x, w, 1e-5f), Work.ofFloats(2.0 * y.size() + w.size()), y);
            case "rmsNormOfSum" -> {
                Tensor block = operands.normal(dims);
                Tensor sum = operands.room(dims);
                yield new Case(() -> kernels.rmsNormOfSum(y, sum, x, block, w, 1e-5f), Work.ofFloats(4.0 * y.size() + w.size()), y);
            }
            case "softmax" -> new Case(() -> kernels.softmax(y, x), Work.ofFloats(2.0 * y.size()), y);
            case "logSoftmax" -> new Case(() -> kernels.logSoftmax(y, x), Work.ofFloats(2.0 * y.size()), y);
            default -> throw new IllegalArgumentException(kernel);
        };
    }
}
