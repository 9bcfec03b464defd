package dev.gatun.models;

import dev.gatun.io.Json;
import dev.gatun.io.JsonText;
import dev.gatun.io.SafeTensors;
import dev.gatun.io.SafeTensorsWriter;
import dev.gatun.io.TensorPlan;
import dev.gatun.models.Quantization.MatrixError;
import dev.gatun.nn.Linear;
import dev.gatun.nn.LoraLinear;
import dev.gatun.nn.WeightFormat;
import dev.gatun.nn.Weights;
import dev.gatun.tensor.Checkpoint;
import dev.gatun.tensor.CheckpointException;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.Device;
import dev.gatun.tensor.Resident;
import dev.gatun.tensor.Shape;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.Weight;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Writes a model's folder again with a low-rank adapter merged into it, matrix by matrix: no more than one is in memory at a time.
///
/// Updates are added in f32. What comes out is stored as the base is, unless another format is wanted; a table or a norm that was trained whole is stored in a
/// dense format that is wanted, too, and otherwise as the base's is. A base of 4 bits is merged into by bringing a matrix
/// to f32, adding the update and rounding the sum to 4 bits again. A second rounding is not a first one repeated, so that each matrix is compared with what
/// merging gives exactly.
///
/// ```java
/// Merging.write(Path.of("Llama-3.2-1B"), Path.of("my-adapter"), Path.of("merged"), "nf4", IO::println);
/// ```
public final class Merging {
    private static final long MAX_SHARD_BYTES = 5_000_000_000L;
    private static final String WEIGHT = ".weight";
    private static final Set<String> DENSE = Set.of("f32", "bf16", "f16");

    private final Json config;
    private final Checkpoint checkpoint;
    private final LoraAdapter adapter;
    private final SequencedMap<String, Tensor> whole;
    private final @Nullable StoredFormat before;
    private final @Nullable StoredFormat after;
    private final boolean asBefore;
    private final @Nullable DType dense;
    private final SequencedMap<String, Shape> matrices;

    /// @param config the base's
    /// @param checkpoint the base's
    /// @param adapter what is merged
    /// @param before how the base's matrices are quantized; null if they are not
    /// @param after how the result's will be
    /// @param asBefore whether what the base has not quantized stays so
    /// @param dense the type of the result's matrices, if another than the base's is wanted
    /// @param matrices all that the model multiplies by, by their tensors' names
    private Merging(
            Json config,
            Checkpoint checkpoint,
            LoraAdapter adapter,
            @Nullable StoredFormat before,
            @Nullable StoredFormat after,
            boolean asBefore,
            @Nullable DType dense,
            SequencedMap<String, Shape> matrices) {
        this.config = config;
        this.checkpoint = checkpoint;
        this.adapter = adapter;
        this.whole = adapter.whole(config);
        this.before = before;
        this.after = after;
        this.asBefore = asBefore;
        this.dense = dense;
        this.matrices = matrices;
    }

    /// Merges an adapter into its base.
    ///
    /// @param model the base's folder
    /// @param adapter a folder as PEFT lays it out
    /// @param target a folder that holds no model yet; created if it does not exist
    /// @param format how matrices are stored: `f32`, `bf16`, `f16`, `nf4` or another of the formats that are present; null for the base's own
    /// @param listener told of each matrix when it is written: how far it is from what merging gives exactly
    /// @return the errors of all matrices that are not the base's as they were, and of what else was trained whole
    /// @throws RuntimeException if the base or the adapter cannot be read, they do not belong together, or the folder cannot be written; the message names
    ///     the file
    public static List<MatrixError> write(Path model, Path adapter, Path target, @Nullable String format, Consumer<MatrixError> listener) {
        Json config = CausalLm.config(model);
        StoredFormat before = config.has("quantization_config") ? StoredFormat.of(config.at("quantization_config")) : null;
        boolean plain = format != null && DENSE.contains(format);
        StoredFormat after = plain ? null : format == null ? before : StoredFormat.of(WeightFormat.named(format));
        try (Checkpoint checkpoint = SafeTensors.open(model);
                LoraAdapter opened = LoraAdapter.open(adapter, Device.cpu())) {
            var layers = new Layers(Weights.from(checkpoint, Device.cpu()), new LinkedHashMap<>());
            CausalLm.decoder(config, layers);
            DType dense = plain ? DType.named(String.valueOf(format).toUpperCase(Locale.ROOT)) : null;
            var merging = new Merging(config, checkpoint, opened, before, after, format == null, dense, layers.matrices);
            opened.requireFit(config);
            merging.requireFit();
            Files.createDirectories(target);
            List<MatrixError> errors = merging.tensors(target, listener);
            Quantization.copyFiles(model, target);
            if (format == null) {
                Files.copy(model.resolve("config.json"), target.resolve("config.json"));
            } else {
                JsonText.write(target.resolve("config.json"), merging.members());
            }
            return errors;
        } catch (IOException e) {
            throw new CheckpointException(target + ": cannot be written: " + e, e);
        }
    }

