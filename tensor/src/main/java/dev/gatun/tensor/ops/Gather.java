package dev.gatun.tensor.ops;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.Shape;
import dev.gatun.tensor.ShapeException;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.kernels.GatherKernels;
import java.util.Arrays;

/// Rows picked by number.
public final class Gather {
    private Gather() {}

    /// The rows of a table, converted to f32, in the memory of the ids.
    ///
    /// @param table f32, bf16 or f16 `[V, C]`
    /// @param ids i32 `[…]`
    /// @return `[…, C]`
    /// @throws IndexOutOfBoundsException if an id is not in `[0, V)`
    public static Tensor rows(Tensor table, Tensor ids) {
        Operands.require("rows", DType.I32, ids);
        Operands.sameDevice("rows", table, ids);
        if (table.rank() != 2) {
            throw new ShapeException("rows: table " + table.describe() + " — want [V,C]");
        }
        long[] dims = Arrays.copyOf(ids.shape().dims(), ids.rank() + 1);
        dims[ids.rank()] = table.dim(1);
        Tensor y = ids.like(DType.F32, Shape.of(dims));
        ids.device()
                .kernels(GatherKernels.class)
                .gather(
                        y.reshape(ids.size(), table.dim(1)),
                        table.contiguous(),
                        ids.contiguous().reshape(ids.size()));
        return y;
    }
}
