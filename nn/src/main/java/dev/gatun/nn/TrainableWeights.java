package dev.gatun.nn;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.Device;
import dev.gatun.tensor.Memory;
import dev.gatun.tensor.Parameter;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.Weight;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.Supplier;

/// A source that makes what it gives out trainable: a copy in f32, under its name in the checkpoint. What is asked for twice, as a tied table is, is one
/// parameter.
public final class TrainableWeights implements Weights {
    private final Weights source;
    private final Memory memory;
    private final Predicate<String> trained;
    private final String prefix;
    private final Map<String, Parameter> parameters = new LinkedHashMap<>();

    /// All of them.
    ///
    /// @param source of the values that training begins with
    /// @param memory where parameters live
    public TrainableWeights(Weights source, Memory memory) {
        this(source, memory, name -> true);
    }

    /// Some of them; the others stay as the source gives them.
    ///
    /// @param source of the values that training begins with
    /// @param memory where parameters live
    /// @param trained which, by full name: `model.layers.0.mlp.up_proj.weight`
    public TrainableWeights(Weights source, Memory memory, Predicate<String> trained) {
        this(source, memory, trained, "");
    }

    /// @param prefix what the names of parameters begin with
    TrainableWeights(Weights source, Memory memory, Predicate<String> trained, String prefix) {
        this.source = source;
        this.memory = memory;
        this.trained = trained;
        this.prefix = prefix;
    }

    /// {@return what was made trainable so far, in the order in which the model asked for it}
    public List<Parameter> parameters() {
        return List.copyOf(parameters.values());
    }

    @Override
    public Tensor matrix(String name, long rows, long columns) {
        String full = name + ".weight";
        return trained.test(full) ? parameter(full, () -> source.matrix(name, rows, columns)) : source.matrix(name, rows, columns);
    }

    @Override
    public Tensor vector(String name, long size) {
        return trained.test(name) ? parameter(name, () -> source.vector(name, size)) : source.vector(name, size);
    }

    @Override
    public Weight weight(String name, long rows, long columns) {
        return trained.test(name + ".weight") ? Weights.super.weight(name, rows, columns) : source.weight(name, rows, columns);
    }

    /// Made as the source makes its maps, of parameters: what the source rounds is rounded whenever it is used.
    @Override
    public Linear linear(String name, long out, long in, boolean bias) {
        return trained.test(name + ".weight") ? source.linear(name, out, in, bias, this) : source.linear(name, out, in, bias);
    }

    @Override
    public Weight ternary(String name, long rows, long columns) {
        return trained.test(name + ".weight") ? new TernaryMaster(matrix(name, rows, columns)) : source.ternary(name, rows, columns);
    }

    @Override
    public Tensor values(String name, long... dims) {
        return trained.test(name) ? parameter(name, () -> source.values(name, dims)) : source.values(name, dims);
    }

    @Override
    public Device device() {
        return source.device();
    }

    private Tensor parameter(String full, Supplier<Tensor> initial) {
        return parameters
                .computeIfAbsent(full, f -> {
                    Tensor start = initial.get();
                    Tensor value = memory.allocate(DType.F32, start.shape());
                    value.set(start);
                    return new Parameter(prefix + f, value);
                })
                .value();
    }
}
