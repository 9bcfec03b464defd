package dev.gatun.tensor.cpu;

import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.kernels.ScanKernels;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// Recurrences by their definition.
final class ReferenceScan implements ScanKernels {
    @Override
    public void scan(Tensor h, Tensor f, Tensor x, Tensor state, long first, @Nullable Tensor padding) {
        MemorySegment hs = HostBuffer.segment(h);
        MemorySegment fs = HostBuffer.segment(f);
        MemorySegment xs = HostBuffer.segment(x);
        MemorySegment states = HostBuffer.segment(state);
        long channels = h.dim(2);
        for (long b = 0; b < h.dim(0); b++) {
            long padded = padding == null ? 0 : Elements.i32(HostBuffer.segment(padding), b) - first;
            for (long t = 0; t < h.dim(1); t++) {
                for (long c = 0; c < channels; c++) {
                    long i = (b * h.dim(1) + t) * channels + c;
                    if (t < padded) {
                        Elements.f32(hs, i, 0);
                    } else {
                        float next = Math.fma(Elements.f32(fs, i), Elements.f32(states, b * channels + c), Elements.f32(xs, i));
                        Elements.f32(states, b * channels + c, next);
                        Elements.f32(hs, i, next);
                    }
                }
            }
        }
    }

    @Override
    public void scanBackward(Tensor df, Tensor dx, Tensor dh, Tensor f, Tensor h, Tensor state) {
        MemorySegment dfs = HostBuffer.segment(df);
        MemorySegment dxs = HostBuffer.segment(dx);
        MemorySegment dhs = HostBuffer.segment(dh);
        MemorySegment fs = HostBuffer.segment(f);
        MemorySegment hs = HostBuffer.segment(h);
        MemorySegment states = HostBuffer.segment(state);
        long channels = h.dim(2);
        long steps = h.dim(1);
        for (long b = 0; b < h.dim(0); b++) {
            for (long c = 0; c < channels; c++) {
                float later = 0;
                for (long t = steps - 1; t >= 0; t--) {
                    long i = (b * steps + t) * channels + c;
                    later += Elements.f32(dhs, i);
                    Elements.f32(dxs, i, later);
                    Elements.f32(dfs, i, later * (t == 0 ? Elements.f32(states, b * channels + c) : Elements.f32(hs, i - channels)));
                    later *= Elements.f32(fs, i);
                }
            }
        }
    }
}
