package dev.gatun.jmh;

import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.kernels.MatmulKernels;
import org.openjdk.jmh.annotations.Param;

/// The three products of a linear layer in training, in the shapes of a LLaMA of 25 million parameters, 2048 tokens at once.
///
/// | | |
/// |---|---|
/// | `y` | `y[M,N] = x[M,K] · W[N,K]ᵀ` |
/// | `dx` | `dx[M,K] = dy[M,N] · W[N,K]` |
/// | `dw` | `dW[N,K] += dy[M,N]ᵀ · x[M,K]` |
/// | bytes | each operand once, and dW twice |
/// | flop | `2·M·N·K` each |
/// | bound | fma |
public class MatmulTrainingBench extends KernelBench {
    /// Which product.
    @Param({"y", "dx", "dw"})
    String product;

    /// `MxNxK`
    @Param({"2048x512x512", "2048x1408x512", "2048x512x1408", "2048x8192x512"})
    String shape;

    /// Rows of the result at the top, in the middle and at the bottom that the reference computes: all of them would take it minutes.
    private static final long COMPARED = 6;

    @Override
    Case on(Operands operands) {
        long[] mnk = dims(shape);
        long m = mnk[0];
        long n = mnk[1];
        long k = mnk[2];
        MatmulKernels kernels = operands.kernels(MatmulKernels.class);
        Tensor x = operands.normal(m, k);
        Tensor w = operands.normal(n, k);
        Tensor dy = operands.normal(m, n);
        Work work = new Work(4.0 * (m * n + n * k + m * k + (product.equals("dw") ? n * k : 0)), 2.0 * m * n * k);
        return switch (product) {
            case "y" -> rows(operands, x, work, operands.room(m, n), (y, left) -> kernels.linear(y, left, w));
            case "dx" -> rows(operands, dy, work, operands.room(m, k), (dx, left) -> kernels.matmul(dx, left, w));
            default -> rows(operands, dy.transpose(), work, operands.room(n, k), (dw, left) -> kernels.addMatmul(dw, left, x));
        };
    }

    @FunctionalInterface
    private interface Product {
        void compute(Tensor result, Tensor left);
    }

    private static Case rows(Operands operands, Tensor left, Work work, Tensor result, Product product) {
        long all = result.dim(0);
        long[] from = {0, (all - COMPARED) / 2, all - COMPARED};
        Tensor[] compared = new Tensor[from.length];
        for (int i = 0; i < from.length; i++) {
            compared[i] = result.slice(0, from[i], from[i] + COMPARED);
        }
        if (!operands.areForReference()) {
            return new Case(() -> product.compute(result, left), work, compared);
        }
        Runnable some = () -> {
            for (int i = 0; i < from.length; i++) {
                product.compute(compared[i], left.slice(0, from[i], from[i] + COMPARED));
            }
        };
        return new Case(some, work, compared);
    }
}
