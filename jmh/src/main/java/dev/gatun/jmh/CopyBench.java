package dev.gatun.jmh;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.kernels.CopyKernels;
import java.util.Locale;
import org.openjdk.jmh.annotations.Param;

/// Moving and converting elements: as they lie, to and from the stored types, the rows and columns of a matrix exchanged, and the keys of a prompt of 512
/// tokens with 8 heads on their way into the cache, `[T,Hkv,D]` to `[Hkv,T,D]`.
///
/// Reads x once and writes y: n times the bytes of both types.
public class CopyBench extends KernelBench {
    /// What to what, and the shape.
    @Param({
        "f32-to-f32 512x2048",
        "f32-to-bf16 512x2048",
        "bf16-to-f32 512x2048",
        "f32-to-f16 512x2048",
        "f16-to-f32 512x2048",
        "transpose 2048x2048",
        "transpose 512x8x64"
    })
    String kernel;

    @Override
    Case on(Operands operands) {
        String[] words = kernel.split(" ");
        long[] dims = dims(words[1]);
        boolean transposed = words[0].equals("transpose");
        Tensor x = transposed ? operands.normal(dims).transpose(0, 1) : operands.normal(type(words[0].split("-to-")[0]), dims);
        Tensor y = operands.room(
                transposed ? DType.F32 : type(words[0].split("-to-")[1]),
                x.shape().dims());
        CopyKernels kernels = operands.kernels(CopyKernels.class);
        Work work = new Work((double) y.size() * (x.dtype().bytes() + y.dtype().bytes()), 0);
        return new Case(() -> kernels.copy(y, x), work, y);
    }

    private static DType type(String name) {
        return DType.valueOf(name.toUpperCase(Locale.ROOT));
    }
}
