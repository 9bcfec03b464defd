package dev.gatun.tensor;

import dev.gatun.tensor.kernels.ElementwiseKernels.Binary;
import dev.gatun.tensor.kernels.ElementwiseKernels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// What happened in a step, so that it can be differentiated: reverse-mode automatic differentiation by closures.
///
/// An operation computes its result and hands its derivative to [#record]; only results that depend on a [Parameter] are kept. [#backward] runs the
/// derivatives from the last to the first. The gradient of a result is given back to the tape's store as soon as it was used, and what a derivative
/// computes on the way is gone when it returns: going backward needs little more memory than a few of the largest activations.
///
/// ```
/// var tape = workspace.tape();                     // from now on this workspace records
/// try (var gradients = new Gradients()) {
///     for (…) {
///         tape.begin(step);
///         tape.backward(loss(model, batch), gradients);
///         optimizer.step(gradients);
///         gradients.clear();
///     }
/// }
/// ```
public final class Tape {
    /// How the gradients of an operation's inputs follow from that of its result.
    @FunctionalInterface
    public interface Derivative {
        /// @param dy dL/dy, of the shape of the result, contiguous
        /// @param adjoints where dL/dx of the inputs are added
        void backward(Tensor dy, Adjoints adjoints);
    }

    /// A part of a loss.
    @FunctionalInterface
    public interface PartialLoss {
        /// @param rows some rows of the input
        /// @param first the number of the first of them
        /// @return what they add to the loss, a scalar
        Tensor of(Tensor rows, long first);
    }

    private record Entry(Node result, Derivative derivative) {}

    private final Workspace workspace;
    private final List<Entry> entries = new ArrayList<>();
    private final GradientStore store;
    private boolean recording = true;
    private long step;
    private final List<Gradients> apart = new ArrayList<>(); // of each atOnce of a step
    private int apartInUse;

    Tape(Workspace workspace) {
        this.workspace = workspace;
        store = new GradientStore(workspace);
    }

    // ---- for operations --------------------------------------------------------------------

    /// {@return whether an operation on these inputs will be recorded, and should keep what its derivative needs}
    ///
    /// @param y the result, or anything in its memory
    /// @param inputs what it is computed from
    public static boolean records(Tensor y, Tensor... inputs) {
        return recordingOf(y) != null && anyTracked(inputs);
    }

    /// Records an operation, if the memory of its result records and one of its inputs depends on a parameter.
    ///
    /// @param y the result, contiguous
    /// @param derivative from dL/dy to those of the inputs
    /// @param inputs what it was computed from, as far as gradients flow there
    /// @return the result, known to the tape
    /// @throws IllegalStateException if an input depends on a parameter by an operation that was not recorded, as its result is in [Collected] memory
    public static Tensor record(Tensor y, Derivative derivative, Tensor... inputs) {
        if (!anyTracked(inputs)) {
            return y;
        }
        Tape tape = recordingOf(y);
        if (tape != null) {
            for (Tensor input : inputs) {
                requireRecorded(input);
            }
            return tape.add(y, derivative);
        }
        return y.memory() instanceof Collected ? y.tracked(Node.UNRECORDED) : y;
    }

    private static boolean anyTracked(Tensor... inputs) {
        return Arrays.stream(inputs).anyMatch(Tensor::isTracked);
    }

    private static void requireRecorded(Tensor input) {
        if (input.node() == Node.UNRECORDED) {
            throw new IllegalStateException(input.describe()
                    + " was computed from a parameter outside of the workspace that records, where its gradient would be lost: a result lives with its"
                    + " first operand. Start from an activation, as in x.mul(w) instead of w.mul(x), or take a copy first: w.copyTo(workspace)."
                    + " If no gradient is wanted: detach()");
        }
    }

    /// Runs what an operation needs on the way to its result and nobody needs behind it: nothing of it is recorded, and in a [Workspace] it is gone when it
    /// returns. An operation of several kernels remembers its inputs alone that way, and computes the rest again for its derivative.
    ///
    /// @param y the result, allocated before
    /// @param part fills it
    /// @return the result
    public static Tensor aside(Tensor y, Runnable part) {
        Tape tape = recordingOf(y);
        if (tape == null) {
            y.memory().within(part);
        } else {
            tape.unrecorded(() -> {
                y.memory().within(part);
                return y;
            });
        }
        return y;
    }

