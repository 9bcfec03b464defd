package dev.gatun.tensor.kernels;

import dev.gatun.tensor.Tensor;

/// One result per element, f32. Memory-bound but for the transcendental functions.
public interface ElementwiseKernels {
    /// Functions of one element.
    enum Unary {
        /// |x|
        ABS,
        /// x²
        SQUARE,
        /// √x
        SQRT,
        /// 1/√x
        RSQRT,
        /// eˣ
        EXP,
        /// ln x
        LOG,
        /// tanh x
        TANH,
        /// σ(x) = 1/(1+e⁻ˣ)
        SIGMOID,
        /// max(x, 0)
        RELU,
        /// x·σ(x)
        SILU,
        /// x·Φ(x), Φ the normal distribution: ½x(1 + erf(x/√2)) (arXiv:1606.08415)
        GELU,
        /// ½x(1 + tanh(√(2/π)·(x + 0.044715x³))), which is nearly the same
        GELU_TANH
    }

    /// Functions of two elements.
    enum Binary {
        /// a + b
        ADD,
        /// a − b
        SUB,
        /// a · b
        MUL,
        /// a / b
        DIV,
        /// the larger
        MAX,
        /// the smaller
        MIN
    }

    /// `y[i] = f(x[i])`
    ///
    /// @param f which function
    /// @param y contiguous
    /// @param x contiguous, of the same size
    void unary(Unary f, Tensor y, Tensor x);

    /// The derivative of [#unary]: `dx[i] = dy[i] · f′(x[i])`, from x or y, whichever is cheaper. f′ is 0 where there is none.
    ///
    /// @param f which function
    /// @param dx contiguous, may be dy
    /// @param dy contiguous, of the same size
    /// @param x contiguous, of the same size
    /// @param y what [#unary] made of x
    void unaryBackward(Unary f, Tensor dx, Tensor dy, Tensor x, Tensor y);

    /// `y[r,c] = f(a[r,c], b[r,c])`, the operands broadcast: a stride of 0 repeats.
    ///
    /// @param f which function
    /// @param y contiguous
    /// @param a of the shape of y, any strides
    /// @param b of the shape of y, any strides
    void binary(Binary f, Tensor y, Tensor a, Tensor b);

    /// The derivative of MAX or MIN with respect to one operand: `da[i] = dy[i]` where a was picked, half of it where both are equal, else 0.
    ///
    /// @param f MAX or MIN
    /// @param da contiguous, may be dy
    /// @param dy contiguous, of the same size
    /// @param a contiguous, of the same size
    /// @param b contiguous, of the same size
    void pickBackward(Binary f, Tensor da, Tensor dy, Tensor a, Tensor b);

    /// `y[i] = scale · x[i] + shift`
    ///
    /// @param y contiguous
    /// @param x contiguous, of the same size
    /// @param scale factor
    /// @param shift summand
    void affine(Tensor y, Tensor x, float scale, float shift);

    /// Fused `y = silu(gate) ⊙ up`, the activation of the LLaMA MLP (arXiv:2002.05202). The default
    /// is its meaning; override it only for speed.
    ///
    /// @param y contiguous
    /// @param gate contiguous, of the same size
    /// @param up contiguous, of the same size
    default void swiglu(Tensor y, Tensor gate, Tensor up) {
        unary(Unary.SILU, y, gate);
        binary(Binary.MUL, y, y, up);
    }

    /// The derivative of [#swiglu]: `dgate = dy ⊙ up ⊙ silu′(gate)`, `dup = dy ⊙ silu(gate)`.
    ///
    /// @param dgate contiguous
    /// @param dup contiguous, of the same size
    /// @param dy contiguous, of the same size
    /// @param gate contiguous, of the same size
    /// @param up contiguous, of the same size
    void swigluBackward(Tensor dgate, Tensor dup, Tensor dy, Tensor gate, Tensor up);

    /// [#swiglu] where gate and up lie beside each other, as one matrix makes them: `y[r,i] = silu(both[r,i]) · both[r,n+i]`.
    ///
    /// @param y contiguous `[R, n]`
    /// @param both contiguous `[R, 2n]`
    void swigluHalves(Tensor y, Tensor both);

    /// The derivative of [#swigluHalves], as [#swigluBackward].
    ///
    /// @param dboth contiguous `[R, 2n]`
    /// @param dy contiguous `[R, n]`
    /// @param both contiguous `[R, 2n]`
    void swigluHalvesBackward(Tensor dboth, Tensor dy, Tensor both);
}
