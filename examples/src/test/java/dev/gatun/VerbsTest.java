package dev.gatun;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.gatun.io.Json;
import dev.gatun.io.SafeTensors;
import dev.gatun.io.SafeTensorsWriter;
import dev.gatun.tensor.Shape;
import dev.gatun.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The programs as people run them: each in a JVM of its own, on a tiny model of random weights.
class VerbsTest {
    private static final Path TOKENIZER = Path.of("../models/src/test/resources/tokenizers/llama2/tokenizer.model");
    private static final int VOCABULARY = 1200;
    private static final int HIDDEN = 16;
    private static final String CONFIG = """
            {"model_type": "llama", "hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 2, "num_attention_heads": 2,
             "num_key_value_heads": 1, "vocab_size": 1200, "max_position_embeddings": 32, "rms_norm_eps": 1e-5,
             "tie_word_embeddings": true, "bos_token_id": 1, "eos_token_id": 2}
            """;

    @TempDir
    static Path scratch;

    private static Path model;

    record Outcome(int status, String out, String err) {
        /// What a person sees of an error: a sentence, and nothing else.
        String complaint(int expected) {
            assertThat(err).as("standard error").doesNotContain("\tat ").hasLineCount(1);
            assertThat(out).as("standard output").isEmpty();
            assertThat(status).as("exit status of: " + err).isEqualTo(expected);
            return err;
        }

        String result() {
            assertThat(status).as(err).isZero();
            return out;
        }
    }

    @BeforeAll
    static void writeModel() throws IOException {
        model = model("model", CONFIG, tensors -> {});
    }

    private static Path model(String name, String config, Consumer<Map<String, Tensor>> change) throws IOException {
        Path folder = Files.createDirectory(scratch.resolve(name));
        var tensors = new LinkedHashMap<String, Tensor>();
        tensors.put("model.embed_tokens.weight", random(VOCABULARY, HIDDEN));
        tensors.put("model.norm.weight", random(HIDDEN));
        for (String layer : List.of("model.layers.0.", "model.layers.1.")) {
            tensors.put(layer + "input_layernorm.weight", random(HIDDEN));
            tensors.put(layer + "post_attention_layernorm.weight", random(HIDDEN));
            tensors.put(layer + "self_attn.q_proj.weight", random(HIDDEN, HIDDEN));
            tensors.put(layer + "self_attn.k_proj.weight", random(HIDDEN / 2, HIDDEN));
            tensors.put(layer + "self_attn.v_proj.weight", random(HIDDEN / 2, HIDDEN));
            tensors.put(layer + "self_attn.o_proj.weight", random(HIDDEN, HIDDEN));
            tensors.put(layer + "mlp.gate_proj.weight", random(24, HIDDEN));
            tensors.put(layer + "mlp.up_proj.weight", random(24, HIDDEN));
            tensors.put(layer + "mlp.down_proj.weight", random(HIDDEN, 24));
        }
        change.accept(tensors);
        SafeTensorsWriter.write(folder.resolve("model.safetensors"), tensors, Map.of("format", "pt"));
        Files.writeString(folder.resolve("config.json"), config);
        Files.copy(TOKENIZER, folder.resolve("tokenizer.model"));
        return folder;
    }

