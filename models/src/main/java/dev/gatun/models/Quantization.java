package dev.gatun.models;

import dev.gatun.io.Json;
import dev.gatun.io.SafeTensors;
import dev.gatun.io.SafeTensorsWriter;
import dev.gatun.io.TensorPlan;
import dev.gatun.nn.WeightFormat;
import dev.gatun.nn.Weights;
import dev.gatun.tensor.Checkpoint;
import dev.gatun.tensor.CheckpointException;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.Device;
import dev.gatun.tensor.Memory;
import dev.gatun.tensor.Resident;
import dev.gatun.tensor.Shape;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.Weight;
import dev.gatun.tensor.Workspace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Writes a model's folder again with quantized weights, matrix by matrix: no more than one is in memory at a time.
///
/// What a model multiplies by is quantized, but for the head; embeddings, norms and biases stay as they are. The folder opens with [CausalLm#open] like any
/// other; `nf4` and `nf4-dq` are stored as bitsandbytes stores them, so that `transformers` reads them too.
///
/// ```java
/// Quantization.write(Path.of("Llama-3.2-1B"), Path.of("Llama-3.2-1B-nf4"), "nf4", IO::println);
/// ```
public final class Quantization {
    private static final long MAX_SHARD_BYTES = 5_000_000_000L;
    private static final long LARGEST_COPY = 64 << 20;

    /// What bitsandbytes leaves as it is; a table that is also the head is among them.
    private static final Set<String> PLAIN = Set.of("lm_head", "embed_tokens");

    /// How far a quantized matrix is from what it was.
    ///
    /// @param name of the tensor
    /// @param max the largest difference of an element
    /// @param rms the root of the mean of its square
    /// @param cosine of the angle between the two, as vectors
    /// @param bytes how much memory it takes now
    public record MatrixError(String name, double max, double rms, double cosine, long bytes) {
        @Override
        public String toString() {
            return String.format(Locale.ROOT, "%s: max %.3g, rms %.3g, cosine %.6f", name, max, rms, cosine);
        }
    }

    private final Checkpoint checkpoint;
    private final WeightFormat format;
    private final StoredFormat stored;
    private final Map<String, Shape> matrices;

    private Quantization(Checkpoint checkpoint, WeightFormat format, Map<String, Shape> matrices) {
        this.checkpoint = checkpoint;
        this.format = format;
        this.stored = StoredFormat.of(format);
        this.matrices = matrices;
    }

    /// Writes a model with quantized weights.
    ///
    /// @param model its folder
    /// @param target a folder that holds no model yet; created if it does not exist
    /// @param format `nf4`, `nf4-dq` or another of the formats that are present
    /// @param listener told of each matrix when it is written
    /// @return the errors of all
    /// @throws RuntimeException if the model cannot be read, is quantized already, or the folder cannot be written; the message names the file
    public static List<MatrixError> write(Path model, Path target, String format, Consumer<MatrixError> listener) {
        Json config = CausalLm.config(model);
        if (config.has("quantization_config")) {
            throw config.at("quantization_config").refused("it is quantized already");
        }
        WeightFormat wanted = WeightFormat.named(format);
        try (Checkpoint checkpoint = SafeTensors.open(model)) {
            Recorded recorded = new Recorded(Weights.from(checkpoint, Device.cpu()), new LinkedHashMap<>(), format);
            CausalLm.decoder(config, recorded);
            Quantization quantization = new Quantization(checkpoint, wanted, recorded.matrices);
            Files.createDirectories(target);
            List<MatrixError> errors = quantization.tensors(target, listener);
            copyFiles(model, target);
            Files.writeString(target.resolve("config.json"), withConfig(model.resolve("config.json"), quantization.stored.config()));
            return errors;
        } catch (IOException e) {
            throw new CheckpointException(target + ": cannot be written: " + e, e);
        }
    }

    /// {@return whether a layer's matrix stays as it is}
    static boolean isPlain(String layer) {
        return PLAIN.stream().anyMatch(plain -> layer.equals(plain) || layer.endsWith("." + plain));
    }

    /// Notes which matrices a model multiplies by, giving them as they are.
    private record Recorded(Weights weights, Map<String, Shape> matrices, String format) implements Weights {
        @Override
        public Tensor matrix(String name, long rows, long columns) {
            return weights.matrix(name, rows, columns);
        }

        @Override
        public Tensor vector(String name, long size) {
            return weights.vector(name, size);
        }

        @Override
        public Device device() {
            return weights.device();
        }

        @Override
        public Weight weight(String name, long rows, long columns) {
            if (!isPlain(name)) {
                matrices.put(name + ".weight", Shape.of(rows, columns));
            }
            return weights.weight(name, rows, columns);
        }

