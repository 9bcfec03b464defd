package dev.gatun.nn.optim;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.Parameter;
import dev.gatun.tensor.Shape;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.ops.Updates;
import java.util.Collection;
import java.util.List;

/// Lion (arXiv:2302.06675): steps of one size in the direction of a sign, `p ← p·(1 − ηλ) − η·sign(β₁m + (1−β₁)g)`, then `m ← β₂m + (1−β₂)g`. It wants a
/// rate of a tenth of AdamW's, and ten times its decay.
///
/// State of a parameter of n elements: `exp_avg`, f32 of its shape, 4 B per element; in 8 bits `state1`, u8 of its shape, and `absmax1`, f32 `[⌈n/256⌉]`, which
/// are those of bitsandbytes' `Lion8bit` on CUDA, byte for byte, as are the parameters.
public final class Lion extends Optimizer {
    private final double beta1;
    private final double beta2;

    /// With β = (0.9, 0.99).
    ///
    /// @param parameters what is trained, of one device, each with a name of its own
    /// @param options rate, decay, groups, and where state lives
    public Lion(Collection<Parameter> parameters, OptimizerOptions options) {
        this(parameters, options, 0.9, 0.99);
    }

    /// @param parameters what is trained, of one device, each with a name of its own
    /// @param options rate, decay, groups, and where state lives
    /// @param beta1 β₁ of the step: how much of it is momentum
    /// @param beta2 β₂ of the momentum: how slowly it follows the gradient
    public Lion(Collection<Parameter> parameters, OptimizerOptions options, double beta1, double beta2) {
        this.beta1 = AdamW.requireBeta("beta1", beta1);
        this.beta2 = AdamW.requireBeta("beta2", beta2);
        super(parameters, options, Lion::layout);
    }

    private static List<StatePart> layout(Shape parameter, boolean blockwise) {
        return blockwise
                ? List.of(StatePart.like("state1", DType.U8, parameter), StatePart.scales("absmax1", parameter))
                : List.of(StatePart.like("exp_avg", DType.F32, parameter));
    }

    @Override
    void update(Piece piece) {
        List<Tensor> state = piece.state();
        Updates.Lion numbers =
                new Updates.Lion((float) piece.rate(), (float) beta1, piece.rest(beta1), (float) beta2, piece.rest(beta2), piece.keep());
        if (piece.blockwise()) {
            Updates.lion8(piece.p(), piece.g(), state.get(0), state.get(1), numbers);
        } else {
            Updates.lion(piece.p(), piece.g(), state.getFirst(), numbers);
        }
    }
}