    /// Notes which matrices a model multiplies by, without reading them.
    private record Layers(Weights plain, SequencedMap<String, Shape> matrices) implements Weights {
        @Override
        public Weight weight(String name, long rows, long columns) {
            matrices.put(name + WEIGHT, Shape.of(rows, columns));
            return new Unread(rows, columns);
        }

        @Override
        public Weight ternary(String name, long rows, long columns) {
            throw new IllegalArgumentException(name
                    + ".weight is rounded to -1, 0 and 1 by this model, which leaves nothing of a small update; keep the adapter beside the model");
        }

        @Override
        public Tensor matrix(String name, long rows, long columns) {
            return plain.matrix(name, rows, columns);
        }

        @Override
        public Tensor vector(String name, long size) {
            return plain.vector(name, size);
        }

        @Override
        public Tensor values(String name, long... dims) {
            return plain.values(name, dims);
        }

        @Override
        public Device device() {
            return plain.device();
        }
    }

    /// The place of a matrix in a model that is never run.
    private record Unread(long rows, long columns) implements Weight {
        @Override
        public long bytes() {
            return 0;
        }

        @Override
        public Tensor apply(Tensor x) {
            throw new IllegalStateException("not read");
        }

        @Override
        public Tensor applyTransposed(Tensor dy) {
            throw new IllegalStateException("not read");
        }

        @Override
        public Tensor lookup(Tensor ids) {
            throw new IllegalStateException("not read");
        }
    }

    private void requireFit() {
        if (before instanceof StoredFormat.BitNetLayout) {
            throw config.at("quantization_config").refused("-1, 0 and 1 leave nothing of a small update; keep the adapter beside the model");
        }
        if (asBefore && isFp4()) {
            throw config.at("quantization_config")
                    .refused("fp4 is read as bitsandbytes stores it, not written; name another format for what is merged");
        }
        for (String layer : adapter.config().targets()) {
            if (!matrices.containsKey(layer + WEIGHT)) {
                throw new CheckpointException(
                        adapter.tensors().source() + ": layer \"" + layer + "\" is none of this model; is the adapter made for another base?");
            }
        }
        whole.forEach((name, tensor) -> {
            Shape wanted = matrices.get(name); // a matrix may be stored as codes
            if (wanted == null && checkpoint.contains(name)) {
                wanted = checkpoint.shape(name);
            }
            if (wanted == null || !tensor.shape().equals(wanted)) {
                throw new CheckpointException(adapter.tensors().source() + ": this model has no " + name + " " + tensor.shape()
                        + ", which was trained whole; is the adapter made for another base?");
            }
        });
    }

    private List<MatrixError> tensors(Path target, Consumer<MatrixError> listener) {
        TensorPlan plan = new TensorPlan().metadata("format", "pt");
        Set<String> written = new LinkedHashSet<>();
        for (String name : checkpoint.names()) {
            String matrix = matrix(name);
            if (matrix == null || !isRewritten(matrix)) {
                plan.add(name, whole.containsKey(name) ? type(name) : checkpoint.dtype(name), checkpoint.shape(name));
            } else if (written.add(matrix)) {
                plan(plan, matrix);
            }
        }
        List<MatrixError> errors = new ArrayList<>();
        try (SafeTensorsWriter writer = SafeTensorsWriter.createSharded(target, plan, MAX_SHARD_BYTES)) {
            for (String name : checkpoint.names()) {
                String matrix = matrix(name);
                Tensor trained = whole.get(name);
                if (matrix != null && isRewritten(matrix)) {
                    continue; // below, once for all its parts
                }
                if (trained == null) {
                    writer.write(name, checkpoint.tensor(name));
                } else {
                    errors.add(replace(writer, name, trained));
                    listener.accept(errors.getLast());
                }
            }
            for (String matrix : written) {
                errors.add(rewrite(writer, matrix));
                listener.accept(errors.getLast());
            }
        }
        return errors;
    }

    /// What bitsandbytes' own default is.
    private boolean isFp4() {
        return before instanceof StoredFormat.Bitsandbytes
                && config.at("quantization_config")
                        .stringAt("bnb_4bit_quant_type", "fp4")
                        .equals("fp4");
    }

    /// The matrix that a tensor is, or is a part of; null if there is none.
    private @Nullable String matrix(String tensor) {
        String name = tensor.replaceFirst("(\\.weight)\\..*", "$1");
        return matrices.containsKey(name) ? name : null;
    }

    private boolean isAdapted(String matrix) {
        return adapter.config().adapts(layer(matrix)) || whole.containsKey(matrix);
    }

    private boolean isQuantized(String matrix) {
        return before != null && checkpoint.names().stream().anyMatch(name -> name.startsWith(matrix + "."));
    }

