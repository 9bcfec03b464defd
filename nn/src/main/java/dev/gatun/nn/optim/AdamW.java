package dev.gatun.nn.optim;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.Parameter;
import dev.gatun.tensor.Shape;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.ops.Updates;
import java.util.Collection;
import java.util.List;

/// Adam with decoupled weight decay (arXiv:1412.6980, arXiv:1711.05101), as PyTorch computes it:
///
/// ```
/// p ← p − η·λ·p
/// m ← β₁m + (1−β₁)g        v ← β₂v + (1−β₂)g²
/// p ← p − η · m/(1−β₁ᵗ) / (√(v/(1−β₂ᵗ)) + ε)
/// ```
///
/// | format | state of a parameter of n elements | bytes per element |
/// |---|---|---|
/// | [StateFormat#F32] | `exp_avg`, `exp_avg_sq`: f32 of its shape | 8 |
/// | [StateFormat#BLOCKWISE_8] | `state1`, `state2`: u8 of its shape; `absmax1`, `absmax2`: f32 `[⌈n/256⌉]` | 2.03 |
///
/// In 8 bits the state is, byte for byte, that of bitsandbytes' `AdamW8bit` on CUDA for the same gradients, and as there decay comes last; parameters agree
/// to a unit in the last place, as far as CUDA's fast square roots and quotients do. (On CPUs bitsandbytes decays first.) Blocks of zeros are the exception:
/// their scale is 0 in both, and we store the codes of 0 where CUDA stores others.
public final class AdamW extends Optimizer {
    private final double beta1;
    private final double beta2;
    private final double eps;
    private final boolean coupled;

    /// With β = (0.9, 0.999) and ε = 10⁻⁸.
    ///
    /// @param parameters what is trained, of one device, each with a name of its own
    /// @param options rate, decay, groups, and where state lives
    public AdamW(Collection<Parameter> parameters, OptimizerOptions options) {
        this(parameters, options, 0.9, 0.999, 1e-8);
    }

    /// @param parameters what is trained, of one device, each with a name of its own
    /// @param options rate, decay, groups, and where state lives
    /// @param beta1 β₁: how slowly the mean of the gradient follows it
    /// @param beta2 β₂: how slowly the mean of its square does
    /// @param eps ε: keeps steps finite where gradients vanish
    public AdamW(Collection<Parameter> parameters, OptimizerOptions options, double beta1, double beta2, double eps) {
        this(parameters, options, beta1, beta2, eps, false);
    }

    private AdamW(Collection<Parameter> parameters, OptimizerOptions options, double beta1, double beta2, double eps, boolean coupled) {
        this.beta1 = requireBeta("beta1", beta1);
        this.beta2 = requireBeta("beta2", beta2);
        this.eps = eps;
        this.coupled = coupled;
        if (!(eps >= 0)) {
            throw new IllegalArgumentException("eps " + eps + " — want at least 0");
        }
        super(parameters, options, AdamW::layout);
    }

    /// Adam as it was before: decay is not taken off the parameter but joins its gradient, `g ← g + λp`.
    ///
    /// @param parameters what is trained, of one device, each with a name of its own
    /// @param options rate, decay, groups, and where state lives
    /// @param beta1 β₁: how slowly the mean of the gradient follows it
    /// @param beta2 β₂: how slowly the mean of its square does
    /// @param eps ε: keeps steps finite where gradients vanish
    /// @return the optimizer
    public static AdamW coupled(Collection<Parameter> parameters, OptimizerOptions options, double beta1, double beta2, double eps) {
        return new AdamW(parameters, options, beta1, beta2, eps, true);
    }

    static double requireBeta(String name, double beta) {
        if (!(beta >= 0 && beta < 1)) {
            throw new IllegalArgumentException(name + " " + beta + " — want a number from 0 to below 1");
        }
        return beta;
    }

    private static List<StatePart> layout(Shape parameter, boolean blockwise) {
        return blockwise
                ? List.of(
                        StatePart.like("state1", DType.U8, parameter),
                        StatePart.scales("absmax1", parameter),
                        StatePart.like("state2", DType.U8, parameter),
                        StatePart.scales("absmax2", parameter))
                : List.of(StatePart.like("exp_avg", DType.F32, parameter), StatePart.like("exp_avg_sq", DType.F32, parameter));
    }

    @Override
    void update(Piece piece) {
        List<Tensor> state = piece.state();
        if (piece.blockwise()) {
            Updates.adam8(piece.p(), piece.g(), state.get(0), state.get(1), state.get(2), state.get(3), numbers(piece));
        } else {
            Updates.adam(piece.p(), piece.g(), state.get(0), state.get(1), numbers(piece));
        }
    }

    private Updates.Adam numbers(Piece piece) {
        double correction1 = 1 - Math.pow(beta1, (double) piece.t());
        double correction2 = Math.sqrt(1 - Math.pow(beta2, (double) piece.t()));
        return new Updates.Adam(
                (float) beta1,
                piece.rest(beta1),
                (float) beta2,
                piece.rest(beta2),
                (float) (-piece.rate() * correction2 / correction1),
                (float) (eps * correction2),
                coupled ? 1 : piece.keep(),
                coupled ? (float) piece.decay() : 0);
    }
}
