package dev.gatun.models;

import dev.gatun.io.Json;
import dev.gatun.io.JsonText;
import dev.gatun.io.SafeTensors;
import dev.gatun.io.SafeTensorsWriter;
import dev.gatun.nn.LoraConfig;
import dev.gatun.nn.LoraWeights;
import dev.gatun.nn.Weights;
import dev.gatun.tensor.Checkpoint;
import dev.gatun.tensor.CheckpointException;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.Device;
import dev.gatun.tensor.Memory;
import dev.gatun.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// A low-rank adapter in a folder, as PEFT lays it out: `adapter_config.json` and `adapter_model.safetensors`.
///
/// ```java
/// try (var llm = CausalLm.open(base);
///         var tuned = llm.withAdapter(Path.of("my-adapter"))) { … }
/// ```
///
/// @param config what it looks like; its targets are the layers of which the folder holds tensors
/// @param json `adapter_config.json`, with what gatun does not know
/// @param tensors named as PEFT names them
public record LoraAdapter(LoraConfig config, Json json, Checkpoint tensors) implements AutoCloseable {
    private static final String CONFIG = "adapter_config.json";
    private static final String TENSORS = "adapter_model.safetensors";
    private static final String PREFIX = "base_model.model.";
    private static final String TABLE = "model.embed_tokens";
    private static final String HEAD = "lm_head";

    /// Beginnings that leave the base as it is. Others, such as PiSSA's (arXiv:2404.02948), take off it what the adapter adds.
    private static final Set<String> INITIALIZATIONS = Set.of("gaussian", "orthogonal", "eva");

    /// Opens an adapter.
    ///
    /// @param directory its folder
    /// @param device where its tensors are wanted
    /// @return the adapter, to be closed once it is loaded
    /// @throws RuntimeException if a file is missing or damaged, or asks for what gatun does not have; the message names the file and the key
    public static LoraAdapter open(Path directory, Device device) {
        Path file = directory.resolve(CONFIG);
        if (!Files.exists(file)) {
            throw new CheckpointException(directory + ": no " + CONFIG + "; is this the folder of a PEFT adapter?");
        }
        Json json = Json.read(file);
        if (!json.stringAt("peft_type").equals("LORA")) {
            throw json.at("peft_type").refused("supported is \"LORA\"");
        }
        if (!json.stringAt("bias", "none").equals("none")) {
            throw json.at("bias").refused("trained biases are not supported");
        }
        for (String key : List.of("fan_in_fan_out", "lora_bias", "use_qalora", "use_bdlora")) {
            if (json.booleanAt(key, false)) {
                throw json.at(key).refused("not supported");
            }
        }
        for (String key : List.of("trainable_token_indices", "target_parameters", "layer_replication")) {
            if (json.find(key).filter(value -> value.size() > 0).isPresent()) {
                throw json.at(key).refused("not supported");
            }
        }
        for (String key : List.of("alora_invocation_tokens", "kasa_config", "monteclora_config", "velora_config", "arrow_config")) {
            if (json.has(key)) {
                throw json.at(key).refused("not supported");
            }
        }
        json.find("init_lora_weights")
                .filter(value -> value.isString() && !INITIALIZATIONS.contains(value.asString()))
                .ifPresent(value -> {
                    throw value.refused("the adapter is beside another matrix than the base's; PEFT's save_pretrained makes a plain one of it"
                            + " (path_initial_model_for_weight_conversion)");
                });
        Path weights = directory.resolve(TENSORS);
        if (!Files.exists(weights)) {
            throw new CheckpointException(directory
                    + ": no "
                    + TENSORS
                    + (Files.exists(directory.resolve("adapter_model.bin"))
                            ? "; adapter_model.bin is a pickle, which may run code and is not read"
                            : ""));
        }
        Checkpoint tensors = SafeTensors.open(weights, device);
        try {
            return new LoraAdapter(config(json, tensors), json, tensors);
        } catch (RuntimeException unfit) {
            tensors.close();
            throw unfit;
        }
    }

    private static LoraConfig config(Json json, Checkpoint tensors) {
        var whole = new ArrayList<>(
                json.find("modules_to_save").map(Json::asStrings).orElse(List.of()));
        if (json.booleanAt("ensure_weight_tying", false) && tensors.contains(PREFIX + HEAD + ".weight") && !whole.contains(HEAD)) {
            whole.add(HEAD); // PEFT stores a table that is the head as both, and names one
        }
        try {
            var config = new LoraConfig(
                    json.intAt("r"),
                    json.floatAt("lora_alpha", 8),
                    json.floatAt("lora_dropout", 0),
                    json.booleanAt("use_rslora", false),
                    json.booleanAt("use_dora", false),
                    List.of("all-linear"),
                    numbers(json, "rank_pattern", Json::asInt),
                    numbers(json, "alpha_pattern", value -> (float) value.asDouble()),
                    whole);
            return config.withTargets(layers(tensors, config));
        } catch (IllegalArgumentException refused) {
            throw json.refused(String.valueOf(refused.getMessage()));
        }
    }

    private static <T> Map<String, T> numbers(Json json, String key, Function<Json, T> number) {
        Map<String, T> numbers = new LinkedHashMap<>();
        json.find(key).ifPresent(patterns -> patterns.forEach((pattern, value) -> numbers.put(pattern, number.apply(value))));
        return numbers;
    }

