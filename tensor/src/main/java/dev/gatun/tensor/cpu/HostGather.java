package dev.gatun.tensor.cpu;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.kernels.GatherKernels;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;

/// Picks rows: a run each.
final class HostGather implements GatherKernels {
    /// Elements that are worth a hand-over to another thread.
    private static final long CHUNK = 1 << 15;

    /// Columns that one thread adds.
    private static final long STRIP = 64;

    private final Pool pool;
    private final Runs runs;

    HostGather(Pool pool, Runs runs) {
        this.pool = pool;
        this.runs = runs;
    }

    @Override
    public void gather(Tensor y, Tensor table, Tensor ids) {
        MemorySegment wanted = HostBuffer.segment(ids);
        MemorySegment to = HostBuffer.segment(y);
        MemorySegment from = HostBuffer.segment(table);
        long columns = table.dim(1);
        requireRows(wanted, ids.size(), table);
        pool.run(ids.size(), Math.max(1, CHUNK / Math.max(columns, 1)), (first, end, worker) -> {
            for (long i = first; i < end; i++) {
                long row = Elements.i32(wanted, i) * columns;
                runs.move(to, DType.F32, i * columns, from, table.dtype(), row, columns);
            }
        });
        Reference.reachabilityFence(y);
        Reference.reachabilityFence(table);
        Reference.reachabilityFence(ids);
    }

    /// Each thread adds its own columns, those of one cache line or more, in the order of the ids.
    @Override
    public void scatterAdd(Tensor table, Tensor x, Tensor ids) {
        MemorySegment wanted = HostBuffer.segment(ids);
        MemorySegment to = HostBuffer.segment(table);
        MemorySegment from = HostBuffer.segment(x);
        long columns = table.dim(1);
        requireRows(wanted, ids.size(), table);
        pool.run((columns + STRIP - 1) / STRIP, Math.max(1, CHUNK / (STRIP * Math.max(ids.size(), 1))), (first, end, worker) -> {
            long c = first * STRIP;
            long n = Math.min(columns, end * STRIP) - c;
            for (long i = 0; i < ids.size(); i++) {
                runs.add(to, Elements.i32(wanted, i) * columns + c, from, i * columns + c, n);
            }
        });
        Reference.reachabilityFence(table);
        Reference.reachabilityFence(x);
        Reference.reachabilityFence(ids);
    }

    private static void requireRows(MemorySegment ids, long n, Tensor table) {
        for (long i = 0; i < n; i++) {
            int id = Elements.i32(ids, i);
            if (id < 0 || id >= table.dim(0)) {
                throw new IndexOutOfBoundsException("gather: id " + id + " of a table of " + table.dim(0) + " rows");
            }
        }
    }
}
