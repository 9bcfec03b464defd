///usr/bin/env jbang "$0" "$@" ; exit $?
//JAVA 25+
//DEPS dev.gatun:gatun-models:0.1.0-SNAPSHOT
//DEPS dev.gatun:gatun-quant:0.1.0-SNAPSHOT
//DEPS info.picocli:picocli:4.7.7
//SOURCES cli/Program.java
//COMPILE_OPTIONS --add-modules jdk.incubator.vector -Xlint:-incubating
//RUNTIME_OPTIONS --add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED

/// Merges a low-rank adapter into its base.

import module java.base;

import dev.gatun.models.Merging;
import dev.gatun.models.Quantization;
import picocli.CommandLine.Option;

@Option(
        names = "--model",
        required = true,
        defaultValue = "${sys:gatun.model}",
        paramLabel = "DIR",
        description = "The base: a folder with config.json and *.safetensors. ./gatun has one of its own.")
Path model;

@Option(names = "--adapter", required = true, paramLabel = "DIR", description = "The adapter: a folder as PEFT lays it out.")
Path adapter;

@Option(names = "--out", required = true, paramLabel = "DIR", description = "A new folder; it opens like any other model's.")
Path out;

@Option(
        names = "--weights",
        paramLabel = "FORMAT",
        description = "How its matrices are stored: f32, bf16, f16, int8, int8-dynamic, int4, nf4 or nf4-dq (default: as the base's are).")
String weights;

void main(String[] args) {
    String purpose =
            "Writes a model again with a LoRA or DoRA adapter merged into it. Updates are added in f32 and the sum is rounded to the format it is stored in,"
                    + " 4 bits among them; for each matrix it prints how far that is from merging exactly: the largest difference of an element, the root"
                    + " of the mean of its square, and the cosine between the two.";
    Program.run(this, "merge", purpose, this::merge, args);
}

void merge() {
    var errors = Merging.write(model, adapter, out, weights, IO::println);
    long bytes = errors.stream().mapToLong(Quantization.MatrixError::bytes).sum();
    System.err.printf("%d tensors were written anew, %,d bytes, in %s%n", errors.size(), bytes, out);
}
