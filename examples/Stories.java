///usr/bin/env jbang "$0" "$@" ; exit $?
//JAVA 25+
//DEPS dev.gatun:gatun-models:0.1.0-SNAPSHOT
//DEPS dev.gatun:gatun-quant:0.1.0-SNAPSHOT
//DEPS info.picocli:picocli:4.7.7
//SOURCES cli/Program.java
//SOURCES stories/*.java
//COMPILE_OPTIONS --add-modules jdk.incubator.vector -Xlint:-incubating
//RUNTIME_OPTIONS --add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED

/// Writes stories to train a model on.

import module java.base;

import picocli.CommandLine.Option;
import stories.Storyteller;

@Option(names = "--count", paramLabel = "N", description = "How many (default 10).")
long count = 10;

@Option(names = "--seed", paramLabel = "S", description = "Which ones: the same seed gives the same stories (default 0).")
long seed = 0;

@Option(names = "--out", paramLabel = "FILE", description = "Where to; standard output unless given.")
Path out;

void main(String[] args) {
    Program.run(this, "stories", "Writes short stories for children, made from patterns, to train and test models with.", this::write, args);
}

void write() throws IOException {
    try (var writer = out == null ? new BufferedWriter(new OutputStreamWriter(System.out, StandardCharsets.UTF_8)) : Files.newBufferedWriter(out)) {
        for (long i = 0; i < count; i++) {
            if (i > 0) {
                writer.write("<|end_of_text|>\n");
            }
            writer.write(Storyteller.story(seed, i));
            writer.write("\n");
        }
    }
}
