package dev.gatun.jmh;

import dev.gatun.quant.TernaryKernels;
import dev.gatun.quant.TernaryMatrix;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.Tensor;
import java.util.function.Supplier;
import org.openjdk.jmh.annotations.Param;

/// `y[M,N] = x[M,K] · W[N,K]ᵀ` with a W of −1, 0 and 1: rounding x, making its tables, looking up and adding.
///
/// | | |
/// |---|---|
/// | bytes | 16 bits for 9 weights, `4·M·K + 4·M·N` |
/// | flop | `M·N·K`: it has additions only, so that GFLOP/s are billions of weights per second |
/// | bound | fma, by this count: a lookup stands for three of those additions, and may be faster than they |
public class TernaryBench extends KernelBench {
    /// `MxNxK`; 256x2048 stays in a core's cache.
    @Param({"1x256x2048", "1x2048x2048", "1x8192x2048", "1x2048x8192", "16x2048x2048", "512x2048x2048"})
    String shape;

    /// Rows of x in the middle that the reference computes.
    private static final long COMPARED = 6;

    @Override
    Case on(Operands operands) {
        long[] mnk = dims(shape);
        long m = mnk[0];
        long n = mnk[1];
        long k = mnk[2];
        TernaryKernels kernels = operands.kernels(TernaryKernels.class);
        Tensor matrix = operands.normal(n, k);
        Tensor words = operands.room(DType.I16, 32 * TernaryMatrix.blocks(n) * TernaryMatrix.words(k));
        kernels.round(words, matrix, 0.8f);
        Tensor scales = operands.normal(32 * TernaryMatrix.blocks(n));
        Tensor x = operands.normal(m, k);
        Tensor y = operands.room(m, n);
        Supplier<Tensor> w = n < 1024 ? () -> words : operands.cold(words);
        Work work = new Work(2.0 * words.size() + 4.0 * m * (n + k), (double) m * n * k);
        long some = Math.min(m, COMPARED);
        long from = (m - some) / 2;
        Tensor compared = y.slice(0, from, from + some);
        if (operands.areForReference()) {
            return new Case(() -> kernels.linear(compared, x.slice(0, from, from + some), new TernaryMatrix(n, k, words, scales)), work, compared);
        }
        return new Case(() -> kernels.linear(y, x, new TernaryMatrix(n, k, w.get(), scales)), work, compared);
    }
}
