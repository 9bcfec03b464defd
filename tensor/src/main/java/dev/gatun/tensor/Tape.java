package dev.gatun.tensor;

import dev.gatun.tensor.kernels.ElementwiseKernels.Binary;
import dev.gatun.tensor.kernels.ElementwiseKernels;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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
/// var gradients = new Gradients();
/// for (…) {
///     tape.begin(step);
///     tape.backward(loss(model, batch), gradients);
///     optimizer.step(gradients);
///     gradients.clear();
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
    private final Map<Long, Deque<Buffer>> store = new HashMap<>();
    private long stored;
    private boolean recording = true;
    private long step;
    private final Gradients inner = new Gradients();

    Tape(Workspace workspace) {
        this.workspace = workspace;
    }

    // ---- for operations --------------------------------------------------------------------

    /// {@return whether an operation on these inputs will be recorded, and should keep what its derivative needs}
    ///
    /// @param y the result, or anything in its memory
    /// @param inputs what it is computed from
    public static boolean records(Tensor y, Tensor... inputs) {
        return recordingOf(y) != null && Arrays.stream(inputs).anyMatch(Tensor::isTracked);
    }

    /// Records an operation, if the memory of its result records and one of its inputs depends on a parameter.
    ///
    /// @param y the result, contiguous
    /// @param derivative from dL/dy to those of the inputs
    /// @param inputs what it was computed from, as far as gradients flow there
    /// @return the result, known to the tape
    public static Tensor record(Tensor y, Derivative derivative, Tensor... inputs) {
        Tape tape = recordingOf(y);
        return tape != null && Arrays.stream(inputs).anyMatch(Tensor::isTracked) ? tape.add(y, derivative) : y;
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
    /// @param x the input
    /// @param part from input to a result of the same shape; must compute the same whenever it runs
    /// @return the result
    public static Tensor checkpoint(Tensor x, UnaryOperator<Tensor> part) {
        Tape tape = recordingOf(x);
        if (tape == null) {
            return part.apply(x);
        }
        Tensor y = tape.unrecorded(() -> tape.workspace.scoped(x.like(), x.detach(), part));
        return tape.add(y, (dy, adjoints) -> {
            Tensor in = x.isTracked() ? x.tracked(new Node(null, x)) : x;
            int from = tape.entries.size();
            Tensor again = tape.recorded(() -> part.apply(in));
            if (again.isTracked()) {
                adjoints.add(again, dy);
                tape.sweep(from, adjoints.gradients());
                adjoints.pass(in, x);
            }
        });
    }

    /// Runs a part of a model that ends in a loss, and its derivative at once, some rows after the other, so that only the activations of these rows are
    /// ever there: how a head of a large vocabulary is trained without all its logits. What follows may scale the sum and add to it.
    ///
    /// @param x the input
    /// @param rows how many rows of the first axis of x go in at once
    /// @param part from some rows of x to their part of the loss
    /// @return the sum of the parts, a scalar
    public static Tensor atOnce(Tensor x, long rows, PartialLoss part) {
        Tape tape = recordingOf(x);
        Tensor sum = x.like(DType.F32, Shape.of());
        sum.write(new float[1]);
        Tensor dx = tape == null || !x.isTracked() ? null : x.like();
        for (long r = 0; r < x.dim(0); r += rows) {
            long from = r;
            long to = Math.min(x.dim(0), r + rows);
            x.memory().within(() -> {
                Tensor chunk = x.slice(0, from, to);
                if (tape == null) {
                    increase(sum, part.of(chunk, from));
                } else {
                    increase(sum, tape.differentiate(chunk, from, part, dx == null ? null : dx.slice(0, from, to)));
                }
            });
        }
        return tape == null
                ? sum
                : tape.add(sum, (dy, adjoints) -> {
                    float scale = dy.toArray()[0];
                    if (dx != null) {
                        adjoints.add(x, scale == 1 ? dx : dx.scale(scale));
                    }
                    adjoints.gradients().add(tape.inner, scale);
                    tape.inner.clear();
                });
    }

    private Tensor differentiate(Tensor chunk, long first, PartialLoss part, @Nullable Tensor dx) {
        Tensor in = dx == null ? chunk : chunk.tracked(new Node(null, chunk));
        int from = entries.size();
        Tensor loss = part.of(in, first);
        if (loss.isTracked()) {
            unrecorded(() -> {
                start(loss, inner);
                sweep(from, inner);
                return loss;
            });
        }
        Node node = in.node();
        if (dx != null && node != null) {
            Tensor gradient = node.gradient;
            if (gradient != null) {
                dx.set(gradient);
                giveBack(gradient);
                node.gradient = null;
            } else {
                dx.fill(0);
            }
        }
        return loss;
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

    /// Differentiates: adds dL/dp to the gradients of every parameter p that the loss depends on, and ends the tape of this step.
    ///
    /// @param loss L, one element, computed in this tape's workspace since its last reset
    /// @param gradients where to add them
    /// @throws IllegalStateException if the loss depends on no parameter
    public void backward(Tensor loss, Gradients gradients) {
        if (loss.size() != 1) {
            throw new ShapeException("backward: " + loss.describe() + " — want the one number that is to become smaller");
        }
        if (loss.memory() != workspace || !loss.isTracked()) {
            throw new IllegalStateException("backward: the loss depends on no parameter, or was not computed in the recording workspace");
        }
        unrecorded(() -> {
            start(loss, gradients);
            sweep(0, gradients);
            return loss;
        });
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
                giveBack(dy);
            }
        }
        entries.subList(from, entries.size()).clear();
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

    // ---- the store of gradients -------------------------------------------------------------

    /// A gradient of this shape from the store. Its contents are undefined.
    Tensor lend(Shape shape) {
        long bytes = Math.max(64, Math.multiplyExact(shape.size(), DType.F32.bytes()) + 63 & -64);
        Deque<Buffer> free = store.get(bytes);
        Buffer buffer;
        if (free == null || free.isEmpty()) {
            buffer = workspace.device().allocate(bytes);
            stored += bytes;
        } else {
            buffer = free.pop();
        }
        return new Tensor(buffer, 0, DType.F32, shape, workspace);
    }

    void giveBack(Tensor gradient) {
        Buffer buffer = gradient.buffer();
        store.computeIfAbsent(buffer.bytes(), size -> new ArrayDeque<>()).push(buffer);
    }

    boolean isRecording() {
        return recording;
    }

    /// {@return how many bytes the store of gradients holds}
    public long storedBytes() {
        return stored;
    }

    void reset() {
        entries.clear();
        inner.clear();
    }

    void close() {
        reset();
        store.values().forEach(free -> free.forEach(Buffer::free));
        store.clear();
    }
}
