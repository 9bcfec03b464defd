package dev.gatun.tensor.cpu;

import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.kernels.FakeQuantKernels;
import java.lang.foreign.MemorySegment;

/// Rounding by its definition.
final class ReferenceFakeQuant implements FakeQuantKernels {
    /// What a largest magnitude, or a mean one, counts at least.
    static final float LEAST = 1e-5f;

    @Override
    public void int8(Tensor y, Tensor x) {
        MemorySegment ys = HostBuffer.segment(y);
        MemorySegment xs = HostBuffer.segment(x);
        long columns = x.dim(-1);
        for (long r = 0; r < x.shape().rows(); r++) {
            float most = LEAST;
            for (long c = 0; c < columns; c++) {
                most = Math.max(most, Math.abs(Elements.f32(xs, r * columns + c)));
            }
            for (long c = 0; c < columns; c++) {
                float scaled = Elements.f32(xs, r * columns + c) * (127 / most);
                Elements.f32(ys, r * columns + c, (float) Math.rint(scaled) * (most / 127));
            }
        }
    }

    @Override
    public void ternary(Tensor y, Tensor w) {
        MemorySegment ys = HostBuffer.segment(y);
        MemorySegment ws = HostBuffer.segment(w);
        double sum = 0;
        for (long i = 0; i < w.size(); i++) {
            sum += Math.abs(Elements.f32(ws, i));
        }
        float scale = scale(sum, w.size());
        for (long i = 0; i < w.size(); i++) {
            Elements.f32(ys, i, Math.clamp(Math.rint(Elements.f32(ws, i) * (1 / scale)), -1, 1) * scale);
        }
    }

    /// γ of a sum of magnitudes.
    static float scale(double sum, long size) {
        return Math.max((float) (sum / Math.max(1, size)), LEAST);
    }
}
