package dev.gatun.tensor.cpu;

import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.kernels.LossKernels;
import java.lang.foreign.MemorySegment;

/// Losses by their definition, in double.
final class ReferenceLoss implements LossKernels {
    static final int LEFT_OUT = -100;

    @Override
    public void crossEntropy(Tensor loss, Tensor x, Tensor labels) {
        MemorySegment ls = HostBuffer.segment(loss);
        MemorySegment xs = HostBuffer.segment(x);
        MemorySegment ids = HostBuffer.segment(labels);
        long columns = x.dim(-1);
        for (long r = 0; r < loss.size(); r++) {
            int label = Elements.i32(ids, r);
            requireLabel(label, columns);
            double nll = 0;
            if (label != LEFT_OUT) {
                nll = ReferenceNorm.logSum(xs, r * columns, columns) - Elements.f32(xs, r * columns + label);
            }
            Elements.f32(ls, r, nll);
        }
    }

    static void requireLabel(int label, long columns) {
        if (label != LEFT_OUT && (label < 0 || label >= columns)) {
            throw new IndexOutOfBoundsException("crossEntropy: label " + label + " of " + columns + " classes");
        }
    }

    @Override
    public void crossEntropyBackward(Tensor dx, Tensor dy, Tensor loss, Tensor x, Tensor labels) {
        MemorySegment to = HostBuffer.segment(dx);
        MemorySegment dys = HostBuffer.segment(dy);
        MemorySegment xs = HostBuffer.segment(x);
        MemorySegment ids = HostBuffer.segment(labels);
        long columns = x.dim(-1);
        for (long r = 0; r < dy.size(); r++) {
            int label = Elements.i32(ids, r);
            requireLabel(label, columns);
            double log = label == LEFT_OUT ? 0 : ReferenceNorm.logSum(xs, r * columns, columns);
            double scale = Elements.f32(dys, r);
            for (long c = 0; c < columns; c++) {
                double p = Math.exp(Elements.f32(xs, r * columns + c) - log);
                Elements.f32(to, r * columns + c, label == LEFT_OUT ? 0 : scale * (c == label ? p - 1 : p));
            }
        }
    }
}