    /// Activation checkpointing (arXiv:1604.06174): runs a part of a model and forgets what happened inside; when the tape comes back here, it runs the
    /// part once more. Costs one more forward pass and saves all activations but the input.
    ///
    /// @param x the input; where this records, the part sees it row by row
    /// @param part from input to a result of the same shape; must compute the same whenever it runs
    /// @return the result
    public static Tensor checkpoint(Tensor x, UnaryOperator<Tensor> part) {
        Tape tape = recordingOf(x);
        return tape == null ? part.apply(x) : tape.recomputed(x.contiguous(), part);
    }

    private Tensor recomputed(Tensor x, UnaryOperator<Tensor> part) {
        Tensor y = unrecorded(() -> workspace.scoped(x.like(), x.detach(), part));
        return add(y, (dy, adjoints) -> {
            Tensor in = standIn(x);
            int from = entries.size();
            Tensor again = recorded(() -> part.apply(in));
            if (again.isTracked()) {
                adjoints.add(again, dy);
                sweep(from, adjoints.gradients());
                adjoints.pass(in, x);
            }
        });
    }

    /// What a part of a model sees instead of x, which lies row by row, to gather dL/dx.
    private static Tensor standIn(Tensor x) {
        return x.isTracked() ? x.tracked(new Node(null, x)) : x;
    }

    /// Runs a part of a model that ends in a loss, and its derivative at once, some rows after the other, so that only the activations of these rows are
    /// ever there: how a head of a large vocabulary is trained without all its logits. What follows may scale the sum and add to it, and may leave it out
    /// of the loss.
    ///
    /// @param x the input
    /// @param rows how many rows of the first axis of x go in at once
    /// @param part from some rows of x to their part of the loss; depends on parameters and on no other activation
    /// @return the sum of the parts, a scalar
    public static Tensor atOnce(Tensor x, long rows, PartialLoss part) {
        Tape tape = recordingOf(x);
        return tape == null ? sumOver(x, rows, part) : tape.differentiated(x.contiguous(), rows, part);
    }

    private Tensor differentiated(Tensor x, long rows, PartialLoss part) {
        Gradients own = apart();
        Tensor dx = x.isTracked() ? x.like() : null;
        Tensor sum =
                sumOver(x, rows, (some, first) -> differentiate(some, first, part, own, dx == null ? null : dx.slice(0, first, first + some.dim(0))));
        return add(sum, (dy, adjoints) -> {
            float scale = dy.toArray()[0];
            if (dx != null) {
                adjoints.add(x, scale == 1 ? dx : dx.scale(scale));
            }
            if (scale != 1) {
                own.scale(scale);
            }
            adjoints.gradients().add(own, 1);
            if (apart.get(apartInUse - 1) == own) { // going backward, the last comes first
                apartInUse--;
            }
        });
    }

    /// Gradients of parameters of which nobody knows yet by what they will be multiplied.
    private Gradients apart() {
        if (apartInUse == apart.size()) {
            apart.add(new Gradients());
        }
        Gradients own = apart.get(apartInUse++);
        own.clear();
        return own;
    }

    private Tensor differentiate(Tensor some, long first, PartialLoss part, Gradients gradients, @Nullable Tensor dx) {
        Tensor in = standIn(some);
        int from = entries.size();
        Tensor loss = part.of(in, first);
        if (loss.isTracked()) {
            unrecorded(() -> {
                start(loss, gradients);
                sweep(from, gradients);
                return loss;
            });
        }
        Node node = in.node();
        if (dx != null && node != null) {
            Tensor gradient = node.gradient;
            if (gradient != null) {
                dx.set(gradient);
                store.giveBack(gradient);
                node.gradient = null;
            } else {
                dx.fill(0);
            }
        }
        return loss;
    }