    /// Whether it is another matrix than the base's, or the same in another format.
    private boolean isRewritten(String matrix) {
        if (isAdapted(matrix)) {
            return true;
        }
        WeightFormat wanted = format(matrix);
        if (before != null && isQuantized(matrix)) {
            return wanted == null
                    || isFp4()
                    || !wanted.name().equals(before.usual().name());
        }
        return wanted != null || checkpoint.dtype(matrix) != type(matrix);
    }

    /// What a matrix will be quantized to; null if it will not.
    private @Nullable WeightFormat format(String matrix) {
        boolean plain = Quantization.isPlain(layer(matrix)) || asBefore && !isQuantized(matrix);
        return after == null || plain ? null : after.usual();
    }

    /// What type a tensor's elements will have if it is not quantized, or are said to have had if it is.
    private DType type(String matrix) {
        if (dense != null) {
            return dense;
        }
        if (!isQuantized(matrix)) {
            return checkpoint.dtype(matrix);
        }
        return switch (config.stringAt("torch_dtype", config.stringAt("dtype", "float32"))) {
            case "bfloat16" -> DType.BF16;
            case "float16" -> DType.F16;
            default -> DType.F32;
        };
    }

    private void plan(TensorPlan plan, String matrix) {
        WeightFormat format = format(matrix);
        StoredFormat stored = after;
        Shape shape = shape(matrix);
        if (format == null || stored == null) {
            plan.add(matrix, type(matrix), shape);
        } else {
            format.parts(shape.dim(0), shape.dim(1)).forEach((part, as) -> plan.add(stored.tensor(matrix, part), as.dtype(), as.shape()));
            stored.headers().forEach((part, as) -> plan.add(stored.tensor(matrix, part), as.dtype(), as.shape()));
        }
    }

    /// Writes what was trained whole and is no matrix that the model multiplies by: a table that is not the head, or a vector, whose error is that of one row.
    private MatrixError replace(SafeTensorsWriter writer, String name, Tensor trained) {
        try (Resident memory = new Resident(Device.cpu(), name)) {
            Tensor rounded = memory.allocate(type(name), trained.shape());
            rounded.set(trained);
            writer.write(name, rounded);
            return trained.rank() == 2
                    ? Quantization.error(name, trained, Weight.of(rounded))
                    : Quantization.error(name, trained.reshape(1, trained.size()), Weight.of(rounded.reshape(1, trained.size())));
        }
    }

    private MatrixError rewrite(SafeTensorsWriter writer, String matrix) {
        try (Resident memory = new Resident(Device.cpu(), matrix)) {
            Tensor exact = exact(matrix, memory);
            WeightFormat format = format(matrix);
            StoredFormat stored = after;
            if (format == null || stored == null) {
                Tensor rounded = memory.allocate(type(matrix), exact.shape());
                rounded.set(exact);
                writer.write(matrix, rounded);
                return Quantization.error(matrix, exact, Weight.of(rounded));
            }
            Weight weight = format.quantize(exact, memory);
            WeightFormat.Stored parts = format.store(weight);
            parts.parts().forEach((part, tensor) -> writer.write(stored.tensor(matrix, part), tensor));
            stored.headers(parts, type(matrix)).forEach((part, tensor) -> writer.write(stored.tensor(matrix, part), tensor));
            return Quantization.error(matrix, exact, weight);
        }
    }

    /// The base's matrix in f32, with its update if it has one.
    private Tensor exact(String matrix, Resident memory) {
        Shape shape = shape(matrix);
        String layer = layer(matrix);
        Weights stored = StoredWeights.of(config, checkpoint, memory);
        Tensor trained = whole.get(matrix);
        if (trained != null) {
            Tensor exact = memory.allocate(DType.F32, shape);
            exact.set(trained);
            return exact;
        }
        if (!isAdapted(matrix)) {
            return Quantization.dequantized(stored.weight(layer, shape.dim(0), shape.dim(1)), memory);
        }
        Linear adapted = adapter.over(stored, memory, 0).linear(layer, shape.dim(0), shape.dim(1), false);
        return ((LoraLinear) adapted).merged(memory);
    }

    private Shape shape(String matrix) {
        return Objects.requireNonNull(matrices.get(matrix));
    }

    private static String layer(String matrix) {
        return matrix.substring(0, matrix.length() - WEIGHT.length());
    }

    /// The config of the result, if it is not the base's.
    private Map<String, Object> members() {
        Map<String, Object> members = new LinkedHashMap<>();
        config.forEach(members::put);
        members.remove("quantization_config");
        if (after != null) {
            members.put("quantization_config", Json.parse("quantization_config", after.config()));
        }
        if (dense != null) {
            String key = config.has("dtype") ? "dtype" : "torch_dtype";
            members.put(key, dense == DType.BF16 ? "bfloat16" : dense == DType.F16 ? "float16" : "float32");
        }
        return members;
    }
}
