///usr/bin/env jbang "$0" "$@" ; exit $?
//JAVA 25+
//DEPS dev.gatun:gatun-models:0.1.0-SNAPSHOT
//DEPS dev.gatun:gatun-quant:0.1.0-SNAPSHOT
//DEPS info.picocli:picocli:4.7.7
//SOURCES cli/Program.java
//COMPILE_OPTIONS --add-modules jdk.incubator.vector -Xlint:-incubating
//RUNTIME_OPTIONS --add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED

/// Learns a byte-pair tokenizer from a text.

import module java.base;

import dev.gatun.models.data.Examples;
import dev.gatun.models.text.BytePairTrainer;
import picocli.CommandLine.Option;

@Option(
        names = "--train",
        required = true,
        paramLabel = "FILE",
        description = "Texts in UTF-8 with a line <|end_of_text|> between them, or JSON lines.")
Path file;

@Option(names = "--vocab", paramLabel = "N", description = "How many tokens, the 256 bytes and two special ones among them (default 2048).")
int vocabulary = 2048;

@Option(names = "--out", required = true, paramLabel = "DIR", description = "Where tokenizer.json and tokenizer_config.json are written.")
Path out;

void main(String[] args) {
    String purpose =
            "Learns a byte-level byte-pair tokenizer from a text and writes it as Hugging Face's files, which its tokenizers and transformers read, too."
                    + " Its first token begins a text, its second one ends it.";
    Program.run(this, "tokenizer", purpose, this::train, args);
}

void train() {
    long start = System.nanoTime();
    var trainer = new BytePairTrainer(vocabulary);
    try (var examples = Examples.read(file)) {
        examples.forEach(example -> {
            trainer.add(example.prompt());
            trainer.add(example.answer());
        });
    }
    var pairs = trainer.train();
    pairs.write(out);
    System.err.printf(
            "%d tokens, %d merges, in %s, after %.1f s%n",
            pairs.tokens().size(), pairs.merges().size(), out, (System.nanoTime() - start) / 1e9);
}