    private static Tensor sumOver(Tensor x, long rows, PartialLoss part) {
        Tensor sum = x.like(DType.F32, Shape.of());
        sum.write(new float[1]);
        for (long r = 0; r < x.dim(0); r += rows) {
            long from = r;
            long to = Math.min(x.dim(0), r + rows);
            x.memory().within(() -> increase(sum, part.of(x.slice(0, from, to), from)));
        }
        return sum;
    }

    /// Not recorded: the sum is no result of an operation.
    private static void increase(Tensor sum, Tensor part) {
        sum.device().kernels(ElementwiseKernels.class).binary(Binary.ADD, sum, sum, part);
    }

    private static @Nullable Tape recordingOf(Tensor y) {
        Tape tape = y.memory() instanceof Workspace w ? w.recordingTape() : null;
        return tape != null && tape.recording ? tape : null;
    }

    private Tensor add(Tensor y, Derivative derivative) {
        Node node = new Node(null, y);
        entries.add(new Entry(node, derivative));
        return y.tracked(node);
    }

    /// {@return the number of the training step that x belongs to; -1 outside of training}. What is random in a step must depend on nothing else, so that
    /// a part that is computed again is the same.
    ///
    /// @param x an activation
    public static long stepOf(Tensor x) {
        return x.memory() instanceof Workspace w ? w.step() : -1;
    }

    // ---- for training ----------------------------------------------------------------------

    /// Begins a step: empties the workspace.
    ///
    /// @param number of the step, from 0; the same number gives the same dropout
    public void begin(long number) {
        workspace.reset();
        step = number;
    }

    long step() {
        return step;
    }

    /// Differentiates: adds dL/dp to the gradients of every parameter p that the loss depends on, and ends the tape of this step: several losses are
    /// added first.
    ///
    /// @param loss L, one element, computed in this tape's workspace since its last reset and the last backward
    /// @param gradients where to add them
    /// @throws IllegalStateException if the loss depends on no parameter, is not of this step, or depends on what was differentiated already
    public void backward(Tensor loss, Gradients gradients) {
        if (loss.size() != 1) {
            throw new ShapeException("backward: " + loss.describe() + " — want the one number that is to become smaller");
        }
        Node node = loss.node();
        if (loss.memory() != workspace || node == null) {
            throw new IllegalStateException("backward: the loss depends on no parameter, or was not computed in the recording workspace");
        }
        loss.buffer(); // says so if it is of an earlier step
        node.requireOpen();
        try {
            unrecorded(() -> {
                start(loss, gradients);
                sweep(0, gradients);
                return loss;
            });
        } finally {
            end(0);
        }
    }

    private void start(Tensor loss, Gradients gradients) {
        Tensor one = workspace.floats(new float[] {1}).reshape(loss.shape().dims());
        new Adjoints(this, gradients).add(loss, one);
    }

    private void sweep(int from, Gradients gradients) {
        for (int i = entries.size() - 1; i >= from; i--) {
            Entry entry = entries.get(i);
            Tensor dy = entry.result.gradient;
            if (dy != null) {
                entry.result.gradient = null;
                Adjoints adjoints = new Adjoints(this, gradients);
                workspace.within(() -> entry.derivative.backward(dy, adjoints));
                adjoints.end();
                store.giveBack(dy);
            }
        }
        end(from);
    }

    private void end(int from) {
        List<Entry> behind = entries.subList(from, entries.size());
        behind.forEach(entry -> entry.result.end());
        behind.clear();
    }

    private Tensor unrecorded(Supplier<Tensor> part) {
        return with(false, part);
    }

    private Tensor recorded(Supplier<Tensor> part) {
        return with(true, part);
    }

    private Tensor with(boolean record, Supplier<Tensor> part) {
        boolean before = recording;
        recording = record;
        try {
            return part.get();
        } finally {
            recording = before;
        }
    }

    boolean isRecording() {
        return recording;
    }

    GradientStore store() {
        return store;
    }

    /// {@return how many bytes the store of the gradients of results holds now}
    public long storedBytes() {
        return store.bytes();
    }

    void reset() {
        entries.clear();
        apartInUse = 0;
        store.endStep();
    }

    void close() {
        reset();
        store.close();
        apart.forEach(Gradients::close);
    }
}
