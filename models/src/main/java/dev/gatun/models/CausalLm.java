package dev.gatun.models;

import dev.gatun.io.Json;
import dev.gatun.io.SafeTensors;
import dev.gatun.models.text.Tokenizer;
import dev.gatun.nn.KvCache;
import dev.gatun.nn.LoraWeights;
import dev.gatun.nn.WeightFormat;
import dev.gatun.nn.Weights;
import dev.gatun.tensor.Checkpoint;
import dev.gatun.tensor.CheckpointException;
import dev.gatun.tensor.Device;
import dev.gatun.tensor.Resident;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A language model in a folder, as Hugging Face lays it out: `config.json`, `*.safetensors`, a
/// tokenizer.
///
/// ```java
/// try (var llm = CausalLm.open(Path.of("SmolLM2-135M"));
///         var story = llm.generate("Once upon a time")) {
///     story.text().forEach(IO::print);
/// }
/// ```
///
/// It is immutable and shared by threads; each generation has a [Session] of its own.
public final class CausalLm implements AutoCloseable {
    private final Path directory;
    private final Device device;
    private final Json config;
    private final Checkpoint checkpoint;
    private final Weights weights;
    private final Decoder decoder;
    private final Set<Integer> ends;
    private final List<Runnable> owned;
    private @Nullable Tokenizer tokenizer;

    private CausalLm(Path directory, Device device, Json config, Checkpoint checkpoint, Weights weights, Set<Integer> ends, List<Runnable> owned) {
        this.directory = directory;
        this.device = device;
        this.config = config;
        this.checkpoint = checkpoint;
        this.weights = weights;
        this.decoder = decoder(config, weights);
        this.ends = ends;
        this.owned = owned;
    }

    /// Opens a model on the CPU with all cores.
    ///
    /// @param directory its folder
    /// @return the model
    /// @throws RuntimeException if something is missing, damaged or of an unknown kind; the message
    ///     names the file and what was expected
    public static CausalLm open(Path directory) {
        return open(directory, Device.cpu());
    }

    /// Opens a model.
    ///
    /// @param directory its folder
    /// @param device where it computes; it stays open when the model is closed
    /// @return the model
    /// @throws RuntimeException if something is missing, damaged or of an unknown kind; the message
    ///     names the file and what was expected
    public static CausalLm open(Path directory, Device device) {
        return open(directory, device, null);
    }

    /// Opens a model and brings what it multiplies by into another format, matrix by matrix while loading: no more than one of them is ever in memory in
    /// both forms.
    ///
    /// @param directory its folder
    /// @param device where it computes; it stays open when the model is closed
    /// @param format such as `WeightFormat.named("int8")`; null for the format that the folder has
    /// @return the model
    /// @throws RuntimeException if something is missing, damaged or of an unknown kind, or is quantized already; the message names the file and what was
    ///     expected
    public static CausalLm open(Path directory, Device device, @Nullable WeightFormat format) {
        Json config = config(directory);
        if (format != null && config.has("quantization_config")) {
            throw config.at("quantization_config").refused("it is quantized already, and opens only as it is");
        }
        Checkpoint checkpoint = SafeTensors.open(directory, device);
        Resident memory = new Resident(device, directory.toString());
        try {
            Weights stored = StoredWeights.of(config, checkpoint, memory);
            Weights weights = format == null ? stored : stored.quantized(matrix -> format.quantize(matrix, memory));
            return new CausalLm(
                    directory, device, config, checkpoint, weights.remembered(), ends(directory, config), List.of(memory::close, checkpoint::close));
        } catch (RuntimeException broken) {
            memory.close();
            checkpoint.close();
            throw broken;
        }
    }

    /// This model with a low-rank adapter beside its layers. The two share the memory of the base, so that any number of adapters may be open over one
    /// base, each with sessions of its own.
    ///
    /// @param adapter a folder as PEFT lays it out
    /// @return the adapted model, to be closed before this one
    /// @throws RuntimeException if the adapter is damaged, or made for another base; the message names the file
    public CausalLm withAdapter(Path adapter) {
        Resident room = new Resident(device, adapter.toString());
        try (LoraAdapter opened = LoraAdapter.open(adapter, device)) {
            opened.requireFit(config);
            LoraWeights lora = opened.over(weights, room, 0);
            CausalLm adapted = new CausalLm(directory, device, config, checkpoint, lora, ends, List.of(room::close));
            lora.requireFit();
            return adapted;
        } catch (RuntimeException broken) {
            room.close();
            throw broken;
        }
    }

    /// {@return where its layers come from}, to make another model of the same layers: with an adapter to be trained, for example. It gives the same
    /// layer whenever it is asked for the same name.
    public Weights weights() {
        return weights;
    }

    /// {@return its folder}
    public Path directory() {
        return directory;
    }

    /// {@return its `config.json`}
    public Json config() {
        return config;
    }

    /// Makes a model. This is the one place that knows which kinds of models there are.
    ///
    /// @param config its `config.json`
    /// @param weights where its layers come from
    /// @return the model as mathematics
    /// @throws RuntimeException if the config asks for an unknown kind of model, or the weights lack a layer
    public static Decoder decoder(Json config, Weights weights) {
        return decoder(config, weights, false);
    }

