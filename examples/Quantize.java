///usr/bin/env jbang "$0" "$@" ; exit $?
//JAVA 25+
//DEPS dev.gatun:gatun-models:0.1.0-SNAPSHOT
//DEPS dev.gatun:gatun-quant:0.1.0-SNAPSHOT
//DEPS info.picocli:picocli:4.7.7
//SOURCES cli/Program.java
//COMPILE_OPTIONS --add-modules jdk.incubator.vector -Xlint:-incubating
//RUNTIME_OPTIONS --add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED

/// Writes a model again with weights of 8 or 4 bits.

import module java.base;

import dev.gatun.models.Quantization;
import picocli.CommandLine.Option;

@Option(
        names = "--model",
        required = true,
        defaultValue = "${sys:gatun.model}",
        paramLabel = "DIR",
        description = "The model: a folder with config.json and *.safetensors. ./gatun has one of its own.")
Path model;

@Option(names = "--weights", required = true, paramLabel = "FORMAT", description = "int8, int8-dynamic, int4, nf4, nf4-dq, fp4, ternary or bitnet.")
String weights;

@Option(names = "--out", required = true, paramLabel = "DIR", description = "A new folder; it opens like any other model's.")
Path out;

void main(String[] args) {
    String purpose =
            "Writes a model again with its matrices in another format, and prints how far each is from what it was: the largest difference of an element,"
                    + " the root of the mean of its square, and the cosine between the two. Embeddings, norms and the head stay as they are. nf4 and"
                    + " nf4-dq are stored as bitsandbytes stores them, bitnet as transformers stores -1, 0 and 1, so that transformers reads the folder, too.";
    Program.run(this, "quantize", purpose, this::quantize, args);
}

void quantize() {
    var errors = Quantization.write(model, out, weights, IO::println);
    long bytes = errors.stream().mapToLong(Quantization.MatrixError::bytes).sum();
    System.err.printf("%d matrices, %,d bytes, in %s%n", errors.size(), bytes, out);
}
