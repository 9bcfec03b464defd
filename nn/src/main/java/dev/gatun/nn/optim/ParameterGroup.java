package dev.gatun.nn.optim;

import dev.gatun.tensor.Parameter;
import java.util.Locale;
import java.util.function.Predicate;

/// Parameters that are trained differently. A parameter belongs to the first group of its optimizer that takes it.
///
/// ```
/// OptimizerOptions.of(rate)
///         .withGroup(ParameterGroup.VECTORS_AND_EMBEDDINGS)                                      // no decay
///         .withGroup(ParameterGroup.of(p -> p.value().rank() == 2).withRateFactor(1.0 / width))   // muP
/// ```
///
/// @param members who belongs to it
/// @param rateFactor multiplies the learning rate
/// @param decayFactor multiplies the weight decay; 0 for none
/// @param fullState whether the optimizer remembers f32 where it otherwise stores 8 bits
public record ParameterGroup(Predicate<Parameter> members, double rateFactor, double decayFactor, boolean fullState) {
    /// Norms, biases and whatever else has one axis or is many such vectors, and embeddings by their usual names: without decay, and with their state in f32, since the gradients of
    /// rare tokens come seldom and large.
    public static final ParameterGroup VECTORS_AND_EMBEDDINGS =
            of(ParameterGroup::isVectorOrEmbedding).withDecayFactor(0).withFullState(true);

    static final ParameterGroup ALL = of(parameter -> true);

    /// {@return a group that is trained like all others}, to be changed by `with…`.
    ///
    /// @param members who belongs to it
    public static ParameterGroup of(Predicate<Parameter> members) {
        return new ParameterGroup(members, 1, 1, false);
    }

    /// {@return this group, its learning rate multiplied by a factor}
    ///
    /// @param factor the factor
    public ParameterGroup withRateFactor(double factor) {
        return new ParameterGroup(members, factor, decayFactor, fullState);
    }

    /// {@return this group, its weight decay multiplied by a factor}
    ///
    /// @param factor the factor; 0 for no decay
    public ParameterGroup withDecayFactor(double factor) {
        return new ParameterGroup(members, rateFactor, factor, fullState);
    }

    /// {@return this group, its state in f32 or not}
    ///
    /// @param full whether in f32, also where the optimizer stores 8 bits
    public ParameterGroup withFullState(boolean full) {
        return new ParameterGroup(members, rateFactor, decayFactor, full);
    }

    private static boolean isVectorOrEmbedding(Parameter parameter) {
        String name = parameter.name().toLowerCase(Locale.ROOT);
        return parameter.value().rank() < 2
                || name.contains("embed")
                || name.contains("wte.")
                || name.contains("wpe.")
                || name.endsWith("lower_bounds");
    }
}
