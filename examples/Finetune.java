///usr/bin/env jbang "$0" "$@" ; exit $?
//JAVA 25+
//DEPS dev.gatun:gatun-models:0.1.0-SNAPSHOT
//DEPS dev.gatun:gatun-quant:0.1.0-SNAPSHOT
//DEPS info.picocli:picocli:4.7.7
//SOURCES cli/Program.java
//SOURCES cli/Progress.java
//SOURCES cli/Drawn.java
//SOURCES cli/Training.java
//SOURCES cli/TrainingOptions.java
//COMPILE_OPTIONS --add-modules jdk.incubator.vector -Xlint:-incubating
//RUNTIME_OPTIONS --add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED

/// Fine-tunes a model: LoRA, QLoRA over 4-bit weights, or all of it.

import module java.base;

import dev.gatun.io.Json;
import dev.gatun.models.CausalLm;
import dev.gatun.models.Decoder;
import dev.gatun.models.Llama;
import dev.gatun.models.LlamaConfig;
import dev.gatun.models.LlamaFamily;
import dev.gatun.models.LoraAdapter;
import dev.gatun.models.data.Batch;
import dev.gatun.models.data.Batches;
import dev.gatun.models.data.Dataset;
import dev.gatun.models.data.SampleEncoder;
import dev.gatun.models.text.Tokenizer;
import dev.gatun.models.training.MemoryPlan;
import dev.gatun.models.training.ModelFolder;
import dev.gatun.nn.LoraConfig;
import dev.gatun.nn.LoraWeights;
import dev.gatun.nn.TrainableWeights;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.Device;
import dev.gatun.tensor.Parameter;
import dev.gatun.tensor.Resident;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Mixin
Program.Model model = new Program.Model();

@Option(
        names = "--data",
        paramLabel = "FILE",
        description = "What to learn: JSONL of instructions or of prompts and answers, of which the answers are learnt, or texts.")
Path data;

@Option(
        names = "--out",
        paramLabel = "DIR",
        description = "Where the adapter goes, or the whole model; a training that was stopped goes on from here.")
Path out;

@Option(names = "--full", description = "Train the whole model in f32, without an adapter.")
boolean full;

@Option(names = "--lora-r", paramLabel = "R", description = "The adapter's rank (default 16).")
int rank = 16;

@Option(names = "--lora-alpha", paramLabel = "A", description = "It is scaled by alpha / r (default: twice the rank).")
Float alpha;

@Option(names = "--lora-dropout", paramLabel = "P", description = "Zero this fraction of its inputs while training (default 0).")
float dropout;

@Option(
        names = "--lora-targets",
        paramLabel = "NAMES",
        split = ",",
        description = "Which layers have one: last parts of their names, or all-linear (default).")
List<String> targets = List.of("all-linear");

@Option(
        names = "--modules-to-save",
        paramLabel = "NAMES",
        split = ",",
        description = "Train these layers whole instead, in f32, and store them with the adapter: embed_tokens, lm_head (default: none).")
List<String> modulesToSave = List.of();

@Option(names = "--rslora", description = "Scale by alpha / sqrt(r) instead (arXiv:2312.03732).")
boolean rankStabilized;

@Option(names = "--dora", description = "Train magnitudes as well (arXiv:2402.09353).")
boolean dora;

@Option(names = "--pack", description = "Fill rows with several texts, instead of padding each.")
boolean pack;

@Option(
        names = "--max-prompt",
        paramLabel = "N",
        description = "Cut prompts to so many tokens (default: to what answers leave of the length, or to half of it).")
Integer maxPrompt;

@Option(names = "--held-out", paramLabel = "SHARE", description = "Which share of the data is not learnt, to measure by (default 0.05).")
double heldOut = 0.05;

@Option(
        names = "--shape",
        paramLabel = "NAME",
        description = "Instead of --model: try a few steps on random weights of these sizes, to see what they take; llama-2-7b or another published"
                + " name, or a config.json. Nothing is learnt or written.")
String shape;

@Mixin
TrainingOptions training = new TrainingOptions();

@Spec
CommandSpec spec;

void main(String[] args) {
    String purpose =
            "Fine-tunes a model. With --weights nf4-dq it is QLoRA: matrices of 4 bits, which stay as they are, and a low-rank adapter beside"
                    + " each. With --adapter it goes on with that one. The adapter in --out is one that PEFT reads, and ./gatun generate --adapter.";
    Program.run(this, "finetune", purpose, this::finetune, args);
}

