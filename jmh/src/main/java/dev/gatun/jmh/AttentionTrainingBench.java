package dev.gatun.jmh;

import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.kernels.AttentionKernels;
import org.openjdk.jmh.annotations.Param;

/// Causal attention as training computes it: forward with log-sum-exps, and backward.
///
/// | | |
/// |---|---|
/// | bytes | q, y and as many of their derivatives, k and v and theirs, each once |
/// | flop | per query and key that it sees `4·D` forward and `10·D` backward; exp is not counted |
/// | bound | fma |
///
/// The operands are those of one layer, in the cache as far as they fit.
public class AttentionTrainingBench extends KernelBench {
    /// Which way.
    @Param({"forward", "backward"})
    String pass;

    /// `BxTxHxHkvxD`
    @Param({"8x256x8x8x64", "2x512x8x4x64", "1x2048x8x2x64", "1x1024x8x8x128"})
    String shape;

    @Override
    Case on(Operands operands) {
        long[] dims = dims(shape);
        long b = dims[0];
        long t = dims[1];
        long h = dims[2];
        long hkv = dims[3];
        long d = dims[4];
        Tensor q = operands.normal(b, t, h, d);
        Tensor k = operands.normal(b, t, hkv, d);
        Tensor v = operands.normal(b, t, hkv, d);
        Tensor dy = operands.normal(b, t, h, d);
        Tensor y = operands.room(b, t, h, d);
        Tensor lse = operands.room(b, t, h);
        AttentionKernels kernels = operands.kernels(AttentionKernels.class);
        float scale = (float) (1 / Math.sqrt(d));
        Runnable forward = () -> kernels.causal(y, lse, q, k, v, 0, null, null, scale);
        double seen = (double) b * h * t * (t + 1) / 2;
        double ofQueries = b * t * h * d;
        double ofKeys = b * t * hkv * d;
        if (pass.equals("forward")) {
            return new Case(forward, new Work(4 * (2 * ofQueries + 2 * ofKeys), 4 * d * seen), y, lse);
        }
        forward.run();
        Tensor dq = operands.room(b, t, h, d);
        Tensor dk = operands.room(b, t, hkv, d);
        Tensor dv = operands.room(b, t, hkv, d);
        Runnable backward = () -> kernels.causalBackward(dq, dk, dv, dy, y, lse, q, k, v, 0, null, null, scale);
        return new Case(backward, new Work(4 * (4 * ofQueries + 4 * ofKeys), 10 * d * seen), dq, dk, dv);
    }
}
