package dev.gatun.io;

import static dev.gatun.io.RawFile.entry;
import static dev.gatun.io.RawFile.of;
import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatun.tensor.CheckpointException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/// Every lie that a single file can tell is refused in one line, which names the file, the culprit
/// and the place.
@DisplayName("A malformed file")
class MalformedFileTest {

    /// @param says what the message must contain
    record Lie(String name, byte[] file, String... says) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static final String A = entry("a", "F32", "[2]", 0, 8);
    private static final String B = entry("b", "F32", "[2]", 8, 16);

    private static Lie header(String name, String header, int dataBytes, String... says) {
        return new Lie(name, of(header, dataBytes), says);
    }

    private static Lie tensor(String name, String member, String... says) {
        String[] all = Arrays.copyOf(says, says.length + 1);
        all[says.length] = "tensor \"a\" at offset ";
        return header(name, "{" + member + "}", 8, all);
    }

    private static Lie length(String name, long length, String says) {
        byte[] header = ("{" + A + "}").getBytes(StandardCharsets.UTF_8);
        return new Lie(name, of(length, header, 8), "at offset 0:", says);
    }

    static final List<Lie> LENGTHS =
            List.of(
                    new Lie("empty file", new byte[0], "at offset 0:", "8 bytes of header length"),
                    new Lie("seven bytes", new byte[7], "at offset 7:", "the file ends here"),
                    length("length beyond the file", 1000, "1000 bytes; after it the file has 62"),
                    length("length one beyond", 63, "63 bytes; after it the file has 62"),
                    length("length over the limit", 100_000_001, "at most 100000000"),
                    length("length of 2^63", Long.MIN_VALUE, "9223372036854775808 bytes"),
                    length("length of 2^64 - 1", -1, "18446744073709551615 bytes"),
                    length("length of 0", 0, "has 0 bytes"),
                    length("length of 1", 1, "has 1 bytes"),
                    new Lie("length cuts the JSON", of(20, A.getBytes(), 8), "at offset"),
                    new Lie("nothing but a length", RawFile.longBytes(2), "the file has 0"));

    static final List<Lie> TEXTS =
            List.of(
                    header("not JSON", "{nonsense}", 0, "at offset", "is not JSON"),
                    header("an array", "[" + "1]", 0, "at offset 8:", "does not begin with {"),
                    header("a space in front", " {}", 0, "at offset 8:", "not begin with {"),
                    header("a BOM", "\ufeff{}", 0, "at offset 8:", "does not begin with {"),
                    header("UTF-16", "{\0\"\0a\0\"\0}\0", 0, "at offset", "is not JSON"),
                    new Lie("invalid UTF-8", of(6, new byte[] {'{', '"', (byte) 0xc3, '"', '}', ' '}, 0), "at offset 10:", "not UTF-8"),
                    new Lie(
                            "UTF-8 of a surrogate",
                            of(7, new byte[] {'{', '"', (byte) 0xed, (byte) 0xa0, 0, 34, 125}, 0),
                            "at offset 10:",
                            "not UTF-8"),
                    header("text after the JSON", "{" + A + "}x", 8, "at offset 62:", "only spaces"),
                    header("a second object", "{" + A + "} {}", 8, "at offset 63:", "only spaces"),
                    header("a newline after it", "{" + A + "}\n", 8, "at offset 62:", "spaces"),
                    header("NUL after it", "{" + A + "}\0", 8, "at offset 62:", "only spaces"),
                    header("unclosed", "{" + A, 8, "at offset"),
                    header("a trailing comma", "{" + A + ",}", 8, "at offset", "is not JSON"),
                    header("a comment", "{/**/" + A + "}", 8, "at offset", "is not JSON"),
                    header("deep", "{\"a\":" + "[".repeat(5000), 0, "\"a\" at offset 13:"),
                    header("a long name", "{\"" + "n".repeat(70000) + "\":1}", 0, "at offset"),
                    header("terminal codes", "{\"\\u001b[2J\\n\":1}", 0, "\"\\u001b[2J\\u000a\""),
                    header("duplicate tensor", "{" + A + "," + A + "}", 8, "\"a\"", "twice"),
                    header("metadata string", "{\"__metadata__\":\"\"}", 0, "not an object"),
                    header("metadata null", "{\"__metadata__\":null}", 0, "not an object"),
                    header("metadata number", "{\"__metadata__\":{\"k\":1}}", 0, "key \"k\" is not"),
                    header("metadata object", "{\"__metadata__\":{\"k\":{}}}", 0, "\"k\" is not"),
                    header(
                            "endless metadata",
                            IntStream.rangeClosed(0, 1 << 16).mapToObj(i -> "\"" + i + "\":\"\"").collect(joining(",", "{\"__metadata__\":{", "}}")),
                            0,
                            "__metadata__ has more than 65536 strings"),
                    header("metadata key twice", "{\"__metadata__\":{\"k\":\"\",\"k\":\"\"}}", 0, "key \"k\" occurs twice"),
                    header("metadata twice", "{\"__metadata__\":{},\"__metadata__\":{}}", 0, "__metadata__ occurs twice"));

