package dev.gatun.jmh;

import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.kernels.AttentionKernels;
import java.util.function.Supplier;
import org.openjdk.jmh.annotations.Param;

/// Causal attention with the heads of LLaMA 3.2 1B, H = 32, Hkv = 8, D = 64: one token that sees S slots, and a prompt of T = S = 512.
///
/// | | |
/// |---|---|
/// | bytes | keys and values once, q and y: `4·(2·S·Hkv·D + 2·T·H·D)` |
/// | flop | 2·D for a score and 2·D for its value: `4·D·H·Σ_t (S − T + 1 + t)`; the softmax is not counted |
/// | bound | T = 1: read, 8 flop per key's 4 bytes; a prompt: fma |
///
/// Keys and values are cold, and lie as in a cache of S slots: `[1, Hkv, S, D]`.
public class AttentionBench extends KernelBench {
    private static final int H = 32;
    private static final int HKV = 8;
    private static final int D = 64;

    /// `TxS`
    @Param({"1x512", "1x2048", "512x512"})
    String shape;

    @Override
    Case on(Operands operands) {
        long t = dims(shape)[0];
        long s = dims(shape)[1];
        Tensor q = operands.normal(1, t, H, D);
        Supplier<Tensor> kv = operands.cold(operands.normal(2, HKV, s, D));
        Tensor y = operands.room(1, t, H, D);
        AttentionKernels kernels = operands.kernels(AttentionKernels.class);
        float scale = (float) (1 / Math.sqrt(D));
        Runnable call = () -> {
            Tensor both = kv.get();
            Tensor k = both.slice(0, 0, 1).transpose(1, 2);
            Tensor v = both.slice(0, 1, 2).transpose(1, 2);
            kernels.causal(y, q, k, v, s - t, null, scale);
        };
        double seen = (s - t + 1 + s) / 2.0 * t;
        return new Case(call, new Work(4.0 * (2 * s * HKV * D + 2 * t * H * D), 4.0 * D * H * seen), y);
    }
}
