package dev.gatun.tensor.ops;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.Shape;
import dev.gatun.tensor.ShapeException;
import dev.gatun.tensor.Tape;
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
        GatherKernels kernels = ids.device().kernels(GatherKernels.class);
        Tensor from = Operands.contiguousBeside(ids, table);
        Tensor wanted = ids.contiguous().reshape(ids.size());
        kernels.gather(y.reshape(ids.size(), table.dim(1)), from, wanted);
        return Tape.record(
                y,
                (dy, adjoints) -> adjoints.accumulate(from, (dtable, add) -> {
                    if (!add) {
                        dtable.fill(0);
                    }
                    kernels.scatterAdd(dtable, dy.reshape(ids.size(), table.dim(1)), wanted);
                }),
                from);
    }
}
