package dev.gatun.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatun.tensor.CheckpointException;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.Device;
import dev.gatun.tensor.Memory;
import dev.gatun.tensor.Shape;
import dev.gatun.tensor.ShapeException;
import dev.gatun.tensor.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafeTensorsWriterTest {
    @TempDir
    Path dir;

    private Path file;

    @BeforeEach
    void path() {
        file = dir.resolve("model.safetensors");
    }

    /// `0, 1, 2, …` in any type that can hold it.
    private static Tensor counting(DType dtype, long... dims) {
        float[] values = new float[(int) Shape.of(dims).size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = i % 100;
        }
        Memory memory = Memory.collected(Device.cpu());
        Tensor tensor = memory.allocate(dtype, dims);
        Tensor floats = memory.allocate(DType.F32, dims);
        floats.write(values);
        tensor.set(floats);
        return tensor;
    }

    @Test
    void everyDtypeComesBackByteForByte() {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        for (DType dtype : DType.values()) {
            tensors.put(dtype.name(), counting(dtype, 7, 3));
            tensors.put(dtype + ".scalar", counting(dtype));
            tensors.put(dtype + ".empty", counting(dtype, 3, 0));
        }
        tensors.put("größe.漢 \"q\" \\ \n", counting(DType.U8, 1));
        Map<String, String> metadata = Map.of("format", "pt", "größe", "漢\n\"");
        SafeTensorsWriter.write(file, tensors, metadata);
        try (SafeTensors read = SafeTensors.open(file)) {
            assertThat(read.metadata()).isEqualTo(metadata);
            assertThat(read.names()).containsExactlyInAnyOrderElementsOf(tensors.keySet());
            tensors.forEach((name, tensor) -> {
                assertThat(read.tensor(name).describe()).isEqualTo(tensor.describe());
                assertThat(RawFile.bytes(read.tensor(name))).as(name).isEqualTo(RawFile.bytes(tensor));
            });
        }
    }

    @Test
    void viewsAreWrittenRowByRow() {
        Tensor matrix = counting(DType.F32, 40, 30);
        Map<String, Tensor> views = Map.of(
                "transposed", matrix.transpose(),
                "sliced", matrix.slice(1, 3, 17).slice(0, 5, 6),
                "broadcast", matrix.select(0, 7).broadcastTo(Shape.of(4, 30)));
        SafeTensorsWriter.write(file, views, Map.of());
        try (SafeTensors read = SafeTensors.open(file)) {
            views.forEach((name, view) ->
                    assertThat(read.tensor(name).toArray()).as(name).isEqualTo(view.toArray()));
        }
    }

    @Test
    void tensorsLargerThanTheStagingAreWrittenInPieces() {
        Memory memory = Memory.collected(Device.cpu());
        Tensor wide = memory.allocate(DType.U8, 3, Staging.BYTES + 1001);
        Tensor row = counting(DType.U8, Staging.BYTES + 1001);
        wide.set(row.broadcastTo(wide.shape()));
        Tensor tall = counting(DType.F32, 3, Staging.BYTES / 4 + 999).transpose();
        Tensor rows = wide.slice(1, 500, Staging.BYTES + 901);
        SafeTensorsWriter.write(file, Map.of("wide", wide, "tall", tall, "rows", rows), Map.of());
        try (SafeTensors read = SafeTensors.open(file)) {
            assertThat(RawFile.bytes(read.tensor("wide"))).isEqualTo(RawFile.bytes(wide));
            assertThat(RawFile.bytes(read.tensor("tall"))).isEqualTo(RawFile.bytes(tall));
            assertThat(RawFile.bytes(read.tensor("rows"))).isEqualTo(RawFile.bytes(rows));
        }
    }

    @Test
    void widerElementsComeFirstAndDataAreAligned() throws IOException {
        TensorPlan plan = new TensorPlan()
                .add("u8", DType.U8, Shape.of(3))
                .add("z", DType.F32, Shape.of(1))
                .add("f64", DType.F64, Shape.of(1))
                .add("a", DType.F32, Shape.of(1))
                .add("bf16", DType.BF16, Shape.of(1));
        try (SafeTensorsWriter out = SafeTensorsWriter.create(file, plan)) {
            for (String name : List.of("u8", "bf16", "a", "f64", "z")) { // any order
                TensorPlan.Planned planned = plan.tensors().get(name);
                out.write(name, counting(planned.dtype(), planned.shape().dims()));
            }
        }
        try (SafeTensors read = SafeTensors.open(file)) {
            assertThat(read.names()).containsExactly("f64", "z", "a", "bf16", "u8");
        }
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        assertThat((8 + bytes.getLong(0)) % 64).isZero();
        assertThat((char) bytes.get(8)).isEqualTo('{');
    }

    @Test
    void nothingIsThereBeforeCloseOrWithoutAllTensors() throws IOException {
        TensorPlan plan = TensorPlan.of(Map.of("a", Tensor.of(1, 2)));
        SafeTensorsWriter out = SafeTensorsWriter.create(file, plan);
        assertThat(file).doesNotExist();
        assertThatThrownBy(out::close).isInstanceOf(IllegalStateException.class).hasMessageContainingAll(file.toString(), "\"a\"", "not written");
        assertThat(files()).isEmpty();
        out.close(); // again: nothing
        assertThatThrownBy(() -> out.write("a", Tensor.of(1, 2)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
    }

    @Test
    void exceptionInTheBodyLeavesTheOldFile() throws IOException {
        SafeTensorsWriter.write(file, Map.of("a", Tensor.of(1)), Map.of());
        TensorPlan plan = TensorPlan.of(Map.of("b", Tensor.of(2)));
        assertThatThrownBy(() -> {
                    try (var out = SafeTensorsWriter.create(file, plan)) {
                        out.write("b", Tensor.of(2, 3));
                    }
                })
                .isInstanceOf(ShapeException.class)
                .hasMessageContainingAll(file.toString(), "\"b\"", "f32[2]", "planned f32[1]");
        try (SafeTensors read = SafeTensors.open(dir)) {
            assertThat(read.names()).containsExactly("a");
        }
        assertThat(files()).containsExactly("model.safetensors");
    }

    @Test
    void openFileCanBeReplaced() {
        SafeTensorsWriter.write(file, Map.of("a", Tensor.of(1, 2, 3)), Map.of());
        try (SafeTensors read = SafeTensors.open(file)) {
            Tensor old = read.tensor("a");
            SafeTensorsWriter.write(file, Map.of("a", old.slice(0, 1, 3)), Map.of());
            assertThat(old.toArray()).containsExactly(1, 2, 3);
        }
        try (SafeTensors read = SafeTensors.open(file)) {
            assertThat(read.tensor("a").toArray()).containsExactly(2, 3);
        }
    }

    @Test
    void misuseIsNamed() {
        TensorPlan plan = TensorPlan.of(Map.of("a", Tensor.of(1), "b", Tensor.of(1)));
        assertThatThrownBy(() -> {
                    try (var out = SafeTensorsWriter.create(file, plan)) {
                        out.write("a", Tensor.of(1));
                        assertThatThrownBy(() -> out.write("c", Tensor.of(1)))
                                .isInstanceOf(IllegalArgumentException.class)
                                .hasMessageContaining("\"c\" is not in the plan");
                        assertThatThrownBy(() -> out.write("b", Tensor.ofInts(1)))
                                .isInstanceOf(ShapeException.class)
                                .hasMessageContaining("i32[1], planned f32[1]");
                        out.write("a", Tensor.of(1));
                    }
                })
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("\"a\" was written already");
    }

    @Test
    void planRefusesNamesThatCannotBe() {
        TensorPlan plan = new TensorPlan().add("a", DType.F32, Shape.of(1));
        for (String name : List.of("a", "__metadata__", "\ud800")) {
            assertThatThrownBy(() -> plan.add(name, DType.F32, Shape.of(1))).isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> plan.metadata("key", "\udc00")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void placesThatCannotBeWrittenAreRefused() {
        Map<String, Tensor> tensors = Map.of("a", Tensor.of(1));
        assertThatThrownBy(() -> SafeTensorsWriter.write(dir, tensors, Map.of()))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContainingAll(dir.toString(), "is a directory");
        Path nowhere = dir.resolve("nowhere").resolve("m.safetensors");
        assertThatThrownBy(() -> SafeTensorsWriter.write(nowhere, tensors, Map.of()))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContainingAll(nowhere.toString(), "does not exist");
    }

    private List<String> files() throws IOException {
        try (Stream<Path> files = Files.list(dir)) {
            return files.map(path -> path.getFileName().toString()).sorted().toList();
        }
    }
}
