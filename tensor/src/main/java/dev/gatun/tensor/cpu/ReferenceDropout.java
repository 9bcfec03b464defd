package dev.gatun.tensor.cpu;

import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.kernels.DropoutKernels;
import java.lang.foreign.MemorySegment;

/// Dropout by its definition.
final class ReferenceDropout implements DropoutKernels {
    @Override
    public void dropout(Tensor y, Tensor x, int threshold, float scale, long seed, int step, int site) {
        dropout(HostBuffer.segment(y), HostBuffer.segment(x), 0, x.size(), threshold, scale, Threefry.schedule(seed, step, site));
    }

    /// Elements `[from, end)`.
    static void dropout(MemorySegment y, MemorySegment x, long from, long end, int threshold, float scale, int... schedule) {
        int[] words = new int[4];
        for (long i = from; i < end; i++) {
            long block = i / 64 * 16 + i % 16;
            words[0] = (int) block;
            words[1] = (int) (block >>> 32);
            words[2] = 0;
            words[3] = 0;
            Threefry.block(words, schedule, Threefry.ROUNDS);
            boolean left = words[(int) (i / 16 % 4)] >>> 8 >= threshold;
            Elements.f32(y, i, left ? Elements.f32(x, i) * scale : 0);
        }
    }
}
