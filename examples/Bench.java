///usr/bin/env jbang "$0" "$@" ; exit $?
//JAVA 25+
//DEPS dev.gatun:gatun-models:0.1.0-SNAPSHOT
//DEPS dev.gatun:gatun-quant:0.1.0-SNAPSHOT
//DEPS info.picocli:picocli:4.7.7
//SOURCES cli/Program.java
//SOURCES cli/Drawn.java
//COMPILE_OPTIONS --add-modules jdk.incubator.vector -Xlint:-incubating
//RUNTIME_OPTIONS --add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED

/// How fast a model runs on this machine, and how near to what the memory allows.

import module java.base;

import com.sun.management.OperatingSystemMXBean;
import dev.gatun.io.Json;
import dev.gatun.models.CausalLm;
import dev.gatun.models.Decoder;
import dev.gatun.models.Llama;
import dev.gatun.models.LlamaFamily;
import dev.gatun.models.MatMulFree;
import dev.gatun.models.MatMulFreeCost;
import dev.gatun.models.PublishedShape;
import dev.gatun.models.Session;
import dev.gatun.models.Warmup;
import dev.gatun.nn.WeightFormat;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.Device;
import dev.gatun.tensor.Resident;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Option(names = "--model", paramLabel = "DIR", description = "Measure this model;")
Path directory;

@Option(names = "--shape", paramLabel = "NAME", description = "or random weights of this published shape, such as llama-3.2-1b.")
String shape;

@Option(
        names = "--weights",
        paramLabel = "TYPE",
        description =
                "How random weights are stored: f32, bf16 (default but for models of -1, 0 and 1), f16, int8, int8-dynamic, int4, nf4, nf4-dq or ternary.")
String weights;

@Option(names = "--prompt", paramLabel = "N", description = "How many tokens the prompt has (default 512).")
int prompt = 512;

@Option(names = "--generate", paramLabel = "N", description = "How many tokens are generated (default 128).")
int generate = 128;

@Option(names = "--repeat", paramLabel = "N", description = "Measure so often and print medians (default 3).")
int repeat = 3;

@Mixin
Program.Processor processor = new Program.Processor();

@Mixin
Program.Cache cache = new Program.Cache();

@Option(names = "--json", description = "Print one line of JSON.")
boolean json;

/// A model to be measured.
///
/// @param weightBytes what its weights take
/// @param readBytes what one generated token reads of them: all but the embedding table, of which it reads one row, unless that is the head too
record Subject(String name, String weights, Decoder decoder, long weightBytes, long readBytes, AutoCloseable memory) {}

/// @param first seconds from handing over the prompt to knowing the first token
/// @param rest seconds for the tokens behind it
/// @param collections pauses of the garbage collector during those
/// @param bandwidth what the machine read per second right after: virtual machines differ by a factor of two from one minute to the next
record Round(double first, double rest, long collections, double bandwidth) {
    Round beside(double measured) {
        return new Round(first, rest, collections, measured);
    }
}

void main(String[] args) {
    String purpose =
            "Measures a model after one round of warming up. Time to first token is that of the whole prompt, up to knowing the likeliest next token;"
                    + " prompt tokens/s is the prompt's length divided by it. Cold, it is that of the process's first prompt, with the time to open the"
                    + " folder before it; random weights count as opened. The bandwidth is that of threads that read 1 GiB and add it up, the best"
                    + " of twelve passes right after each round; the fraction reached is the bytes of weights that one token reads x tokens/s / bandwidth.";
    Program.run(this, "bench", purpose, this::bench, args);
}

