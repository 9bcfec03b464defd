///usr/bin/env jbang "$0" "$@" ; exit $?
//JAVA 25+
//DEPS dev.gatun:gatun-models:0.1.0-SNAPSHOT
//DEPS info.picocli:picocli:4.7.7
//SOURCES cli/Program.java
//COMPILE_OPTIONS --add-modules jdk.incubator.vector -Xlint:-incubating
//RUNTIME_OPTIONS --add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED

/// Finds the longest passage of a text that stands word for word in another: is it learnt by heart?

import module java.base;

import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Parameters(paramLabel = "TEXT", description = "A file, such as what a model wrote; - is standard input.")
Path text;

@Option(names = "--data", paramLabel = "FILE", required = true, description = "What the model learnt from.")
Path data;

/// A rolling hash, modulo 2⁶⁴: of bytes b₀ … b₍ₙ₋₁₎ it is Σ bᵢ·FACTORⁿ⁻¹⁻ⁱ.
static final long FACTOR = 0x9E3779B97F4A7C15L;

void main(String[] args) {
    String purpose = "Finds the longest passage that a text and the data have in common, to see whether a model has learnt to write or has learnt"
            + " by heart. Line breaks count as spaces.";
    Program.run(this, "overlap", purpose, this::compare, args);
}

void compare() throws Exception {
    byte[] written = spaced(text);
    byte[] learnt = spaced(data);
    if (written.length == 0) {
        throw new IOException(text + ": is empty");
    }
    // A passage in common has shorter ones in common: the longest is found by halving.
    int common = 0;
    int at = 0;
    for (int least = 1, most = written.length; least <= most; ) {
        int length = (least + most) >>> 1;
        int place = common(written, learnt, length);
        if (place < 0) {
            most = length - 1;
        } else {
            common = length;
            at = place;
            least = length + 1;
        }
    }
    String passage = new String(written, at, common, StandardCharsets.UTF_8).strip();
    long words = passage.isEmpty() ? 0 : passage.split(" +").length;
    System.out.printf("longest passage in common: %d bytes, %d words, of %d bytes written%n%s%n", common, words, written.length, passage);
}

static byte[] spaced(Path file) throws IOException {
    return Program.contents(file).strip().replaceAll("\\s+", " ").getBytes(StandardCharsets.UTF_8);
}

/// {@return where in the first a passage of so many bytes begins that the second has, too, or -1}
static int common(byte[] first, byte[] second, int length) {
    if (length > second.length) {
        return -1;
    }
    var places = new HashMap<Long, List<Integer>>();
    roll(first, length, (hash, at) -> {
        places.computeIfAbsent(hash, _ -> new ArrayList<>()).add(at);
        return false;
    });
    int[] found = {-1};
    roll(second, length, (hash, at) -> {
        for (int place : places.getOrDefault(hash, List.of())) {
            if (Arrays.equals(first, place, place + length, second, at, at + length)) {
                found[0] = place;
                return true;
            }
        }
        return false;
    });
    return found[0];
}

interface Window {
    boolean isLast(long hash, int at);
}

static void roll(byte[] bytes, int length, Window window) {
    long leaving = 1;
    for (int i = 1; i < length; i++) {
        leaving *= FACTOR;
    }
    long hash = 0;
    for (int i = 0; i < bytes.length; i++) {
        if (i >= length) {
            hash -= bytes[i - length] * leaving;
        }
        hash = hash * FACTOR + bytes[i];
        if (i >= length - 1 && window.isLast(hash, i - length + 1)) {
            return;
        }
    }
}