    /// {@return a model of the same kind with one narrow layer}, for [Warmup].
    static Decoder miniature(Json config, Weights weights) {
        return decoder(config, weights, true);
    }

    private static Decoder decoder(Json config, Weights weights, boolean miniature) {
        return switch (config.stringAt("model_type")) {
            case "llama" -> {
                LlamaConfig sizes = LlamaConfig.from(config);
                yield Llama.load(miniature ? sizes.miniature() : sizes, weights);
            }
            case "bitnet" -> {
                LlamaConfig sizes = BitNet.config(config);
                yield BitNet.load(miniature ? sizes.miniature() : sizes, weights);
            }
            case "hgrn_bit" -> {
                MatMulFreeConfig sizes = MatMulFreeConfig.from(config);
                yield MatMulFree.load(miniature ? sizes.miniature() : sizes, weights);
            }
            default -> throw config.at("model_type").refused("supported are \"llama\", \"bitnet\" and \"hgrn_bit\"");
        };
    }

    /// Reads `config.json`.
    ///
    /// @param directory a model's folder
    /// @return what is in it
    /// @throws CheckpointException if the folder has none
    public static Json config(Path directory) {
        if (!Files.isDirectory(directory)) {
            throw new CheckpointException(directory
                    + (Files.exists(directory) ? ": is no folder" : ": no such folder")
                    + "; want a model as Hugging Face lays it out, with config.json and"
                    + " *.safetensors");
        }
        Path file = directory.resolve("config.json");
        if (!Files.exists(file)) {
            throw new CheckpointException(directory + ": no config.json; is this a model's folder?");
        }
        return Json.read(file);
    }

    /// The tokens that end a text: `generation_config.json` knows more of them than `config.json`.
    private static Set<Integer> ends(Path directory, Json config) {
        Path file = directory.resolve("generation_config.json");
        Set<Integer> ends = new LinkedHashSet<>();
        if (Files.exists(file)) {
            addEnds(ends, Json.read(file));
        }
        if (ends.isEmpty()) {
            addEnds(ends, config);
        }
        return ends;
    }

    private static void addEnds(Set<Integer> ends, Json json) {
        json.find("eos_token_id").ifPresent(eos -> {
            if (eos.isArray()) {
                Arrays.stream(eos.asInts()).forEach(ends::add);
            } else {
                ends.add(eos.asInt());
            }
        });
    }

    /// {@return the model as mathematics}
    public Decoder decoder() {
        return decoder;
    }

    /// {@return its weights as stored}
    public Checkpoint checkpoint() {
        return checkpoint;
    }

    /// {@return where it computes}
    public Device device() {
        return device;
    }

    /// {@return the ids that end a text}
    public Set<Integer> endIds() {
        return Set.copyOf(ends);
    }

    /// {@return its tokenizer, read when it is asked for}
    ///
    /// @throws RuntimeException if there is none, or it is damaged
    public synchronized Tokenizer tokenizer() {
        if (tokenizer == null) {
            tokenizer = Tokenizer.open(directory);
        }
        return tokenizer;
    }

    /// {@return a new conversation}
    ///
    /// @param length how many positions it has room for
    public Session newSession(long length) {
        return newSession(length, KvCache.Format.F32);
    }

    /// {@return a new conversation}
    ///
    /// @param length how many positions it has room for
    /// @param cache how keys and values are stored
    public Session newSession(long length, KvCache.Format cache) {
        return new Session(decoder, device, length, cache);
    }

    /// Continues a text with the standard options.
    ///
    /// @param prompt its beginning
    /// @return what follows, computed as it is read; to be closed
    public Generation generate(String prompt) {
        return generate(prompt, GenerationOptions.standard());
    }

    /// Continues a text.
    ///
    /// @param prompt its beginning
    /// @param options how
    /// @return what follows, computed as it is read; to be closed
    /// @throws IllegalArgumentException if the prompt is empty of tokens, or does not fit the
    ///     model's context
    public Generation generate(String prompt, GenerationOptions options) {
        return generate(tokenizer().encode(prompt, Tokenizer.Special.ADDED), options);
    }

    /// Continues a text of tokens.
    ///
    /// @param prompt its ids
    /// @param options how
    /// @return what follows, computed as it is read; to be closed
    /// @throws IllegalArgumentException if the prompt is empty, or does not fit the model's context
    public Generation generate(int[] prompt, GenerationOptions options) {
        if (prompt.length == 0) {
            throw new IllegalArgumentException("the prompt is empty, and this model's tokenizer puts no token before it");
        }
        int context = decoder.contextLength();
        if (prompt.length >= context) {
            throw new IllegalArgumentException(
                    "the prompt has " + prompt.length + " tokens; the model's context is " + context + " and must hold what follows too");
        }
        long length = Math.min(context, (long) prompt.length + options.maxTokens());
        return new Generation(newSession(length, options.kvCache()), tokenizer(), prompt, ends, options);
    }

    @Override
    public void close() {
        owned.forEach(Runnable::run);
    }
}
