package dev.gatun.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatun.io.Json;
import dev.gatun.io.JsonException;
import dev.gatun.io.JsonText;
import dev.gatun.io.SafeTensors;
import dev.gatun.io.SafeTensorsWriter;
import dev.gatun.nn.LoraConfig;
import dev.gatun.nn.LoraWeights;
import dev.gatun.nn.TrainableWeights;
import dev.gatun.tensor.Checkpoint;
import dev.gatun.tensor.CheckpointException;
import dev.gatun.tensor.Device;
import dev.gatun.tensor.Memory;
import dev.gatun.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Which adapters are opened, and over what.
class LoraAdapterTest {
    @TempDir
    private Path folder;

    /// PEFT's adapter with one member of its config changed.
    private LoraAdapter open(String key, String value) throws IOException {
        Path adapter = LlamaFixtureTest.folder("lora").resolve("adapter");
        var json = new LinkedHashMap<String, Object>();
        Json.read(adapter.resolve("adapter_config.json")).forEach(json::put);
        json.put(key, Json.parse("changed", value));
        JsonText.write(folder.resolve("adapter_config.json"), json);
        Files.copy(adapter.resolve("adapter_model.safetensors"), folder.resolve("adapter_model.safetensors"));
        return LoraAdapter.open(folder, Device.cpu());
    }

    @ParameterizedTest
    @CsvSource({
        "init_lora_weights, '\"pissa\"'",
        "init_lora_weights, '\"pissa_niter_16\"'",
        "init_lora_weights, '\"olora\"'",
        "init_lora_weights, '\"loftq\"'",
        "alora_invocation_tokens, '[1, 2]'",
        "arrow_config, '{\"top_k\": 2}'"
    })
    void refusesWhatIsMoreThanAProductBesideTheBase(String key, String value) {
        assertThatThrownBy(() -> open(key, value))
                .isInstanceOf(JsonException.class)
                .hasMessageContaining(key);
    }

