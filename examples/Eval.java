///usr/bin/env jbang "$0" "$@" ; exit $?
//JAVA 25+
//DEPS dev.gatun:gatun-models:0.1.0-SNAPSHOT
//DEPS dev.gatun:gatun-quant:0.1.0-SNAPSHOT
//DEPS info.picocli:picocli:4.7.7
//SOURCES cli/Program.java
//COMPILE_OPTIONS --add-modules jdk.incubator.vector -Xlint:-incubating
//RUNTIME_OPTIONS --add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED

/// Examines a model: multiple choice, exact answers, perplexity.

import module java.base;

import dev.gatun.io.Json;
import dev.gatun.models.CausalLm;
import dev.gatun.models.GenerationOptions;
import dev.gatun.models.LogitsFilter;
import dev.gatun.models.Session;
import dev.gatun.models.text.Tokenizer;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Parameters(
        paramLabel = "FILE",
        description = "JSONL, each line one of {\"prompt\", \"choices\": [...], \"answer\": number of the right one from 0},"
                + " {\"prompt\", \"answer\": text} or {\"text\"}.")
Path file;

@Mixin
Program.Model model = new Program.Model();

@Mixin
Program.Cache cache = new Program.Cache();

@Option(names = "--max-tokens", paramLabel = "N", description = "An exact answer may have so many tokens (default 64).")
int maxTokens = 64;

@Option(names = "--limit", paramLabel = "N", description = "Ask only the first N questions.")
Integer limit;

@Option(names = "--json", description = "Print one line of JSON.")
boolean json;

int questions;
int right;
int rightPerByte;
int answers;
int exact;
double nats;
long predicted;
long bytes;

void main(String[] args) {
    String purpose =
            "Examines a model. Of choices it takes the one of the largest log-likelihood behind the prompt (accuracy), or the largest for each"
                    + " byte (accuracy per byte). An exact answer is the likeliest text up to the end of its line. Texts give perplexity and bits per byte.";
    Program.run(this, "eval", purpose, this::examine, args);
}

void examine() throws Exception {
    String[] lines = Program.contents(file).split("\\R");
    try (var llm = model.open(cache.format(), true);
            var session = llm.newSession(llm.decoder().contextLength(), cache.format())) {
        int asked = 0;
        for (int i = 0; i < lines.length && (limit == null || asked < limit); i++) {
            if (!lines[i].isBlank()) {
                ask(llm, session, Json.parse(file + ": line " + (i + 1), lines[i]));
                asked++;
            }
        }
        if (asked == 0) {
            throw new IOException(file + ": no questions");
        }
    }
    var result = new LinkedHashMap<String, Object>();
    if (questions > 0) {
        result.put("choices", questions);
        result.put("accuracy", (double) right / questions);
        result.put("accuracy_per_byte", (double) rightPerByte / questions);
    }
    if (answers > 0) {
        result.put("answers", answers);
        result.put("exact_match", (double) exact / answers);
    }
    if (predicted > 0) {
        result.put("predicted_tokens", predicted);
        result.put("mean_nll", nats / predicted);
        result.put("perplexity", Math.exp(nats / predicted));
        result.put("bits_per_byte", nats / Math.log(2) / bytes);
    }
    if (json) {
        IO.println(Program.json(result));
    } else {
        result.forEach((name, value) -> System.out.printf(value instanceof Double ? "%-20s %.4f%n" : "%-20s %s%n", name, value));
    }
}

void ask(CausalLm llm, Session session, Json question) {
    if (question.has("text")) {
        read(llm, session, question, question.stringAt("text"));
    } else if (question.has("choices")) {
        choose(llm, session, question);
    } else {
        answer(llm, question);
    }
}

/// Encodes a text, and puts the token that begins one before it where the tokenizer does not, or the one that ends the text before: so the first token of
/// the text is predicted as well.
static int[] encode(Tokenizer words, Json question, String text) {
    int[] ids = words.encode(text, Tokenizer.Special.ADDED);
    OptionalInt begin = words.bosId().isPresent() ? words.bosId() : words.eosId();
    if (begin.isEmpty() && ids.length == 0) {
        throw question.refused("there is nothing before what is to be predicted, and the tokenizer has no token that begins or ends a text");
    }
    boolean begun = begin.isEmpty() || ids.length > 0 && ids[0] == begin.getAsInt();
    return begun ? ids : IntStream.concat(begin.stream(), IntStream.of(ids)).toArray();
}

void read(CausalLm llm, Session session, Json question, String text) {
    int[] ids = encode(llm.tokenizer(), question, text);
    int window = llm.decoder().contextLength();
    for (int from = 0; from < ids.length - 1; from += window) {
        session.rewind(0);
        for (float loss : session.negativeLogLikelihoods(Arrays.copyOfRange(ids, from, Math.min(ids.length, from + window + 1)))) {
            nats += loss;
            predicted++;
        }
    }
    bytes += text.getBytes(StandardCharsets.UTF_8).length;
}

void choose(CausalLm llm, Session session, Json question) {
    String prompt = question.stringAt("prompt");
    List<String> choices = question.at("choices").asStrings();
    int answer = question.intAt("answer");
    if (answer < 0 || answer >= choices.size()) {
        throw question.at("answer").refused("there are " + choices.size() + " choices");
    }
    double[] likely = choices.stream()
            .mapToDouble(choice -> likelihood(llm, session, question, prompt, choice))
            .toArray();
    double[] perByte = IntStream.range(0, likely.length)
            .mapToDouble(i -> likely[i] / Math.max(1, choices.get(i).getBytes(StandardCharsets.UTF_8).length))
            .toArray();
    questions++;
    right += largest(likely) == answer ? 1 : 0;
    rightPerByte += largest(perByte) == answer ? 1 : 0;
}

/// ln p(choice | prompt): prompt and both together are encoded, and what the prompt has is left out, as a word's tokens depend on what stands before.
double likelihood(CausalLm llm, Session session, Json question, String prompt, String choice) {
    int[] before = encode(llm.tokenizer(), question, prompt);
    int[] all = encode(llm.tokenizer(), question, prompt + choice);
    if (all.length > llm.decoder().contextLength()) {
        throw new IllegalArgumentException("a question of " + all.length + " tokens; the model's context is "
                + llm.decoder().contextLength());
    }
    session.rewind(0);
    float[] losses = session.negativeLogLikelihoods(all);
    int same = 0;
    while (same < before.length && same < all.length && before[same] == all[same]) {
        same++;
    }
    double sum = 0;
    for (int i = Math.max(1, same); i < all.length; i++) {
        sum -= losses[i - 1];
    }
    return sum;
}

static int largest(double[] values) {
    return IntStream.range(0, values.length)
            .boxed()
            .max(Comparator.comparingDouble(i -> values[i]))
            .orElse(0);
}

void answer(CausalLm llm, Json question) {
    var options = GenerationOptions.standard()
            .withMaxTokens(maxTokens)
            .withFilter(LogitsFilter.temperature(0))
            .withStop("\n");
    try (var text = llm.generate(encode(llm.tokenizer(), question, question.stringAt("prompt")), options)) {
        answers++;
        exact += text.text()
                        .collect(Collectors.joining())
                        .strip()
                        .equals(question.stringAt("answer").strip())
                ? 1
                : 0;
    }
}
