package dev.gatun.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatun.io.Json;
import dev.gatun.tensor.ops.RopeScaling;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LlamaConfigTest {
    private static final String SMALL = """
            {"hidden_size": 64, "intermediate_size": 160, "num_hidden_layers": 3, "num_attention_heads": 8, "vocab_size": 512%s}""";

    private static LlamaConfig config(String more) {
        return LlamaConfig.from(Json.parse("config.json", SMALL.formatted(more)));
    }

    @Test
    void fillsInTheDefaultsOfHuggingFace() {
        LlamaConfig config = config("");
        assertThat(config.numKeyValueHeads()).isEqualTo(8);
        assertThat(config.headDim()).isEqualTo(8);
        assertThat(config.ropeTheta()).isEqualTo(10000);
        assertThat(config.rmsNormEps()).isEqualTo(1e-6f);
        assertThat(config.maxPositionEmbeddings()).isEqualTo(2048);
        assertThat(config.tieWordEmbeddings()).isFalse();
    }

    @Test
    void readsOldAndNewKeysOfRopeAlike() {
        var folder = LlamaFixtureTest.folder("llama-tiny-llama3rope");
        LlamaConfig config = LlamaConfig.from(Json.read(folder.resolve("config.json")));
        assertThat(LlamaConfig.from(Json.read(folder.resolve("config.legacy.json"))))
                .isEqualTo(config);
        assertThat(config.ropeScaling()).isEqualTo(new RopeScaling.Llama3(8, 1, 4, 64));
        assertThat(config.ropeTheta()).isEqualTo(500000);
        assertThat(config(", \"rope_scaling\": {\"type\": \"linear\", \"factor\": 2}")
                        .ropeScaling())
                .isEqualTo(new RopeScaling.Linear(2));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"num_key_value_heads\": 3|num_attention_heads 8 is no multiple of num_key_value_heads 3",
                "\"head_dim\": 7|head_dim 7 is no multiple of 2",
                "\"rms_norm_eps\": -1|rms_norm_eps -1.0",
                "\"hidden_act\": \"gelu\"|\"hidden_act\" is \"gelu\"",
                "\"rope_theta\": 0|rope_theta 0.0",
                "\"num_key_value_heads\": \"x\"|\"num_key_value_heads\" is \"x\", expected an integer",
                "\"rope_scaling\": {\"rope_type\": \"spiral\"}|\"rope_scaling.rope_type\" is \"spiral\"",
                "\"rope_scaling\": {\"rope_type\": \"linear\"}|missing \"factor\"",
                "\"rope_scaling\": {\"rope_type\": \"linear\", \"factor\": 0}|\"rope_scaling.factor\" is 0",
                "\"max_position_embeddings\": 0|max_position_embeddings 0",
            })
    void refusesSizesThatDoNotFit(String member, String message) {
        assertThatThrownBy(() -> config(", " + member))
                .hasMessageContaining("config.json")
                .hasMessageContaining(message);
    }

    @Test
    void namesAMissingKeyAndWhatThereIs() {
        assertThatThrownBy(() -> LlamaConfig.from(Json.parse("config.json", "{\"hidden_size\": 64, \"num_attention_heads\": 8}")))
                .hasMessage("config.json: missing \"intermediate_size\"; it has [hidden_size, num_attention_heads]");
    }

    @ParameterizedTest
    @CsvSource({"llama-7b,6738415616", "llama-13b,13015864320", "llama-33b,32528943616", "llama-65b,65285660672", "llama-3.2-1b,1235814400"})
    void countsTheParametersOfPublishedModels(String name, long parameters) {
        assertThat(LlamaFamily.size(name).parameters()).isEqualTo(parameters);
    }

    @Test
    void listsTheShapesItKnows() {
        assertThatThrownBy(() -> LlamaFamily.size("llama-9"))
                .hasMessageContaining("llama-9")
                .hasMessageContaining("llama-3.2-1b");
    }
}
