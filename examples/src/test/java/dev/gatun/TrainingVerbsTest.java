package dev.gatun;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.gatun.io.Json;
import dev.gatun.io.JsonText;
import dev.gatun.io.SafeTensors;
import dev.gatun.tensor.Checkpoint;
import dev.gatun.tensor.Device;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/// Training as people run it: each program in a JVM of its own, some of them killed.
class TrainingVerbsTest {
    @TempDir
    static Path scratch;

    private static Path stories;
    private static Path whole;

    private static final List<String> SIZES = List.of("--hidden", "16", "--layers", "2", "--heads", "2");

    private static final List<String> REST = List.of(
            "--vocab",
            "300",
            "--batch",
            "2",
            "--length",
            "32",
            "--steps",
            "60",
            "--save-every",
            "10",
            "--eval-every",
            "30",
            "--held-out",
            "0.2",
            "--threads",
            "1");

    private static Process start(Path log, String verb, List<String> args) throws IOException {
        return start(log, List.of(), verb, args);
    }

    private static Process start(Path log, List<String> under, String verb, List<String> args) throws IOException {
        var command = new ArrayList<>(under);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-XX:+UseSerialGC", "--enable-native-access=ALL-UNNAMED", "--add-modules", "jdk.incubator.vector", "-cp"));
        command.add(System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
        command.add(verb);
        command.addAll(args);
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
    }

    /// What a person sees of an error: one sentence, the last line.
    private static String complaint(List<String> under, String verb, Stream<String> args) throws IOException, InterruptedException {
        Path log = Files.createTempFile(scratch, verb, ".log");
        Process process = start(log, under, verb, args.toList());
        assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(Files.readString(log)).isNotZero();
        assertThat(Files.readString(log)).doesNotContain("\tat ");
        return Files.readAllLines(log).getLast();
    }

    private static String run(String verb, Stream<String> args) throws IOException, InterruptedException {
        Path log = Files.createTempFile(scratch, verb, ".log");
        Process process = start(log, verb, args.toList());
        if (!process.waitFor(120, TimeUnit.SECONDS)) {
            process.destroyForcibly();
        }
        assertThat(process.exitValue()).as(Files.readString(log)).isZero();
        return Files.readString(log);
    }

    private static Stream<String> training(Path out) {
        return training(out, SIZES.toArray(String[]::new));
    }

    private static Stream<String> training(Path out, String... sizes) {
        return Stream.of(Stream.of("--data", stories.toString(), "--out", out.toString()), Stream.of(sizes), REST.stream())
                .flatMap(part -> part);
    }

    @BeforeAll
    static void trainOnce() throws IOException, InterruptedException {
        stories = scratch.resolve("stories.txt");
        run("Stories", Stream.of("--count", "60", "--seed", "1", "--out", stories.toString()));
        whole = scratch.resolve("whole");
        run("Train", training(whole));
    }

    @Test
    void aModelTrainedFromScratchGenerates() throws IOException, InterruptedException {
        assertThat(run("Generate", Stream.of("--model", whole.toString(), "--max-tokens", "8", "Once upon a time")))
                .contains("Once upon a time");
        List<String> rows = Files.readAllLines(whole.resolve("loss.csv"));
        assertThat(rows).hasSize(61);
        double first = Double.parseDouble(rows.get(1).split(",")[1]);
        double last = Double.parseDouble(rows.getLast().split(",")[1]);
        assertThat(last).isLessThan(first - 0.3);
        assertThat(Files.readString(whole.resolve("loss.svg")))
                .startsWith("<svg")
                .endsWith("</svg>\n");
        assertThat(Json.read(whole.resolve("config.json")).stringAt("torch_dtype"))
                .isEqualTo("bfloat16");
    }

    @Test
    void aTrainingThatWasKilledEndsInTheSameBits() throws IOException, InterruptedException {
        Path killed = scratch.resolve("killed");
        Path checkpoints = killed.resolve("checkpoints");
        for (int times = 0; times < 2; times++) {
            long before = count(checkpoints);
            Process process = start(
                    scratch.resolve("killed.log"), "Train", training(killed).toList());
            for (int i = 0; i < 1200 && process.isAlive() && newest(checkpoints) < 10 * (times + 1); i++) {
                Thread.sleep(50);
            }
            process.destroyForcibly().waitFor();
            assertThat(count(checkpoints)).isPositive().isGreaterThanOrEqualTo(before);
        }
        assertThat(run("Train", training(killed))).contains("going on from");
        for (String file :
                List.of("model.safetensors", "checkpoints/step-00000060/optimizer.safetensors", "checkpoints/step-00000060/parameters.safetensors")) {
            assertThat(killed.resolve(file)).as(file).hasSameBinaryContentAs(whole.resolve(file));
        }
    }

    @Test
    void aMatMulFreeModelIsTrainedUsedAndPacked() throws IOException, InterruptedException {
        Path free = scratch.resolve("free");
        run("Train", training(free, "--family", "matmulfree", "--hidden", "16", "--layers", "2", "--intermediate", "32"));
        List<String> rows = Files.readAllLines(free.resolve("loss.csv"));
        assertThat(Double.parseDouble(rows.getLast().split(",")[1]))
                .isLessThan(Double.parseDouble(rows.get(1).split(",")[1]) - 0.3);
        assertThat(Json.read(free.resolve("config.json")).stringAt("torch_dtype"))
                .isEqualTo("float32");
        // the first layer remembers nothing that it does not want to, the last 256 tokens; a few steps change little of that
        try (Checkpoint file = SafeTensors.open(free, Device.cpu())) {
            float[] bounds = file.tensor("model.lower_bounds").toArray();
            assertThat(bounds[0]).isCloseTo((float) -Math.log(256), within(0.5f));
            assertThat(bounds[16]).isCloseTo((float) Math.log(1 - 1.0 / 256), within(0.5f));
        }
        String said = run("Generate", Stream.of("--model", free.toString(), "--max-tokens", "8", "--temperature", "0", "Once upon a time"));
        Path packed = scratch.resolve("packed");
        run("Quantize", Stream.of("--model", free.toString(), "--weights", "ternary", "--out", packed.toString()));
        String again = run("Generate", Stream.of("--model", packed.toString(), "--max-tokens", "8", "--temperature", "0", "Once upon a time"));
        assertThat(text(again)).isEqualTo(text(said));

        // from its config.json, and going on where it was killed
        Path second = scratch.resolve("second");
        List<String> args = training(
                        second, "--config", free.resolve("config.json").toString())
                .toList();
        Process process = start(scratch.resolve("second.log"), "Train", args);
        for (int i = 0; i < 1200 && process.isAlive() && newest(second.resolve("checkpoints")) < 10; i++) {
            Thread.sleep(50);
        }
        process.destroyForcibly().waitFor();
        // a checkpoint older than --remember does not say what it was begun with, nor do those after it
        Path file = state(second);
        var state = new LinkedHashMap<String, Object>();
        Json.read(file).forEach(state::put);
        var settings = new LinkedHashMap<String, Object>();
        Json.read(file).at("settings").forEach(settings::put);
        assertThat(settings.remove("--remember")).isNotNull();
        state.put("settings", settings);
        JsonText.write(file, state);
        assertThat(run("Train", args.stream())).contains("going on from");
        assertThat(state(second)).isNotEqualTo(file);
        assertThat(Json.read(state(second)).at("settings").has("--remember")).isFalse();
        assertThat(second.resolve("model.safetensors")).hasSameBinaryContentAs(free.resolve("model.safetensors"));
    }

    /// What the newest checkpoint says of itself.
    private static Path state(Path out) throws IOException {
        return out.resolve("checkpoints/step-%08d/state.json".formatted(newest(out.resolve("checkpoints"))));
    }

    private static String text(String output) {
        return output.lines()
                .filter(line -> line.startsWith("Once upon"))
                .findFirst()
                .orElseThrow();
    }

    private static long count(Path checkpoints) throws IOException {
        if (!Files.exists(checkpoints)) {
            return 0;
        }
        try (Stream<Path> files = Files.list(checkpoints)) {
            return files.filter(file -> file.getFileName().toString().matches("step-\\d+"))
                    .count();
        }
    }

    private static long newest(Path checkpoints) throws IOException {
        if (!Files.exists(checkpoints)) {
            return 0;
        }
        try (Stream<Path> files = Files.list(checkpoints)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.matches("step-\\d+"))
                    .mapToLong(name -> Long.parseLong(name.substring(5)))
                    .max()
                    .orElse(0);
        }
    }

