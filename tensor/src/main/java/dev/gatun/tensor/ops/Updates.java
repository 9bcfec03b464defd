package dev.gatun.tensor.ops;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.DynamicMap;
import dev.gatun.tensor.ShapeException;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.kernels.OptimizerKernels;
import org.jspecify.annotations.Nullable;

/// How optimizers change parameters, each as one pass over parameter p, gradient g and what the optimizer remembers. Everything is changed in place; nothing
/// is allocated or recorded. Optimizers are built from these: who trains wants those of `dev.gatun.nn.optim`.
///
/// An element's result depends on nothing but this element (in 8 bits: its block), so that results are the same for any number of threads, and however a
/// tensor is cut into pieces.
public final class Updates {
    /// Elements that share a scale where state is stored in 8 bits.
    public static final int BLOCK = 256;

    private Updates() {}

    /// The numbers of one step of Adam.
    ///
    /// @param beta1 β₁
    /// @param rest1 1 − β₁
    /// @param beta2 β₂
    /// @param rest2 1 − β₂
    /// @param step what `m/(√v + ε)` is multiplied by: `−η·√(1−β₂ᵗ)/(1−β₁ᵗ)`
    /// @param eps `ε·√(1−β₂ᵗ)`
    /// @param keep what decay leaves of a parameter: `1 − η·λ`
    /// @param l2 how much of the parameter is added to its gradient: the decay of Adam before it was decoupled, usually 0
    public record Adam(float beta1, float rest1, float beta2, float rest2, float step, float eps, float keep, float l2) {}

    /// The numbers of one step of stochastic gradient descent.
    ///
    /// @param rate η
    /// @param momentum μ
    /// @param rest 1 − dampening: how much of a gradient joins the momentum
    /// @param l2 λ: how much of the parameter is added to its gradient
    /// @param nesterov whether to step to where the momentum will lead
    public record Sgd(float rate, float momentum, float rest, float l2, boolean nesterov) {}

    /// The numbers of one step of Lion.
    ///
    /// @param rate η
    /// @param beta1 β₁ of the step
    /// @param rest1 1 − β₁
    /// @param beta2 β₂ of the momentum
    /// @param rest2 1 − β₂
    /// @param keep what decay leaves of a parameter: `1 − η·λ`
    public record Lion(float rate, float beta1, float rest1, float beta2, float rest2, float keep) {}

    /// A step of AdamW (arXiv:1711.05101), decay first: `m ← β₁m + (1−β₁)g`, `v ← β₂v + (1−β₂)g²`, `p ← p·keep + step·m/(√v + ε)`.
    ///
    /// @param p parameter, f32
    /// @param g gradient, f32, as all that follow of the size of p and contiguous
    /// @param m first moment, f32
    /// @param v second moment, f32
    /// @param a the numbers of this step
    public static void adam(Tensor p, Tensor g, Tensor m, Tensor v, Adam a) {
        require("adam", p, g);
        require("adam", p, m);
        require("adam", p, v);
        kernels(p).adam(p, g, m, v, a);
    }

    /// A step of stochastic gradient descent: `g ← g + λp`, `b ← μb + rest·g`, then `p ← p − η·b`, or `p − η·(g + μb)` with Nesterov's momentum, or
    /// `p − η·g` without any.
    ///
    /// @param p parameter, f32
    /// @param g gradient, f32, of the size of p and contiguous
    /// @param b momentum, f32; null for none
    /// @param s the numbers of this step
    public static void sgd(Tensor p, Tensor g, @Nullable Tensor b, Sgd s) {
        require("sgd", p, g);
        if (b != null) {
            require("sgd", p, b);
        }
        kernels(p).sgd(p, g, b, s);
    }

    /// A step of Lion (arXiv:2302.06675): `p ← p·keep − η·sign(β₁m + (1−β₁)g)`, `m ← β₂m + (1−β₂)g`.
    ///
    /// @param p parameter, f32
    /// @param g gradient, f32, of the size of p and contiguous
    /// @param m momentum, f32
    /// @param l the numbers of this step
    public static void lion(Tensor p, Tensor g, Tensor m, Lion l) {
        require("lion", p, g);
        require("lion", p, m);
        kernels(p).lion(p, g, m, l);
    }

    /// A step of Adam with both moments stored in 8 bits and scales for blocks of [#BLOCK] elements (arXiv:2110.02861), to the byte as bitsandbytes' CUDA
    /// kernels store them: decay comes last, signs of the first moment are kept, and an element whose gradient is infinite or NaN is left out and forgotten.
    ///
    /// @param p parameter, f32
    /// @param g gradient, f32, of the size of p and contiguous, as all that follow
    /// @param qm first moment, u8 of the size of p, codes of [DynamicMap#SIGNED]
    /// @param sm its scales, f32, one for each block
    /// @param qv second moment, u8 of the size of p, codes of [DynamicMap#UNSIGNED]
    /// @param sv its scales, f32, one for each block
    /// @param a the numbers of this step
    public static void adam8(Tensor p, Tensor g, Tensor qm, Tensor sm, Tensor qv, Tensor sv, Adam a) {
        require("adam8", p, g);
        requireBlocks("adam8", p, qm, sm);
        requireBlocks("adam8", p, qv, sv);
        kernels(p).adam8(p, g, qm, sm, qv, sv, a);
    }

    /// A step of Lion with its momentum stored in 8 bits, as in [#adam8]; decay comes first.
    ///
    /// @param p parameter, f32
    /// @param g gradient, f32, of the size of p and contiguous, as all that follow
    /// @param qm momentum, u8 of the size of p, codes of [DynamicMap#SIGNED]
    /// @param sm its scales, f32, one for each block
    /// @param l the numbers of this step
    public static void lion8(Tensor p, Tensor g, Tensor qm, Tensor sm, Lion l) {
        require("lion8", p, g);
        requireBlocks("lion8", p, qm, sm);
        kernels(p).lion8(p, g, qm, sm, l);
    }

    /// Σx², in double: an infinite or NaN element makes it so.
    ///
    /// @param x f32, contiguous
    /// @return the sum, the same for any number of threads
    public static double squares(Tensor x) {
        require("squares", x, x);
        return kernels(x).squares(x);
    }

    private static OptimizerKernels kernels(Tensor p) {
        return p.device().kernels(OptimizerKernels.class);
    }

    private static void requireBlocks(String op, Tensor p, Tensor codes, Tensor scales) {
        require(op, p, codes, DType.U8, p.size());
        require(op, p, scales, DType.F32, (p.size() + BLOCK - 1) / BLOCK);
    }

    private static void require(String op, Tensor p, Tensor x) {
        require(op, p, x, DType.F32, p.size());
    }

    private static void require(String op, Tensor p, Tensor x, DType type, long size) {
        if (p.dtype() != DType.F32 || !p.isContiguous()) {
            throw new ShapeException(op + ": parameter " + p.describe() + " — want a contiguous f32 tensor");
        }
        if (x.dtype() != type || x.size() != size || !x.isContiguous()) {
            throw new ShapeException(op + ": " + x.describe() + " — want " + size + " contiguous elements of " + type + " for " + p.describe());
        }
        Operands.sameDevice(op, p, x);
    }
}
