///usr/bin/env jbang "$0" "$@" ; exit $?
//JAVA 25+
//DEPS dev.gatun:gatun-models:0.1.0-SNAPSHOT
//DEPS dev.gatun:gatun-quant:0.1.0-SNAPSHOT
//DEPS info.picocli:picocli:4.7.7
//SOURCES cli/Program.java
//COMPILE_OPTIONS --add-modules jdk.incubator.vector -Xlint:-incubating
//RUNTIME_OPTIONS --add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED

/// The scores after every token of a sequence, as a file, to compare with another implementation.

import module java.base;

import dev.gatun.io.SafeTensorsWriter;
import dev.gatun.nn.KvCache;
import dev.gatun.tensor.Resident;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.Workspace;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Mixin
Program.Model model = new Program.Model();

@Mixin
Program.Cache cache = new Program.Cache();

@Option(names = "--ids", required = true, paramLabel = "1,2,3", description = "The T tokens; ./gatun tokenize prints those of a text.")
String ids;

@Option(names = "--out", required = true, paramLabel = "FILE", description = "The safetensors file to write, or to replace.")
Path out;

@Option(names = "--hidden", description = "Write what goes between the layers, too.")
boolean hidden;

void main(String[] args) {
    String purpose =
            "Writes the tensor logits, f32 [T,V]: row t has the scores of what follows token t. With --hidden also hidden_states.i, f32 [T,C]:"
                    + " 0 is what goes into the first layer, i what comes out of layer i, and the last one has passed the final norm,"
                    + " as output_hidden_states gives them in Hugging Face's transformers, less the axis of the batch.";
    Program.run(this, "logits", purpose, this::logits, args);
}

void logits() throws Exception {
    int[] tokens = Program.ids(ids);
    try (var llm = model.open(cache.format(), false);
            var states = new Resident(llm.device(), "keys and values");
            var workspace = new Workspace(llm.device())) {
        var decoder = llm.decoder();
        if (tokens.length == 0 || tokens.length > decoder.contextLength()) {
            throw new IllegalArgumentException(tokens.length + " ids — want 1 to " + decoder.contextLength() + ", the model's context");
        }
        for (int id : tokens) {
            if (id < 0 || id >= decoder.vocabSize()) {
                throw new IllegalArgumentException("token " + id + " — the model knows 0 to " + (decoder.vocabSize() - 1));
            }
        }
        var memories = decoder.layers().newStates(KvCache.Room.of(states, tokens.length, cache.format()));
        var results = new LinkedHashMap<String, Tensor>();
        Tensor h = decoder.embed(workspace.ints(tokens, 1, tokens.length));
        int layers = decoder.layers().size();
        for (int i = 0; i < layers; i++) {
            results.put("hidden_states." + i, withoutBatch(h));
            h = decoder.layers().slice(i, i + 1).forward(h, memories.subList(i, i + 1));
        }
        h = decoder.norm(h);
        results.put("hidden_states." + layers, withoutBatch(h));
        results.keySet().removeIf(name -> !hidden);
        results.put("logits", withoutBatch(decoder.logits(h)));
        SafeTensorsWriter.write(out, results, Map.of("format", "pt"));
        results.forEach((name, tensor) -> System.err.println(name + " " + tensor.describe()));
    }
}

static Tensor withoutBatch(Tensor x) {
    return x.select(0, 0);
}
