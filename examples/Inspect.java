///usr/bin/env jbang "$0" "$@" ; exit $?
//JAVA 25+
//DEPS dev.gatun:gatun-models:0.1.0-SNAPSHOT
//DEPS dev.gatun:gatun-quant:0.1.0-SNAPSHOT
//DEPS info.picocli:picocli:4.7.7
//SOURCES cli/Program.java
//COMPILE_OPTIONS --add-modules jdk.incubator.vector -Xlint:-incubating
//RUNTIME_OPTIONS --add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED

/// What is in a checkpoint: config, tensors, dtypes, shapes, bytes, parameters.

import module java.base;

import dev.gatun.io.Json;
import dev.gatun.io.SafeTensors;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.Shape;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Parameters(arity = "0..1", paramLabel = "PATH", description = "A model's folder, or one safetensors file.")
Path path;

@Option(names = "--model", paramLabel = "PATH", description = "The same.")
Path model;

@Option(names = "--json", description = "Print one line of JSON.")
boolean json;

record Entry(String name, DType dtype, Shape shape) {
    long bytes() {
        return shape.size() * dtype.bytes();
    }
}

void main(String[] args) {
    String purpose = "Prints what is in a model's folder or a safetensors file. Only headers are read. Parameters are the elements of all tensors.";
    Program.run(this, "inspect", purpose, this::inspect, args);
}

void inspect() throws Exception {
    Path at = path == null ? model : path;
    if (at == null) {
        throw new IllegalArgumentException("what? Name a model's folder, or a safetensors file");
    }
    try (var checkpoint = SafeTensors.open(at)) {
        var tensors = checkpoint.names().stream()
                .map(name -> new Entry(name, checkpoint.dtype(name), checkpoint.shape(name)))
                .toList();
        if (json) {
            printJson(at, tensors);
        } else {
            print(at, tensors);
        }
    }
}

/// The config's text, if there is one: well-formed, and with no line break inside of its strings.
static Optional<String> config(Path at) throws IOException {
    Path file = at.resolve("config.json");
    if (!Files.isDirectory(at) || !Files.exists(file)) {
        return Optional.empty();
    }
    Json.read(file);
    return Optional.of(Files.readString(file).strip());
}

static long bytes(List<Entry> tensors) {
    return tensors.stream().mapToLong(Entry::bytes).sum();
}

static long parameters(List<Entry> tensors) {
    return tensors.stream().mapToLong(tensor -> tensor.shape().size()).sum();
}

void print(Path at, List<Entry> tensors) throws IOException {
    config(at).ifPresent(config -> IO.println(config + "\n"));
    int width =
            tensors.stream().mapToInt(tensor -> tensor.name().length()).max().orElse(1);
    for (var tensor : tensors) {
        System.out.printf("%-" + width + "s  %-20s %,15d bytes%n", tensor.name(), "" + tensor.dtype() + tensor.shape(), tensor.bytes());
    }
    var bytesOf = tensors.stream().collect(Collectors.groupingBy(Entry::dtype, TreeMap::new, Collectors.summingLong(Entry::bytes)));
    System.out.printf("%n%,d tensors, %,d parameters, %,d bytes %s%n", tensors.size(), parameters(tensors), bytes(tensors), bytesOf);
}

void printJson(Path at, List<Entry> tensors) throws IOException {
    var rows = new ArrayList<Map<String, Object>>();
    for (var tensor : tensors) {
        var row = new LinkedHashMap<String, Object>();
        row.put("name", tensor.name());
        row.put("dtype", tensor.dtype());
        row.put("shape", Arrays.stream(tensor.shape().dims()).boxed().toList());
        row.put("bytes", tensor.bytes());
        rows.add(row);
    }
    String config = config(at).orElse("null").replaceAll("\\s*\\R\\s*", "");
    IO.println("{\"path\":%s,\"config\":%s,\"tensors\":%s,\"parameters\":%d,\"bytes\":%d}"
            .formatted(Program.json(at.toString()), config, Program.json(rows), parameters(tensors), bytes(tensors)));
}
