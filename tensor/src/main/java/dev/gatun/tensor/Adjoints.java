package dev.gatun.tensor;

import dev.gatun.tensor.kernels.ElementwiseKernels.Binary;
import dev.gatun.tensor.kernels.ElementwiseKernels;
import dev.gatun.tensor.ops.Reductions;
import java.util.ArrayList;
import java.util.List;

/// Where a derivative adds dL/dx of an operation's inputs.
///
/// | method | for a derivative that |
/// |---|---|
/// | [#wants] | need not compute what nobody asks for |
/// | [#add] | has computed dL/dx, or can by other operations |
/// | [#like] | has a kernel that writes dL/dx |
/// | [#accumulate] | has a kernel that writes it or adds to it |
public final class Adjoints {
    /// A kernel that writes a gradient, or adds to it.
    @FunctionalInterface
    public interface Accumulation {
        /// @param dx contiguous, of the shape of the input
        /// @param add whether to add to it or to overwrite it
        void into(Tensor dx, boolean add);
    }

    private final Tape tape;
    private final Gradients gradients;
    private final List<Tensor> lent = new ArrayList<>();

    Adjoints(Tape tape, Gradients gradients) {
        this.tape = tape;
        this.gradients = gradients;
    }

    Gradients gradients() {
        return gradients;
    }

    /// {@return whether dL/dx leads to a parameter}
    ///
    /// @param x an input
    public boolean wants(Tensor x) {
        return x.isTracked();
    }

    /// {@return an unfilled tensor for dL/dx, contiguous}. Handing it to [#add] costs no copy.
    ///
    /// @param x an input
    public Tensor like(Tensor x) {
        Tensor dx = tape.store().lend(x.shape());
        lent.add(dx);
        return dx;
    }

    /// Adds to dL/dx; does nothing if nobody wants it.
    ///
    /// @param x an input
    /// @param dx of the shape of x, or of a shape that x was broadcast to
    public void add(Tensor x, Tensor dx) {
        Node node = x.node();
        if (node == null) {
            return;
        }
        node.requireOpen();
        Tensor fitting = summedTo(x.shape(), dx);
        if (!node.isWhole(x)) {
            addPart(x, node, fitting);
        } else if (node.parameter == null && node.gradient == null && lent.removeIf(t -> t == dx)) {
            node.gradient = dx.reshape(node.shape.dims());
        } else {
            accumulate(x, (sum, add) -> {
                if (add) {
                    sum.device().kernels(ElementwiseKernels.class).binary(Binary.ADD, sum, sum, fitting);
                } else {
                    sum.set(fitting);
                }
            });
        }
    }

    /// Adds to dL/dx by a kernel that can do so itself.
    ///
    /// @param x an input
    /// @param kernel writes or adds
    public void accumulate(Tensor x, Accumulation kernel) {
        Node node = x.node();
        if (node == null) {
            return;
        }
        node.requireOpen();
        Parameter parameter = node.parameter;
        Tensor gradient = node.gradient;
        if (!node.isWhole(x)) {
            Tensor dx = like(x);
            kernel.into(dx, false);
            addPart(x, node, dx);
        } else if (parameter != null) {
            boolean add = gradients.has(parameter);
            kernel.into(gradients.open(parameter).reshape(x.shape().dims()), add);
        } else if (gradient != null) {
            kernel.into(gradient.reshape(x.shape().dims()), true);
        } else {
            Tensor first = tape.store().lend(node.shape);
            node.gradient = first;
            kernel.into(first.reshape(x.shape().dims()), false);
        }
    }

    /// x is a view of some elements of a tensor: adds to the same elements of its gradient.
    private void addPart(Tensor x, Node node, Tensor dx) {
        Tensor whole = x.whole(node);
        accumulate(whole, (sum, add) -> {
            if (!add) {
                sum.fill(0);
            }
            Tensor part = sum.viewLike(x, node);
            Tensor addend = dx;
            for (int axis = 0; axis < x.rank(); axis++) {
                if (x.stride(axis) == 0 && x.dim(axis) > 1) { // broadcast: its elements are one
                    addend = Reductions.sum(addend, axis)
                            .reshape(addend.shape().with(axis, 1).dims());
                    part = part.slice(axis, 0, 1);
                }
            }
            part.set(part.contiguous().add(addend));
        });
    }

    /// Hands the gradient of a stand-in to what it stands for.
    void pass(Tensor standIn, Tensor x) {
        Node node = standIn.node();
        Tensor gradient = node == null ? null : node.gradient;
        if (x.isTracked() && node != null && gradient != null) {
            node.gradient = null;
            lent.add(gradient);
            add(x, gradient);
        }
    }

    void end() {
        lent.forEach(tape.store()::giveBack);
        lent.clear();
    }

    private static Tensor summedTo(Shape shape, Tensor dx) {
        if (dx.shape().equals(shape)) {
            return dx;
        }
        Tensor sum = dx;
        int added = dx.rank() - shape.rank();
        if (added > 0) {
            long[] dims = new long[shape.rank() + 1];
            System.arraycopy(dx.shape().dims(), added, dims, 1, shape.rank());
            dims[0] = -1;
            sum = Reductions.sum(dx.contiguous().reshape(dims), 0);
        }
        for (int axis = 0; axis < shape.rank(); axis++) {
            if (shape.dim(axis) != sum.dim(axis)) {
                sum = Reductions.sum(sum, axis)
                        .reshape(sum.shape().with(axis, 1).dims());
            }
        }
        return sum;
    }
}