void finetune() throws Exception {
    training.check(usual());
    model.format(); // refused before anything is read
    LoraConfig lora = lora();
    refuseIdle();
    if (!(heldOut >= 0 && heldOut < 1)) {
        throw new IllegalArgumentException("--held-out " + heldOut + " — want 0 to less than 1");
    }
    LlamaConfig sizes = shape == null ? null : sizes();
    if (training.dryRun) {
        LlamaConfig planned = sizes == null ? LlamaConfig.from(CausalLm.config(model.directory())) : sizes;
        training.fit(planned.maxPositionEmbeddings());
        Training.print(plan(planned, lora));
        return;
    }
    if (sizes != null) {
        attempt(sizes, lora);
        return;
    }
    if (data == null || out == null) {
        throw new IllegalArgumentException("want --data FILE, what to learn, and --out DIR, where the adapter goes");
    }
    try (var llm = model.openBase();
            var memory = new Resident(llm.device(), "what is trained")) {
        training.fit(llm.decoder().contextLength());
        Tokenizer words = llm.tokenizer();
        int length = training.length;
        var encoder = new SampleEncoder(words, maxPrompt == null ? length : maxPrompt, length, length);
        var samples = Dataset.read(encoder, data).split(heldOut);
        if (full) {
            var weights = new TrainableWeights(llm.weights(), memory);
            Decoder decoder = CausalLm.decoder(llm.config(), weights);
            train(llm, decoder, weights.parameters(), words, samples);
            writeModel(llm, weights.parameters());
        } else {
            adapt(llm, memory, lora, words, samples);
        }
    }
}

LoraConfig lora() {
    return new LoraConfig(rank, alpha == null ? 2 * rank : alpha, dropout, rankStabilized, dora, targets, Map.of(), Map.of(), modulesToSave);
}

/// Refuses options that do not go together.
void refuseIdle() {
    boolean trial = full && !training.dryRun;
    if (shape != null && (trial || model.isGiven() || model.adapter() != null || data != null || out != null)) {
        throw new IllegalArgumentException("--shape tries an adapter over random weights, which learns nothing worth keeping; it goes without"
                + " --model, --adapter, --data, --out and --full (but --full --dry-run prints what that would take)");
    }
    if (full && (model.weights() != null || model.adapter() != null)) {
        throw new IllegalArgumentException("--full trains the model itself in f32; it goes neither with --weights nor with --adapter");
    }
    if (full || model.adapter() != null) {
        for (var option : spec.commandLine().getParseResult().matchedOptions()) {
            if (option.longestName().matches("--(lora-.*|modules-to-save|rslora|dora)")) {
                throw new IllegalArgumentException(
                        option.longestName() + " says what a new adapter looks like; it goes neither with --adapter nor with --full");
            }
        }
    }
}

TrainingOptions.Usual usual() {
    return new TrainingOptions.Usual(full ? 2e-5 : 2e-4, "constant", false, 0.999, 0);
}

LlamaConfig sizes() {
    Path file = Path.of(shape);
    return Files.isRegularFile(file) ? LlamaConfig.from(Json.read(file)) : LlamaFamily.size(shape);
}

MemoryPlan plan(LlamaConfig sizes, LoraConfig lora) throws IOException {
    LoraConfig planned = full ? null : planned(lora);
    if (planned != null) {
        MemoryPlan.requireFit(sizes, planned);
    }
    MemoryPlan plan = MemoryPlan.of(sizes, training.setup(model.format(), planned));
    return data == null ? plan : plan.withData(Files.size(data));
}

/// What the adapter looks like that is trained.
LoraConfig planned(LoraConfig fresh) {
    if (model.adapter() == null) {
        return fresh;
    }
    try (var begun = LoraAdapter.open(model.adapter(), model.device())) {
        if (shape == null) {
            begun.requireFit(CausalLm.config(model.directory()));
        }
        return begun.config();
    }
}

/// Trains an adapter of a model that is not here, on random tokens.
void attempt(LlamaConfig sizes, LoraConfig lora) throws IOException {
    training.fit(sizes.maxPositionEmbeddings());
    MemoryPlan plan = plan(sizes, lora);
    Training.print(plan);
    System.out.flush();
    if (plan.total() > Training.machineBytes()) {
        System.err.println("this is more than the machine has; it may swap, or be ended by the system");
    }
    Device device = model.device();
    System.err.printf("drawing %,d million random weights ...%n", sizes.parameters() / 1_000_000);
    Path folder = Files.createTempDirectory("gatun");
    try (var memory = new Resident(device, "random weights")) {
        var weights = new LoraWeights(Drawn.weights(memory, DType.BF16, model.format()), lora, memory, training.seed);
        Decoder decoder = Llama.load(sizes, weights);
        weights.requireFit();
        System.err.printf("the model takes %,d MB, with this process %,d MB%n", memory.bytes() / 1_000_000, Training.residentBytes() / 1_000_000);
        var run = new Training.Run("", Map.of(), usual(), decoder, weights.parameters(), null, Set.of(), null, List.of());
        var random = new Random(training.seed);
        double[] seconds;
        try (var optimizer = training.optimizer(weights.parameters(), usual(), folder.resolve("optimizer"))) {
            seconds = new Training(training, run, device, folder).attempt(optimizer, () -> randomBatch(random, sizes.vocabSize()));
        }
        double[] warm = seconds.length == 1 ? seconds : Arrays.copyOfRange(seconds, 1, seconds.length);
        double step = Arrays.stream(warm).sum() / warm.length;
        Long peak = Program.peakBytes();
        System.out.printf("%-20s %15s%n", "it took at most", peak == null ? "n/a" : "%,.1f MB".formatted(peak / 1e6));
        System.out.printf("%-20s %,12.2f s%s%n", "a step", step, seconds.length == 1 ? ", the compiler's time in it" : "");
        System.out.printf("%-20s %,12.1f%n", "tokens/s", (double) training.batch * training.length * training.accumulate / step);
    } finally {
        Files.delete(folder);
    }
}