    @Test
    void anAdapterIsTrainedOverFourBitsAndUsed() throws IOException, InterruptedException {
        Path data = scratch.resolve("answers.jsonl");
        Files.writeString(
                data,
                "{\"prompt\": \"Who sings? \", \"completion\": \"The bird sings.\"}\n".repeat(20)
                        + "{\"prompt\": \"Who runs? \", \"completion\": \"The dog runs.\"}\n".repeat(20));
        Path adapter = scratch.resolve("adapter");
        String said = run(
                "Finetune",
                Stream.of(
                        "--model",
                        whole.toString(),
                        "--weights",
                        "nf4-dq",
                        "--data",
                        data.toString(),
                        "--out",
                        adapter.toString(),
                        "--lora-r",
                        "4",
                        "--steps",
                        "20",
                        "--batch",
                        "4",
                        "--length",
                        "32",
                        "--lr",
                        "1e-2",
                        "--held-out",
                        "0.3",
                        "--modules-to-save",
                        "embed_tokens",
                        "--checkpointing"));
        assertThat(said).contains("held out before", "held out after");
        assertThat(Json.read(adapter.resolve("adapter_config.json")).stringAt("peft_type"))
                .isEqualTo("LORA");
        run("Generate", Stream.of("--model", whole.toString(), "--adapter", adapter.toString(), "--max-tokens", "4", "Who runs?"));
        Path merged = scratch.resolve("merged");
        assertThat(run(
                        "Merge",
                        Stream.of("--model", whole.toString(), "--adapter", adapter.toString(), "--out", merged.toString(), "--weights", "nf4-dq")))
                .contains("model.layers.0.mlp.up_proj.weight: max ", "cosine 0.99", "15 tensors");
        run("Generate", Stream.of("--model", merged.toString(), "--max-tokens", "4", "Who runs?"));
    }

