package dev.gatun.tensor;

/// A tensor that training changes. What is computed from its [#value()] in a recording [Workspace] is recorded, and [Gradients] are kept by it.
///
/// A result lives with its first operand, so that operations begin with an activation, `x.mul(w)`, or with a copy, `w.copyTo(workspace)`. What is computed
/// in the parameter's own memory no tape sees: [Resident] memory refuses, and of [Collected] memory the result cannot be used where a tape records, unless
/// detached.
///
/// Parameters are compared by identity: a tied table is one parameter, wherever it is used.
public final class Parameter {
    private final String name;
    private final Tensor value;

    /// @param name its full name in a checkpoint: `model.norm.weight`
    /// @param value f32, contiguous; referred to, not copied
    /// @throws ShapeException if it is of another type, or a view whose elements do not lie row by row
    public Parameter(String name, Tensor value) {
        if (value.dtype() != DType.F32 || !value.isContiguous()) {
            throw new ShapeException("parameter " + name + ": " + value.describe() + " — want a contiguous f32 tensor");
        }
        this.name = name;
        this.value = value.tracked(new Node(this, value));
    }

    /// {@return its full name in a checkpoint}
    public String name() {
        return name;
    }

    /// {@return its present value, f32, contiguous; an optimizer overwrites it}
    public Tensor value() {
        return value;
    }

    @Override
    public String toString() {
        return name + " " + value.describe();
    }
}
