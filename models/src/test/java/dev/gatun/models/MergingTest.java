package dev.gatun.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatun.io.SafeTensors;
import dev.gatun.io.SafeTensorsWriter;
import dev.gatun.models.Quantization.MatrixError;
import dev.gatun.nn.LoraConfig;
import dev.gatun.nn.LoraWeights;
import dev.gatun.nn.MergedWeights;
import dev.gatun.nn.TrainableWeights;
import dev.gatun.tensor.Checkpoint;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.Device;
import dev.gatun.tensor.Memory;
import dev.gatun.tensor.Resident;
import dev.gatun.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Adapters beside a model, in it, and out of it again, compared with PEFT's.
class MergingTest {
    private static final Device DEVICE = Device.cpu();

    private final Resident memory = new Resident(DEVICE, "merged");

    @TempDir
    private Path target;

    @AfterEach
    void free() {
        memory.close();
    }

    private static Path fixture(String name) {
        return LlamaFixtureTest.folder(name);
    }

    private static Checkpoint batch() {
        return SafeTensors.open(fixture("lora").resolve("outputs.safetensors"));
    }

    private static float[] logits(Path model, Path adapter) {
        try (var llm = CausalLm.open(model);
                var adapted = llm.withAdapter(adapter);
                Checkpoint batch = batch()) {
            return TrainingFixtureTest.logits(adapted.decoder(), batch);
        }
    }

    private static float[] logits(Path model) {
        try (var llm = CausalLm.open(model);
                Checkpoint batch = batch()) {
            return TrainingFixtureTest.logits(llm.decoder(), batch);
        }
    }

    @Test
    void magnitudesAreTrainedAsByPeft() {
        Path lora = fixture("lora");
        try (var llm = CausalLm.open(fixture("llama-tiny"));
                var adapter = LoraAdapter.open(lora.resolve("adapter_dora"), DEVICE);
                Checkpoint want = SafeTensors.open(lora.resolve("dora.safetensors"));
                Checkpoint batch = batch()) {
            LoraWeights weights = adapter.over(llm.weights(), memory, 0);
            Decoder decoder = CausalLm.decoder(llm.config(), weights);
            weights.requireFit();
            TrainingFixtureTest.requireClose(
                    "logits",
                    TrainingFixtureTest.logits(decoder, batch),
                    want.tensor("logits").toArray(),
                    2e-5);
            var given = TrainingFixtureTest.Batch.of(lora.resolve("outputs.safetensors"));
            var gradients = TrainingFixtureTest.gradients(
                    decoder, given, want.tensor("loss").toArray()[0]);
            TrainingFixtureTest.requireEqual(want, "grad.", gradients, weights.parameters());
        }
    }

    @Test
    void modulesAreTrainedWholeAsByPeft() {
        Path lora = fixture("lora");
        Path model = fixture("llama-tiny-tied");
        try (var llm = CausalLm.open(model);
                var adapter = LoraAdapter.open(lora.resolve("adapter_saved"), DEVICE);
                Checkpoint want = SafeTensors.open(lora.resolve("saved.safetensors"));
                Checkpoint batch = batch()) {
            LoraWeights weights = adapter.over(llm.weights(), memory, 0);
            Decoder decoder = CausalLm.decoder(llm.config(), weights);
            weights.requireFit();
            float[] logits = want.tensor("logits").toArray();
            TrainingFixtureTest.requireClose("logits", TrainingFixtureTest.logits(decoder, batch), logits, 2e-5);
            var given = TrainingFixtureTest.Batch.of(lora.resolve("outputs.safetensors"));
            var gradients = TrainingFixtureTest.gradients(
                    decoder, given, want.tensor("loss").toArray()[0]);
            TrainingFixtureTest.requireEqual(want, "grad.", gradients, weights.parameters());
            Path again = target.resolve("again");
            LoraAdapter.write(again, weights, llm, adapter.json());
            try (Checkpoint written = SafeTensors.open(again.resolve("adapter_model.safetensors"))) {
                assertThat(written.names())
                        .containsExactlyInAnyOrderElementsOf(adapter.tensors().names());
            }
            TrainingFixtureTest.requireClose("again", logits(model, again), logits, 2e-5);
            Merging.write(model, again, target.resolve("merged"), null, error -> {});
            TrainingFixtureTest.requireClose("merged", logits(target.resolve("merged")), logits, 2e-5);
        }
    }