    @Test
    void stepsAreTriedOnRandomWeights() throws IOException, InterruptedException {
        Path config = whole.resolve("config.json");
        String said = run(
                "Finetune",
                Stream.of(
                        "--shape",
                        config.toString(),
                        "--weights",
                        "nf4-dq",
                        "--steps",
                        "2",
                        "--batch",
                        "1",
                        "--length",
                        "16",
                        "--optimizer",
                        "adamw8bit",
                        "--paged",
                        "8",
                        "--checkpointing"));
        assertThat(said).contains("step 2 of 2", "together", "it took at most", "a step", "tokens/s");
    }

    @Test
    void optionsMayBeInAFile() throws IOException, InterruptedException {
        Path options = Files.writeString(
                scratch.resolve("story.args"), "# sizes\n--hidden 16 --layers 2\n--heads 2 --vocab 300\n--data \"" + stories + "\"\n--steps 5\n");
        assertThat(run("Train", Stream.of("@" + options, "--dry-run", "--heads", "4")))
                .contains("together", "this machine has");
        assertThat(complaint(List.of(), "Train", Stream.of("@" + options, "--heads", "3", "--dry-run")))
                .contains("no multiple of 3 heads");
        assertThat(complaint(List.of(), "Train", Stream.of("@" + scratch.resolve("none.args"))))
                .contains("none.args: cannot be read");
    }

    @Test
    void aTrainingGoesOnOnlyAsItBegan() throws IOException, InterruptedException {
        assertThat(complaint(List.of(), "Train", Stream.concat(training(whole), Stream.of("--seed", "7"))))
                .contains("was trained with --seed 0, not 7. Go on with what it began with");
        Path other = Files.writeString(scratch.resolve("other.txt"), Files.readString(stories) + "The end.\n");
        assertThat(complaint(
                        List.of(),
                        "Train",
                        Stream.concat(
                                Stream.of("--data", other.toString(), "--out", whole.toString()), Stream.concat(SIZES.stream(), REST.stream()))))
                .contains("was trained with --data of");
        assertThat(complaint(List.of(), "Train", Stream.of("--schedule", "cosinus")))
                .contains("schedule \"cosinus\" — want constant");
        assertThat(complaint(List.of(), "Train", Stream.of("--optimizer", "adam")))
                .contains("optimizer \"adam\" — want adamw");
        assertThat(complaint(List.of(), "Finetune", Stream.of("--weights", "nf3")))
                .contains("no weight format \"nf3\"");
    }

