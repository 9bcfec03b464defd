package dev.gatun.models;

import dev.gatun.io.Json;
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

/// Layers of a checkpoint some of whose matrices are quantized.
///
/// @param plain the source of what is not
/// @param checkpoint with all
/// @param format how quantized matrices are stored
/// @param memory where they live
record StoredWeights(Weights plain, Checkpoint checkpoint, StoredFormat format, Memory memory) implements Weights {
    /// {@return the source for a checkpoint}: that of its plain tensors, unless its config says that there are others.
    ///
    /// @param config its `config.json`
    /// @param checkpoint opened for the device
    /// @param memory where matrices live that cannot be computed with as they lie in the file
    static Weights of(Json config, Checkpoint checkpoint, Memory memory) {
        Weights plain = Weights.from(checkpoint, memory.device());
        return config.has("quantization_config")
                ? new StoredWeights(plain, checkpoint, StoredFormat.of(config.at("quantization_config")), memory)
                : plain;
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
    public Device device() {
        return plain.device();
    }

    @Override
    public Weight weight(String name, long rows, long columns) {
        String full = name + ".weight";
        Map<String, Tensor> parts = parts(full);
        if (parts.size() <= 1) {
            return plain.weight(name, rows, columns);
        }
        try {
            return format.format(parts).load(format.read(full, rows, columns, parts), memory);
        } catch (ShapeException | CheckpointException unfit) {
            throw new CheckpointException(checkpoint.source() + ": tensor \"" + full + "\": " + unfit.getMessage(), unfit);
        }
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
