package dev.gatun.tensor.ops;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.ShapeException;
import dev.gatun.tensor.Tape;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.kernels.ElementwiseKernels.Unary;
import dev.gatun.tensor.kernels.ElementwiseKernels;
import dev.gatun.tensor.kernels.NormKernels;

/// The nonlinearities of the models.
public final class Activations {
    private Activations() {}

    /// {@return σ(x) = 1/(1+e⁻ˣ)}
    ///
    /// @param x any shape
    public static Tensor sigmoid(Tensor x) {
        return Elementwise.unary(Unary.SIGMOID, x);
    }

    /// {@return tanh x}
    ///
    /// @param x any shape
    public static Tensor tanh(Tensor x) {
        return Elementwise.unary(Unary.TANH, x);
    }

    /// {@return max(x, 0)}
    ///
    /// @param x any shape
    public static Tensor relu(Tensor x) {
        return Elementwise.unary(Unary.RELU, x);
    }

    /// {@return x·σ(x)}
    ///
    /// @param x any shape
    public static Tensor silu(Tensor x) {
        return Elementwise.unary(Unary.SILU, x);
    }

    /// {@return x·Φ(x), where Φ is the normal distribution: the exact GELU (arXiv:1606.08415)}
    ///
    /// @param x any shape
    public static Tensor gelu(Tensor x) {
        return Elementwise.unary(Unary.GELU, x);
    }

    /// {@return ½x(1 + tanh(√(2/π)·(x + 0.044715x³))), the GELU of GPT-2 and BLOOM}
    ///
    /// @param x any shape
    public static Tensor geluTanh(Tensor x) {
        return Elementwise.unary(Unary.GELU_TANH, x);
    }

    /// The gated activation of the LLaMA MLP (arXiv:2002.05202): `silu(gate) ⊙ up`.
    ///
    /// @param gate any shape
    /// @param up of the same shape
    /// @return of that shape
    public static Tensor swiglu(Tensor gate, Tensor up) {
        Operands.require("swiglu", DType.F32, gate, up);
        if (!gate.shape().equals(up.shape())) {
            throw new ShapeException("swiglu: gate " + gate.describe() + ", up " + up.describe() + " — shapes differ");
        }
        Tensor g = gate.contiguous();
        Tensor u = up.contiguous();
        Tensor y = gate.like();
        ElementwiseKernels kernels = gate.device().kernels(ElementwiseKernels.class);
        kernels.swiglu(y, g, u);
        return Tape.record(
                y,
                (dy, adjoints) -> {
                    Tensor dg = adjoints.like(g);
                    Tensor du = adjoints.like(u);
                    kernels.swigluBackward(dg, du, dy, g, u);
                    adjoints.add(g, dg);
                    adjoints.add(u, du);
                },
                g,
                u);
    }

    /// [#swiglu(Tensor, Tensor)] where one matrix makes both operands.
    ///
    /// @param both gate and up beside each other, `[…, 2·n]`
    /// @return `[…, n]`
    public static Tensor swiglu(Tensor both) {
        Operands.require("swiglu", DType.F32, both);
        if (both.rank() < 1 || both.dim(-1) % 2 != 0) {
            throw new ShapeException("swiglu: " + both.describe() + " — want gate and up beside each other, […,2·n]");
        }
        Tensor rows = both.contiguous();
        Tensor y = both.like(DType.F32, both.shape().with(-1, both.dim(-1) / 2));
        ElementwiseKernels kernels = both.device().kernels(ElementwiseKernels.class);
        kernels.swigluHalves(y, rows);
        return Tape.record(
                y,
                (dy, adjoints) -> {
                    Tensor dx = adjoints.like(rows);
                    kernels.swigluHalvesBackward(dx, dy, rows);
                    adjoints.add(rows, dx);
                },
                rows);
    }

    /// Softmax over the last axis.
    ///
    /// @param x `[…, C]`
    /// @return of the same shape, rows summing to 1
    public static Tensor softmax(Tensor x) {
        Tensor rows = Operands.contiguous("softmax", x);
        Tensor y = x.like();
        NormKernels kernels = x.device().kernels(NormKernels.class);
        kernels.softmax(y, rows);
        return Tape.record(
                y,
                (dy, adjoints) -> {
                    Tensor dx = adjoints.like(rows);
                    kernels.softmaxBackward(dx, dy, y);
                    adjoints.add(rows, dx);
                },
                rows);
    }

    /// The logarithm of the softmax over the last axis.
    ///
    /// @param x `[…, C]`
    /// @return of the same shape
    public static Tensor logSoftmax(Tensor x) {
        Tensor rows = Operands.contiguous("logSoftmax", x);
        Tensor y = x.like();
        NormKernels kernels = x.device().kernels(NormKernels.class);
        kernels.logSoftmax(y, rows);
        return Tape.record(
                y,
                (dy, adjoints) -> {
                    Tensor dx = adjoints.like(rows);
                    kernels.logSoftmaxBackward(dx, dy, y);
                    adjoints.add(rows, dx);
                },
                rows);
    }
}
