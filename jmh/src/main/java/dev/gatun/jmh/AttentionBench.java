package dev.gatun.jmh;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.kernels.AttentionKernels;
import java.util.function.Supplier;
import org.openjdk.jmh.annotations.Param;

/// Causal attention with the heads of LLaMA 3.2 1B, H = 32, Hkv = 8, D = 64: one token that sees S slots, and a prompt of T = S = 512.
///
/// | | |
/// |---|---|
/// | bytes | keys and values once, q and y: `2·S·Hkv·D` elements as stored and `4·2·T·H·D` |
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

    /// How keys and values are stored
    @Param({"F32", "BF16", "I8"})
    DType stored;

    @Override
    Case on(Operands operands) {
        long t = dims(shape)[0];
        long s = dims(shape)[1];
        Tensor q = operands.normal(1, t, H, D);
        Supplier<Tensor> kv = operands.cold(stored == DType.I8 ? operands.room(stored, 2, HKV, s, D) : operands.normal(stored, 2, HKV, s, D));
        Tensor scales = operands.normal(2, HKV, s).transpose(1, 2);
        Tensor y = operands.room(1, t, H, D);
        AttentionKernels kernels = operands.kernels(AttentionKernels.class);
        float scale = (float) (1 / Math.sqrt(D));
        Runnable call = () -> {
            Tensor both = kv.get();
            Tensor k = both.slice(0, 0, 1).transpose(1, 2);
            Tensor v = both.slice(0, 1, 2).transpose(1, 2);
            if (stored == DType.I8) {
                kernels.causalInt8(y, q, k, scales.slice(0, 0, 1), v, scales.slice(0, 1, 2), s - t, null, scale);
            } else {
                kernels.causal(y, q, k, v, s - t, null, scale);
            }
        };
        double seen = (s - t + 1 + s) / 2.0 * t;
        double bytes = 2.0 * stored.bytes() * s * HKV * D + 4 * 2 * t * H * D;
        return new Case(call, new Work(bytes, 4.0 * D * H * seen), y);
    }
}
