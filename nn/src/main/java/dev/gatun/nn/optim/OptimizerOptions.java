package dev.gatun.nn.optim;

import dev.gatun.tensor.Parameter;
import java.util.ArrayList;
import java.util.List;

/// What all optimizers have in common.
///
/// @param rate the learning rate of each step
/// @param weightDecay λ; what it means, the optimizer says
/// @param groups parameters that are trained differently; the first that takes a parameter counts
/// @param format how state is stored
/// @param memory where state lives
public record OptimizerOptions(LearningRate rate, double weightDecay, List<ParameterGroup> groups, StateFormat format, StateMemory memory) {
    /// Copies the list.
    ///
    /// @throws IllegalArgumentException if λ is negative or no finite number
    public OptimizerOptions {
        if (!(weightDecay >= 0 && weightDecay < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("weight decay " + weightDecay + " — want a number that is at least 0");
        }
        groups = List.copyOf(groups);
    }

    /// {@return no weight decay, all parameters alike, state in f32 and in memory}, to be changed by `with…`.
    ///
    /// @param rate the learning rate of each step
    public static OptimizerOptions of(LearningRate rate) {
        return new OptimizerOptions(rate, 0, List.of(), StateFormat.F32, StateMemory.resident());
    }

    /// {@return these with weight decay}
    ///
    /// @param decay λ
    public OptimizerOptions withWeightDecay(double decay) {
        return new OptimizerOptions(rate, decay, groups, format, memory);
    }

    /// {@return these with one more group, behind those there are}
    ///
    /// @param group who is trained differently, and how
    public OptimizerOptions withGroup(ParameterGroup group) {
        List<ParameterGroup> more = new ArrayList<>(groups);
        more.add(group);
        return new OptimizerOptions(rate, weightDecay, more, format, memory);
    }

    /// {@return these with state in another format}
    ///
    /// @param as which
    public OptimizerOptions withFormat(StateFormat as) {
        return new OptimizerOptions(rate, weightDecay, groups, as, memory);
    }

    /// {@return these with state elsewhere}
    ///
    /// @param where it lives
    public OptimizerOptions withMemory(StateMemory where) {
        return new OptimizerOptions(rate, weightDecay, groups, format, where);
    }

    ParameterGroup groupOf(Parameter parameter) {
        return groups.stream()
                .filter(group -> group.members().test(parameter))
                .findFirst()
                .orElse(ParameterGroup.ALL);
    }
}
