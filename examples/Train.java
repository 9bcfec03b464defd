///usr/bin/env jbang "$0" "$@" ; exit $?
//JAVA 25+
//DEPS dev.gatun:gatun-models:0.1.0-SNAPSHOT
//DEPS dev.gatun:gatun-quant:0.1.0-SNAPSHOT
//DEPS info.picocli:picocli:4.7.7
//SOURCES cli/Program.java
//SOURCES cli/Progress.java
//SOURCES cli/Training.java
//SOURCES cli/TrainingOptions.java
//SOURCES cli/Untrained.java
//COMPILE_OPTIONS --add-modules jdk.incubator.vector -Xlint:-incubating
//RUNTIME_OPTIONS --add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED

/// Trains a LLaMA or a MatMul-free model from scratch on a text.

import module java.base;

import dev.gatun.io.Json;
import dev.gatun.io.JsonText;
import dev.gatun.models.CausalLm;
import dev.gatun.models.Decoder;
import dev.gatun.models.LlamaConfig;
import dev.gatun.models.MatMulFreeConfig;
import dev.gatun.models.data.Batches;
import dev.gatun.models.data.Dataset;
import dev.gatun.models.data.Examples;
import dev.gatun.models.data.SampleEncoder;
import dev.gatun.models.text.BytePairTrainer;
import dev.gatun.models.text.Tokenizer;
import dev.gatun.models.training.MemoryPlan;
import dev.gatun.models.training.ModelFolder;
import dev.gatun.nn.TrainableWeights;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.Device;
import dev.gatun.tensor.Resident;
import dev.gatun.tensor.ops.RopeScaling;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Option(
        names = "--data",
        paramLabel = "FILE",
        description = "What to learn: a text whose documents have a line <|end_of_text|> between them, or JSONL.")
Path data;

@Option(names = "--out", paramLabel = "DIR", description = "Where the model goes; a training that was stopped goes on from here.")
Path out;

@Option(names = "--config", paramLabel = "FILE", description = "The model's config.json, instead of the sizes below.")
Path config;

@Option(
        names = "--family",
        paramLabel = "NAME",
        description = "llama (default), or matmulfree: a recurrence and linear maps of -1, 0 and 1 (arXiv:2406.02528), with a larger learning rate.")
String family = "llama";

@Option(names = "--hidden", paramLabel = "N", description = "Hidden size (default 192).")
int hidden = 192;

@Option(names = "--layers", paramLabel = "N", description = "How many layers (default 6).")
int layers = 6;

@Option(names = "--heads", paramLabel = "N", description = "How many heads a LLaMA's attention has (default 6).")
int heads = 6;

@Option(names = "--kv-heads", paramLabel = "N", description = "How many of keys and values (default: as many).")
Integer kvHeads;

@Option(names = "--expand", paramLabel = "N", description = "How wide a MatMul-free model's recurrence is, in hidden sizes (default 1).")
int expand = 1;

@Option(
        names = "--remember",
        paramLabel = "TOKENS",
        description = "How long the last layer of a MatMul-free model remembers before it is trained, the others less by equal factors (default 256;"
                + " 0: as many tokens as there are layers, as its authors have it).")
int remember = Untrained.MatMulFree.REMEMBER;

@Option(
        names = "--intermediate",
        paramLabel = "N",
        description = "Inner size of the MLP (default: 8/3 of the hidden size, rounded up to a multiple of 32; of 256 if it is MatMul-free).")
Integer intermediate;

@Option(
        names = "--context",
        paramLabel = "N",
        description = "For how many positions it is made (default: as long as a training sequence; 2048 if MatMul-free, which has none).")
Integer context;

@Option(names = "--shape", paramLabel = "NAME", description = "Or the sizes of a published model, such as tinyllama-1.1b.")
String shape;

@Option(names = "--tokenizer", paramLabel = "DIR", description = "The tokenizer; one is learnt from the data unless given.")
Path tokenizer;

@Option(names = "--vocab", paramLabel = "N", description = "How many tokens a learnt tokenizer has (default 2048).")
int vocab = 2048;

@Option(names = "--held-out", paramLabel = "SHARE", description = "Which share of the documents is not learnt, to measure by (default 0.01).")
double heldOut = 0.01;

@Option(
        names = "--save-as",
        paramLabel = "TYPE",
        description =
                "How the finished model is stored: bf16 (default; f32 if it is MatMul-free, whose matrices are to be rounded as they were), f16 or f32.")
String saveAs;

@Mixin
Program.Processor processor = new Program.Processor();

@Mixin
TrainingOptions training = new TrainingOptions();

@Spec
CommandSpec spec;

void main(String[] args) {
    String purpose = "Trains a model from scratch, with a learnt byte-level tokenizer. Progress goes to standard error; the model, its tokenizer,"
            + " the loss as a table and as a picture, and checkpoints to go on from are in --out.";
    Program.run(this, "train", purpose, this::train, args);
}

