package dev.gatun.nn.optim;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.Parameter;
import dev.gatun.tensor.Shape;
import dev.gatun.tensor.ops.Updates;
import java.util.Collection;
import java.util.List;

/// Stochastic gradient descent, as PyTorch computes it: `g ← g + λp`, `b ← μb + g`, `p ← p − η·b`; with Nesterov's momentum `p ← p − η(g + μb)`.
///
/// State of a parameter: `momentum_buffer`, f32 of its shape; none if μ = 0. There is no format of 8 bits: [StateFormat#BLOCKWISE_8] is refused.
public final class Sgd extends Optimizer {
    private final double momentum;
    private final boolean nesterov;

    /// Without momentum, and so without state.
    ///
    /// @param parameters what is trained, of one device, each with a name of its own
    /// @param options rate, decay, groups, and where state lives
    public Sgd(Collection<Parameter> parameters, OptimizerOptions options) {
        this(parameters, options, 0, false);
    }

    /// @param parameters what is trained, of one device, each with a name of its own
    /// @param options rate, decay, groups, and where state lives
    /// @param momentum μ, 0 for none
    /// @param nesterov whether to step to where the momentum will lead
    public Sgd(Collection<Parameter> parameters, OptimizerOptions options, double momentum, boolean nesterov) {
        this.momentum = AdamW.requireBeta("momentum", momentum);
        this.nesterov = nesterov;
        if (options.format() != StateFormat.F32) {
            throw new IllegalArgumentException("SGD keeps its momentum in f32; for state of 8 bits take Lion or AdamW");
        }
        super(parameters, options, (shape, blockwise) -> layout(shape, momentum));
    }

    private static List<StatePart> layout(Shape parameter, double momentum) {
        return momentum == 0 ? List.of() : List.of(StatePart.like("momentum_buffer", DType.F32, parameter));
    }

    @Override
    void update(Piece piece) {
        Updates.sgd(
                piece.p(),
                piece.g(),
                momentum == 0 ? null : piece.state().getFirst(),
                new Updates.Sgd((float) piece.rate(), (float) momentum, 1, (float) piece.decay(), nesterov));
    }
}
