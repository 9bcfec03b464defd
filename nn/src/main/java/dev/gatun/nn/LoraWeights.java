package dev.gatun.nn;

import dev.gatun.tensor.Checkpoint;
import dev.gatun.tensor.CheckpointException;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.Device;
import dev.gatun.tensor.Memory;
import dev.gatun.tensor.Parameter;
import dev.gatun.tensor.Shape;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.Weight;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedMap;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A source that puts a trainable low-rank update beside the linear layers of another, whatever format those have. Over a source of 4-bit matrices it
/// is QLoRA (arXiv:2305.14314). Modules that its config names to be saved have no update: they are trained whole, in f32.
///
/// Parameters are named as in PEFT's files, without the adapter's name: `base_model.model.<layer>.lora_A.weight`.
public final class LoraWeights implements Weights {
    private static final String PREFIX = "base_model.model.";
    private static final String HEAD = PREFIX + "lm_head.weight";
    private static final String TABLE = PREFIX + "model.embed_tokens.weight";

    private final Weights base;
    private final LoraConfig config;
    private final Memory memory;
    private final long seed;
    private final @Nullable Checkpoint adapter;
    private final SequencedMap<String, LoraLinear> layers = new LinkedHashMap<>();
    private final Set<String> linears = new LinkedHashSet<>();
    private final Set<String> saved = new LinkedHashSet<>();
    private final TrainableWeights whole;

    /// A new adapter: A is drawn from U(−1/√in, 1/√in), B is 0, so that at first it changes nothing.
    ///
    /// @param base of the layers, which are not trained
    /// @param config what the updates look like
    /// @param memory where they live
    /// @param seed of A, and of dropout
    public LoraWeights(Weights base, LoraConfig config, Memory memory, long seed) {
        this(base, config, memory, seed, null);
    }

    /// An adapter that was trained.
    ///
    /// @param base of the layers
    /// @param config what the updates look like
    /// @param memory where they live
    /// @param seed of dropout, if training goes on
    /// @param adapter with its tensors, named as PEFT names them; null for a new adapter
    public LoraWeights(Weights base, LoraConfig config, Memory memory, long seed, @Nullable Checkpoint adapter) {
        this.base = base;
        this.config = config;
        this.memory = memory;
        this.seed = seed;
        this.adapter = adapter;
        Weights values =
                adapter == null ? base : Weights.from(adapter, memory.device()).at(PREFIX.substring(0, PREFIX.length() - 1));
        this.whole = new TrainableWeights(values, memory, name -> true, PREFIX);
    }

    /// {@return what the updates look like}
    public LoraConfig config() {
        return config;
    }

    /// {@return the layers that have an update, by name, in the order in which the model asked for them}
    public SequencedMap<String, LoraLinear> layers() {
        return Collections.unmodifiableSequencedMap(layers);
    }

    /// {@return the shortest names that say which layers have an update}: the last part of a name where all layers of that name have one, as `q_proj`.
    public List<String> targets() {
        var targets = new TreeSet<String>();
        for (String layer : layers.keySet()) {
            String leaf = layer.substring(layer.lastIndexOf('.') + 1);
            boolean all = linears.stream()
                    .filter(name -> !layers.containsKey(name) && !saved.contains(name))
                    .noneMatch(plain -> plain.equals(leaf) || plain.endsWith("." + leaf));
            targets.add(all ? leaf : layer);
        }
        return List.copyOf(targets);
    }

    /// {@return all that is trained}: updates, and then the modules that are trained whole
    public List<Parameter> parameters() {
        return Stream.concat(layers.values().stream().flatMap(layer -> layer.parameters().stream()), whole.parameters().stream())
                .toList();
    }

    /// Checks that the adapter fits the model, once the model is made.
    ///
    /// @throws CheckpointException if a tensor of the adapter belongs to no layer of the model, or a target or a pattern of a new one to no layer
    public void requireFit() {
        if (adapter == null) {
            config.requireFit(linears, saved);
        } else if (layers.isEmpty()) {
            throw new CheckpointException("LoRA: no linear layer of the model is one of " + config.targets());
        } else {
            requireAllUsed(adapter);
        }
    }

    private void requireAllUsed(Checkpoint stored) {
        var foreign = new TreeSet<>(stored.names());
        parameters().forEach(parameter -> foreign.remove(parameter.name()));
        if (config.saves("lm_head") && !linears.contains("lm_head") && stored.contains(TABLE)) {
            foreign.remove(HEAD); // the table, stored twice
        }
        if (!foreign.isEmpty()) {
            throw new CheckpointException(stored.source()
                    + ": "
                    + foreign.size()
                    + " tensors belong to no layer of this model, such as \""
                    + foreign.first()
                    + "\"; is the adapter made for another base?");
        }
    }

