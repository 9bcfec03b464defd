package dev.gatun.tensor.ops;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.Shape;
import dev.gatun.tensor.ShapeException;
import dev.gatun.tensor.Tape;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.kernels.NormKernels;
import dev.gatun.tensor.kernels.ReduceKernels.Reduction;
import dev.gatun.tensor.kernels.ReduceKernels;
import java.util.Arrays;
import java.util.stream.LongStream;

/// Many elements to one, along an axis.
public final class Reductions {
    private Reductions() {}

    /// {@return the sums along an axis, which goes away}
    ///
    /// @param x any shape
    /// @param axis which
    public static Tensor sum(Tensor x, int axis) {
        Tensor y = reduce(Reduction.SUM, x, axis);
        long[] kept = x.shape().with(axis, 1).dims();
        return Tape.record(y, (dy, adjoints) -> adjoints.add(x, dy.reshape(kept).broadcastTo(x.shape())), x);
    }

    /// {@return the means along an axis, which goes away}
    ///
    /// @param x any shape
    /// @param axis which
    public static Tensor mean(Tensor x, int axis) {
        return sum(x, axis).scale(1f / x.dim(axis));
    }

    /// {@return the largest elements along an axis, which goes away}. Equal ones share the gradient.
    ///
    /// @param x any shape
    /// @param axis which
    public static Tensor max(Tensor x, int axis) {
        return pick(Reduction.MAX, x, axis);
    }

    /// {@return the smallest elements along an axis, which goes away}. Equal ones share the gradient.
    ///
    /// @param x any shape
    /// @param axis which
    public static Tensor min(Tensor x, int axis) {
        return pick(Reduction.MIN, x, axis);
    }

    /// {@return the first index of the largest element of each row, i32}
    ///
    /// @param x `[…, C]`
    public static Tensor argMax(Tensor x) {
        Tensor rows = Operands.contiguous("argMax", x);
        requireElements("argMax", x, -1);
        Tensor y = x.like(DType.I32, x.shape().without(-1));
        x.device().kernels(ReduceKernels.class).argMax(y, rows);
        return y;
    }

    /// The logarithms of the sums of exponentials of the last axis, which goes away: `ln Σ eˣ`.
    ///
    /// @param x `[…, C]`
    /// @return of the leading shape of x
    public static Tensor logSumExp(Tensor x) {
        Tensor rows = Operands.contiguous("logSumExp", x);
        requireElements("logSumExp", x, -1);
        Tensor y = x.like(DType.F32, x.shape().without(-1));
        NormKernels kernels = x.device().kernels(NormKernels.class);
        kernels.logSumExp(y, rows);
        return Tape.record(
                y,
                (dy, adjoints) -> {
                    Tensor dx = adjoints.like(rows);
                    kernels.logSumExpBackward(dx, dy, y, rows);
                    adjoints.add(rows, dx);
                },
                rows);
    }

    private static Tensor pick(Reduction reduction, Tensor x, int axis) {
        Tensor rows = Operands.contiguous(reduction, x);
        Tensor y = reduce(reduction, rows, axis);
        return Tape.record(
                y,
                (dy, adjoints) -> {
                    Tensor dx = adjoints.like(rows);
                    x.device().kernels(ReduceKernels.class).pickBackward(around(dx, axis), dy, y, around(rows, axis));
                    adjoints.add(rows, dx);
                },
                rows);
    }

    private static Tensor reduce(Reduction reduction, Tensor x, int axis) {
        Tensor rows = Operands.contiguous(reduction, x);
        Shape result = x.shape().without(axis);
        if (reduction != Reduction.SUM || result.size() > 0) {
            requireElements(reduction, x, axis);
        }
        Tensor y = x.like(DType.F32, result);
        x.device().kernels(ReduceKernels.class).reduce(reduction, y, around(rows, axis));
        return y;
    }

    /// `[outer, n, inner]`: what is before an axis, the axis, and what is behind it.
    private static Tensor around(Tensor x, int axis) {
        int a = x.shape().axis(axis);
        long[] dims = x.shape().dims();
        long outer = LongStream.of(Arrays.copyOf(dims, a)).reduce(1, (p, q) -> p * q);
        long inner = LongStream.of(dims).skip(a + 1L).reduce(1, (p, q) -> p * q);
        return x.reshape(outer, dims[a], inner);
    }

    private static void requireElements(Object op, Tensor x, int axis) {
        if (x.dim(axis) == 0) {
            throw new ShapeException(op + ": " + x.describe() + " — axis " + axis + " is empty");
        }
    }
}