void train() throws Exception {
    training.check(Untrained.Llama.USUAL);
    if (saveAs != null && !Set.of("bf16", "f16", "f32").contains(saveAs)) {
        throw new IllegalArgumentException("--save-as \"" + saveAs + "\" — want bf16, f16 or f32");
    }
    refuseIdle();
    if (!(heldOut >= 0 && heldOut < 1)) {
        throw new IllegalArgumentException("--held-out " + heldOut + " — want 0 to less than 1");
    }
    // Refused before anything is learnt or written.
    Tokenizer given = tokenizer == null ? present() : Tokenizer.open(folder(tokenizer));
    Untrained sizes = fitting(given == null ? vocab : given.vocabularySize(), given == null);
    training.fit(sizes.positions());
    BytePairTrainer pairs = given == null ? new BytePairTrainer(vocab) : null;
    if (tokenizer != null && out != null) {
        requireSameTokenizer();
    }
    if (training.dryRun) {
        MemoryPlan plan = sizes.plan(training.setup(null, null));
        Training.print(data == null ? plan : plan.withData(Files.size(data)));
        return;
    }
    if (data == null || out == null) {
        throw new IllegalArgumentException("want --data FILE, what to learn, and --out DIR, where the model goes");
    }
    Device device = processor.device();
    Tokenizer words = given == null ? learnt(pairs) : given;
    Untrained model = fitting(words.vocabularySize(), given == null);
    DType stored = DType.valueOf((saveAs == null ? model.stored() : saveAs).toUpperCase(Locale.ROOT));
    System.err.println("reading " + data + " ...");
    var samples = Dataset.read(new SampleEncoder(words), data).split(heldOut);
    if (tokenizer != null) {
        copyTokenizer();
    }
    System.err.printf(
            "%,d documents of %,d tokens, %,d held out; %,d parameters; one epoch is %,d steps%n",
            samples.train().size(),
            samples.train().tokens(),
            samples.heldOut().size(),
            model.parameters(),
            samples.train().tokens() / ((long) training.batch * training.length * training.accumulate));
    try (var memory = new Resident(device, "parameters")) {
        var weights = new TrainableWeights(model.initial(device, training.seed), memory);
        Decoder decoder = CausalLm.decoder(Json.parse("config", JsonText.of(model.members())), weights);
        var batches = Batches.packed(samples.train(), training.batch, training.length, training.seed, true);
        var measured = Batches.once(samples.heldOut().first(200), training.batch, training.length);
        var run = new Training.Run(
                "a %s of %.1f million parameters".formatted(model.kind(), model.parameters() / 1e6),
                origin(model),
                model.usual(),
                decoder,
                weights.parameters(),
                words,
                words.eosId().stream().boxed().collect(Collectors.toSet()),
                batches,
                measured);
        var loop = new Training(training, run, device, out);
        try (var optimizer = training.optimizer(weights.parameters(), model.usual(), out.resolve("optimizer.pages"))) {
            loop.run(optimizer);
        }
        var all = Batches.once(samples.heldOut(), training.batch, training.length);
        var members = model.members();
        words.bosId().ifPresent(id -> members.put("bos_token_id", id));
        words.eosId().ifPresent(id -> members.put("eos_token_id", id));
        ModelFolder.write(out, members, weights.parameters(), stored);
        loop.curve().write(out, run.title());
        Training.print("held out", Training.measure(decoder, device, all));
        System.err.println("the model is in " + out + ": ./gatun generate --model " + out + " \"Once upon a time\"");
    }
}

/// What cannot change while a training is going on.
Map<String, String> origin(Untrained model) throws IOException {
    var origin = new LinkedHashMap<String, String>();
    model.members().forEach((name, value) -> origin.put(name, String.valueOf(value)));
    if (model.hasLowerBounds()) {
        origin.put("--remember", String.valueOf(remember));
    }
    origin.put("--data", Training.fingerprint(data));
    origin.put("--held-out", String.valueOf(heldOut));
    return origin;
}

/// Refuses options that would do nothing beside others.
void refuseIdle() {
    if (config != null) {
        refuse("--config", "shape|family|hidden|layers|heads|kv-heads|expand|intermediate|context");
    } else if (shape != null) {
        refuse("--shape", "family|hidden|layers|heads|kv-heads|expand|intermediate|context");
    } else if (family.equals("matmulfree")) {
        refuse("--family matmulfree", "heads|kv-heads");
    } else {
        refuse("--family " + family, "expand");
    }
    if (tokenizer != null) {
        refuse("--tokenizer", "vocab");
    }
}

void refuse(String other, String names) {
    for (var option : spec.commandLine().getParseResult().matchedOptions()) {
        if (option.longestName().matches("--(" + names + ")")) {
            throw new IllegalArgumentException(option.longestName() + " has no effect beside " + other + "; leave one of them out");
        }
    }
}

