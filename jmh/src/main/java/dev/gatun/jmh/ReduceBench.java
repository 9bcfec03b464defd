package dev.gatun.jmh;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.kernels.ReduceKernels.Reduction;
import dev.gatun.tensor.kernels.ReduceKernels;
import org.openjdk.jmh.annotations.Param;

/// Reductions of `[R,C]`: of each row, of each column, and the greedy choice among the logits of a token.
///
/// Reads x once and writes y: `4·(R·C + R)` bytes, or `4·(R·C + C)` for columns.
public class ReduceBench extends KernelBench {
    /// Kernel and shape `RxC`.
    @Param({"sum-rows 512x2048", "sum-columns 512x2048", "max-rows 512x2048", "argMax 1x128256"})
    String kernel;

    @Override
    Case on(Operands operands) {
        String[] words = kernel.split(" ");
        long[] dims = dims(words[1]);
        Tensor x = operands.normal(dims);
        boolean columns = words[0].equals("sum-columns");
        boolean index = words[0].equals("argMax");
        Tensor asked = columns ? x.reshape(1, dims[0], dims[1]) : x.reshape(dims[0], dims[1], 1);
        Tensor y = columns ? operands.room(1, dims[1]) : index ? operands.room(DType.I32, dims[0]) : operands.room(dims[0], 1);
        ReduceKernels kernels = operands.kernels(ReduceKernels.class);
        Runnable call = switch (words[0]) {
            case "sum-rows", "sum-columns" -> () -> kernels.reduce(Reduction.SUM, y, asked);
            case "max-rows" -> () -> kernels.reduce(Reduction.MAX, y, asked);
            case "argMax" -> () -> kernels.argMax(y, x);
            default -> throw new IllegalArgumentException(kernel);
        };
        return new Case(call, Work.ofFloats(x.size() + y.size()), y);
    }
}