    /// To PEFT "norm" is the end of `input_layernorm`, too.
    @Test
    void modulesAreNamedByTheEndsOfTheirNamesAsByPeft() {
        Path lora = fixture("lora");
        Path model = fixture("llama-tiny");
        try (Checkpoint want = SafeTensors.open(lora.resolve("norms.safetensors"))) {
            float[] logits = want.tensor("logits").toArray();
            TrainingFixtureTest.requireClose("adapter", logits(model, lora.resolve("adapter_norms")), logits, 2e-5);
            Merging.write(model, lora.resolve("adapter_norms"), target.resolve("merged"), null, error -> {});
            TrainingFixtureTest.requireClose("merged", logits(target.resolve("merged")), logits, 2e-5);
        }
    }

    /// An adapter with modules trained whole, moved away from what the base has, its tensors stored as another type.
    private Path trainedWhole(Path model, List<String> modules, DType dtype) {
        Path folder = target.resolve("adapter");
        try (var llm = CausalLm.open(model)) {
            LoraConfig config = LoraConfig.allLinear(2, 4).withModulesToSave(modules);
            var weights = new LoraWeights(llm.weights(), config, memory, 0);
            CausalLm.decoder(llm.config(), weights);
            weights.requireFit();
            for (var parameter : weights.parameters()) {
                float[] values = parameter.value().toArray();
                for (int i = 0; i < values.length; i++) {
                    values[i] += (float) (0.02 * Math.sin(i + 1));
                }
                parameter.value().detach().write(values);
            }
            LoraAdapter.write(folder, weights, llm, null);
        }
        Path stored = folder.resolve("adapter_model.safetensors");
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        try (Checkpoint written = SafeTensors.open(stored)) {
            for (String name : written.names()) {
                tensors.put(
                        name,
                        written.tensor(name).copyTo(Memory.collected(DEVICE)).to(dtype));
            }
        }
        SafeTensorsWriter.write(target.resolve("again"), tensors, Map.of());
        try {
            Files.move(target.resolve("again"), stored, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return folder;
    }

    @ParameterizedTest
    @CsvSource({
        "llama-tiny-bf16, embed_tokens lm_head model.norm, F32, f32",
        "llama-tiny-bf16, embed_tokens lm_head model.norm, F32, ",
        "llama-tiny-bf16, embed_tokens lm_head, F32, nf4",
        "llama-tiny-f16, embed_tokens lm_head model.norm, F32, f32",
        "llama-tiny-f16, model.norm q_proj, F16, bf16",
        "llama-tiny, embed_tokens lm_head model.norm, BF16, ",
        "llama-tiny-tied, embed_tokens model.norm, BF16, f32",
        "llama-tiny-bnb-nf4, embed_tokens lm_head model.norm, F16, ",
    })
    void whatWasTrainedWholeIsMergedWhateverItsType(String base, String modules, DType dtype, @Nullable String format) {
        Path model = fixture(base);
        Path adapter = trainedWhole(model, List.of(modules.split(" ")), dtype);
        Path merged = target.resolve("merged");
        List<MatrixError> errors = Merging.write(model, adapter, merged, format, error -> {});
        try (Checkpoint before = SafeTensors.open(model);
                Checkpoint trained = SafeTensors.open(adapter.resolve("adapter_model.safetensors"));
                Checkpoint after = SafeTensors.open(merged)) {
            for (String name : trained.names()) {
                String replaced = name.substring("base_model.model.".length());
                if (name.contains(".lora_") || !before.contains(replaced)) {
                    continue;
                }
                DType stored = after.dtype(replaced);
                assertThat(stored)
                        .as(replaced)
                        .isEqualTo(
                                switch (String.valueOf(format)) {
                                    case "f32" -> DType.F32;
                                    case "bf16" -> DType.BF16;
                                    default -> before.dtype(replaced);
                                });
                Memory heap = Memory.collected(DEVICE);
                Tensor want = trained.tensor(name).copyTo(heap).to(DType.F32).to(stored);
                assertThat(after.tensor(replaced).copyTo(heap).to(DType.F32).toArray())
                        .as(replaced)
                        .isEqualTo(want.to(DType.F32).toArray());
                MatrixError said = errors.stream()
                        .filter(error -> error.name().equals(replaced))
                        .findFirst()
                        .orElseThrow();
                assertThat(said.max() == 0).as("%s", said).isEqualTo(stored == DType.F32 || stored == dtype);
            }
        }
        if ("f32".equals(format)) {
            TrainingFixtureTest.requireClose(base, logits(merged), logits(model, adapter), 5e-5);
        }
    }

    /// The base has codes in the place of what was trained.
    @ParameterizedTest
    @CsvSource({"llama-tiny-bnb-nf4, f32", "llama-tiny-bnb-nf4-dq, bf16", "llama-tiny-bnb-nf4, "})
    void whatWasTrainedWholeIsMergedInThePlaceOfCodes(String base, @Nullable String format) {
        Path adapter = trainedWhole(fixture("llama-tiny"), List.of("q_proj"), DType.F32);
        Path merged = target.resolve("merged");
        List<MatrixError> errors = Merging.write(fixture(base), adapter, merged, format, error -> {});
        assertThat(errors).anySatisfy(error -> assertThat(error.name()).isEqualTo("model.layers.0.self_attn.q_proj.weight"));
        if ("f32".equals(format)) {
            TrainingFixtureTest.requireClose(base, logits(merged), logits(fixture(base), adapter), 5e-5);
        }
    }

    @Test
    void newModulesToSaveBeginAsTheBaseIs() {
        Path model = fixture("llama-tiny-tied");
        LoraConfig config = LoraConfig.allLinear(2, 4).withModulesToSave(List.of("embed_tokens"));
        try (var llm = CausalLm.open(model);
                Checkpoint batch = batch()) {
            var weights = new LoraWeights(llm.weights(), config, memory, 0);
            Decoder decoder = CausalLm.decoder(llm.config(), weights);
            weights.requireFit();
            assertThat(TrainingFixtureTest.logits(decoder, batch)).isEqualTo(logits(model));
            assertThat(weights.parameters().getLast().name()).isEqualTo("base_model.model.model.embed_tokens.weight");
            var head = new LoraWeights(llm.weights(), config.withModulesToSave(List.of("embed_tokens", "lm_head")), memory, 0);
            CausalLm.decoder(llm.config(), head);
            assertThatThrownBy(head::requireFit).hasMessageContaining("[lm_head]");
        }
    }

    @ParameterizedTest
    @CsvSource({"adapter, merged_layer0.safetensors", "adapter_dora, dora.safetensors"})
    void matricesAreMergedAsByPeft(String name, String merged) {
        Path lora = fixture("lora");
        try (var llm = CausalLm.open(fixture("llama-tiny"));
                var adapter = LoraAdapter.open(lora.resolve(name), DEVICE);
                Checkpoint want = SafeTensors.open(lora.resolve(merged))) {
            LoraWeights weights = adapter.over(llm.weights(), memory, 0);
            CausalLm.decoder(llm.config(), weights);
            weights.layers().forEach((layer, linear) -> {
                if (want.contains(layer + ".weight")) {
                    TrainingFixtureTest.requireClose(
                            layer,
                            linear.merged(memory).toArray(),
                            want.tensor(layer + ".weight").toArray(),
                            1e-6);
                }
            });
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"adapter", "adapter_rslora", "adapter_patterns", "adapter_dora"})
    void whatIsMergedCanBeTakenOutAgain(String name) {
        try (var llm = CausalLm.open(fixture("llama-tiny"));
                var adapter = LoraAdapter.open(fixture("lora").resolve(name), DEVICE);
                Checkpoint batch = batch()) {
            var merged = new MergedWeights(adapter.over(llm.weights(), memory, 0), memory);
            Decoder decoder = CausalLm.decoder(llm.config(), merged);
            float[] base = TrainingFixtureTest.logits(llm.decoder(), batch);
            float[] adapted = logits(fixture("llama-tiny"), fixture("lora").resolve(name));
            assertThat(adapted).isNotEqualTo(base);
            for (int times = 0; times < 2; times++) {
                TrainingFixtureTest.requireClose("merged", TrainingFixtureTest.logits(decoder, batch), adapted, 2e-5);
                merged.unmerge();
                TrainingFixtureTest.requireClose("unmerged", TrainingFixtureTest.logits(decoder, batch), base, 2e-5);
                assertThatThrownBy(merged::unmerge).hasMessageContaining("already");
                merged.merge();
            }
            assertThat(merged.isMerged()).isTrue();
        }
    }

    @Test
    void whatIsTakenOutLeavesTheBase() {
        try (var llm = CausalLm.open(fixture("llama-tiny"));
                var adapter = LoraAdapter.open(fixture("lora").resolve("adapter_dora"), DEVICE)) {
            LoraWeights weights = adapter.over(llm.weights(), memory, 0);
            CausalLm.decoder(llm.config(), weights);
            weights.layers().forEach((layer, linear) -> {
                var matrix = linear.merged(memory);
                linear.unmerge(matrix);
                TrainingFixtureTest.requireClose(
                        layer,
                        matrix.toArray(),
                        llm.checkpoint().tensor(layer + ".weight").toArray(),
                        3e-7);
            });
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"adapter", "adapter_rslora", "adapter_patterns", "adapter_dora"})
    void aMergedFolderGivesTheLogitsOfTheAdapter(String name) {
        Path model = fixture("llama-tiny");
        Path adapter = fixture("lora").resolve(name);
        List<MatrixError> told = new ArrayList<>();
        List<MatrixError> errors = Merging.write(model, adapter, target.resolve("merged"), null, told::add);
        assertThat(errors).isEqualTo(told).isNotEmpty().allMatch(error -> error.max() == 0 && error.cosine() > 1 - 1e-12);
        TrainingFixtureTest.requireClose(name, logits(target.resolve("merged")), logits(model, adapter), 2e-5);
        assertThat(target.resolve("merged/config.json")).hasSameTextualContentAs(model.resolve("config.json"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"nf4", "nf4-dq", "int4", "int8", "bf16"})
    void mergesIntoAnotherFormat(String format) {
        Path model = fixture("llama-tiny");
        Path adapter = fixture("lora").resolve("adapter");
        Path merged = target.resolve("merged");
        List<MatrixError> errors = Merging.write(model, adapter, merged, format, error -> {});
        assertThat(errors).hasSizeGreaterThanOrEqualTo(14).allMatch(error -> error.max() > 0 && error.rms() < error.max() && error.cosine() > 0.99);
        // the same as merging first, and quantizing what came out
        if (!format.equals("bf16")) {
            Merging.write(model, adapter, target.resolve("plain"), null, error -> {});
            Quantization.write(target.resolve("plain"), target.resolve("quantized"), format, error -> {});
            assertThat(logits(merged)).isEqualTo(logits(target.resolve("quantized")));
        } else {
            assertThat(CausalLm.config(merged)
                            .stringAt("dtype", CausalLm.config(merged).stringAt("torch_dtype", "")))
                    .isEqualTo("bfloat16");
        }
    }

    @Test
    void mergesIntoABaseOfFourBits() {
        Path model = fixture("llama-tiny-bnb-nf4-dq");
        Path adapter = fixture("lora").resolve("adapter_patterns");
        Path merged = target.resolve("merged");
        List<MatrixError> errors = Merging.write(model, adapter, merged, null, error -> {});
        assertThat(errors).allMatch(error -> error.cosine() > 0.98 && error.cosine() < 1);
        try (Checkpoint before = SafeTensors.open(model);
                Checkpoint after = SafeTensors.open(merged);
                CausalLm opened = CausalLm.open(merged)) {
            assertThat(after.names()).containsExactlyInAnyOrderElementsOf(before.names());
            List<String> changed = errors.stream().map(MatrixError::name).toList();
            for (String name : before.names()) {
                if (changed.stream().noneMatch(name::startsWith)) {
                    assertThat(after.tensor(name).toArray())
                            .as(name)
                            .isEqualTo(before.tensor(name).toArray());
                }
            }
            assertThat(opened.config().has("quantization_config")).isTrue();
        }
        requireErrors(model, adapter, merged, errors);
    }

    /// What is said of each matrix is so.
    private void requireErrors(Path model, Path adapter, Path merged, List<MatrixError> errors) {
        try (var llm = CausalLm.open(model);
                var result = CausalLm.open(merged);
                var opened = LoraAdapter.open(adapter, DEVICE)) {
            LoraWeights weights = opened.over(llm.weights(), memory, 0);
            CausalLm.decoder(llm.config(), weights);
            assertThat(errors).hasSameSizeAs(weights.layers().entrySet());
            for (MatrixError error : errors) {
                String layer = error.name().substring(0, error.name().length() - ".weight".length());
                float[] exact = Objects.requireNonNull(weights.layers().get(layer))
                        .merged(memory)
                        .toArray();
                float[] stored = matrix(result, layer, exact.length);
                double max = 0;
                for (int i = 0; i < exact.length; i++) {
                    max = Math.max(max, Math.abs((double) exact[i] - stored[i]));
                }
                assertThat(error.max()).as(layer).isEqualTo(max);
            }
        }
    }

    private static float[] matrix(CausalLm llm, String layer, int size) {
        int columns = layer.endsWith("down_proj") ? 160 : 64;
        int[] rows = IntStream.range(0, size / columns).toArray();
        return llm.weights()
                .weight(layer, rows.length, columns)
                .lookup(Memory.collected(DEVICE).ints(rows))
                .toArray();
    }

    @ParameterizedTest
    @CsvSource({"llama-tiny-bnb-nf4, f32", "llama-tiny-bnb-nf4-dq, f32", "llama-tiny-bnb-fp4, f32"})
    void aBaseOfFourBitsIsWrittenPlain(String base, String format) {
        Path adapter = fixture("lora").resolve("adapter_dora");
        Path merged = target.resolve("merged");
        Merging.write(fixture(base), adapter, merged, format, error -> {});
        TrainingFixtureTest.requireClose(base, logits(merged), logits(fixture(base), adapter), 5e-5);
        try (Checkpoint written = SafeTensors.open(merged)) {
            assertThat(written.names()).noneMatch(name -> name.contains("absmax"));
            assertThat(written.dtype("model.layers.0.mlp.up_proj.weight")).isEqualTo(DType.F32);
        }
    }

    /// As bitsandbytes' `llm_int8_skip_modules` has it: the config says which layers are plain, and is copied.
    @Test
    void whatABaseOfFourBitsHasPlainStaysPlain() throws IOException {
        Path base = target.resolve("base");
        Path merged = target.resolve("merged");
        Quantization.write(fixture("llama-tiny"), base, "nf4", error -> {});
        String query = "model.layers.0.self_attn.q_proj.weight";
        String gate = "model.layers.1.mlp.gate_proj.weight";
        try (Checkpoint plain = SafeTensors.open(fixture("llama-tiny"));
                Checkpoint quantized = SafeTensors.open(base)) {
            Map<String, Tensor> tensors = new LinkedHashMap<>();
            for (String name : quantized.names()) {
                if (!name.startsWith(query) && !name.startsWith(gate)) {
                    tensors.put(name, quantized.tensor(name));
                }
            }
            tensors.put(query, plain.tensor(query));
            tensors.put(gate, plain.tensor(gate));
            SafeTensorsWriter.write(target.resolve("mixed"), tensors, Map.of("format", "pt"));
        }
        Files.move(target.resolve("mixed"), base.resolve("model.safetensors"), StandardCopyOption.REPLACE_EXISTING);
        Path adapter = fixture("lora").resolve("adapter_patterns");
        List<MatrixError> errors = Merging.write(base, adapter, merged, null, error -> {});
        try (Checkpoint before = SafeTensors.open(base);
                Checkpoint after = SafeTensors.open(merged)) {
            assertThat(after.names()).containsExactlyInAnyOrderElementsOf(before.names());
            for (String name : List.of(query, gate)) {
                assertThat(after.dtype(name)).isEqualTo(before.dtype(name));
            }
        }
        requireErrors(base, adapter, merged, errors);
    }

    /// Parameters would be made of the base's matrices, and the updates be lost.
    @Test
    void whatIsMergedIsNotTrained() {
        try (var llm = CausalLm.open(fixture("llama-tiny"));
                var adapter = LoraAdapter.open(fixture("lora").resolve("adapter"), DEVICE)) {
            var merged = new MergedWeights(adapter.over(llm.weights(), memory, 0), memory);
            var trained = new TrainableWeights(merged, memory);
            assertThatThrownBy(() -> CausalLm.decoder(llm.config(), trained)).hasMessageContaining("merged");
        }
    }

    @Test
    void refusesWhatDoesNotFit() {
        Path lora = fixture("lora");
        assertThatThrownBy(() -> Merging.write(fixture("llama-tiny-bnb-fp4"), lora.resolve("adapter"), target.resolve("a"), null, error -> {}))
                .hasMessageContaining("fp4")
                .hasMessageContaining("name another format");
        assertThatThrownBy(() -> Merging.write(fixture("llama-tiny-bias"), lora.resolve("adapter"), target.resolve("b"), null, error -> {}))
                .hasMessageContaining("is the adapter made for another base?");
        assertThatThrownBy(() -> Merging.write(fixture("bitnet-tiny-packed"), lora.resolve("adapter"), target.resolve("c"), null, error -> {}))
                .hasMessageContaining("-1, 0 and 1");
        assertThatThrownBy(() -> Merging.write(fixture("llama-tiny"), lora.resolve("adapter"), target.resolve("d"), "nf3", error -> {}))
                .hasMessageContaining("no weight format \"nf3\"");
        assertThat(target).isEmptyDirectory();
    }
}
