package dev.gatun.jmh;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.kernels.OptimizerKernels;
import dev.gatun.tensor.ops.Updates.Adam;
import dev.gatun.tensor.ops.Updates.Lion;
import dev.gatun.tensor.ops.Updates.Sgd;
import dev.gatun.tensor.ops.Updates;
import org.openjdk.jmh.annotations.Param;

/// Steps of optimizers over a matrix of 2048 by 8192, n = 16.8 million elements: no operand fits a cache.
///
/// | kernel | bytes | read | written |
/// |---|---|---|---|
/// | `adam` | `28·n` | p g m v | p m v |
/// | `adam8` | `16·n` | p g, two codes | p, two codes |
/// | `sgd` | `20·n` | p g b | p b |
/// | `lion` | `20·n` | p g m | p m |
/// | `lion8` | `14·n` | p g, a code | p, a code |
/// | `squares` | `4·n` | g | |
public class OptimizerBench extends KernelBench {
    private static final int N = 2048 * 8192;

    /// Which.
    @Param({"adam", "adam8", "sgd", "lion", "lion8", "squares"})
    String kernel;

    @Override
    Case on(Operands operands) {
        OptimizerKernels kernels = operands.kernels(OptimizerKernels.class);
        Adam adam = new Adam(0.9f, 0.1f, 0.95f, 0.05f, -3e-4f, 1e-8f, 0.9999f, 0);
        Lion lion = new Lion(1e-4f, 0.9f, 0.1f, 0.99f, 0.01f, 0.9999f);
        Sgd sgd = new Sgd(1e-2f, 0.9f, 1, 1e-3f, true);
        Tensor p = operands.normal(N);
        Tensor g = operands.normal(N);
        Tensor m = operands.room(kernel.endsWith("8") ? DType.U8 : DType.F32, N);
        Tensor v = operands.room(m.dtype(), N);
        Tensor sm = operands.room(N / Updates.BLOCK);
        Tensor sv = operands.room(N / Updates.BLOCK);
        return switch (kernel) {
            case "adam" -> new Case(() -> kernels.adam(p, g, m, v, adam), Work.ofFloats(7.0 * N), p, m, v);
            case "adam8" -> new Case(() -> kernels.adam8(p, g, m, sm, v, sv, adam), Work.ofFloats(4.0 * N), p, sm, sv);
            case "sgd" -> new Case(() -> kernels.sgd(p, g, m, sgd), Work.ofFloats(5.0 * N), p, m);
            case "lion" -> new Case(() -> kernels.lion(p, g, m, lion), Work.ofFloats(5.0 * N), p, m);
            case "lion8" -> new Case(() -> kernels.lion8(p, g, m, sm, lion), Work.ofFloats(3.5 * N), p, sm);
            case "squares" -> {
                Tensor sum = operands.room(1);
                yield new Case(() -> sum.write(new float[] {(float) kernels.squares(g)}), Work.ofFloats(N), sum);
            }
            default -> throw new IllegalArgumentException(kernel);
        };
    }
}
