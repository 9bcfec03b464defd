package dev.gatun.jmh;

import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.kernels.ElementwiseKernels.Binary;
import dev.gatun.tensor.kernels.ElementwiseKernels.Unary;
import dev.gatun.tensor.kernels.ElementwiseKernels;
import org.openjdk.jmh.annotations.Param;

/// Functions of single elements, over n = the product of the shape: the residual sum (2048 wide), the MLP's activation (8192 wide), eˣ.
///
/// | kernel | bytes |
/// |---|---|
/// | `add`, `add row`, `swiglu` | `12·n`; a row that is added to all costs nothing: `8·n` |
/// | `exp`, `affine` | `8·n` |
public class ElementwiseBench extends KernelBench {
    /// Kernel and shape.
    @Param({"add 1x2048", "add 512x2048", "add-row 512x2048", "affine 512x2048", "exp 1x8192", "exp 512x8192", "swiglu 1x8192", "swiglu 512x8192"})
    String kernel;

    @Override
    Case on(Operands operands) {
        String[] words = kernel.split(" ");
        long[] dims = dims(words[1]);
        Tensor a = operands.normal(dims);
        Tensor b = operands.normal(dims);
        Tensor row = b.slice(0, 0, 1).broadcastTo(a.shape());
        Tensor y = operands.room(dims);
        ElementwiseKernels kernels = operands.kernels(ElementwiseKernels.class);
        Runnable call = switch (words[0]) {
            case "add" -> () -> kernels.binary(Binary.ADD, y, a, b);
            case "add-row" -> () -> kernels.binary(Binary.ADD, y, a, row);
            case "affine" -> () -> kernels.affine(y, a, 1.7f, -0.3f);
            case "exp" -> () -> kernels.unary(Unary.EXP, y, a);
            case "swiglu" -> () -> kernels.swiglu(y, a, b);
            default -> throw new IllegalArgumentException(kernel);
        };
        int operandsRead = switch (words[0]) {
            case "add", "swiglu" -> 2;
            default -> 1;
        };
        return new Case(call, Work.ofFloats((1 + operandsRead) * (double) y.size()), y);
    }
}
