package dev.gatun.tensor.ops;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.ShapeException;
import dev.gatun.tensor.Tape;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.kernels.LossKernels;
import java.util.function.UnaryOperator;

/// What models are judged by.
public final class Losses {
    /// Logits that are computed at once: 16 MiB.
    private static final long MOST_LOGITS = 1 << 22;

    /// With fewer rows than these, a product waits for the weights of the head.
    private static final long FEWEST_ROWS = 64;

    private Losses() {}

    /// The negative log-likelihood of each label under the softmax of its row, in nats.
    ///
    /// @param logits `[…, V]`
    /// @param labels i32 of the leading shape of logits, each in `[0, V)` or -100 to be left out
    /// @return of the shape of labels, 0 where left out
    public static Tensor crossEntropy(Tensor logits, Tensor labels) {
        Operands.require("crossEntropy", DType.F32, logits);
        Operands.require("crossEntropy", DType.I32, labels);
        Operands.sameDevice("crossEntropy", logits, labels);
        if (logits.rank() < 1 || !logits.shape().without(-1).equals(labels.shape())) {
            throw new ShapeException("crossEntropy: logits " + logits.describe() + ", labels " + labels.describe() + " — one label per row");
        }
        Tensor rows = logits.contiguous();
        Tensor wanted = labels.contiguous();
        Tensor loss = logits.like(DType.F32, labels.shape());
        LossKernels kernels = logits.device().kernels(LossKernels.class);
        kernels.crossEntropy(loss, rows, wanted);
        return Tape.record(
                loss,
                (dy, adjoints) -> {
                    Tensor dx = adjoints.like(rows);
                    kernels.crossEntropyBackward(dx, dy, loss, rows, wanted);
                    adjoints.add(rows, dx);
                },
                rows);
    }

    /// The cross-entropy of a head of a large vocabulary, without ever having all its logits: some rows after the other go through the head, and back
    /// at once where a tape records ([Tape#atOnce]).
    ///
    /// @param h what goes into the head, `[R, C]`
    /// @param head from `[r, C]` to logits `[r, V]`, for any r; it is first asked for none, to learn V
    /// @param labels i32 `[R]`, each in `[0, V)` or -100 to be left out
    /// @param scale multiplies the sum: 1 over the number of labels that count gives their mean
    /// @return `scale · Σ nll`, a scalar
    public static Tensor crossEntropy(Tensor h, UnaryOperator<Tensor> head, Tensor labels, float scale) {
        Operands.require("crossEntropy", DType.F32, h);
        Operands.require("crossEntropy", DType.I32, labels);
        if (h.rank() != 2 || labels.rank() != 1 || h.dim(0) != labels.dim(0)) {
            throw new ShapeException("crossEntropy: h " + h.describe() + ", labels " + labels.describe() + " — want [R,C] and [R]");
        }
        long classes = Math.max(1, head.apply(h.detach().slice(0, 0, 0)).dim(-1));
        long rows = Math.max(FEWEST_ROWS, MOST_LOGITS / classes);
        return Tape.atOnce(h, rows, (some, first) -> {
            Tensor wanted = labels.slice(0, first, first + some.dim(0));
            return crossEntropy(head.apply(some), wanted).sum().scale(scale);
        });
    }
}
