///usr/bin/env jbang "$0" "$@" ; exit $?
//JAVA 25+
//DEPS dev.gatun:gatun-models:0.1.0-SNAPSHOT
//DEPS dev.gatun:gatun-quant:0.1.0-SNAPSHOT
//DEPS info.picocli:picocli:4.7.7
//SOURCES cli/Program.java
//COMPILE_OPTIONS --add-modules jdk.incubator.vector -Xlint:-incubating
//RUNTIME_OPTIONS --add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED

/// Continues a text, printing it as it comes.

import module java.base;

import dev.gatun.models.Generation;
import dev.gatun.models.GenerationOptions;
import dev.gatun.models.LogitsFilter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Parameters(paramLabel = "PROMPT", description = "The beginning of the text; - reads it from standard input.")
String prompt;

@Mixin
Program.Model model = new Program.Model();

@Mixin
Program.Cache cache = new Program.Cache();

@Option(names = "--max-tokens", paramLabel = "N", description = "Add at most so many tokens (default 256).")
int maxTokens = 256;

@Option(names = "--temperature", paramLabel = "T", description = "0: always the likeliest token; above: the higher, the bolder (default 0.8).")
float temperature = 0.8f;

@Option(names = "--top-k", paramLabel = "K", description = "Draw from the K likeliest tokens only.")
Integer topK;

@Option(names = "--top-p", paramLabel = "P", description = "Draw from the likeliest tokens that together have probability P (default 0.95).")
float topP = 0.95f;

@Option(names = "--min-p", paramLabel = "P", description = "Draw from tokens at least P times as likely as the likeliest (default 0).")
float minP;

@Option(names = "--repetition-penalty", paramLabel = "R", description = "Above 1: less of what was there already (default 1).")
float repetitionPenalty = 1;

@Option(names = "--seed", paramLabel = "S", description = "The same seed draws the same text; a new one each time unless given.")
Long seed;

@Option(names = "--stop", paramLabel = "TEXT", description = "End before this text; may be given several times.")
List<String> stop = List.of();

@Option(names = "--logprobs", description = "Afterwards list each token's log-probability, in nats, on standard error.")
boolean logprobs;

@Option(
        names = "--echo",
        negatable = true,
        defaultValue = "true",
        fallbackValue = "true",
        description = "Begin with the prompt, so that the whole text is seen (default); --no-echo prints only what follows it.")
boolean echo;

void main(String[] args) {
    String purpose = "Continues a text, printing it to standard output as it comes; everything else goes to standard error."
            + " The scores of the next token pass the penalty, the temperature, top-k, top-p and min-p in this order.";
    Program.run(this, "generate", purpose, this::generate, args);
}

void generate() throws Exception {
    long drawn = seed == null ? ThreadLocalRandom.current().nextInt(1_000_000) : seed;
    var filter = LogitsFilter.repetitionPenalty(repetitionPenalty).then(LogitsFilter.temperature(temperature));
    if (temperature > 0) { // otherwise one token is left already
        filter = (topK == null ? filter : filter.topK(topK)).topP(topP).minP(minP);
    }
    var options = new GenerationOptions(maxTokens, filter, drawn, stop, logprobs, cache.format());
    String beginning = Program.text(prompt);
    var tokens = new ArrayList<Generation.Token>();
    try (var llm = model.open(cache.format(), true);
            var story = llm.generate(beginning, options)) {
        IO.print(echo ? beginning : "");
        while (story.hasNext() && !System.out.checkError()) { // nobody reads on: | head
            var token = story.next();
            IO.print(token.text());
            tokens.add(token);
        }
        IO.println();
        System.out.flush();
        if (logprobs) {
            tokens.forEach(token -> System.err.printf(
                    "%8d %9.4f  %s%n",
                    token.id(), token.logprob(), llm.tokenizer().token(token.id())));
        }
        var timing = story.timing();
        System.err.printf(
                "prompt: %d tokens, %.1f/s; then %d, %.1f/s, ended by %s%s%n",
                timing.promptTokens(),
                timing.promptTokensPerSecond(),
                timing.generatedTokens(),
                timing.generatedTokensPerSecond(),
                String.valueOf(story.end()).toLowerCase(Locale.ROOT).replace('_', ' '),
                temperature == 0 ? "" : "; --seed " + drawn);
    }
}
