package dev.gatun.tensor;

import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/// The dimensions of a tensor, outermost first. Immutable; equal shapes are equal objects. A scalar has no dimensions.
public final class Shape {
    private static final Shape SCALAR = new Shape(new long[0]);

    private final long[] dims;
    private final long size;

    private Shape(long[] dims) {
        this.dims = dims;
        long product = 1;
        for (long dim : dims) {
            if (dim < 0) {
                throw new ShapeException("shape " + Arrays.toString(dims) + " — a dimension is negative");
            }
            try {
                product = Math.multiplyExact(product, dim);
            } catch (ArithmeticException overflow) {
                throw new ShapeException("shape " + Arrays.toString(dims) + " — has more than 2^63 elements");
            }
        }
        this.size = product;
    }

    /// The shape with these dimensions.
    ///
    /// @throws ShapeException if one is negative or their product overflows
    public static Shape of(long... dims) {
        return dims.length == 0 ? SCALAR : new Shape(dims.clone());
    }

    /// The number of dimensions.
    public int rank() {
        return dims.length;
    }

    /// The number of elements.
    public long size() {
        return size;
    }

    /// Dimension `axis`; a negative axis counts from the end, so `dim(-1)` is the innermost.
    public long dim(int axis) {
        return dims[axis(axis)];
    }

    /// The dimensions, outermost first (a copy).
    public long[] dims() {
        return dims.clone();
    }

    /// `axis` counted from the front.
    ///
    /// @throws ShapeException if there is no such axis
    public int axis(int axis) {
        int counted = axis < 0 ? axis + dims.length : axis;
        if (counted < 0 || counted >= dims.length) {
            throw new ShapeException("axis " + axis + " of " + this + " — it has " + dims.length + " axes");
        }
        return counted;
    }

    /// The product of all dimensions but the last: how many rows the tensor has. 1 for a scalar.
    public long rows() {
        return dims.length == 0 ? 1 : LongStream.of(dims).limit(dims.length - 1).reduce(1, (a, b) -> a * b);
    }

    /// This shape with dimension `axis` replaced.
    public Shape with(int axis, long dim) {
        long[] changed = dims.clone();
        changed[axis(axis)] = dim;
        return new Shape(changed);
    }

    /// This shape without `axis`.
    public Shape without(int axis) {
        int gone = axis(axis);
        long[] rest = new long[dims.length - 1];
        for (int i = 0; i < rest.length; i++) {
            rest[i] = dims[i < gone ? i : i + 1];
        }
        return of(rest);
    }

    /// The shape both broadcast to, by the rule of NumPy: aligned at the end, dimensions are equal or one of them is 1.
    ///
    /// @throws ShapeException if they do not broadcast
    public Shape broadcast(Shape other) {
        int rank = Math.max(dims.length, other.dims.length);
        long[] joined = new long[rank];
        for (int i = 1; i <= rank; i++) {
            long a = i <= dims.length ? dims[dims.length - i] : 1;
            long b = i <= other.dims.length ? other.dims[other.dims.length - i] : 1;
            if (a != b && a != 1 && b != 1) {
                throw new ShapeException("broadcast: " + this + " with " + other + " — axis " + -i + ": " + a + " ≠ " + b);
            }
            joined[rank - i] = a == 1 ? b : a;
        }
        return of(joined);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Shape shape && Arrays.equals(dims, shape.dims);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(dims);
    }

    /// As in messages: `[2,3]`.
    @Override
    public String toString() {
        return LongStream.of(dims).mapToObj(Long::toString).collect(Collectors.joining(",", "[", "]"));
    }
}