    /// A file may not become larger than this, which to a program is what a full disk is: a write that fails half-way.
    @Test
    @DisabledOnOs(OS.WINDOWS)
    void aCheckpointThatDoesNotFitLeavesTheLastOne() throws IOException, InterruptedException {
        Path out = scratch.resolve("full-disk");
        List<String> few = new ArrayList<>(training(out).toList());
        few.set(few.indexOf("--steps") + 1, "20");
        run("Train", few.stream());
        Path parameters = out.resolve("checkpoints/step-00000020/parameters.safetensors");
        byte[] before = Files.readAllBytes(parameters);
        // between the parameters' file and the optimizer's, which is twice as long
        String limit = String.valueOf(Files.size(parameters) * 3 / 2 / 512);
        var limited = List.of("sh", "-c", "ulimit -f " + limit + " && exec \"$@\"", "sh");
        assertThat(complaint(limited, "Train", training(out)))
                .contains("optimizer.safetensors")
                .contains("cannot be written");
        assertThat(newest(out.resolve("checkpoints"))).isEqualTo(20);
        assertThat(parameters).hasBinaryContent(before);
        assertThat(run("Train", training(out))).contains("going on from", "--steps 20, not 60");
        assertThat(newest(out.resolve("checkpoints"))).isEqualTo(60);
    }

    @Test
    void whatDoesNotFitTheModelIsRefused() throws IOException, InterruptedException {
        assertThat(complaint(List.of(), "Train", Stream.concat(training(scratch.resolve("short")), Stream.of("--context", "16"))))
                .contains("--length 32: the model has 16 positions");
        Path config = scratch.resolve("small.json");
        Files.writeString(config, Files.readString(whole.resolve("config.json")).replaceFirst("\"vocab_size\" *: *\\d+", "\"vocab_size\" : 280"));
        assertThat(complaint(List.of(), "Train", training(scratch.resolve("small"), "--config", config.toString())))
                .contains("the model's vocab_size is 280; --vocab 280");
        Stream<String> again = Stream.of("--model", whole.toString(), "--adapter", "x", "--data", "x", "--out", "x", "--lora-r", "2");
        assertThat(complaint(List.of(), "Finetune", again)).contains("--lora-r says what a new adapter looks like");
    }

    private static String refused(String... args) throws IOException, InterruptedException {
        return complaint(List.of(), "Train", Stream.of(args));
    }

    /// A wrong option leaves no folder behind, nor a tokenizer that the next training would find in it.
    @Test
    void aWrongOptionIsRefusedBeforeAnythingIsWritten() throws IOException, InterruptedException {
        Path out = scratch.resolve("nothing");
        String data = stories.toString();
        assertThat(refused("--data", data, "--out", out.toString(), "--family", "gpt"))
                .contains("family \"gpt\" — want llama or matmulfree");
        assertThat(refused("--data", data, "--out", out.toString(), "--shape", "llama-9"))
                .contains("llama-9");
        assertThat(refused(
                        "--data",
                        data,
                        "--out",
                        out.toString(),
                        "--config",
                        scratch.resolve("none.json").toString()))
                .contains("none.json");
        assertThat(refused("--data", data, "--out", out.toString(), "--held-out", "1"))
                .contains("--held-out 1.0 — want 0 to less than 1");
        assertThat(refused("--data", data, "--out", out.toString(), "--vocab", "100"))
                .contains("vocabulary of 100");
        assertThat(refused("--data", data, "--out", out.toString(), "--vocab", "200000"))
                .contains("has no more to learn than");
        assertThat(refused("--data", data, "--out", out.toString(), "--context", "16", "--length", "32"))
                .contains("--length 32: the model has 16 positions");
        Path empty = Files.createDirectories(scratch.resolve("no-tokenizer"));
        assertThat(refused("--data", data, "--out", out.toString(), "--tokenizer", empty.toString()))
                .contains("no-tokenizer: no tokenizer");
        assertThat(refused(
                        "--data",
                        data,
                        "--out",
                        out.toString(),
                        "--tokenizer",
                        scratch.resolve("nowhere").toString()))
                .contains("nowhere: no such folder");
        String missing = scratch.resolve("missing.txt").toString();
        String own = Path.of("stories-1.5m").toAbsolutePath().toString();
        assertThat(refused("--data", missing, "--out", out.toString(), "--tokenizer", own))
                .contains("missing.txt");
        assertThat(refused("--data", missing, "--out", out.toString(), "--vocab", "300"))
                .contains("missing.txt");
        assertThat(out).doesNotExist();
        for (String option : List.of("--heads", "--hidden", "--layers", "--kv-heads", "--vocab", "--intermediate", "--context")) {
            assertThat(refused("--dry-run", option, "0")).contains(option + " 0 — want at least 1");
        }
        assertThat(refused("--dry-run", "--family", "matmulfree", "--expand", "0"))
                .contains("--expand 0 — want at least 1");
        assertThat(refused("--dry-run", "--family", "matmulfree", "--remember", "1"))
                .contains("--remember 1 — want 2 to 1048576 tokens, or 0");
        assertThat(refused("--dry-run", "--family", "matmulfree", "--remember", "1048577"))
                .contains("--remember 1048577 — want 2 to 1048576 tokens, or 0");
        assertThat(refused("--dry-run", "--family", "matmulfree", "--layers", "1", "--remember", "9"))
                .contains("--remember has no effect beside a model without lower bounds, or of one layer");
    }