    /// The layers of which there are updates; what is left are modules that were trained whole.
    private static List<String> layers(Checkpoint tensors, LoraConfig config) {
        var layers = new TreeSet<String>();
        for (String name : tensors.names()) {
            if (name.startsWith(PREFIX) && config.saves(module(name.substring(PREFIX.length())))) {
                continue;
            }
            String layer = name.replaceFirst("\\.(lora_[AB]\\.weight|lora_magnitude_vector)$", "");
            if (!name.startsWith(PREFIX) || layer.equals(name)) {
                throw new CheckpointException(tensors.source() + ": tensor \"" + name + "\" is no part of an adapter of linear layers");
            }
            layers.add(layer.substring(PREFIX.length()));
        }
        return List.copyOf(layers);
    }

    /// What a tensor is a part of.
    private static String module(String tensor) {
        return tensor.substring(0, Math.max(0, tensor.lastIndexOf('.')));
    }

    /// Checks what a model's config says of this adapter, before the model is made.
    ///
    /// @param model its `config.json`
    /// @throws RuntimeException if the table of tokens and the head, which are one in this model, were trained apart
    public void requireFit(Json model) {
        if (!isTied(model)) {
            return;
        }
        if ((config.saves(TABLE) || config.saves(HEAD)) && !json.booleanAt("ensure_weight_tying", false)) {
            throw json.at("modules_to_save")
                    .refused("embed_tokens and lm_head are one table in this model, but were trained apart; train with ensure_weight_tying");
        }
        String head = PREFIX + HEAD + ".weight";
        String table = PREFIX + TABLE + ".weight";
        if (tensors.contains(head) && !(tensors.contains(table) && isEqual(tensors.tensor(head), tensors.tensor(table)))) {
            throw new CheckpointException(tensors.source() + ": " + head
                    + " was trained apart from embed_tokens, but the two are one table in this model; is the adapter made for another base?");
        }
    }

    /// Compares a block of rows at a time.
    private static boolean isEqual(Tensor a, Tensor b) {
        if (!a.shape().equals(b.shape())) {
            return false;
        }
        Memory memory = Memory.collected(a.device());
        long block = Math.max(1, (1 << 20) / a.dim(1));
        for (long row = 0; row < a.dim(0); row += block) {
            long end = Math.min(a.dim(0), row + block);
            if (!Arrays.equals(rows(a, row, end, memory), rows(b, row, end, memory))) {
                return false;
            }
        }
        return true;
    }

    private static float[] rows(Tensor matrix, long from, long to, Memory memory) {
        return matrix.slice(0, from, to).copyTo(memory).to(DType.F32).toArray();
    }

    private static boolean isTied(Json model) {
        return model.booleanAt("tie_word_embeddings", false);
    }

    /// {@return what it has in the place of tensors of the base, by their names}: those of modules that were trained whole.
    ///
    /// @param model `config.json` of the base
    SequencedMap<String, Tensor> whole(Json model) {
        var whole = new LinkedHashMap<String, Tensor>();
        for (String name : tensors.names()) {
            String replaced = name.substring(PREFIX.length());
            if (config.saves(module(replaced))) {
                whole.put(replaced, tensors.tensor(name));
            }
        }
        if (isTied(model)) {
            whole.remove(HEAD + ".weight");
        }
        return whole;
    }

    /// {@return a source of layers with this adapter beside those of another}
    ///
    /// @param base of the layers
    /// @param memory where the adapter lives
    /// @param seed of dropout, if training goes on
    public LoraWeights over(Weights base, Memory memory, long seed) {
        return new LoraWeights(base, config, memory, seed, tensors);
    }

    /// Writes an adapter, so that PEFT reads it. A folder of the same name is written over, file by file.
    ///
    /// @param directory where; created if it does not exist
    /// @param lora the adapter
    /// @param base the model it belongs to
    /// @param before the config of the adapter that training went on from: what gatun does not know of it is kept; null for a new one
    /// @throws CheckpointException if it cannot be written
    public static void write(Path directory, LoraWeights lora, CausalLm base, @Nullable Json before) {
        SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
        lora.parameters()
                .forEach(parameter ->
                        tensors.put(parameter.name(), parameter.value().detach()));
        LoraConfig config = lora.config();
        if (isTied(base.config()) && config.saves(TABLE)) {
            Tensor table = Objects.requireNonNull(tensors.get(PREFIX + TABLE + ".weight"));
            tensors.put(PREFIX + HEAD + ".weight", table); // PEFT wants it twice
        }
        try {
            Files.createDirectories(directory);
        } catch (IOException failure) {
            throw new CheckpointException(directory + ": cannot be created — " + failure.getMessage(), failure);
        }
        SafeTensorsWriter.write(directory.resolve(TENSORS), tensors, Map.of("format", "pt"));
        SequencedMap<String, Object> json = new LinkedHashMap<>();
        if (before != null) {
            before.forEach(json::put);
        }
        json.put("peft_type", "LORA");
        json.put("task_type", "CAUSAL_LM");
        json.put("base_model_name_or_path", base.directory().toString());
        json.put("inference_mode", true);
        json.put("r", config.r());
        json.put("lora_alpha", whole(config.alpha()));
        json.put("lora_dropout", config.dropout());
        json.put("use_rslora", config.rankStabilized());
        json.put("use_dora", config.decomposed());
        json.put("target_modules", lora.targets());
        json.put("rank_pattern", config.rankPattern());
        json.put("alpha_pattern", config.alphaPattern());
        if (!config.modulesToSave().isEmpty()) {
            json.put("modules_to_save", config.modulesToSave());
            json.put("ensure_weight_tying", isTied(base.config()) && config.saves(TABLE)); // a table that is the head remains so
        }
        json.put("bias", "none");
        json.put("fan_in_fan_out", false);
        json.put("init_lora_weights", true);
        JsonText.write(directory.resolve(CONFIG), json);
    }

    private static Number whole(float number) {
        if (number == Math.rint(number)) {
            return (int) number;
        }
        return number;
    }

    @Override
    public void close() {
        tensors.close();
    }
}
