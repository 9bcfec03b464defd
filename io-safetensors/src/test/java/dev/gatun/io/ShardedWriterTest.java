package dev.gatun.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatun.tensor.CheckpointException;
import dev.gatun.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ShardedWriterTest {
    private static final String INDEX = "model.safetensors.index.json";

    @TempDir
    Path dir;

    private final Map<String, Tensor> tensors = new LinkedHashMap<>();

    {
        tensors.put("z.embed", Tensor.of(1, 2, 3, 4, 5));
        tensors.put("layers.0", Tensor.of(6, 7));
        tensors.put("layers.1", Tensor.ofInts(8, 9));
        tensors.put("norm", Tensor.of(10));
    }

    private void write(long maxShardBytes) {
        TensorPlan plan = TensorPlan.of(tensors).metadata("format", "pt");
        try (var out = SafeTensorsWriter.createSharded(dir, plan, maxShardBytes)) {
            tensors.forEach(out::write);
        }
    }

    @Test
    void shardsAndIndexComeBack() throws IOException {
        write(16);
        assertThat(files())
                .containsExactly("model-00001-of-00003.safetensors", "model-00002-of-00003.safetensors", "model-00003-of-00003.safetensors", INDEX);
        assertThat(Files.readString(dir.resolve(INDEX))).isEqualToNormalizingNewlines("""
                        {
                          "metadata" : {
                            "total_size" : 40
                          },
                          "weight_map" : {
                            "layers.0" : "model-00002-of-00003.safetensors",
                            "layers.1" : "model-00002-of-00003.safetensors",
                            "norm" : "model-00003-of-00003.safetensors",
                            "z.embed" : "model-00001-of-00003.safetensors"
                          }
                        }
                        """);
        try (SafeTensors read = SafeTensors.open(dir)) {
            assertThat(read.names()).containsExactlyElementsOf(tensors.keySet());
            tensors.forEach((name, tensor) ->
                    assertThat(RawFile.bytes(read.tensor(name))).isEqualTo(RawFile.bytes(tensor)));
            assertThat(read.metadata()).isEqualTo(Map.of("format", "pt"));
        }
    }

    @Test
    void whatFitsIntoOneFileHasNoIndex() throws IOException {
        write(40);
        assertThat(files()).containsExactly("model.safetensors");
    }

    @Test
    void tensorLargerThanAShardGetsItsOwn() throws IOException {
        write(1);
        assertThat(files()).hasSize(5).contains("model-00004-of-00004.safetensors");
    }

    @Test
    void modelThatIsThereIsNotMixedWithAnother() throws IOException {
        write(16);
        List<String> before = files();
        assertThatThrownBy(() -> write(16))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContainingAll("model-00001-of-00003.safetensors", "exists");
        assertThatThrownBy(() -> write(40))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContainingAll(INDEX, "exists");
        assertThat(files()).isEqualTo(before);
    }

    @Test
    void unfinishedShardsLeaveNothing() throws IOException {
        TensorPlan plan = TensorPlan.of(tensors);
        var out = SafeTensorsWriter.createSharded(dir, plan, 16);
        out.write("norm", Tensor.of(10));
        assertThatThrownBy(out::close).hasMessageContaining("3 planned tensors were not written");
        assertThat(files()).isEmpty();
    }

    @Test
    void arguments() {
        assertThatThrownBy(() -> write(0)).isInstanceOf(IllegalArgumentException.class);
        Path nowhere = dir.resolve("nowhere");
        assertThatThrownBy(() -> SafeTensorsWriter.createSharded(nowhere, TensorPlan.of(tensors), 9))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContainingAll("nowhere", "not a directory");
    }

    private List<String> files() throws IOException {
        try (Stream<Path> files = Files.list(dir)) {
            return files.map(path -> path.getFileName().toString()).sorted().toList();
        }
    }
}
