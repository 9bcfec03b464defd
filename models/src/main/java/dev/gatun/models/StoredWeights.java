package dev.gatun.models;

import dev.gatun.io.Json;
import dev.gatun.nn.WeightFormat;
import dev.gatun.nn.Weights;
import dev.gatun.tensor.Checkpoint;
import dev.gatun.tensor.CheckpointException;
import dev.gatun.tensor.Device;
import dev.gatun.tensor.Memory;
import dev.gatun.tensor.ShapeException;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.Weight;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Layers of a checkpoint some of whose matrices are quantized.
///
/// @param plain the source of what is not
/// @param checkpoint with all
/// @param format how quantized matrices are stored; null if there are none
/// @param memory where they live
record StoredWeights(
        Weights plain, Checkpoint checkpoint, @Nullable StoredFormat format, Memory memory) implements Weights {
    /// {@return the source for a checkpoint}: that of its plain tensors, unless its config says that there are others.
    ///
    /// @param config its `config.json`
    /// @param checkpoint opened for the device
    /// @param memory where matrices live that cannot be computed with as they lie in the file
    static Weights of(Json config, Checkpoint checkpoint, Memory memory) {
        Weights plain = Weights.from(checkpoint, memory.device());
        if (!config.has("quantization_config")) {
            return new StoredWeights(plain, checkpoint, null, memory);
        }
        Json quantization = config.at("quantization_config");
        return BitNetWeights.isFor(quantization)
                ? BitNetWeights.of(quantization, plain, checkpoint, memory)
                : new StoredWeights(plain, checkpoint, StoredFormat.of(quantization), memory);
    }

    @Override
    public Tensor matrix(String name, long rows, long columns) {
        if (format != null && parts(name + ".weight").size() > 1) {
            throw new CheckpointException(checkpoint.source() + ": tensor \"" + name
                    + ".weight\" is quantized, and what computes with its elements, as training them does, wants the model as it was before");
        }
        return plain.matrix(name, rows, columns);
    }

    @Override
    public Tensor vector(String name, long size) {
        return plain.vector(name, size);
    }

    @Override
    public Device device() {
        return plain.device();
    }

    @Override
    public Weight weight(String name, long rows, long columns) {
        String full = name + ".weight";
        Map<String, Tensor> parts = format == null ? Map.of() : parts(full);
        if (format == null || parts.size() <= 1) {
            return plain.weight(name, rows, columns);
        }
        try {
            return format.format(parts).load(format.read(full, rows, columns, parts), memory);
        } catch (ShapeException | CheckpointException unfit) {
            throw new CheckpointException(checkpoint.source() + ": tensor \"" + full + "\": " + unfit.getMessage(), unfit);
        }
    }

    @Override
    public Weight ternary(String name, long rows, long columns) {
        boolean rounded = format != null && parts(name + ".weight").size() > 1;
        return rounded
                ? weight(name, rows, columns)
                : WeightFormat.named(WeightFormat.TERNARY).quantize(matrix(name, rows, columns), memory);
    }

    @Override
    public Tensor values(String name, long... dims) {
        return plain.values(name, dims);
    }

    private Map<String, Tensor> parts(String full) {
        Map<String, Tensor> parts = new LinkedHashMap<>();
        for (String name : checkpoint.names()) {
            if (name.equals(full)) {
                parts.put("", checkpoint.tensor(name));
            } else if (name.startsWith(full + ".")) {
                parts.put(name.substring(full.length() + 1), checkpoint.tensor(name));
            }
        }
        return parts;
    }
}