    static final List<Lie> TENSORS =
            List.of(
                    tensor("entry is null", "\"a\":null", "not an object of dtype"),
                    tensor("entry is an array", "\"a\":[]", "not an object of dtype"),
                    tensor("unknown dtype", A.replace("F32", "F31"), "unknown dtype \"F31\""),
                    tensor("unsupported dtype", A.replace("F32", "F8_E4M3"), "F8_E4M3", "known"),
                    tensor("lower-case dtype", A.replace("F32", "f32"), "unknown dtype \"f32\""),
                    tensor("dtype is a number", A.replace("\"F32\"", "32"), "dtype is not a string"),
                    tensor("no dtype", A.replace("\"dtype\":\"F32\",", ""), "missing \"dtype\""),
                    tensor("no shape", A.replace("\"shape\":[2],", ""), "missing \"shape\""),
                    tensor("no offsets", A.replace(",\"data_offsets\":[0,8]", ""), "missing"),
                    tensor("unknown key", A.replace("\"shape\"", "\"stride\""), "\"stride\""),
                    tensor("key twice", A.replace("\"shape\"", "\"dtype\""), "\"dtype\" occurs"),
                    tensor("shape is a number", A.replace("[2]", "2"), "shape is not an array"),
                    tensor("negative dim", A.replace("[2]", "[-2]"), "shape[0] is negative: -2"),
                    tensor("two negative dims", A.replace("[2]", "[-2,-1]"), "is negative"),
                    tensor("decimal dim", A.replace("[2]", "[2.0]"), "shape[0] is not an integer"),
                    tensor("exponent dim", A.replace("[2]", "[2e0]"), "shape[0] is not an integer"),
                    tensor("string dim", A.replace("[2]", "[\"2\"]"), "shape[0] is not an integer"),
                    tensor("null dim", A.replace("[2]", "[2,null]"), "shape[1] is not an integer"),
                    tensor("NaN dim", A.replace("[2]", "[NaN]"), "is not JSON"),
                    tensor("dim of 2^63", A.replace("[2]", "[9223372036854775808]"), "64 bits"),
                    tensor("dim of 2^64+2", A.replace("[2]", "[18446744073709551618]"), "64 bits"),
                    tensor("product wraps to 2", A.replace("[2]", "[4294967296,4294967296,2]")),
                    tensor("bytes wrap to 8", A.replace("[2]", "[4611686018427387906]"), "count"),
                    tensor("wrap hidden by 0", A.replace("[2]", "[0,4294967296,4294967296]")),
                    tensor("65 dims", A.replace("[2]", "[" + "1,".repeat(64) + "2]"), "than 64"),
                    tensor("unclosed dims", A.replace("[2]", "[2}"), "is not JSON: Unexpected"),
                    tensor("nested dims", A.replace("[2]", "[[2]]"), "shape[0] is not an integer"),
                    tensor("one offset", A.replace("[0,8]", "[8]"), "expected two"),
                    tensor("three offsets", A.replace("[0,8]", "[0,4,8]"), "more than 2 numbers"),
                    tensor("offsets swapped", A.replace("[0,8]", "[8,0]"), "end before they begin"),
                    tensor("negative offset", A.replace("[0,8]", "[-8,0]"), "is negative: -8"),
                    tensor("decimal offset", A.replace("[0,8]", "[0,8.0]"), "data_offsets[1]"),
                    tensor("shape too large", A.replace("[2]", "[3]"), "f32[3] takes 12 bytes"),
                    tensor("shape too small", A.replace("[2]", "[]"), "f32[] takes 4 bytes"),
                    tensor("dtype too wide", A.replace("F32", "F64"), "f64[2] takes 16", "hold 8"));

    static final List<Lie> LAYOUTS =
            List.of(
                    header("truncated data", "{" + A + "}", 7, "\"a\" at offset 62:", "leave the"),
                    header("no data", "{" + A + "}", 0, "tensor \"a\" at offset 62:", "0 bytes of"),
                    header("data after the last", "{" + A + "}", 9, "at offset 70: 1 bytes after"),
                    header("data of no tensor", "{}", 3, "at offset 10: 3 bytes after the header"),
                    header(
                            "far beyond the file",
                            "{" + entry("a", "U8", "[9223372036854775]", 0, 9223372036854775L) + "}",
                            8,
                            "tensor \"a\"",
                            "leave the file"),
                    header("begins beyond the file", "{" + entry("z", "U8", "[0]", 9, 9) + "," + A + "}", 8, "tensor \"z\"", "leave the file"),
                    header(
                            "overlap",
                            "{" + A + "," + entry("b", "F32", "[2]", 4, 12) + "}",
                            12,
                            "tensor \"b\" at offset",
                            "overlap those of \"a\", to 8"),
                    header("the same bytes twice", "{" + A + "," + entry("b", "F32", "[2]", 0, 8) + "}", 8, "tensor \"b\"", "overlap"),
                    header("one inside the other", "{" + A + "," + entry("b", "F32", "[1]", 2, 6) + "}", 8, "tensor \"b\"", "overlap"),
                    header("an empty one inside another", "{" + A + "," + entry("b", "F32", "[0]", 4, 4) + "}", 8, "tensor \"b\"", "overlap"),
                    header("a hole in front", "{" + B + "}", 16, "\"b\"", "a hole of 8 bytes"),
                    header(
                            "a hole in between",
                            "{" + A + "," + entry("b", "F32", "[2]", 12, 20) + "}",
                            20,
                            "tensor \"b\"",
                            "a hole of 4 bytes between it and \"a\""));

    @ParameterizedTest
    @FieldSource({"LENGTHS", "TEXTS", "TENSORS", "LAYOUTS"})
    void isRefused(Lie lie, @TempDir Path dir) {
        Path file = RawFile.write(dir.resolve("lie.safetensors"), lie.file);
        assertThatThrownBy(() -> SafeTensors.open(file))
                .isInstanceOf(CheckpointException.class)
                .hasMessageStartingWith(file + ": ")
                .hasMessageContaining("at offset ")
                .satisfies(e -> assertThat(e.getMessage()).contains(lie.says))
                .satisfies(e -> assertThat(e.getMessage()).doesNotContainPattern("\\p{Cntrl}"));
    }
}
