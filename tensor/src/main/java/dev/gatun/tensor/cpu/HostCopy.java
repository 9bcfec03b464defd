package dev.gatun.tensor.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.kernels.CopyKernels;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;

/// Copies of host memory: runs of contiguous elements at once, the rest one by one. Large runs are
/// cut into chunks for the threads.
final class HostCopy implements CopyKernels {
    /// Elements that are worth a hand-over to another thread.
    private static final long CHUNK = 1 << 15;

    private final Pool pool;
    private final Runs runs;

    HostCopy(Pool pool, Runs runs) {
        this.pool = pool;
        this.runs = runs;
    }

    @Override
    public void copy(Tensor y, Tensor x) {
        copy(y, x, HostBuffer.segment(y), HostBuffer.segment(x), 0, 0, 0);
        Reference.reachabilityFence(y);
        Reference.reachabilityFence(x);
    }

    @Override
    public void fill(Tensor y, float value) {
        MemorySegment to = HostBuffer.segment(y);
        pool.run(y.size(), CHUNK, (first, end, worker) -> runs.fill(to, first, value, end - first));
        Reference.reachabilityFence(y);
    }

    /// Walks the axes that the two do not share as one run.
    private void copy(Tensor y, Tensor x, MemorySegment to, MemorySegment from, int axis, long yi, long xi) {
        if (isRun(y, axis) && isRun(x, axis)) {
            long n = 1;
            for (int i = axis; i < y.rank(); i++) {
                n *= y.dim(i);
            }
            pool.run(n, CHUNK, (first, end, worker) -> runs.move(to, y.dtype(), yi + first, from, x.dtype(), xi + first, end - first));
            return;
        }
        if (axis == y.rank() - 1) {
            scattered(to, y, yi, from, x, xi);
            return;
        }
        for (long i = 0; i < y.dim(axis); i++) {
            copy(y, x, to, from, axis + 1, yi + i * y.stride(axis), xi + i * x.stride(axis));
        }
    }

    /// The last axis, element by element.
    private void scattered(MemorySegment to, Tensor y, long yi, MemorySegment from, Tensor x, long xi) {
        long n = y.dim(-1);
        long yStep = y.stride(-1);
        long xStep = x.stride(-1);
        if (y.dtype() == x.dtype() && y.dtype().bytes() == 4) {
            for (long i = 0; i < n; i++) {
                Elements.i32(to, yi + i * yStep, Elements.i32(from, xi + i * xStep));
            }
        } else {
            for (long i = 0; i < n; i++) {
                runs.move(to, y.dtype(), yi + i * yStep, from, x.dtype(), xi + i * xStep, 1);
            }
        }
    }

    /// Whether the axes from this one on lie row by row.
    private static boolean isRun(Tensor t, int axis) {
        long expected = 1;
        for (int i = t.rank() - 1; i >= axis; i--) {
            if (t.dim(i) != 1 && t.stride(i) != expected) {
                return false;
            }
            expected *= t.dim(i);
        }
        return true;
    }

    @Override
    public void write(Tensor y, float[] values) {
        MemorySegment to = HostBuffer.segment(y);
        MemorySegment.copy(values, 0, to, JAVA_FLOAT_UNALIGNED, 0, values.length);
        Reference.reachabilityFence(y);
    }

    @Override
    public void write(Tensor y, int[] values) {
        MemorySegment to = HostBuffer.segment(y);
        MemorySegment.copy(values, 0, to, JAVA_INT_UNALIGNED, 0, values.length);
        Reference.reachabilityFence(y);
    }

    @Override
    public void read(float[] values, Tensor x) {
        MemorySegment from = HostBuffer.segment(x);
        MemorySegment.copy(from, JAVA_FLOAT_UNALIGNED, 0, values, 0, values.length);
        Reference.reachabilityFence(x);
    }

    @Override
    public void read(int[] values, Tensor x) {
        MemorySegment from = HostBuffer.segment(x);
        MemorySegment.copy(from, JAVA_INT_UNALIGNED, 0, values, 0, values.length);
        Reference.reachabilityFence(x);
    }
}
