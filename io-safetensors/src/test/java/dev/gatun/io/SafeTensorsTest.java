package dev.gatun.io;

import static dev.gatun.io.RawFile.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatun.tensor.CheckpointException;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.Device;
import dev.gatun.tensor.Shape;
import dev.gatun.tensor.Tensor;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafeTensorsTest {
    private static final Path FIXTURES =
            Path.of(resource("every_dtype.safetensors")).getParent();

    @TempDir
    Path dir;

    private static URI resource(String name) {
        try {
            return SafeTensorsTest.class.getResource(name).toURI();
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    /// The bytes that `make_fixtures.py` gives to the tensor with an index.
    private static byte[] made(int index, int count) {
        byte[] bytes = new byte[count];
        for (int i = 0; i < count; i++) {
            bytes[i] = (byte) ((31 * index + 7 * i) % 251);
        }
        return bytes;
    }

    @Test
    void everyDtypeThatPythonWroteIsReadByteForByte() {
        try (SafeTensors file = SafeTensors.open(FIXTURES.resolve("every_dtype.safetensors"))) {
            for (DType dtype : DType.values()) {
                assertThat(file.dtype(dtype.name())).isEqualTo(dtype);
                assertThat(file.shape(dtype.name())).isEqualTo(Shape.of(3, 5));
                assertThat(RawFile.bytes(file.tensor(dtype.name())))
                        .as(dtype.name())
                        .isEqualTo(made(dtype.ordinal(), 15 * dtype.bytes()));
            }
            assertThat(file.shape("scalar")).isEqualTo(Shape.of());
            assertThat(RawFile.bytes(file.tensor("scalar"))).isEqualTo(made(10, 4));
            assertThat(file.tensor("empty").describe()).isEqualTo("f32[4,0,2]");
            assertThat(file.tensor("empty").toArray()).isEmpty();
            assertThat(RawFile.bytes(file.tensor("größe.漢 \"q\" \\ \n"))).isEqualTo(made(12, 2));
            assertThat(file.metadata()).isEqualTo(Map.of("format", "pt", "größe", "漢\n\"\\"));
            assertThat(file.names()).hasSize(13).startsWith("I64").endsWith("BOOL");
        }
    }

    @Test
    void shardsThatPythonWroteAreOneCheckpoint() {
        Path sharded = FIXTURES.resolve("sharded");
        List<String> names = List.of("model.embed.weight", "lm_head.weight", "model.norm.weight");
        for (Path path : List.of(sharded, sharded.resolve("model.safetensors.index.json"))) {
            try (SafeTensors model = SafeTensors.open(path)) {
                assertThat(model.names()).containsExactlyElementsOf(names);
                assertThat(RawFile.bytes(model.tensor(names.get(0)))).isEqualTo(made(0, 4));
                assertThat(RawFile.bytes(model.tensor(names.get(1)))).isEqualTo(made(2, 12));
                assertThat(RawFile.bytes(model.tensor(names.get(2)))).isEqualTo(made(1, 8));
                assertThat(model.metadata()).isEqualTo(Map.of("format", "pt"));
                assertThat(model.source()).isEqualTo(path.toString());
            }
        }
    }

    @Test
    void headerMayNameTensorsInAnotherOrderThanTheirData() {
        String c = entry("c", "U8", "[0]", 4, 4);
        String header = "{" + entry("b", "U8", "[2]", 4, 6) + "," + c + ",";
        byte[] bytes = RawFile.of(header + entry("a", "F32", "[]", 0, 4) + "}  ", 6);
        try (SafeTensors file = SafeTensors.open(write(bytes))) {
            assertThat(file.names()).containsExactly("a", "c", "b");
            assertThat(RawFile.bytes(file.tensor("a"))).containsExactly(0, 1, 2, 3);
            assertThat(RawFile.bytes(file.tensor("b"))).containsExactly(4, 5);
            assertThat(file.metadata()).isEmpty();
        }
    }

    @Test
    void dataNeedNotBeAligned() {
        float[] values;
        try (SafeTensors file = SafeTensors.open(write(RawFile.vector("odd", 3)))) {
            values = file.tensor("odd").toArray();
        }
        assertThat(values[0]).isEqualTo(Float.intBitsToFloat(0x03020100));
        assertThat(values[2]).isEqualTo(Float.intBitsToFloat(0x0b0a0908));
    }

    @Test
    void fileWithoutTensorsIsEmpty() {
        try (SafeTensors file = SafeTensors.open(write(RawFile.of("{}", 0)))) {
            assertThat(file.names()).isEmpty();
        }
    }

    @Test
    void zeroDimensionHidesNoOverflow() {
        String empty = entry("e", "F64", "[1152921504606846975,0]", 0, 0);
        try (SafeTensors file = SafeTensors.open(write(RawFile.of("{" + empty + "}", 0)))) {
            assertThat(file.tensor("e").transpose().isContiguous()).isNotNull();
            assertThat(file.tensor("e").toArray()).isEmpty();
        }
    }

    @Test
    void missingTensorIsNamedWithWhatThereIs() {
        try (SafeTensors file = SafeTensors.open(write(RawFile.vector("a", 2)))) {
            List<Callable<Object>> questions = List.of(() -> file.dtype("b"), () -> file.shape("b"), () -> file.tensor("b"));
            for (Callable<Object> question : questions) {
                assertThatThrownBy(question::call)
                        .isInstanceOf(CheckpointException.class)
                        .hasMessage(file.source() + ": no tensor \"b\"; it has \"a\"");
            }
            assertThat(file.contains("a")).isTrue();
            assertThat(file.contains("b")).isFalse();
        }
    }

    @Test
    void closedCheckpointGivesNoTensors() {
        SafeTensors file = SafeTensors.open(write(RawFile.vector("a", 2)));
        Tensor before = file.tensor("a");
        file.close();
        file.close();
        assertThatThrownBy(() -> file.tensor("a"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage(file.source() + ": tensor \"a\" — the checkpoint was closed");
        assertThatThrownBy(before::toArray)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("f32[2]")
                .hasMessageContaining("closed");
        assertThat(file.shape("a")).isEqualTo(Shape.of(2));
    }

    @Test
    void tensorsBelongToTheDeviceAskedFor() {
        Path path = write(RawFile.vector("a", 2));
        try (Device device = Device.cpu(1);
                SafeTensors file = SafeTensors.open(path, device)) {
            assertThat(file.tensor("a").device()).isSameAs(device);
        }
    }

    @Test
    void namesAndMetadataCannotBeChanged() {
        try (SafeTensors file = SafeTensors.open(write(RawFile.vector("a", 2)))) {
            assertThatThrownBy(() -> file.names().clear()).isInstanceOf(UnsupportedOperationException.class);
            assertThatThrownBy(() -> file.metadata().put("a", "b")).isInstanceOf(UnsupportedOperationException.class);
            assertThatThrownBy(() -> file.tensor("a").write(new float[2]))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("read-only");
        }
    }

    @Test
    void threadsReadTogether() throws Exception {
        StringBuilder header = new StringBuilder("{");
        int count = 64;
        for (int i = 0; i < count; i++) {
            long begin = 1000L * i;
            header.append(i == 0 ? "" : ",");
            header.append(entry("t" + i, "U8", "[1000]", begin, begin + 1000));
        }
        Path path = write(RawFile.of(header + "}", 1000 * count));
        try (SafeTensors file = SafeTensors.open(path);
                var threads = Executors.newFixedThreadPool(8)) {
            List<Future<Integer>> wrong = new ArrayList<>();
            for (int thread = 0; thread < 8; thread++) {
                wrong.add(threads.submit(() -> wrong(file, count)));
            }
            for (Future<Integer> future : wrong) {
                assertThat(future.get()).isZero();
            }
        }
    }

    private static int wrong(SafeTensors file, int count) {
        int wrong = 0;
        for (int i = 0; i < count; i++) {
            byte[] bytes = RawFile.bytes(file.tensor("t" + i));
            for (int j = 0; j < bytes.length; j++) {
                wrong += bytes[j] == (byte) (1000 * i + j) ? 0 : 1;
            }
        }
        return wrong;
    }

    private Path write(byte[] bytes) {
        return RawFile.write(dir.resolve("file.safetensors"), bytes);
    }
}
