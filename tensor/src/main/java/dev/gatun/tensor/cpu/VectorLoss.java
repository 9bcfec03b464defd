package dev.gatun.tensor.cpu;

import static dev.gatun.tensor.cpu.Lanes.ALL;
import static dev.gatun.tensor.cpu.Lanes.FLOAT;
import static dev.gatun.tensor.cpu.Lanes.INT;

import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.kernels.LossKernels;
import java.lang.ref.Reference;

/// Losses, a vector at a time, rows in parallel. Reads the logits once, 4 B each, at about 25
/// operations per vector: **compute-bound** while they come from L2 or L3.
final class VectorLoss implements LossKernels {
    private static final long CHUNK = 1 << 14;

    private final Pool pool;
    private final NativeScratch scratch;

    VectorLoss(Pool pool) {
        this.pool = pool;
        this.scratch = new NativeScratch(pool);
    }

    @Override
    public void crossEntropy(Tensor loss, Tensor x, Tensor labels) {
        long columns = x.dim(-1);
        long to = HostBuffer.address(loss);
        long logits = HostBuffer.address(x);
        long ids = HostBuffer.address(labels);
        for (long r = 0; r < loss.size(); r++) {
            ReferenceLoss.requireLabel(ALL.get(INT, ids + r * 4), columns);
        }
        pool.run(loss.size(), Math.max(1, CHUNK / Math.max(columns, 1)), (from, end, worker) -> {
            long few = scratch.address(worker, Row.SCRATCH);
            for (long r = from; r < end; r++) {
                int label = ALL.get(INT, ids + r * 4);
                double nll = 0;
                if (label != ReferenceLoss.LEFT_OUT) {
                    long row = logits + r * columns * 4;
                    Row.LogSum sum = new Row(row, columns, few).logSum();
                    nll = sum.value() - ALL.get(FLOAT, row + label * 4L);
                }
                ALL.set(FLOAT, to + r * 4, (float) nll);
            }
        });
        Reference.reachabilityFence(loss);
        Reference.reachabilityFence(x);
        Reference.reachabilityFence(labels);
    }

    @Override
    public void crossEntropyBackward(Tensor dx, Tensor dy, Tensor loss, Tensor x, Tensor labels) {
        long columns = x.dim(-1);
        long to = HostBuffer.address(dx);
        long scales = HostBuffer.address(dy);
        long losses = HostBuffer.address(loss);
        long logits = HostBuffer.address(x);
        long ids = HostBuffer.address(labels);
        pool.run(dy.size(), Math.max(1, CHUNK / Math.max(columns, 1)), (from, end, worker) -> {
            long few = scratch.address(worker, Row.SCRATCH);
            for (long r = from; r < end; r++) {
                long row = to + r * columns * 4;
                int label = ALL.get(INT, ids + r * 4);
                if (label == ReferenceLoss.LEFT_OUT) {
                    ALL.asSlice(row, columns * 4).fill((byte) 0);
                } else {
                    Row of = new Row(logits + r * columns * 4, columns, few);
                    differentiate(row, of, label, ALL.get(FLOAT, losses + r * 4), ALL.get(FLOAT, scales + r * 4));
                }
            }
        });
        Reference.reachabilityFence(dx);
        Reference.reachabilityFence(dy);
        Reference.reachabilityFence(loss);
        Reference.reachabilityFence(x);
        Reference.reachabilityFence(labels);
    }

    /// The logarithm of the sum is the loss and the logit of the label; `softmax − 1` of the label is `e⁻ˡᵒˢˢ − 1`.
    private static void differentiate(long dx, Row x, int label, float loss, float dy) {
        float own = ALL.get(FLOAT, x.x() + label * 4L);
        if (Float.isFinite(loss)) {
            x.softmax(dx, own, loss, dy);
            ALL.set(FLOAT, dx + label * 4L, (float) (dy * StrictMath.expm1(-loss)));
        } else {
            double log = x.logSum().value();
            x.softmax(dx, (float) log, 0, dy);
            ALL.set(FLOAT, dx + label * 4L, (float) (dy * StrictMath.expm1(own - log)));
        }
    }
}
