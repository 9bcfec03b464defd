package dev.gatun.tensor.cpu;

import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.kernels.RopeKernels;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// The rotation by its definition, in double.
final class ReferenceRope implements RopeKernels {

    @Override
    public void rotate(Tensor y, Tensor x, Tensor cos, Tensor sin, long first, @Nullable Tensor padding) {
        rotate(y, x, cos, sin, first, padding, 1);
    }

    @Override
    public void rotateBack(Tensor dx, Tensor dy, Tensor cos, Tensor sin, long first, @Nullable Tensor padding) {
        rotate(dx, dy, cos, sin, first, padding, -1);
    }

    private static void rotate(Tensor y, Tensor x, Tensor cos, Tensor sin, long first, @Nullable Tensor padding, int sign) {
        MemorySegment ys = HostBuffer.segment(y);
        MemorySegment xs = HostBuffer.segment(x);
        MemorySegment cs = HostBuffer.segment(cos);
        MemorySegment ss = HostBuffer.segment(sin);
        long tokens = x.dim(1);
        long heads = x.dim(2);
        long width = x.dim(3);
        long half = width / 2;
        for (long row = 0; row < x.dim(0) * tokens; row++) {
            int padded = padding == null ? 0 : Math.max(0, padding.toInts()[(int) (row / tokens)]);
            long p = Math.max(0, first + row % tokens - padded);
            for (long h = 0; h < heads; h++) {
                long at = (row * heads + h) * width;
                for (long i = 0; i < half; i++) {
                    double c = Elements.f32(cs, p * half + i);
                    double s = sign * Elements.f32(ss, p * half + i);
                    double a = Elements.f32(xs, at + i);
                    double b = Elements.f32(xs, at + half + i);
                    Elements.f32(ys, at + i, a * c - b * s);
                    Elements.f32(ys, at + half + i, b * c + a * s);
                }
            }
        }
    }
}