    private static Tensor random(long... dims) {
        var random = new Random(dims[0]);
        float[] values = new float[Math.toIntExact(Shape.of(dims).size())];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian() / 2;
        }
        return Tensor.of(Shape.of(dims), values);
    }

    private static Outcome run(String verb, Object... args) throws IOException, InterruptedException {
        return runWithInput("", verb, args);
    }

    private static Outcome runWithInput(String input, String verb, Object... args) throws IOException, InterruptedException {
        var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-XX:+UseSerialGC", "--enable-native-access=ALL-UNNAMED"));
        if (!verb.equals("Score") && !verb.equals("Bench")) {
            command.add("-XX:TieredStopAtLevel=1"); // most of them end before the optimizing compiler is of use
        }
        // Without the Vector API, of which the JVM warns. Nor shall the library warn that it is not there.
        command.add("-Djava.util.logging.config.file=" + Files.writeString(scratch.resolve("logging"), ".level=OFF\n"));
        command.add("-cp");
        command.add(System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
        command.add(verb);
        for (Object arg : args) {
            command.add(arg.toString());
        }
        Path out = Files.createTempFile(scratch, verb, ".out");
        Path err = Files.createTempFile(scratch, verb, ".err");
        var builder = new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
        builder.environment().put("LC_ALL", "C.UTF-8");
        var process = builder.start();
        try (var in = process.outputWriter(java.nio.charset.StandardCharsets.UTF_8)) {
            in.write(input);
        }
        assertThat(process.waitFor(2, TimeUnit.MINUTES)).as("ends").isTrue();
        return new Outcome(process.exitValue(), Files.readString(out), Files.readString(err));
    }

    // --- eval ---

    /// A text begins with its token also where the tokenizer puts none before it: otherwise nothing would predict the first.
    /// The model in this repository tells a story with a hero whose name it keeps.
    @Test
    void theModelThatComesAlongTellsAStory() throws Exception {
        String beginning = "Once upon a time, there was a little girl called Ivy.";
        String story = run("Generate", "--model", "stories-1.5m", "--temperature", 0, "--max-tokens", 150, beginning)
                .result();
        assertThat(story).startsWith(beginning).hasSizeGreaterThan(400).doesNotContain("\uFFFD");
        assertThat(story.substring(beginning.length())).contains("Ivy");
    }

    @Test
    void predictsTheFirstTokenWhateverTheTokenizerPutsBeforeIt() throws Exception {
        Path plain = model("without-bos", CONFIG, tensors -> {});
        Files.writeString(plain.resolve("tokenizer_config.json"), "{\"add_bos_token\": false}");
        Path exam = Files.writeString(scratch.resolve("exam.jsonl"), """
                {"text": "once"}
                {"prompt": "", "choices": ["a", "the"], "answer": 0}
                {"prompt": "", "answer": "Once"}
                """);
        String expected =
                run("Eval", "--model", model, "--max-tokens", 2, "--json", exam).result();
        assertThat(expected).contains("\"predicted_tokens\"", "\"accuracy\"", "\"exact_match\"");
        assertThat(run("Eval", "--model", plain, "--max-tokens", 2, "--json", exam)
                        .result())
                .isEqualTo(expected);
    }

    // --- generate ---

    @Test
    void generatesTheSameTextFromTheSameSeed() throws Exception {
        Object[] args = {"--model", model, "--max-tokens", 6, "--seed", 3, "--top-k", 9, "--min-p", "0.01", "--repetition-penalty", "1.2", "Once upon"
        };
        var first = run("Generate", args);
        assertThat(first.result())
                .startsWith("Once upon")
                .endsWith("\n")
                .isEqualTo(run("Generate", args).result());
        assertThat(first.err()).hasLineCount(1).contains("then 6,", "ended by length", "--seed 3");
    }

    @Test
    void echoesThePromptUnlessToldNotTo() throws Exception {
        String whole = run("Generate", "--model", model, "--temperature", 0, "--max-tokens", 5, "--echo", "Once")
                .result();
        String rest = run("Generate", "--model", model, "--temperature", 0, "--max-tokens", 5, "--no-echo", "Once")
                .result();
        assertThat(whole).isEqualTo("Once" + rest);
    }

    @Test
    void takesThePromptFromStandardInput() throws Exception {
        assertThat(runWithInput("naïve\n", "Generate", "--model", model, "--max-tokens", 1, "-")
                        .result())
                .startsWith("naïve");
    }

    @Test
    void listsLogProbabilities() throws Exception {
        var outcome = run("Generate", "--model", model, "--temperature", 0, "--max-tokens", 3, "--logprobs", "Once");
        outcome.result();
        assertThat(outcome.err().lines().limit(3)).allMatch(line -> line.matches(" *\\d+ +-\\d+\\.\\d{4}  .*"));
    }

    @Test
    void beginsFromNothing() throws Exception {
        assertThat(run("Generate", "--model", model, "--max-tokens", 1, "").err())
                .startsWith("prompt: 1 tokens");
    }

    @Test
    void refusesOptionsThatCannotBe() throws Exception {
        assertThat(run("Generate", "--model", model, "--top-p", 7, "x").complaint(2))
                .contains("top-p 7 — want above 0 and at most 1");
        assertThat(run("Generate", "--model", model, "--temprature", 7, "x").complaint(2))
                .contains("unknown option --temprature", "--temperature");
        assertThat(run("Generate", "--model", model, "--max-tokens", 0, "x").complaint(2))
                .contains("max-tokens 0");
        assertThat(run("Generate", "--model", model, "--temperature", "hot", "x")
                        .complaint(2))
                .contains("'hot' is not a float");
        assertThat(run("Generate", "--model", model, "--threads", 0, "x").complaint(2))
                .contains("threads 0");
        assertThat(run("Generate", "--model", model, "--device", "abacus", "x").complaint(2))
                .contains("device \"abacus\" — want cpu");
        assertThat(run("Generate", "--model", model, "Once", "upon").complaint(2))
                .contains("\"upon\"", "quotes");
        assertThat(run("Generate", "--model", model).complaint(2)).contains("PROMPT");
        assertThat(run("Generate", "Once").complaint(2)).contains("--model DIR", "config.json", "huggingface.co");
        assertThat(run("Generate", "--model", model, "once ".repeat(40)).complaint(2))
                .contains("the model's context is 32");
    }

    @Test
    void refusesFoldersThatAreNoModels() throws Exception {
        assertThat(run("Generate", "--model", scratch.resolve("nowhere"), "x").complaint(1))
                .contains("nowhere: no such folder");
        assertThat(run("Generate", "--model", model.resolve("config.json"), "x").complaint(1))
                .contains("is no folder");
        assertThat(run("Generate", "--model", Files.createDirectory(scratch.resolve("empty")), "x")
                        .complaint(1))
                .contains("no config.json");
        Path keyless = model("keyless", CONFIG.replace("\"intermediate_size\": 24,", ""), tensors -> {});
        assertThat(run("Generate", "--model", keyless, "x").complaint(1)).contains("config.json", "missing \"intermediate_size\"");
        Path stranger = model("stranger", CONFIG.replace("\"llama\"", "\"alpaca\""), tensors -> {});
        assertThat(run("Generate", "--model", stranger, "x").complaint(1)).contains("\"alpaca\"", "\"llama\"");
        Path gap = model("gap", CONFIG, tensors -> tensors.remove("model.norm.weight"));
        assertThat(run("Generate", "--model", gap, "x").complaint(1)).contains("no tensor \"model.norm.weight\"");
        Path misshapen = model("misshapen", CONFIG, tensors -> tensors.put("model.norm.weight", random(3)));
        assertThat(run("Generate", "--model", misshapen, "x").complaint(1)).contains("model.norm.weight", "[3]", "[16]");
        Path silent = model("silent", CONFIG, tensors -> {});
        Files.delete(silent.resolve("tokenizer.model"));
        assertThat(run("Generate", "--model", silent, "x").complaint(1)).contains("no tokenizer");
        Path damaged = model("damaged", CONFIG, tensors -> {});
        Files.write(damaged.resolve("model.safetensors"), new byte[] {1, 2, 3});
        assertThat(run("Generate", "--model", damaged, "x").complaint(1)).contains("model.safetensors");
    }

    @Test
    void refusesWhatItMayNotRead() throws Exception {
        Path locked = model("locked", CONFIG, tensors -> {});
        assumeTrue(locked.resolve("config.json").toFile().setReadable(false), "no permissions here");
        assumeFalse(Files.isReadable(locked.resolve("config.json")), "root may read everything");
        assertThat(run("Generate", "--model", locked, "x").complaint(1)).contains("config.json", "permission denied");
    }

    @Test
    void showsWhereAnErrorCameFromWhenAsked() throws Exception {
        assertThat(run("Generate", "--stacktrace", "--model", scratch.resolve("nowhere"), "x")
                        .err())
                .contains("\tat ");
    }

    @Test
    void everyProgramHasHelp() throws Exception {
        for (String verb : List.of("Generate", "Score", "Tokenize", "Inspect", "Logits", "Bench", "Doctor", "Stories", "Tokenizer")) {
            assertThat(run(verb, "--help").result()).contains("Usage: gatun", "--help");
        }
    }

    // --- the others ---

    @Test
    void scoresEachDocumentOnItsOwn() throws Exception {
        Path text = scratch.resolve("text.txt");
        Files.writeString(text, "Once upon a time");
        var one = Json.parse(
                "score", run("Score", "--json", "--model", model, text).result());
        assertThat(one.doubleAt("perplexity")).isCloseTo(Math.exp(one.doubleAt("mean_nll")), within(1e-6));
        Files.writeString(text, "Once upon a time\nOnce upon a time");
        var two = Json.parse(
                "score",
                run("Score", "--json", "--separator", "\\n", "--model", model, text)
                        .result());
        assertThat(two.longAt("predicted_tokens")).isEqualTo(2 * one.longAt("predicted_tokens"));
        assertThat(two.doubleAt("mean_nll")).isCloseTo(one.doubleAt("mean_nll"), within(1e-6));
    }

    @Test
    void scoresEachTokenOfALongDocumentOnce() throws Exception {
        Path text = Files.writeString(scratch.resolve("long.txt"), "once upon a time ".repeat(30));
        String ids = run("Tokenize", "--model", model, Files.readString(text)).result();
        var score = Json.parse(
                "score", run("Score", "--json", "--model", model, text).result());
        assertThat(score.longAt("predicted_tokens")).isEqualTo(ids.split(",").length - 1L);
    }

    @Test
    void refusesTextsThatAreNone() throws Exception {
        assertThat(run("Score", "--model", model, scratch.resolve("nowhere")).complaint(1))
                .contains("nowhere");
        assertThat(run("Score", "--model", model, scratch).complaint(1)).contains(scratch.toString());
        assertThat(run("Score", "--model", model, model.resolve("model.safetensors"))
                        .complaint(1))
                .contains("is not UTF-8 text");
        assertThat(run("Score", "--model", model, Files.createTempFile(scratch, "no", "text"))
                        .complaint(1))
                .contains("no text");
    }

    @Test
    void tokenizesThereAndBack() throws Exception {
        String ids = run("Tokenize", "--model", model, "Once upon “a” time 😀").result();
        assertThat(ids).startsWith("1,").matches("[\\d,]+\\R");
        assertThat(runWithInput(ids, "Tokenize", "--decode", "--model", model, "-")
                        .result())
                .isEqualTo("Once upon “a” time 😀\n");
        assertThat("1,"
                        + run("Tokenize", "--no-special", "--model", model, "Once upon “a” time 😀")
                                .result())
                .isEqualTo(ids);
        assertThat(run("Tokenize", "--special", "--model", model, "</s>").result())
                .matches("1,(\\d+,)*2\\R");
        assertThat(run("Tokenize", "--special", "--decode", "--model", model, "1,2")
                        .result())
                .contains("<s>", "</s>");
        assertThat(run("Tokenize", "--decode", "--model", model, "1,two").complaint(2))
                .contains("\"1,two\"");
        assertThat(run("Tokenize", "--model", scratch.resolve("nowhere"), "x").complaint(1))
                .contains("nowhere");
    }

    @Test
    void tellsStoriesAndLearnsATokenizerFromThem() throws Exception {
        Path stories = scratch.resolve("stories.txt");
        run("Stories", "--count", 30, "--seed", 3, "--out", stories).result();
        String text = Files.readString(stories);
        assertThat(text.split("\n<\\|end_of_text\\|>\n")).hasSize(30);
        assertThat(run("Stories", "--count", 1, "--seed", 3).result()).isEqualTo(text.substring(0, text.indexOf("<|end")));
        assertThat(run("Stories", "--count", 2, "--domain", "questions")
                        .result()
                        .lines())
                .hasSize(2)
                .allMatch(line -> line.startsWith("{\"question\":"));
        assertThat(run("Stories", "--domain", "poems").complaint(2)).contains("poems", "recipes");
        assertThat(run("Stories", "--names", 1, "--out", stories).complaint(2)).contains("names 1 — want at least 2");
        assertThat(stories).hasContent(text);
        run("Stories", "--count", 1, "--seed", 3, "--names", 2, "--out", stories)
                .result();
        assertThat(Files.readString(stories)).isNotEqualTo(text).endsWith("\n");
        Files.writeString(stories, text);
        Path learnt = scratch.resolve("learnt");
        assertThat(run("Tokenizer", "--train", stories, "--vocab", 600, "--out", learnt)
                        .err())
                .contains("600 tokens");
        assertThat(run("Tokenize", "--model", learnt, "Once upon a time").result())
                .matches("0,(\\d+,){0,6}\\d+\n");
        assertThat(run("Tokenizer", "--train", stories, "--vocab", 100, "--out", learnt)
                        .complaint(2))
                .contains("vocabulary of 100");
        assertThat(run("Tokenizer", "--train", scratch.resolve("none.txt"), "--out", learnt)
                        .complaint(1))
                .contains("none.txt");
    }

    @Test
    void findsTheLongestPassageInCommon() throws Exception {
        Path data = Files.writeString(scratch.resolve("learnt.txt"), "The fox was red.\nIt ran away — far\naway. " + "A bird sang. ".repeat(50));
        Path text = Files.writeString(scratch.resolve("written.txt"), "A fox\nwas red. It ran away — far off.");
        assertThat(run("Overlap", text, "--data", data).result())
                .isEqualTo("longest passage in common: 34 bytes, 8 words, of 39 bytes written\nfox was red. It ran away — far\n");
        assertThat(runWithInput("xyzzy", "Overlap", "-", "--data", data).result())
                .startsWith("longest passage in common: 1 bytes, 1 words, of 5");
        assertThat(runWithInput("zzz", "Overlap", "-", "--data", data).result()).startsWith("longest passage in common: 0 bytes, 0 words, of 3");
        assertThat(run("Overlap", data, "--data", data).result()).contains("bytes, 160 words");
        assertThat(runWithInput(" \n", "Overlap", "-", "--data", data).complaint(1))
                .contains("is empty");
        assertThat(run("Overlap", text, "--data", scratch.resolve("none.txt")).complaint(1))
                .contains("none.txt");
    }

    @Test
    void inspectsFoldersAndFiles() throws Exception {
        assertThat(run("Inspect", model).result()).contains("\"hidden_size\": 16", "model.layers.1.mlp.down_proj.weight", "f32[16,24]", "20 tensors");
        var folder =
                Json.parse("inspect", run("Inspect", "--json", "--model", model).result());
        assertThat(folder.at("config").intAt("hidden_size")).isEqualTo(16);
        assertThat(folder.longAt("bytes")).isEqualTo(4 * folder.longAt("parameters"));
        var file = Json.parse(
                "inspect",
                run("Inspect", "--json", model.resolve("model.safetensors")).result());
        assertThat(file.at("tensors").size()).isEqualTo(20);
        assertThat(run("Inspect", scratch.resolve("nowhere")).complaint(1)).contains("nowhere");
    }

    @Test
    void writesLogitsAndHiddenStates() throws Exception {
        Path out = scratch.resolve("logits.safetensors");
        run("Logits", "--model", model, "--ids", "1,5,9", "--hidden", "--out", out)
                .result();
        try (var written = SafeTensors.open(out)) {
            assertThat(written.names()).containsExactlyInAnyOrder("logits", "hidden_states.0", "hidden_states.1", "hidden_states.2");
            assertThat(written.shape("logits")).isEqualTo(Shape.of(3, VOCABULARY));
            assertThat(written.shape("hidden_states.2")).isEqualTo(Shape.of(3, HIDDEN));
        }
        Files.copy(out, scratch.resolve("with hidden"), StandardCopyOption.REPLACE_EXISTING);
        run("Logits", "--model", model, "--ids", "1,5,9", "--out", out).result();
        try (var written = SafeTensors.open(out)) {
            assertThat(written.names()).containsExactly("logits");
        }
        assertThat(run("Logits", "--model", model, "--ids", "1,5000", "--out", out)
                        .complaint(2))
                .contains("token 5000");
        assertThat(run("Logits", "--model", model, "--ids", "1", "--out", scratch.resolve("no/where"))
                        .complaint(1))
                .contains("no/where");
    }

    @Test
    void measures() throws Exception {
        String line = run("Bench", "--json", "--model", model, "--prompt", 4, "--generate", 3, "--repeat", 1)
                .result();
        assertThat(line).hasLineCount(1);
        assertThat(Json.parse("bench", line).keys())
                .containsExactly(
                        "shape",
                        "weights",
                        "device",
                        "threads",
                        "prompt_tokens_per_second",
                        "generated_tokens_per_second",
                        "time_to_first_token_seconds",
                        "time_to_first_token_cold_seconds",
                        "weight_bytes",
                        "kv_cache",
                        "kv_cache_bytes",
                        "peak_rss_bytes",
                        "read_bandwidth_gb_per_second",
                        "bandwidth_fraction");
        String bytes = run("Bench", "--json", "--model", model, "--prompt", 4, "--generate", 3, "--repeat", 1, "--kv-cache", "int8")
                .result();
        assertThat(Json.parse("bench", bytes).longAt("kv_cache_bytes"))
                .isLessThan(Json.parse("bench", line).longAt("kv_cache_bytes"));
        assertThat(run("Bench", "--model", model, "--kv-cache", "int4").complaint(2))
                .contains("known are f32, bf16, int8");
        assertThat(run("Bench").complaint(2)).contains("--model DIR or --shape NAME", "llama-3.2-1b");
        assertThat(run("Bench", "--shape", "llama-9").complaint(2)).contains("no shape \"llama-9\"");
        assertThat(run("Bench", "--shape", "llama-3.1-405b", "--weights", "f32").complaint(2))
                .contains("GB");
    }

    @Test
    void saysWhatIsMissing() throws Exception {
        var outcome = run("Doctor");
        assertThat(outcome.status()).isEqualTo(1);
        assertThat(outcome.out()).contains("cpu, ", "--add-modules jdk.incubator.vector", "TieredStopAtLevel");
    }

    @Test
    void theProgramToCopyRuns() throws Exception {
        assertThat(run("Hello", model).result()).isNotEmpty();
    }

    /// The trained model that some developers have beside the repository.
    @Test
    void tellsTheStoryThatLlama2cTells() throws Exception {
        Path stories = null;
        for (Path at = Path.of("").toAbsolutePath(); at != null && stories == null; at = at.getParent()) {
            Path folder = at.resolve("shared/realdata/stories260K");
            stories = Files.exists(folder) ? folder : null;
        }
        assumeTrue(stories != null, "no shared/realdata/stories260K in or above this folder");
        String text = run("Generate", "--model", stories, "--temperature", 0, "--max-tokens", 200, "Once upon a time")
                .result()
                .strip();
        assertThat(text).hasSizeGreaterThan(400);
        assertThat(Files.readString(stories.resolve("expected.txt")))
                .contains("-i \"Once upon a time\"\n")
                .contains(text);
        var score = Json.parse(
                "score",
                run("Score", "--json", "--model", stories, stories.resolve("nll_docs.txt"))
                        .result());
        assertThat(score.longAt("predicted_tokens")).isEqualTo(1804);
        assertThat(score.doubleAt("mean_nll")).isCloseTo(1.266441, within(0.0002));
        for (String format : List.of("bf16", "int8")) {
            var rounded = Json.parse(
                    "score",
                    run("Score", "--json", "--kv-cache", format, "--model", stories, stories.resolve("nll_docs.txt"))
                            .result());
            assertThat(rounded.doubleAt("mean_nll")).isCloseTo(1.266441, within(0.002));
        }
    }
}