Batch randomBatch(Random random, int vocabulary) {
    int[][] ids = new int[training.batch][];
    int[][] labels = new int[training.batch][];
    for (int row = 0; row < ids.length; row++) {
        int[] text = random.ints(training.length + 1L, 0, vocabulary).toArray();
        ids[row] = Arrays.copyOf(text, training.length);
        labels[row] = Arrays.copyOfRange(text, 1, text.length);
    }
    return new Batch(ids, labels, new int[training.batch][training.length], training.batch * training.length, 0);
}

void adapt(CausalLm llm, Resident memory, LoraConfig lora, Tokenizer words, Dataset.Split samples) throws IOException {
    try (var begun = model.adapter() == null ? null : LoraAdapter.open(model.adapter(), llm.device())) {
        if (begun != null) {
            begun.requireFit(llm.config());
        }
        LoraWeights weights =
                begun == null ? new LoraWeights(llm.weights(), lora, memory, training.seed) : begun.over(llm.weights(), memory, training.seed);
        Decoder decoder = CausalLm.decoder(llm.config(), weights);
        weights.requireFit();
        train(llm, decoder, weights.parameters(), words, samples);
        LoraAdapter.write(out, weights, llm, begun == null ? null : begun.json());
    }
    System.err.println("the adapter is in " + out + ": ./gatun generate --model " + model.directory() + " --adapter " + out + " \"...\"");
}

/// What cannot change while a training is going on.
Map<String, String> origin() throws IOException {
    var origin = new LinkedHashMap<String, String>();
    origin.put("--model", Training.fingerprint(model.directory().resolve("config.json")));
    origin.put("--weights", model.weights() == null ? "as stored" : model.weights());
    origin.put("--data", Training.fingerprint(data));
    origin.put("--held-out", String.valueOf(heldOut));
    origin.put("--max-prompt", String.valueOf(maxPrompt));
    origin.put("--pack", String.valueOf(pack));
    origin.put("--full", String.valueOf(full));
    if (!full) {
        origin.put(
                "--adapter",
                model.adapter() == null
                        ? "none"
                        : Training.fingerprint(model.adapter().resolve("adapter_model.safetensors")));
        if (model.adapter() == null) {
            LoraConfig lora = lora();
            origin.put("--lora-r", String.valueOf(lora.r()));
            origin.put("--lora-alpha", String.valueOf(lora.alpha()));
            origin.put("--lora-dropout", String.valueOf(lora.dropout()));
            origin.put("--rslora", String.valueOf(lora.rankStabilized()));
            origin.put("--dora", String.valueOf(lora.decomposed()));
            origin.put("--lora-targets", String.join(",", lora.targets()));
            origin.put("--modules-to-save", lora.modulesToSave().isEmpty() ? "none" : String.join(",", lora.modulesToSave()));
        }
    }
    return origin;
}

void train(CausalLm llm, Decoder decoder, List<Parameter> parameters, Tokenizer words, Dataset.Split samples) throws IOException {
    Device device = llm.device();
    long trained =
            parameters.stream().mapToLong(parameter -> parameter.value().size()).sum();
    System.err.printf(
            "%,d samples of %,d tokens, %,d held out, %,d cut; %,d elements are trained%n",
            samples.train().size(),
            samples.train().tokens(),
            samples.heldOut().size(),
            samples.train().cut(),
            trained);
    Batches batches = pack
            ? Batches.packed(samples.train(), training.batch, training.length, training.seed, true)
            : Batches.padded(samples.train(), training.batch, training.seed);
    var measured = Batches.once(samples.heldOut(), training.batch, training.length);
    var run = new Training.Run(
            "fine-tuning of " + llm.directory().getFileName(), origin(), usual(), decoder, parameters, words, llm.endIds(), batches, measured);
    var loop = new Training(training, run, device, out);
    loop.requireSame();
    Training.print("held out before", Training.measure(decoder, device, measured));
    try (var optimizer = training.optimizer(parameters, usual(), out.resolve("optimizer.pages"))) {
        loop.run(optimizer);
    }
    loop.curve().write(out, run.title());
    Training.print("held out after", Training.measure(decoder, device, measured));
}

void writeModel(CausalLm llm, List<Parameter> parameters) throws IOException {
    var members = new LinkedHashMap<String, Object>();
    llm.config().forEach(members::put);
    ModelFolder.write(out, members, parameters, DType.BF16);
    for (String name : Stream.concat(Stream.of("generation_config.json"), Tokenizer.FILES.stream())
            .toList()) {
        Path file = llm.directory().resolve(name);
        if (Files.exists(file)) {
            Files.copy(file, out.resolve(name), StandardCopyOption.REPLACE_EXISTING);
        }
    }
    System.err.println("the model is in " + out);
}
