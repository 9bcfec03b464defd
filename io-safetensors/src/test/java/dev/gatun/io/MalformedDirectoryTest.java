package dev.gatun.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.gatun.tensor.CheckpointException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

@DisplayName("A malformed directory")
class MalformedDirectoryTest {
    private static final String INDEX = "model.safetensors.index.json";

    @TempDir Path dir;

    record Lie(String name, String index, String... says) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static Lie map(String name, String members, String... says) {
        return new Lie(name, "{\"weight_map\":{" + members + "}}", says);
    }

    /// Beside the index lie `1.safetensors` with `a` and `2.safetensors` with `b`.
    static final List<Lie> INDICES =
            List.of(
                    new Lie("empty", "", INDEX),
                    new Lie("not JSON", "{weight_map}", INDEX),
                    new Lie("not an object", "[]", INDEX, "expected an object"),
                    new Lie("no map", "{\"metadata\":{}}", INDEX, "missing \"weight_map\""),
                    new Lie("map is an array", "{\"weight_map\":[]}", "weight_map", "an object"),
                    map("empty map", "", INDEX, "is empty"),
                    map("number for a file", "\"a\":1", INDEX, "weight_map.a", "a string"),
                    map("null for a file", "\"a\":null", INDEX, "weight_map.a", "a string"),
                    map("key twice", "\"a\":\"1.safetensors\",\"a\":\"2.safetensors\"", "twice"),
                    map("missing shard", "\"a\":\"3.safetensors\"", "3.safetensors", "not exist"),
                    map("parent", "\"a\":\"../x.safetensors\"", INDEX, "tensor \"a\"", "outside"),
                    map("hidden parent", "\"a\":\"s/../../x\"", INDEX, "tensor \"a\"", "outside"),
                    map("absolute", "\"a\":\"/etc/hosts\"", INDEX, "tensor \"a\"", "outside"),
                    map("NUL in the path", "\"a\":\"\\u0000\"", INDEX, "tensor \"a\"", "not a path"),
                    map("empty path", "\"a\":\"\"", "not a regular file"),
                    map("shard is a directory", "\"a\":\"sub\"", "sub", "not a regular file"),
                    map(
                            "tensor not in its shard",
                            "\"a\":\"1.safetensors\",\"c\":\"1.safetensors\"",
                            INDEX,
                            "tensor \"c\"",
                            "not in its shard \"1.safetensors\""),
                    map(
                            "tensor not named",
                            "\"b\":\"2.safetensors\",\"x\":\"1.safetensors\"",
                            "1.safetensors",
                            "tensor \"a\" at offset",
                            "not named by " + INDEX),
                    map(
                            "tensor mapped elsewhere",
                            "\"a\":\"2.safetensors\",\"b\":\"1.safetensors\"",
                            "1.safetensors",
                            "tensor \"a\" at offset",
                            "is in \"2.safetensors\" by " + INDEX));

    @BeforeEach
    void shards() throws IOException {
        RawFile.write(dir.resolve("1.safetensors"), RawFile.vector("a", 2));
        RawFile.write(dir.resolve("2.safetensors"), RawFile.vector("b", 2));
        Files.createDirectory(dir.resolve("sub"));
    }

    @ParameterizedTest
    @FieldSource("INDICES")
    void isRefused(Lie lie) {
        RawFile.write(dir.resolve(INDEX), lie.index.getBytes(StandardCharsets.UTF_8));
        refuses(dir, lie.says);
    }

    @Test
    void indexThatIsNotUtf8IsRefused() {
        RawFile.write(dir.resolve(INDEX), new byte[] {'{', '"', (byte) 0xff, '"', '}'});
        refuses(dir, INDEX, "offset 2", "not UTF-8");
    }

    @Test
    void malformedShardIsNamed() {
        String index = "{\"weight_map\":{\"a\":\"1.safetensors\",\"b\":\"2.safetensors\"}}";
        RawFile.write(dir.resolve(INDEX), index.getBytes(StandardCharsets.UTF_8));
        RawFile.write(dir.resolve("2.safetensors"), new byte[] {1, 2, 3});
        refuses(dir, "2.safetensors", "at offset 3");
    }

    @Test
    void directoryWithoutAModelTellsWhatItHas() {
        refuses(dir, "neither model.safetensors nor", "\"1.safetensors\", \"2.safetensors\"");
    }

    @Test
    void emptyDirectoryIsRefused() {
        refuses(dir.resolve("sub"), "it has nothing");
    }

    @Test
    void missingFileIsRefused() {
        refuses(dir.resolve("nowhere"), "nowhere", "does not exist");
    }

    @Test
    void linkInACircleIsRefused() throws IOException {
        Path link = dir.resolve("circle.safetensors");
        Files.createSymbolicLink(link, link);
        refuses(link, "circle.safetensors", "cannot be read");
    }

    @Test
    void danglingModelIsNotOverlooked() throws IOException {
        Files.createSymbolicLink(dir.resolve("model.safetensors"), dir.resolve("nowhere"));
        refuses(dir, "model.safetensors", "does not exist");
    }

    @Test
    void danglingLinkIsRefused() throws IOException {
        Path link = dir.resolve("link.safetensors");
        Files.createSymbolicLink(link, dir.resolve("nowhere"));
        refuses(link, "link.safetensors", "does not exist");
    }

    @Test
    void modelThatIsADirectoryIsRefused() throws IOException {
        Files.createDirectory(dir.resolve("model.safetensors"));
        refuses(dir, "model.safetensors", "not a regular file");
    }

    @Test
    @Timeout(20)
    void pipeIsRefusedInsteadOfWaitedFor() throws Exception {
        Path pipe = dir.resolve("pipe.safetensors");
        Process mkfifo;
        try {
            mkfifo = new ProcessBuilder("mkfifo", pipe.toString()).start();
        } catch (IOException e) {
            assumeTrue(false, "no mkfifo here");
            return;
        }
        assumeTrue(mkfifo.waitFor(10, TimeUnit.SECONDS) && mkfifo.exitValue() == 0, "no pipe");
        refuses(pipe, "pipe.safetensors", "not a regular file");
    }

    @Test
    void deviceIsRefused() {
        Path device = Path.of("/dev/zero");
        assumeTrue(Files.exists(device), "no /dev/zero here");
        refuses(device, "not a regular file");
    }

    @Test
    void unreadableFileIsRefused() throws IOException {
        Path file = dir.resolve("1.safetensors");
        assumeTrue(file.getFileSystem().supportedFileAttributeViews().contains("posix"));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("---------"));
        assumeFalse(Files.isReadable(file), "this user may read everything");
        refuses(file, "permission denied");
    }

    @Test
    void linkedShardsAreRead() throws IOException {
        Path blobs = Files.createDirectory(dir.resolve("blobs"));
        Path model = Files.createDirectory(dir.resolve("snapshot"));
        RawFile.write(blobs.resolve("0123"), RawFile.vector("a", 2));
        Files.createSymbolicLink(model.resolve("model.safetensors"), Path.of("../blobs/0123"));
        try (SafeTensors checkpoint = SafeTensors.open(model)) {
            assertThat(checkpoint.names()).containsExactly("a");
        }
    }

    private static void refuses(Path path, String... says) {
        assertThatThrownBy(() -> SafeTensors.open(path))
                .isInstanceOf(CheckpointException.class)
                .hasMessageStartingWith(path.toString())
                .satisfies(e -> assertThat(e.getMessage()).contains(says))
                .satisfies(e -> assertThat(e.getMessage()).doesNotContainPattern("\\p{Cntrl}"));
    }
}
