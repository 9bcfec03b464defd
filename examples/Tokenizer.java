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

import dev.gatun.models.text.BytePairTrainer;
import picocli.CommandLine.Option;

@Option(names = "--train", required = true, paramLabel = "FILE", description = "A text in UTF-8, or JSON lines with a member \"text\".")
Path file;

@Option(names = "--vocab", required = true, paramLabel = "N", description = "How many tokens, 256 bytes and two special ones among them.")
int vocabulary;

@Option(names = "--out", required = true, paramLabel = "DIR", description = "Where tokenizer.json and tokenizer_config.json are written.")
Path out;

void main(String[] args) {
    Program.run(this, "tokenizer", "Learns a byte-level byte-pair tokenizer.", this::train, args);
}

void train() throws IOException {
    var trainer = new BytePairTrainer(vocabulary);
    for (String document : Files.readString(file).split("\n<\\|end_of_text\\|>\n")) {
        trainer.add(document);
    }
    long start = System.nanoTime();
    var pairs = trainer.train();
    pairs.write(out);
    System.err.printf("%d tokens in %.1f s%n", pairs.tokens().size(), (System.nanoTime() - start) / 1e9);
}
