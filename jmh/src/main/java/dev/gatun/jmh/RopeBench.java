package dev.gatun.jmh;

import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.kernels.RopeKernels;
import org.openjdk.jmh.annotations.Param;

/// Rotary positions of T tokens with the heads of LLaMA 3.2 1B: 32 of queries, 8 of keys, D = 64. The token of T = 1 stands at position 511.
///
/// Reads x and the angles once and writes y: `4·(2·T·H·D + T·D)` bytes.
public class RopeBench extends KernelBench {
    private static final int D = 64;
    private static final int POSITIONS = 512;

    /// `TxH`
    @Param({"1x8", "1x32", "512x32"})
    String shape;

    @Override
    Case on(Operands operands) {
        long t = dims(shape)[0];
        long h = dims(shape)[1];
        Tensor x = operands.normal(1, t, h, D);
        Tensor cos = operands.normal(POSITIONS, D / 2);
        Tensor sin = operands.normal(POSITIONS, D / 2);
        Tensor y = operands.room(1, t, h, D);
        RopeKernels kernels = operands.kernels(RopeKernels.class);
        return new Case(() -> kernels.rotate(y, x, cos, sin, POSITIONS - t, null), Work.ofFloats(2.0 * y.size() + t * D), y);
    }
}