    @ParameterizedTest
    @CsvSource({"init_lora_weights, true", "init_lora_weights, '\"gaussian\"'", "init_lora_weights, '\"eva\"'", "alora_invocation_tokens, null"})
    void opensWhatIsNot(String key, String value) throws IOException {
        try (LoraAdapter adapter = open(key, value)) {
            assertThat(adapter.config().targets()).isNotEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource({"embed_tokens lm_head, none", "lm_head, embed_tokens"})
    void refusesATableApartFromTheHeadThatItIs(String modules, String without) throws IOException {
        Path saved = LlamaFixtureTest.folder("lora").resolve("adapter_saved");
        var json = new LinkedHashMap<String, Object>();
        Json.read(saved.resolve("adapter_config.json")).forEach(json::put);
        json.put("ensure_weight_tying", false);
        json.put("modules_to_save", List.of(("model.norm " + modules).split(" ")));
        JsonText.write(folder.resolve("adapter_config.json"), json);
        var tensors = new LinkedHashMap<String, Tensor>();
        try (Checkpoint all = SafeTensors.open(saved.resolve("adapter_model.safetensors"));
                var tied = CausalLm.open(LlamaFixtureTest.folder("llama-tiny-tied"));
                var apart = CausalLm.open(LlamaFixtureTest.folder("llama-tiny"))) {
            all.names().stream().filter(name -> !name.contains(without)).forEach(name -> tensors.put(name, all.tensor(name)));
            SafeTensorsWriter.write(folder.resolve("adapter_model.safetensors"), tensors, Map.of());
            assertThatThrownBy(() -> tied.withAdapter(folder)).hasMessageContaining("ensure_weight_tying");
            apart.withAdapter(folder).close();
        }
    }

    /// The head of an untied base, trained without its table: over a tied base it would be lost.
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void refusesAHeadThatIsNotTheTable(boolean besideAnotherTable) {
        var modules = besideAnotherTable ? List.of("embed_tokens", "lm_head") : List.of("lm_head");
        try (var apart = CausalLm.open(LlamaFixtureTest.folder("llama-tiny"));
                var tied = CausalLm.open(LlamaFixtureTest.folder("llama-tiny-tied"))) {
            LoraConfig config = LoraConfig.allLinear(2, 4).withModulesToSave(modules);
            var weights = new LoraWeights(apart.weights(), config, Memory.collected(Device.cpu()), 0);
            CausalLm.decoder(apart.config(), weights);
            LoraAdapter.write(folder, weights, apart, null);
            assertThat(Json.read(folder.resolve("adapter_config.json")).booleanAt("ensure_weight_tying", true))
                    .isFalse();
            assertThatThrownBy(() -> tied.withAdapter(folder)).hasMessageContaining("ensure_weight_tying");
            // as adapters of untied bases once said
            var json = new LinkedHashMap<String, Object>();
            Json.read(folder.resolve("adapter_config.json")).forEach(json::put);
            json.put("ensure_weight_tying", true);
            JsonText.write(folder.resolve("adapter_config.json"), json);
            assertThatThrownBy(() -> tied.withAdapter(folder)).hasMessageContaining("lm_head.weight was trained apart from embed_tokens");
            assertThatThrownBy(() -> Merging.write(tied.directory(), folder, folder.resolve("merged"), null, error -> {}))
                    .hasMessageContaining("lm_head.weight was trained apart from embed_tokens");
            apart.withAdapter(folder).close();
        }
    }

    private static String complaint(String model, List<String> targets, List<String> modules) {
        try (var llama = CausalLm.open(LlamaFixtureTest.folder(model))) {
            LoraConfig config = LoraConfig.allLinear(2, 4).withTargets(targets).withModulesToSave(modules);
            var weights = new LoraWeights(llama.weights(), config, Memory.collected(Device.cpu()), 0);
            CausalLm.decoder(llama.config(), weights);
            return assertThatThrownBy(weights::requireFit)
                    .isInstanceOf(CheckpointException.class)
                    .actual()
                    .getMessage();
        }
    }

    @Test
    void saysWhyANameIsNoLayer() {
        String tied = "llama-tiny-tied";
        String head = "its head is the table embed_tokens";
        assertThat(complaint(tied, List.of("all-linear"), List.of("embed_tokens", "lm_head")))
                .contains("[lm_head]", head);
        assertThat(complaint(tied, List.of("lm_head", "q_proj"), List.of("q_proj")))
                .contains("trained whole and have no update: [q_proj]", head);
        assertThat(complaint(tied, List.of("v_proj", "q_proj"), List.of("q_proj")))
                .contains("trained whole and have no update: [q_proj]");
        assertThat(complaint(tied, List.of("all-linear"), List.of("proj"))).contains("trained whole and have no update: [proj]");
        assertThat(complaint("llama-tiny", List.of("all-linear"), List.of("nonsense")))
                .contains("[nonsense]")
                .doesNotContain(";");
    }

    @Test
    void saysWhichTargetIsNoLayer() {
        Memory heap = Memory.collected(Device.cpu());
        try (var llama = CausalLm.open(LlamaFixtureTest.folder("llama-tiny"))) {
            var some = new LoraWeights(
                    llama.weights(), new LoraConfig(2, 4, 0, false, false, List.of("q_proj", "nonsense"), Map.of(), Map.of(), List.of()), heap, 0);
            CausalLm.decoder(llama.config(), some);
            assertThatThrownBy(some::requireFit)
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageContaining("[nonsense]");
        }
    }

    @Test
    void saysThatAQuantizedMatrixCannotBeTrained() {
        try (var llm = CausalLm.open(LlamaFixtureTest.folder("llama-tiny-bnb-nf4"))) {
            var weights = new TrainableWeights(llm.weights(), Memory.collected(Device.cpu()));
            assertThatThrownBy(() -> CausalLm.decoder(llm.config(), weights)).hasMessageContaining("is quantized");
        }
    }
}