    /// A plan is of what would be trained, and is refused where that would be.
    @Test
    void aPlanIsRefusedAsTheTrainingIs() throws IOException, InterruptedException {
        String model = whole.toString();
        assertThat(complaint(List.of(), "Finetune", Stream.of("--model", model, "--dry-run", "--modules-to-save", "nonsense")))
                .contains("no module to save, is one of [nonsense]");
        assertThat(complaint(List.of(), "Finetune", Stream.of("--model", model, "--dry-run", "--lora-targets", "nonsense")))
                .contains("no linear layer of the model is one of [nonsense]");
        assertThat(complaint(List.of(), "Finetune", Stream.of("--model", model, "--dry-run", "--full", "--weights", "nf4")))
                .contains("--full trains the model itself");
        assertThat(complaint(List.of(), "Finetune", Stream.of("--model", model, "--dry-run", "--full", "--lora-r", "3")))
                .contains("--lora-r says what a new adapter looks like");
        assertThat(complaint(List.of(), "Finetune", Stream.of("--model", model, "--dry-run", "--data", "none.txt")))
                .contains("none.txt");
        assertThat(run("Finetune", Stream.of("--model", model, "--dry-run", "--data", stories.toString())))
                .containsPattern("(?m)^data ");
        assertThat(refused("--dry-run", "--vocab", "100")).contains("vocabulary of 100");
        String plan = run("Train", Stream.of("--dry-run", "--vocab", "300"));
        assertThat(run("Train", Stream.of("--dry-run", "--out", model)))
                .contains("with the tokenizer that is in")
                .endsWith(plan.substring(plan.indexOf("weights")));
    }

    /// The adapter's options were one text once, and what was not given was "the default".
    @Test
    void aTrainingOfAnOlderVersionGoesOn() throws IOException, InterruptedException {
        Path out = scratch.resolve("older");
        List<String> common = List.of(
                "--model",
                whole.toString(),
                "--data",
                stories.toString(),
                "--out",
                out.toString(),
                "--batch",
                "2",
                "--length",
                "32",
                "--lora-r",
                "4",
                "--lora-targets",
                ".*[qv]_proj");
        run("Finetune", Stream.concat(common.stream(), Stream.of("--steps", "2")));
        Path file = out.resolve("checkpoints/step-00000002/state.json");
        var state = new LinkedHashMap<String, Object>();
        Json.read(file).forEach(state::put);
        var settings = new LinkedHashMap<String, Object>();
        Json.read(file).at("settings").forEach(settings::put);
        assertThat(Json.read(file).at("settings").stringAt("--lr")).isEqualTo("2.0E-4");
        assertThat(Json.read(file).at("settings").stringAt("--weight-decay")).isEqualTo("0.0");
        settings.keySet().removeIf(option -> option.matches("--(lora-.*|rslora|dora|modules-to-save|drop)"));
        settings.put(
                "--lora-…",
                "LoraConfig[r=4, alpha=8.0, dropout=0.0, rankStabilized=false, decomposed=false, targets=[.*[qv]_proj], rankPattern={}, alphaPattern={}]");
        settings.put("--lr", "the default");
        state.put("settings", settings);
        JsonText.write(file, state);
        Path log = scratch.resolve("older.log");
        Process process = start(
                log,
                "Finetune",
                Stream.concat(common.stream(), Stream.of("--lora-alpha", "9")).toList());
        assertThat(process.waitFor()).isNotZero();
        assertThat(Files.readString(log))
                .contains("was trained with --lora-alpha 8.0, not 9.0")
                .doesNotContain("held out before");
        assertThat(complaint(List.of(), "Finetune", Stream.concat(common.stream(), Stream.of("--modules-to-save", "embed_tokens"))))
                .contains("was trained with --modules-to-save none, not embed_tokens");
        assertThat(run("Finetune", Stream.concat(common.stream(), Stream.of("--steps", "4"))))
                .contains("going on from", "--steps 2, not 4", "--lr what was usual then, not 2.0E-4");
        assertThat(newest(out.resolve("checkpoints"))).isEqualTo(4);
    }

