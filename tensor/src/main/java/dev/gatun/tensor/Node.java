package dev.gatun.tensor;

import org.jspecify.annotations.Nullable;

/// What a tensor is to a tape: a parameter, or a result that was recorded. Views of a tensor share its node and say by their own offset and strides
/// which elements of it they are.
final class Node {
    final @Nullable Parameter parameter;
    final long offset;
    final Shape shape;

    /// dL/d of it, while the tape runs backward; the gradients of parameters are kept by [Gradients].
    @Nullable
    Tensor gradient;

    Node(@Nullable Parameter parameter, Tensor base) {
        this.parameter = parameter;
        this.offset = base.byteOffset();
        this.shape = base.shape();
    }

    /// Whether this is the tensor itself, perhaps reshaped, and not a part of it.
    boolean isWhole(Tensor view) {
        return view.byteOffset() == offset && view.size() == shape.size() && view.isContiguous();
    }
}
