package dev.gatun.jmh;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.kernels.MatmulKernels;
import java.util.Locale;
import java.util.function.Supplier;
import org.openjdk.jmh.annotations.Param;

/// `y[M,N] = x[M,K] · W[N,K]ᵀ` in the shapes of LLaMA 3.2 1B: attention's projection 2048x2048, the MLP's 8192x2048, the head 128256x2048; one token,
/// sixteen, and a prompt of 512.
///
/// | | |
/// |---|---|
/// | bytes | W once, `4·M·K + 4·M·N` |
/// | flop | `2·M·N·K` |
/// | bound | M = 1: read. Every weight that is read gives 2·M flop; from some dozens of rows on: fma |
///
/// W is cold: no layer's weights are in a cache when a token comes to it.
public class MatmulBench extends KernelBench {
    /// How the weight is stored.
    @Param({"f32", "bf16", "f16"})
    String format;

    /// `MxNxK`
    @Param({"1x2048x2048", "1x8192x2048", "1x128256x2048", "16x2048x2048", "16x8192x2048", "512x2048x2048", "512x8192x2048"})
    String shape;

    /// Rows of y at the top, in the middle and at the bottom that the reference computes: all of them would take it minutes.
    private static final long COMPARED = 6;

    @FunctionalInterface
    private interface Product {
        void compute(Tensor y, Tensor x, Tensor w);
    }

    @Override
    Case on(Operands operands) {
        long[] mnk = dims(shape);
        long m = mnk[0];
        DType type = DType.valueOf(format.toUpperCase(Locale.ROOT));
        Tensor x = operands.normal(m, mnk[2]);
        Tensor y = operands.room(m, mnk[1]);
        Supplier<Tensor> w = operands.cold(operands.normal(type, mnk[1], mnk[2]));
        Product product = product(operands.kernels(MatmulKernels.class), type);
        Work work = new Work((double) mnk[1] * mnk[2] * type.bytes() + 4.0 * m * (mnk[1] + mnk[2]), 2.0 * m * mnk[1] * mnk[2]);

        long n = Math.min(m, COMPARED);
        long[] from = {0, (m - n) / 2, m - n};
        Tensor[] compared = new Tensor[from.length];
        for (int i = 0; i < from.length; i++) {
            compared[i] = y.slice(0, from[i], from[i] + n);
        }
        if (!operands.areForReference()) {
            return new Case(() -> product.compute(y, x, w.get()), work, compared);
        }
        Runnable some = () -> {
            for (int i = 0; i < from.length; i++) {
                product.compute(compared[i], x.slice(0, from[i], from[i] + n), w.get());
            }
        };
        return new Case(some, work, compared);
    }

    private static Product product(MatmulKernels products, DType type) {
        return switch (type) {
            case BF16 -> products::linearBf16;
            case F16 -> products::linearF16;
            default -> products::linear;
        };
    }
}
