///usr/bin/env jbang "$0" "$@" ; exit $?
//JAVA 25+
//DEPS dev.gatun:gatun-models:0.1.0-SNAPSHOT
//DEPS dev.gatun:gatun-quant:0.1.0-SNAPSHOT
//DEPS info.picocli:picocli:4.7.7
//SOURCES cli/Program.java
//COMPILE_OPTIONS --add-modules jdk.incubator.vector -Xlint:-incubating
//RUNTIME_OPTIONS --add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED

/// How likely a text is to a model: mean negative log-likelihood and perplexity.

import module java.base;

import dev.gatun.models.text.Tokenizer;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Parameters(paramLabel = "FILE", description = "A text in UTF-8; - reads standard input.")
Path file;

@Mixin
Program.Model model = new Program.Model();

@Mixin
Program.Cache cache = new Program.Cache();

@Option(
        names = "--separator",
        paramLabel = "TEXT",
        description = "What stands between documents, with Java's escapes, such as \\n\\n (default \\36, ASCII's record separator).")
String separator = "\\36";

@Option(names = "--context", paramLabel = "N", description = "Cut documents into windows of N positions (default: the model's context).")
Integer context;

@Option(names = "--json", description = "Print one line of JSON.")
boolean json;

void main(String[] args) {
    String purpose =
            "Prints how well a model predicts a text: the mean over all predicted tokens of -ln(probability), and the perplexity, which is e to that."
                    + " Each document begins with the token that begins a text and knows nothing of the one before. A document longer than the"
                    + " context is cut into windows; each goes on from the last token of the window before it, so that every token is predicted once.";
    Program.run(this, "score", purpose, this::score, args);
}

void score() throws Exception {
    String text = Program.contents(file);
    try (var llm = model.open(cache.format(), true)) {
        var documents = Stream.of(text.split(Pattern.quote(separator.translateEscapes())))
                .filter(document -> !document.isEmpty())
                .map(document -> llm.tokenizer().encode(document, Tokenizer.Special.ADDED))
                .filter(ids -> ids.length > 1)
                .toList();
        int longest = documents.stream().mapToInt(ids -> ids.length - 1).max().orElseThrow(() -> new IOException(file + ": no text to predict"));
        int window = Math.min(longest, context == null ? llm.decoder().contextLength() : context);
        double sum = 0;
        long predicted = 0;
        try (var session = llm.newSession(window, cache.format())) {
            for (int[] ids : documents) {
                for (int from = 0; from < ids.length - 1; from += window) {
                    session.rewind(0);
                    for (float loss : session.negativeLogLikelihoods(Arrays.copyOfRange(ids, from, Math.min(ids.length, from + window + 1)))) {
                        sum += loss;
                        predicted++;
                    }
                }
            }
        }
        var result = new LinkedHashMap<String, Object>();
        result.put("documents", documents.size());
        result.put("predicted_tokens", predicted);
        result.put("mean_nll", sum / predicted);
        result.put("perplexity", Math.exp(sum / predicted));
        if (json) {
            IO.println(Program.json(result));
        } else {
            result.forEach((name, value) -> System.out.printf(value instanceof Double ? "%-16s %.6f%n" : "%-16s %d%n", name, value));
        }
    }
}