    @Test
    void anOptionWithoutEffectIsNamed() throws IOException, InterruptedException {
        String config = whole.resolve("config.json").toString();
        assertThat(refused("--dry-run", "--config", config, "--heads", "4")).contains("--heads has no effect beside --config");
        assertThat(refused("--dry-run", "--config", config, "--shape", "tinyllama-1.1b"))
                .contains("--shape has no effect beside --config");
        assertThat(refused("--dry-run", "--shape", "tinyllama-1.1b", "--context", "64"))
                .contains("--context has no effect beside --shape");
        assertThat(refused("--dry-run", "--family", "matmulfree", "--kv-heads", "1"))
                .contains("--kv-heads has no effect beside --family matmulfree");
        assertThat(refused("--dry-run", "--expand", "2")).contains("--expand has no effect beside --family llama");
        for (List<String> model :
                List.of(List.of("--family", "llama"), List.of("--shape", "tinyllama-1.1b"), List.of("--family", "matmulfree", "--expand", "2"))) {
            String[] args = Stream.of(List.of("--dry-run", "--remember", "9"), model)
                    .flatMap(List::stream)
                    .toArray(String[]::new);
            assertThat(refused(args)).contains("--remember has no effect beside a model without lower bounds");
        }
        assertThat(refused("--dry-run", "--tokenizer", whole.toString(), "--vocab", "300"))
                .contains("--vocab has no effect beside --tokenizer");
    }

    @Test
    void theTokenizerInOutStays() throws IOException, InterruptedException {
        Path out = Files.createDirectories(scratch.resolve("own"));
        for (String name : List.of("tokenizer.json", "tokenizer_config.json")) {
            Files.copy(whole.resolve(name), out.resolve(name));
        }
        assertThat(refused("--data", stories.toString(), "--out", out.toString(), "--vocab", "400"))
                .contains("--vocab 400: the tokenizer in", "has 300 tokens");
        Path empty = Files.createDirectories(scratch.resolve("empty"));
        assertThat(refused("--data", stories.toString(), "--out", out.toString(), "--tokenizer", empty.toString()))
                .contains("empty: no tokenizer");
        String other = Path.of("stories-1.5m").toAbsolutePath().toString();
        assertThat(refused("--data", stories.toString(), "--out", out.toString(), "--tokenizer", other))
                .contains("tokenizer.json is another tokenizer's");
        assertThat(refused("--data", stories.toString(), "--out", whole.toString(), "--tokenizer", other))
                .contains("holds a training with another tokenizer");
    }

    /// The default is as long as the context where that is shorter.
    @Test
    void sequencesAreNoLongerThanTheContext() throws IOException, InterruptedException {
        String model = whole.toString(); // of 32 positions
        assertThat(run("Finetune", Stream.of("--model", model, "--dry-run")))
                .isEqualTo(run("Finetune", Stream.of("--model", model, "--dry-run", "--length", "32")));
        assertThat(run(
                        "Finetune",
                        Stream.of("--shape", whole.resolve("config.json").toString(), "--steps", "1")))
                .contains("step 1 of 1");
        assertThat(complaint(List.of(), "Finetune", Stream.of("--model", model, "--dry-run", "--length", "33")))
                .contains("--length 33: the model has 32 positions");
        assertThat(run("Train", Stream.of("--dry-run", "--context", "16")))
                .isEqualTo(run("Train", Stream.of("--dry-run", "--context", "16", "--length", "16")));
    }

    @Test
    void whatCannotBeIsRefusedInOneSentence() throws IOException, InterruptedException {
        Path bad = Files.writeString(scratch.resolve("bad.jsonl"), "{\"prompt\": \"a\", \"completion\": \"b\"}\n{\"prompt\": 3}\n");
        assertThat(complaint(
                        List.of(),
                        "Finetune",
                        Stream.of(
                                "--model",
                                whole.toString(),
                                "--length",
                                "32",
                                "--data",
                                bad.toString(),
                                "--out",
                                scratch.resolve("x").toString())))
                .contains("bad.jsonl")
                .contains("line 2");
    }
}