void bench() throws Exception {
    if ((directory == null) == (shape == null)) {
        throw new IllegalArgumentException("give either --model DIR or --shape NAME, one of "
                + PublishedShape.all().stream().map(PublishedShape::name).collect(Collectors.joining(", ")));
    }
    if (prompt < 1 || generate < 1 || repeat < 1) {
        throw new IllegalArgumentException("prompt, generate and repeat — want at least 1 each");
    }
    Device device = processor.device();
    long asked = System.nanoTime();
    var subject = directory == null ? drawn(device) : opened(device);
    long began = directory == null ? System.nanoTime() : asked;
    AutoCloseable memory = subject.memory();
    try (memory;
            var session = new Session(subject.decoder(), device, prompt + generate, cache.format())) {
        System.err.println(subject.name() + " on " + device.description() + "; warming up ...");
        double cold = (System.nanoTime() - began) / 1e9
                + round(session, subject.decoder()).first();
        Long peak = Program.peakBytes(); // before the gigabyte that measures the bandwidth
        var rounds = new ArrayList<Round>();
        for (int i = 0; i < repeat; i++) {
            rounds.add(round(session, subject.decoder()).beside(bandwidth(device.threads())));
        }
        double first = median(rounds, Round::first);
        double speed = generate / median(rounds, Round::rest);
        double bandwidth = median(rounds, Round::bandwidth);
        var result = new LinkedHashMap<String, Object>();
        result.put("shape", subject.name());
        result.put("weights", subject.weights());
        result.put("device", device.name());
        result.put("threads", device.threads());
        result.put("prompt_tokens_per_second", rounded(prompt / first));
        result.put("generated_tokens_per_second", rounded(speed));
        result.put("time_to_first_token_seconds", rounded(first));
        result.put("time_to_first_token_cold_seconds", rounded(cold));
        result.put("weight_bytes", subject.weightBytes());
        result.put("kv_cache", cache.format());
        result.put("kv_cache_bytes", session.stateBytes());
        result.put("peak_rss_bytes", peak);
        result.put("read_bandwidth_gb_per_second", rounded(bandwidth / 1e9));
        result.put("bandwidth_fraction", rounded(median(rounds, round -> subject.readBytes() * generate / round.rest() / round.bandwidth())));
        if (json) {
            IO.println(Program.json(result));
            return;
        }
        result.forEach((name, value) -> System.out.printf("%-30s %s%n", name, value == null ? "n/a" : value));
        System.out.printf("%-30s %d and %d, median of %d%n", "prompt and generated tokens", prompt, generate, repeat);
        System.out.printf(
                "%-30s %d%n",
                "collections while generating",
                rounds.stream().mapToLong(Round::collections).sum());
        System.out.printf("%-30s %,d bytes%n", "session", session.bytes());
        if (subject.decoder() instanceof MatMulFree free) {
            System.out.println();
            System.out.println(MatMulFreeCost.of(free.config(), prompt + generate));
        }
    }
}

Subject opened(Device device) throws IOException {
    if (weights != null) {
        throw new IllegalArgumentException("--weights is for --shape; a model's weights stay as they are stored");
    }
    CausalLm llm;
    try (var _ = Warmup.start(directory, device, null, cache.format())) {
        llm = CausalLm.open(directory, device);
    }
    var checkpoint = llm.checkpoint();
    var bytesOf = new EnumMap<DType, Long>(DType.class);
    for (String name : checkpoint.names()) {
        bytesOf.merge(
                checkpoint.dtype(name),
                checkpoint.shape(name).size() * checkpoint.dtype(name).bytes(),
                Long::sum);
    }
    long bytes = bytesOf.values().stream().mapToLong(Long::longValue).sum();
    String most = Collections.max(bytesOf.entrySet(), Map.Entry.comparingByValue())
            .getKey()
            .toString();
    String stored = Json.read(directory.resolve("config.json"))
            .find("quantization_config")
            .map(how -> how.stringAt("format", how.stringAt("bnb_4bit_quant_type", how.stringAt("quant_method", most))))
            .orElse(most);
    return new Subject(directory.toRealPath().getFileName().toString(), stored, llm.decoder(), bytes, bytes - unread(llm.decoder()), llm);
}

