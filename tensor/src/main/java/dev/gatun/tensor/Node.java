package dev.gatun.tensor;

import org.jspecify.annotations.Nullable;

/// What a tensor is to a tape: a parameter, or a result that was recorded. Views of a tensor share its node and say by their own offset and strides
/// which elements of it they are.
final class Node {
    /// That of results which depend on a parameter and were recorded by no tape: they live in [Collected] memory, which has none.
    static final Node UNRECORDED = new Node(null, 0, Shape.of());

    final @Nullable Parameter parameter;
    final long offset;
    final Shape shape;

    /// dL/d of it, while the tape runs backward; the gradients of parameters are kept by [Gradients].
    @Nullable
    Tensor gradient;

    private boolean ended; // the tape has been here

    Node(@Nullable Parameter parameter, Tensor base) {
        this(parameter, base.byteOffset(), base.shape());
    }

    private Node(@Nullable Parameter parameter, long offset, Shape shape) {
        this.parameter = parameter;
        this.offset = offset;
        this.shape = shape;
    }

    void end() {
        ended = true;
    }

    /// @throws IllegalStateException if a gradient that comes here would go no further
    void requireOpen() {
        if (ended) {
            throw new IllegalStateException(
                    "backward: a result " + shape + " was differentiated already; add the losses of a step and go back once, or compute it again");
        }
    }

    /// Whether this is the tensor itself, perhaps reshaped, and not a part of it.
    boolean isWhole(Tensor view) {
        return view.byteOffset() == offset && view.size() == shape.size() && view.isContiguous();
    }
}