/// The tokenizer that is in --out; null if there is none.
Tokenizer present() {
    if (out == null || Tokenizer.FILES.stream().noneMatch(name -> Files.exists(out.resolve(name)))) {
        return null;
    }
    Tokenizer words = Tokenizer.open(out);
    if (spec.commandLine().getParseResult().hasMatchedOption("--vocab") && words.vocabularySize() != vocab) {
        throw new IllegalArgumentException("--vocab " + vocab + ": the tokenizer in " + out + " has " + words.vocabularySize()
                + " tokens; leave --vocab out, or begin anew in another --out");
    }
    System.err.println("with the tokenizer that is in " + out);
    return words;
}

Tokenizer learnt(BytePairTrainer trainer) throws IOException {
    System.err.println("learning a tokenizer of " + vocab + " tokens ...");
    try (var texts = Examples.read(data)) {
        texts.forEach(example -> trainer.add(example.prompt() + example.answer()));
        var pairs = trainer.train();
        int size = pairs.tokens().size();
        if (size < vocab && spec.commandLine().getParseResult().hasMatchedOption("--vocab")) {
            throw new IllegalArgumentException("--vocab " + vocab + ": " + data + " has no more to learn than " + size + " tokens");
        }
        pairs.write(out);
    }
    return Tokenizer.open(out);
}

static Path folder(Path directory) {
    if (!Files.isDirectory(directory)) {
        throw new IllegalArgumentException(directory + ": no such folder");
    }
    return directory;
}

/// Refuses to put the given tokenizer where another is.
void requireSameTokenizer() throws IOException {
    boolean begun = Files.exists(out.resolve("checkpoints"));
    for (String name : Tokenizer.FILES) {
        Path given = tokenizer.resolve(name);
        Path copy = out.resolve(name);
        boolean other = Files.exists(copy) && (!Files.exists(given) || Files.mismatch(given, copy) >= 0);
        if (begun && (other || Files.exists(given) && !Files.exists(copy))) {
            throw new IllegalArgumentException(out + " holds a training with another tokenizer than " + given + "; begin anew in another --out");
        }
        if (other) {
            throw new IllegalArgumentException(copy + " is another tokenizer's; take it away, or begin in another --out");
        }
    }
}

/// Puts the given tokenizer into --out, from which the model is opened later.
void copyTokenizer() throws IOException {
    Files.createDirectories(out);
    for (String name : Tokenizer.FILES) {
        if (Files.exists(tokenizer.resolve(name))) {
            Files.copy(tokenizer.resolve(name), out.resolve(name), StandardCopyOption.REPLACE_EXISTING);
        }
    }
}

/// The model for so many tokens.
///
/// @param isLearnt whether their number is the option's
Untrained fitting(int tokens, boolean isLearnt) {
    Untrained model = model(tokens);
    if (!model.hasLowerBounds()) {
        refuse("a model without lower bounds, or of one layer", "remember");
    }
    if (model.vocabSize() < tokens) {
        throw new IllegalArgumentException("the tokenizer has " + tokens + " tokens, the model's vocab_size is " + model.vocabSize()
                + (isLearnt ? "; --vocab " + model.vocabSize() + " learns no more" : ""));
    }
    return model;
}

Untrained model(int tokens) {
    if (config != null) {
        return Untrained.of(Json.read(config), remember);
    }
    if (shape != null) {
        return Untrained.of(shape, remember);
    }
    requirePositive("--hidden", hidden);
    requirePositive("--layers", layers);
    requirePositive("--heads", heads);
    requirePositive("--kv-heads", kvHeads);
    requirePositive("--expand", expand);
    requirePositive("--intermediate", intermediate);
    requirePositive("--context", context);
    requirePositive("--vocab", tokens);
    return switch (family) {
        case "llama" -> {
            int positions = context != null ? context : training.length != null ? training.length : TrainingOptions.LENGTH;
            int inner = intermediate == null ? (8 * hidden / 3 + 31) / 32 * 32 : intermediate;
            int pairs = kvHeads == null ? heads : kvHeads;
            if (hidden % heads != 0) {
                throw new IllegalArgumentException("hidden size " + hidden + " is no multiple of " + heads + " heads — choose --hidden or --heads");
            }
            yield new Untrained.Llama(new LlamaConfig(
                    hidden, inner, layers, heads, pairs, hidden / heads, positions, 1e-5f, 1e4, RopeScaling.none(), tokens, true, false, false));
        }
        case "matmulfree" -> {
            int inner = intermediate == null ? MatMulFreeConfig.intermediate(hidden, 4) : intermediate;
            int positions = context == null ? 2048 : context;
            yield new Untrained.MatMulFree(
                    new MatMulFreeConfig(hidden, inner, layers, expand, expand == 1, positions, 1e-6f, tokens, false), remember);
        }
        default -> throw new IllegalArgumentException("family \"" + family + "\" — want llama or matmulfree");
    };
}

static void requirePositive(String option, Integer value) {
    if (value != null && value < 1) {
        throw new IllegalArgumentException(option + " " + value + " — want at least 1");
    }
}