    @Override
    public Linear linear(String name, long out, long in, boolean bias) {
        linears.add(name);
        if (isSaved(name)) {
            return base.linear(name, out, in, bias, whole);
        }
        Linear plain = base.linear(name, out, in, bias);
        if (!config.adapts(name)) {
            return plain;
        }
        if (!(plain instanceof PlainLinear linear)) {
            throw new IllegalStateException("LoRA: layer " + name
                    + (plain instanceof LoraLinear
                            ? " has an adapter already"
                            : " is no product with a matrix alone, and has no update beside it: "
                                    + plain.getClass().getSimpleName()));
        }
        long rank = config.rank(name);
        String path = PREFIX + name;
        Parameter a = parameter(path + ".lora_A.weight", () -> uniform(name, rank, in), rank, in);
        Parameter b = parameter(path + ".lora_B.weight", () -> zeros(out, rank), out, rank);
        Parameter magnitude =
                config.decomposed() ? parameter(path + ".lora_magnitude_vector", () -> LoraLinear.magnitudes(linear, memory), out) : null;
        Dropout dropout = config.dropout() == 0 ? null : new Dropout(config.dropout(), seed, name);
        LoraLinear adapted = new LoraLinear(linear, a, b, magnitude, config.scale(name), dropout);
        layers.put(name, adapted);
        return adapted;
    }

    /// @throws UnsupportedOperationException always: a map of what another source trained would have no update
    @Override
    public Linear linear(String name, long out, long in, boolean bias, Weights parts) {
        throw new UnsupportedOperationException(name + ": put the adapter around the source that is trained, not inside it");
    }

    private Parameter parameter(String name, Supplier<Tensor> initial, long... dims) {
        if (adapter == null) {
            return new Parameter(name, initial.get());
        }
        if (!adapter.contains(name)) {
            throw new CheckpointException(
                    adapter.source() + ": no tensor \"" + name + "\", which its config asks for; is the adapter made for another base?");
        }
        if (!adapter.shape(name).equals(Shape.of(dims))) {
            throw new CheckpointException(adapter.source()
                    + ": tensor \""
                    + name
                    + "\" has shape "
                    + adapter.shape(name)
                    + "; the layer of this model wants "
                    + Shape.of(dims)
                    + "; is the adapter made for another base?");
        }
        Tensor value = memory.allocate(DType.F32, dims);
        value.set(adapter.tensor(name));
        return new Parameter(name, value);
    }

    /// Kaiming's with a = √5, as PEFT draws it; each layer by its own name, so that the order in which a model asks does not matter.
    private Tensor uniform(String name, long rank, long in) {
        var random = new SplittableRandom(seed ^ name.hashCode() * 0x9E3779B97F4A7C15L);
        double bound = 1 / Math.sqrt((double) in);
        float[] values = new float[Math.toIntExact(rank * in)];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextDouble(-bound, bound);
        }
        return memory.floats(values, rank, in);
    }

    private Tensor zeros(long... dims) {
        return memory.floats(new float[Math.toIntExact(Shape.of(dims).size())], dims);
    }

    /// Whether a module is trained whole; if so, it is noted that the model has it.
    private boolean isSaved(String module) {
        if (config.saves(module)) {
            saved.add(module);
            return true;
        }
        return false;
    }

    private Weights source(String module) {
        return isSaved(module) ? whole : base;
    }

    /// Where a tensor comes from that is named with its last part, as `model.norm.weight` is.
    private Weights sourceOf(String tensor) {
        return source(tensor.substring(0, Math.max(0, tensor.lastIndexOf('.'))));
    }

    @Override
    public Weight weight(String name, long rows, long columns) {
        return source(name).weight(name, rows, columns);
    }

    @Override
    public Weight ternary(String name, long rows, long columns) {
        return source(name).ternary(name, rows, columns);
    }

    @Override
    public Embedding embedding(String name, long rows, long columns) {
        return source(name).embedding(name, rows, columns);
    }

    @Override
    public Tensor matrix(String name, long rows, long columns) {
        return source(name).matrix(name, rows, columns);
    }

    @Override
    public Tensor vector(String name, long size) {
        return sourceOf(name).vector(name, size);
    }

    @Override
    public Tensor values(String name, long... dims) {
        return sourceOf(name).values(name, dims);
    }

    @Override
    public Device device() {
        return base.device();
    }
}
