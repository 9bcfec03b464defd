package dev.gatun.models.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatun.io.Json;
import dev.gatun.tensor.CheckpointException;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.Device;
import dev.gatun.tensor.Memory;
import dev.gatun.tensor.Parameter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What is left of a training on the disk.
class TrainingFolderTest {
    private static final Parameter PARAMETER =
            new Parameter("w", Memory.collected(Device.cpu()).floats(new float[] {1, 2}, 2));
    private static final Locale LOCALE = Locale.getDefault();

    @TempDir
    private Path directory;

    @AfterEach
    void locale() {
        Locale.setDefault(LOCALE);
    }

    private static Path save(TrainingFolder folder, long step) {
        return folder.save(step, List.of(PARAMETER), Map.of("s", PARAMETER.value()), Map.of("step", step));
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"ar-EG-u-nu-arab", "de-DE"})
    void readsItsFilesWhateverTheLocaleIs(String language) throws IOException {
        Locale.setDefault(Locale.forLanguageTag(language));
        var folder = new TrainingFolder(directory, 2);
        assertThat(save(folder, 5)).hasFileName("step-00000005");
        assertThat(folder.latest().orElseThrow().step()).isEqualTo(5);
        var curve = new LossCurve();
        curve.add(new LossCurve.Point(1, 3.25, 3.5, 1e-3, 0.5, 1000));
        curve.write(directory, "loss");
        assertThat(LossCurve.read(directory.resolve("loss.csv"), 1).points()).isEqualTo(curve.points());
        Locale.setDefault(Locale.ROOT);
        assertThat(Files.readString(directory.resolve("loss.svg"))).isEqualTo(curve.svg("loss"));
    }

    @Test
    void keepsTheLastAndWritesNoneBeforeThem() throws IOException {
        var folder = new TrainingFolder(directory, 2);
        Files.createDirectories(directory.resolve("step-00000007.part"));
        for (long step : new long[] {10, 500, 1000}) {
            assertThat(save(folder, step)).isDirectory();
        }
        assertThat(names()).containsExactly("step-00000500", "step-00001000");
        for (long step : new long[] {20, 1000}) {
            assertThatThrownBy(() -> save(folder, step))
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageContaining("step-00001000");
        }
        assertThat(names()).containsExactly("step-00000500", "step-00001000");
        assertThat(folder.latest().orElseThrow().step()).isEqualTo(1000);
    }

    @Test
    void drawsACurveWithoutSteps() {
        assertThat(new LossCurve().svg("nothing")).startsWith("<svg").endsWith("</svg>\n");
    }

    @Test
    void aConfigHasOneTypeUnderTheKeyThatItHad() {
        Map<Map<String, String>, String> configs = Map.of(
                Map.of(), "torch_dtype",
                Map.of("torch_dtype", "bfloat16"), "torch_dtype",
                Map.of("dtype", "bfloat16"), "dtype",
                Map.of("dtype", "bfloat16", "torch_dtype", "bfloat16"), "dtype");
        configs.forEach((config, key) -> {
            ModelFolder.write(directory, config, List.of(PARAMETER), DType.F32);
            Json written = Json.read(directory.resolve("config.json"));
            assertThat(written.keys()).containsExactly(key);
            assertThat(written.stringAt(key)).isEqualTo("float32");
        });
    }
}
