package dev.gatun.tensor;

import java.util.function.UnaryOperator;

/// Where tensors are allocated, and how long they live.
///
/// | memory | lives | for |
/// |---|---|---|
/// | [Collected] | as long as something refers to the tensor | JShell, tests, single tensors |
/// | [Resident] | until closed | weights, key-value caches, optimizer state |
/// | [Workspace] | until the next `reset()` | the activations of one step |
///
/// The result of an operation lives in the memory of the activation it came from, so operations
/// take no memory argument.
public abstract sealed class Memory permits Collected, Resident, Workspace {
    private final Device device;

    Memory(Device device) {
        this.device = device;
    }

    /// Memory managed by the garbage collector.
    ///
    /// @param device where
    /// @return a memory in which every tensor lives as long as something refers to it
    public static Memory collected(Device device) {
        return new Collected(device);
    }

    /// {@return where this memory is}
    public final Device device() {
        return device;
    }

    /// A new tensor. Its contents are undefined: what was there before, or zero.
    ///
    /// @param dtype element type
    /// @param dims dimensions, outermost first
    /// @return the tensor
    public final Tensor allocate(DType dtype, long... dims) {
        return allocate(dtype, Shape.of(dims));
    }

    /// A new tensor. Its contents are undefined: what was there before, or zero.
    ///
    /// @param dtype element type
    /// @param shape its shape
    /// @return the tensor
    public abstract Tensor allocate(DType dtype, Shape shape);

    /// A copy of these values.
    ///
    /// @param values row-major
    /// @param dims dimensions, outermost first; none for a vector of all values
    /// @return `f32[dims]`
    public final Tensor floats(float[] values, long... dims) {
        Tensor tensor = allocate(DType.F32, shape(values.length, dims));
        tensor.write(values);
        return tensor;
    }

    /// A copy of these values.
    ///
    /// @param values row-major
    /// @param dims dimensions, outermost first; none for a vector of all values
    /// @return `i32[dims]`
    public final Tensor ints(int[] values, long... dims) {
        Tensor tensor = allocate(DType.I32, shape(values.length, dims));
        tensor.write(values);
        return tensor;
    }

    private static Shape shape(int length, long[] dims) {
        Shape shape = dims.length == 0 ? Shape.of(length) : Shape.of(dims);
        if (shape.size() != length) {
            throw new ShapeException(length + " values do not fill " + shape);
        }
        return shape;
    }

    /// Runs a part of a step whose temporaries nobody needs afterwards. In a [Workspace] they are gone when it returns, so that a deep model needs no
    /// more memory than one of its layers.
    ///
    /// @param out where the result goes, if it would be gone too
    /// @param x the input
    /// @param part from input to result, of the shape of `out`
    /// @return the result: `out`, or what the part returned
    public Tensor scoped(Tensor out, Tensor x, UnaryOperator<Tensor> part) {
        return part.apply(x);
    }

    /// Runs something whose results nobody needs afterwards. In a [Workspace] they are gone when it returns.
    void within(Runnable part) {
        part.run();
    }

    /// What an operation allocates its result with; refused by memory that holds no activations.
    abstract Tensor result(DType dtype, Shape shape, Tensor from);

    /// Which life of this memory we are in. A tensor of an earlier one is dead.
    long epoch() {
        return 0;
    }
}
