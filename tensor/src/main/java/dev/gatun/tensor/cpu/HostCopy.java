package dev.gatun.tensor.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.kernels.CopyKernels;
import java.lang.foreign.MemorySegment;

/// Copies of host memory: runs of contiguous elements at once, the rest one by one.
final class HostCopy implements CopyKernels {

    @Override
    public void copy(Tensor y, Tensor x) {
        copy(y, x, HostBuffer.segment(y), HostBuffer.segment(x), 0, 0, 0);
    }

    /// Walks the axes that the two do not share as one run.
    private static void copy(Tensor y, Tensor x, MemorySegment to, MemorySegment from, int axis, long yi, long xi) {
        if (isRun(y, axis) && isRun(x, axis)) {
            long n = 1;
            for (int i = axis; i < y.rank(); i++) {
                n *= y.dim(i);
            }
            run(to, y.dtype(), yi, from, x.dtype(), xi, n);
            return;
        }
        if (axis == y.rank() - 1) {
            for (long i = 0; i < y.dim(axis); i++) {
                run(to, y.dtype(), yi + i * y.stride(axis), from, x.dtype(), xi + i * x.stride(axis), 1);
            }
            return;
        }
        for (long i = 0; i < y.dim(axis); i++) {
            copy(y, x, to, from, axis + 1, yi + i * y.stride(axis), xi + i * x.stride(axis));
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

    private static void run(MemorySegment to, DType toType, long yi, MemorySegment from, DType fromType, long xi, long n) {
        if (toType == fromType) {
            int bytes = toType.bytes();
            MemorySegment.copy(from, xi * bytes, to, yi * bytes, n * bytes);
        } else if (toType == DType.I64 || fromType == DType.I64) {
            longs(to, toType, yi, from, fromType, xi, n);
        } else {
            for (long i = 0; i < n; i++) {
                Elements.write(to, toType, yi + i, Elements.read(from, fromType, xi + i));
            }
        }
    }

    /// 64-bit integers do not pass through a double unharmed.
    private static void longs(MemorySegment to, DType toType, long yi, MemorySegment from, DType fromType, long xi, long n) {
        for (long i = 0; i < n; i++) {
            if (fromType == DType.I64 && toType == DType.I32) {
                long value = from.get(JAVA_LONG_UNALIGNED, (xi + i) * 8);
                Elements.i32(to, yi + i, Math.clamp(value, Integer.MIN_VALUE, Integer.MAX_VALUE));
            } else {
                Elements.write(to, toType, yi + i, Elements.read(from, fromType, xi + i));
            }
        }
    }

    @Override
    public void write(Tensor y, float[] values) {
        MemorySegment to = HostBuffer.segment(y);
        MemorySegment.copy(values, 0, to, JAVA_FLOAT_UNALIGNED, 0, values.length);
    }

    @Override
    public void write(Tensor y, int[] values) {
        MemorySegment to = HostBuffer.segment(y);
        MemorySegment.copy(values, 0, to, JAVA_INT_UNALIGNED, 0, values.length);
    }

    @Override
    public void read(float[] values, Tensor x) {
        MemorySegment from = HostBuffer.segment(x);
        MemorySegment.copy(from, JAVA_FLOAT_UNALIGNED, 0, values, 0, values.length);
    }

    @Override
    public void read(int[] values, Tensor x) {
        MemorySegment from = HostBuffer.segment(x);
        MemorySegment.copy(from, JAVA_INT_UNALIGNED, 0, values, 0, values.length);
    }
}
