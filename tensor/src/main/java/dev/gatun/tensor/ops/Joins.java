package dev.gatun.tensor.ops;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.Shape;
import dev.gatun.tensor.ShapeException;
import dev.gatun.tensor.Tape;
import dev.gatun.tensor.Tensor;
import java.util.Arrays;

/// Several tensors to one.
public final class Joins {
    private Joins() {}

    /// Tensors one behind the other along an axis.
    ///
    /// @param axis along which
    /// @param parts f32, of one shape but for this axis; at least one
    /// @return in the memory of the first
    public static Tensor concat(int axis, Tensor... parts) {
        requireSome("concat", parts);
        Tensor first = parts[0];
        int a = first.shape().axis(axis);
        long length = 0;
        for (Tensor part : parts) {
            Operands.require("concat", DType.F32, first, part);
            if (part.rank() != first.rank()
                    || !part.shape().with(a, first.dim(a)).equals(first.shape())) {
                throw new ShapeException("concat: " + first.describe() + " with " + part.describe() + " along axis " + axis + " — the others differ");
            }
            length += part.dim(a);
        }
        Tensor y = first.like(DType.F32, first.shape().with(a, length));
        long at = 0;
        for (Tensor part : parts) {
            y.slice(a, at, at + part.dim(a)).set(part.detach());
            at += part.dim(a);
        }
        Tensor[] inputs = parts.clone();
        return Tape.record(
                y,
                (dy, adjoints) -> {
                    long from = 0;
                    for (Tensor part : inputs) {
                        adjoints.add(part, dy.slice(a, from, from + part.dim(a)));
                        from += part.dim(a);
                    }
                },
                inputs);
    }

    /// Tensors side by side along a new axis.
    ///
    /// @param axis where the new axis is in the result; -1 is the innermost
    /// @param parts f32, of one shape; at least one
    /// @return in the memory of the first
    public static Tensor stack(int axis, Tensor... parts) {
        requireSome("stack", parts);
        Shape shape = parts[0].shape();
        int a = axis < 0 ? axis + shape.rank() + 1 : axis;
        if (a < 0 || a > shape.rank()) {
            throw new ShapeException("stack: axis " + axis + " of a result of " + (shape.rank() + 1) + " axes");
        }
        long[] dims = new long[shape.rank() + 1];
        for (int i = 0; i < dims.length; i++) {
            dims[i] = i == a ? 1 : shape.dim(i < a ? i : i - 1);
        }
        for (Tensor part : parts) {
            if (!part.shape().equals(shape)) {
                throw new ShapeException("stack: " + parts[0].describe() + " with " + part.describe() + " — shapes differ");
            }
        }
        return concat(
                a,
                Arrays.stream(parts)
                        .map(part -> part.contiguous().reshape(dims))
                        .toArray(Tensor[]::new));
    }

    private static void requireSome(String op, Tensor... parts) {
        if (parts.length == 0) {
            throw new ShapeException(op + ": no tensors — want at least one");
        }
    }
}
