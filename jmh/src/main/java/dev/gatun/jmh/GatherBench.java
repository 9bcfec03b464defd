package dev.gatun.jmh;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.kernels.GatherKernels;
import java.util.Locale;
import java.util.function.Supplier;
import org.openjdk.jmh.annotations.Param;

/// The embedding of N tokens: rows of a table `[128256,2048]`, converted to f32. The ids are other ones in every call, so that the rows are cold.
///
/// Reads the rows and the ids and writes y: `N·(C·bytes + 4 + 4·C)` bytes.
public class GatherBench extends KernelBench {
    private static final int VOCABULARY = 128_256;
    private static final int C = 2048;

    /// How the table is stored.
    @Param({"f32", "bf16", "f16"})
    String format;

    /// `N`
    @Param({"1", "512"})
    int rows;

    @Override
    Case on(Operands operands) {
        DType type = DType.valueOf(format.toUpperCase(Locale.ROOT));
        Tensor ids = operands.ints(VOCABULARY / rows * rows, VOCABULARY).reshape(-1, rows);
        Tensor from = operands.normal(type, VOCABULARY, C);
        Tensor y = operands.room(rows, C);
        GatherKernels kernels = operands.kernels(GatherKernels.class);
        Supplier<Tensor> next = operands.inTurn(ids);
        Runnable call = () -> kernels.gather(y, from, next.get());
        return new Case(call, new Work((double) rows * (C * type.bytes() + 4 + 4 * C), 0), y);
    }
}
