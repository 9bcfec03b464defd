package dev.gatun.models.training;

import dev.gatun.io.JsonText;
import dev.gatun.io.SafeTensorsWriter;
import dev.gatun.io.TensorPlan;
import dev.gatun.tensor.CheckpointException;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.Memory;
import dev.gatun.tensor.Parameter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;

/// Writes a trained model, so that it opens with `CausalLm.open` and with Hugging Face's `transformers`.
public final class ModelFolder {
    private ModelFolder() {}

    /// Writes `config.json` and `model.safetensors`; the tokenizer is somebody else's.
    ///
    /// @param directory where; created if it does not exist
    /// @param config what `config.json` says, but for the type of the tensors, which is put under `dtype` if it has that, as transformers' fifth version
    ///     writes it, else under `torch_dtype`
    /// @param parameters the whole model
    /// @param dtype how matrices are stored: bf16, f16 or f32; vectors likewise
    /// @throws CheckpointException if it cannot be written
    public static void write(Path directory, Map<String, ?> config, Collection<Parameter> parameters, DType dtype) {
        try {
            Files.createDirectories(directory);
        } catch (IOException failure) {
            throw new CheckpointException(directory + ": cannot be created — " + failure.getMessage(), failure);
        }
        TensorPlan plan = new TensorPlan().metadata("format", "pt");
        parameters.forEach(
                parameter -> plan.add(parameter.name(), dtype, parameter.value().shape()));
        try (SafeTensorsWriter writer = SafeTensorsWriter.create(directory.resolve("model.safetensors"), plan)) {
            for (Parameter parameter : parameters) {
                var copy = parameter
                        .value()
                        .detach()
                        .copyTo(Memory.collected(parameter.value().device()));
                writer.write(parameter.name(), copy.to(dtype));
            }
        }
        Map<String, Object> members = new LinkedHashMap<>(config);
        members.remove(config.containsKey("dtype") ? "torch_dtype" : "dtype");
        members.put(
                config.containsKey("dtype") ? "dtype" : "torch_dtype",
                switch (dtype) {
                    case BF16 -> "bfloat16";
                    case F16 -> "float16";
                    default -> "float32";
                });
        JsonText.write(directory.resolve("config.json"), members);
    }
}
