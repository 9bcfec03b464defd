package dev.gatun.tensor.ops;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.Shape;
import dev.gatun.tensor.Tape;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.kernels.ElementwiseKernels.Binary;
import dev.gatun.tensor.kernels.ElementwiseKernels.Unary;
import dev.gatun.tensor.kernels.ElementwiseKernels;

/// Functions of single elements and of pairs.
public final class Elementwise {
    private Elementwise() {}

    /// {@return a + b, broadcast}
    ///
    /// @param a one
    /// @param b other
    public static Tensor add(Tensor a, Tensor b) {
        return recordedSum(binary(Binary.ADD, a, b), a, b);
    }

    /// y, which is a + b, with its derivative.
    static Tensor recordedSum(Tensor y, Tensor a, Tensor b) {
        return Tape.record(
                y,
                (dy, adjoints) -> {
                    adjoints.add(a, dy);
                    adjoints.add(b, dy);
                },
                a,
                b);
    }

    /// {@return a − b, broadcast}
    ///
    /// @param a one
    /// @param b other
    public static Tensor sub(Tensor a, Tensor b) {
        Tensor y = binary(Binary.SUB, a, b);
        return Tape.record(
                y,
                (dy, adjoints) -> {
                    adjoints.add(a, dy);
                    adjoints.add(b, dy.neg());
                },
                a,
                b);
    }

    /// {@return a · b element by element, broadcast}
    ///
    /// @param a one
    /// @param b other
    public static Tensor mul(Tensor a, Tensor b) {
        Tensor y = binary(Binary.MUL, a, b);
        return Tape.record(
                y,
                (dy, adjoints) -> {
                    adjoints.add(a, dy.mul(b));
                    adjoints.add(b, dy.mul(a));
                },
                a,
                b);
    }

    /// {@return a / b element by element, broadcast}
    ///
    /// @param a one
    /// @param b other
    public static Tensor div(Tensor a, Tensor b) {
        Tensor y = binary(Binary.DIV, a, b);
        return Tape.record(
                y,
                (dy, adjoints) -> {
                    Tensor da = dy.div(b);
                    adjoints.add(a, da);
                    adjoints.add(b, da.mul(y).neg());
                },
                a,
                b);
    }

    /// {@return the larger of a and b, broadcast}. Where they are equal, each gets half of the gradient.
    ///
    /// @param a one
    /// @param b other
    public static Tensor max(Tensor a, Tensor b) {
        return pick(Binary.MAX, a, b);
    }

    /// {@return the smaller of a and b, broadcast}. Where they are equal, each gets half of the gradient.
    ///
    /// @param a one
    /// @param b other
    public static Tensor min(Tensor a, Tensor b) {
        return pick(Binary.MIN, a, b);
    }

    /// {@return scale · x + shift}
    ///
    /// @param x any shape
    /// @param scale factor
    /// @param shift summand
    public static Tensor affine(Tensor x, float scale, float shift) {
        Tensor rows = Operands.contiguous("affine", x);
        Tensor y = x.like();
        x.device().kernels(ElementwiseKernels.class).affine(y, rows, scale, shift);
        return Tape.record(y, (dy, adjoints) -> adjoints.add(x, dy.scale(scale)), x);
    }

    /// {@return |x|}
    ///
    /// @param x any shape
    public static Tensor abs(Tensor x) {
        return unary(Unary.ABS, x);
    }

    /// {@return x²}
    ///
    /// @param x any shape
    public static Tensor square(Tensor x) {
        return unary(Unary.SQUARE, x);
    }

    /// {@return √x}
    ///
    /// @param x any shape
    public static Tensor sqrt(Tensor x) {
        return unary(Unary.SQRT, x);
    }

    /// {@return 1/√x}
    ///
    /// @param x any shape
    public static Tensor rsqrt(Tensor x) {
        return unary(Unary.RSQRT, x);
    }

    /// {@return eˣ}
    ///
    /// @param x any shape
    public static Tensor exp(Tensor x) {
        return unary(Unary.EXP, x);
    }

    /// {@return ln x}
    ///
    /// @param x any shape
    public static Tensor log(Tensor x) {
        return unary(Unary.LOG, x);
    }

    private static Tensor pick(Binary f, Tensor a, Tensor b) {
        Tensor y = binary(f, a, b);
        return Tape.record(
                y,
                (dy, adjoints) -> {
                    ElementwiseKernels kernels = y.device().kernels(ElementwiseKernels.class);
                    Tensor p = Operands.contiguousBeside(dy, a.broadcastTo(y.shape()));
                    Tensor q = Operands.contiguousBeside(dy, b.broadcastTo(y.shape()));
                    Tensor da = dy.like();
                    kernels.pickBackward(f, da, dy, p, q);
                    adjoints.add(a, da);
                    Tensor db = dy.like();
                    kernels.pickBackward(f, db, dy, q, p);
                    adjoints.add(b, db);
                },
                a,
                b);
    }

    private static Tensor binary(Binary f, Tensor a, Tensor b) {
        Operands.require(f, DType.F32, a, b);
        Shape shape = a.shape().equals(b.shape()) ? a.shape() : a.shape().broadcast(b.shape());
        Tensor y = a.like(DType.F32, shape);
        a.device().kernels(ElementwiseKernels.class).binary(f, y, a.broadcastTo(shape), b.broadcastTo(shape));
        return y;
    }

    static Tensor unary(Unary f, Tensor x) {
        Operands.require(f, DType.F32, x);
        Tensor rows = x.contiguous();
        Tensor y = x.like();
        ElementwiseKernels kernels = x.device().kernels(ElementwiseKernels.class);
        kernels.unary(f, y, rows);
        return Tape.record(
                y,
                (dy, adjoints) -> {
                    Tensor dx = adjoints.like(rows);
                    kernels.unaryBackward(f, dx, dy, rows, y);
                    adjoints.add(rows, dx);
                },
                rows);
    }
}