        /// What a model rounds by itself it cannot round again; the head of such a model is rounded, too.
        @Override
        public Weight ternary(String name, long rows, long columns) {
            if (!format.equals(WeightFormat.TERNARY)) {
                throw new IllegalArgumentException(
                        name + ".weight is rounded to -1, 0 and 1 by this model; the only other format for it is \"" + WeightFormat.TERNARY + "\"");
            }
            matrices.put(name + ".weight", Shape.of(rows, columns));
            return weights.weight(name, rows, columns);
        }

        @Override
        public Tensor values(String name, long... dims) {
            return weights.values(name, dims);
        }
    }

    private List<MatrixError> tensors(Path target, Consumer<MatrixError> listener) {
        TensorPlan plan = new TensorPlan().metadata("format", "pt");
        for (String name : checkpoint.names()) {
            Shape shape = matrices.get(name);
            if (shape == null) {
                plan.add(name, checkpoint.dtype(name), checkpoint.shape(name));
            } else {
                format.parts(shape.dim(0), shape.dim(1)).forEach((part, as) -> plan.add(stored.tensor(name, part), as.dtype(), as.shape()));
                stored.headers().forEach((part, as) -> plan.add(stored.tensor(name, part), as.dtype(), as.shape()));
            }
        }
        List<MatrixError> errors = new ArrayList<>();
        try (SafeTensorsWriter writer = SafeTensorsWriter.createSharded(target, plan, MAX_SHARD_BYTES)) {
            for (String name : checkpoint.names()) {
                if (matrices.containsKey(name)) {
                    MatrixError error = matrix(writer, name);
                    errors.add(error);
                    listener.accept(error);
                } else {
                    writer.write(name, checkpoint.tensor(name));
                }
            }
        }
        return errors;
    }

    private MatrixError matrix(SafeTensorsWriter writer, String name) {
        Tensor matrix = checkpoint.tensor(name);
        try (Resident memory = new Resident(matrix.device(), name)) {
            Weight weight = format.quantize(matrix, memory);
            WeightFormat.Stored parts = format.store(weight);
            parts.parts().forEach((part, tensor) -> writer.write(stored.tensor(name, part), tensor));
            stored.headers(parts, matrix.dtype()).forEach((part, tensor) -> writer.write(stored.tensor(name, part), tensor));
            return error(name, matrix, weight);
        }
    }

    /// {@return a matrix in f32}
    static Tensor dequantized(Weight weight, Memory memory) {
        Tensor plain = memory.allocate(DType.F32, weight.rows(), weight.columns());
        int block = (int) Math.max(1, (1 << 20) / weight.columns());
        try (Workspace scratch = new Workspace(memory.device())) {
            for (int row = 0; row < weight.rows(); row += block) {
                scratch.reset();
                int end = (int) Math.min(weight.rows(), row + block);
                plain.slice(0, row, end)
                        .set(weight.lookup(
                                scratch.ints(IntStream.range(row, end).toArray())));
            }
        }
        return plain;
    }

    /// Compares a block of rows at a time.
    static MatrixError error(String name, Tensor matrix, Weight weight) {
        Memory memory = Memory.collected(matrix.device());
        int block = (int) Math.max(1, (1 << 20) / matrix.dim(1));
        double max = 0;
        double squares = 0;
        double product = 0;
        double before = 0;
        double after = 0;
        for (long row = 0; row < matrix.dim(0); row += block) {
            int end = (int) Math.min(matrix.dim(0), row + block);
            float[] exact =
                    matrix.slice(0, row, end).copyTo(memory).to(DType.F32).toArray();
            float[] rounded = weight.lookup(
                            memory.ints(IntStream.range((int) row, end).toArray()))
                    .toArray();
            for (int i = 0; i < exact.length; i++) {
                double difference = Math.abs((double) exact[i] - rounded[i]);
                max = Math.max(max, difference);
                squares += difference * difference;
                product += (double) exact[i] * rounded[i];
                before += (double) exact[i] * exact[i];
                after += (double) rounded[i] * rounded[i];
            }
        }
        double cosine = before == 0 && after == 0 ? 1 : product / Math.sqrt(before * after);
        return new MatrixError(name, max, Math.sqrt(squares / Math.max(1, matrix.size())), cosine, weight.bytes());
    }

    /// Tokenizers, templates, licences: whatever is small and holds no weights.
    static void copyFiles(Path model, Path target) throws IOException {
        try (Stream<Path> files = Files.list(model)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String name = file.getFileName().toString();
                boolean weights = name.matches(".*\\.(safetensors|safetensors\\.index\\.json|bin|bin\\.index\\.json|pt|pth|gguf|h5|onnx|msgpack)");
                if (!weights && !name.equals("config.json") && Files.size(file) <= LARGEST_COPY && !Files.exists(target.resolve(name))) {
                    Files.copy(file, target.resolve(name));
                }
            }
        }
    }

    /// The text of a config with one more member, everything else being left as its author wrote it.
    private static String withConfig(Path file, String member) throws IOException {
        String text = Files.readString(file).stripTrailing();
        return text.substring(0, text.length() - 1).stripTrailing() + ",\n  \"quantization_config\": " + member + "\n}\n";
    }
}