Subject drawn(Device device) {
    var published = PublishedShape.named(shape);
    String name = weights == null ? published.weights() : weights;
    WeightFormat format = Set.of("f32", "bf16", "f16").contains(name) ? null : WeightFormat.named(name);
    DType type = format == null ? DType.valueOf(name.toUpperCase(Locale.ROOT)) : DType.BF16;
    long needed = published.parameters() * (format == null ? type.bytes() : 1);
    long present =
            ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
    if (needed > present) {
        throw new IllegalArgumentException("%s in %s takes %.1f GB; this machine has %.1f GB".formatted(shape, name, needed / 1e9, present / 1e9));
    }
    System.err.println("drawing " + published.parameters() / 1_000_000 + " million random weights ...");
    var memory = new Resident(device, "random weights");
    Decoder decoder;
    var llama = LlamaFamily.sizes().get(shape);
    try (var _ = llama == null ? null : Warmup.start(llama, device, type, format, cache.format())) {
        decoder = published.model().apply(Drawn.weights(memory, type, format));
    }
    return new Subject(shape, name, decoder, memory.bytes(), memory.bytes() - unread(decoder), memory);
}

/// The embedding table, unless it is the head as well.
static long unread(Decoder decoder) {
    return switch (decoder) {
        case Llama llama
        when !llama.config().tieWordEmbeddings() -> llama.embedTokens().table().bytes();
        case MatMulFree free -> free.embeddings().table().bytes();
        default -> 0;
    };
}

Round round(Session session, Decoder decoder) {
    session.rewind(0);
    int[] ids = new Random(42).ints(prompt, 0, decoder.vocabSize()).toArray();
    long start = System.nanoTime();
    int next = session.forward(ids).argMax().toInts()[0];
    long known = System.nanoTime();
    long pauses = collections();
    for (int i = 0; i < generate; i++) {
        next = session.forward(next).argMax().toInts()[0];
    }
    return new Round((known - start) / 1e9, (System.nanoTime() - known) / 1e9, collections() - pauses, Double.NaN);
}

static double median(List<Round> rounds, ToDoubleFunction<Round> what) {
    double[] sorted = rounds.stream().mapToDouble(what).sorted().toArray();
    return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
}

static double rounded(double value) {
    return new BigDecimal(value).round(new MathContext(5)).doubleValue();
}

static long collections() {
    return ManagementFactory.getGarbageCollectorMXBeans().stream()
            .mapToLong(GarbageCollectorMXBean::getCollectionCount)
            .sum();
}

/// How many bytes per second so many threads read when they do nothing else.
static double bandwidth(int threads) throws Exception {
    long each = (1L << 30) / threads & -64;
    try (var arena = Arena.ofShared();
            var pool = Executors.newFixedThreadPool(threads)) {
        var readers = new ArrayList<Callable<Long>>();
        for (int i = 0; i < threads; i++) {
            var part = arena.allocate(each, 64).fill((byte) i);
            readers.add(() -> sum(part));
        }
        double best = 0;
        for (int pass = 0; pass < 15; pass++) { // the first three are for the compiler
            long start = System.nanoTime();
            for (var reader : pool.invokeAll(readers)) {
                reader.get();
            }
            best = Math.max(best, pass < 3 ? 0 : each * threads / ((System.nanoTime() - start) / 1e9));
        }
        return best;
    }
}

/// Four sums, so that no addition waits for the one before.
static long sum(MemorySegment part) {
    long a = 0;
    long b = 0;
    long c = 0;
    long d = 0;
    for (long at = 0; at < part.byteSize(); at += 32) {
        a += part.get(ValueLayout.JAVA_LONG, at);
        b += part.get(ValueLayout.JAVA_LONG, at + 8);
        c += part.get(ValueLayout.JAVA_LONG, at + 16);
        d += part.get(ValueLayout.JAVA_LONG, at + 24);
    }
    return a + b + c + d;
}
