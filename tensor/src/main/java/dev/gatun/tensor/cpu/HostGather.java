package dev.gatun.tensor.cpu;

import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.kernels.CopyKernels;
import dev.gatun.tensor.kernels.GatherKernels;
import java.lang.foreign.MemorySegment;

/// Picks rows: a copy each.
final class HostGather implements GatherKernels {
    private final CopyKernels copies = new HostCopy();

    @Override
    public void gather(Tensor y, Tensor table, Tensor ids) {
        MemorySegment wanted = HostBuffer.segment(ids);
        for (long i = 0; i < ids.size(); i++) {
            int id = Elements.i32(wanted, i);
            if (id < 0 || id >= table.dim(0)) {
                throw new IndexOutOfBoundsException("gather: id " + id + " of a table of " + table.dim(0) + " rows");
            }
            copies.copy(y.select(0, i), table.select(0, id));
        }
    }
}
