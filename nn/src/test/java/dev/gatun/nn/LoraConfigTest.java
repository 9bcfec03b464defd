package dev.gatun.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Which layers have an update, and of which rank.
class LoraConfigTest {
    private static final String UP = "model.layers.1.mlp.up_proj";

    private static LoraConfig config(List<String> targets, Map<String, Integer> ranks) {
        return new LoraConfig(8, 16, 0, false, false, targets, ranks, Map.of(), List.of());
    }

    @Test
    void namesAndPatternsSayWhichLayersAreAdapted() {
        assertThat(LoraConfig.allLinear(8, 16).adapts(UP)).isTrue();
        assertThat(LoraConfig.allLinear(8, 16).adapts("lm_head")).isFalse();
        assertThat(config(List.of("up_proj"), Map.of()).adapts(UP)).isTrue();
        assertThat(config(List.of("p_proj"), Map.of()).adapts(UP)).isFalse();
        assertThat(config(List.of("mlp.up_proj"), Map.of()).adapts(UP)).isTrue();
        assertThat(config(List.of(".*layers\\.[02]\\..*"), Map.of()).adapts(UP)).isFalse();
        assertThat(config(List.of(".*layers\\.[12]\\..*"), Map.of()).adapts(UP)).isTrue();
    }

    @Test
    void theFirstPatternThatMatchesHolds() {
        for (int i = 0; i < 2; i++) {
            var ranks = new LinkedHashMap<String, Integer>();
            ranks.put(i == 0 ? "up_proj" : "layers.1.mlp.up_proj", 2);
            for (int other = 0; other < 20; other++) {
                ranks.put("layers." + (10 + other) + ".mlp.up_proj", 5);
            }
            ranks.put(i == 0 ? "layers.1.mlp.up_proj" : "up_proj", 3);
            assertThat(config(List.of("all-linear"), ranks).rank(UP)).isEqualTo(2);
            assertThat(config(List.of("all-linear"), ranks).rank("model.layers.0.mlp.up_proj"))
                    .isEqualTo(i == 0 ? 2 : 3);
            assertThat(config(List.of("all-linear"), ranks)
                            .withRankStabilization()
                            .scale(UP))
                    .isCloseTo(11.3137f, within(1e-4f));
        }
    }

    @Test
    void namesWhatFitsNoLayer() {
        LoraConfig config = config(List.of("up_proj", "nonsense"), Map.of("layers.7.*", 2));
        assertThat(config.unused(List.of(UP), List.of())).containsExactly("nonsense", "layers.7.*");
        assertThat(config(List.of("up_proj"), Map.of(".*up_proj", 2)).unused(List.of(UP), List.of()))
                .isEmpty();
        LoraConfig whole = LoraConfig.allLinear(8, 16).withModulesToSave(List.of("embed_tokens", "lm_head"));
        assertThat(whole.unused(List.of(UP), List.of("model.embed_tokens"))).containsExactly("lm_head");
    }

    /// PEFT's `key.endswith(name)`, and whatever is in such a module.
    @Test
    void modulesToSaveAreNamedByTheEndsOfTheirNames() {
        LoraConfig norms = LoraConfig.allLinear(8, 16).withModulesToSave(List.of("norm"));
        assertThat(List.of("model.norm", "model.layers.0.input_layernorm", "model.layers.1.post_attention_layernorm"))
                .allMatch(norms::saves);
        assertThat(norms.saves(UP)).isFalse();
        LoraConfig last = norms.withModulesToSave(List.of("model.norm"));
        assertThat(last.saves("model.norm")).isTrue();
        assertThat(last.saves("model.layers.0.input_layernorm")).isFalse();
        LoraConfig mlp = norms.withModulesToSave(List.of("mlp"));
        assertThat(mlp.saves(UP)).isTrue();
        assertThat(mlp.adapts(UP)).isFalse();
        assertThat(mlp.saves("model.layers.0.self_attn.q_proj")).isFalse();
        assertThat(mlp.unused(List.of(), List.of(UP))).isEmpty();
    }

    @Test
    void refusesWhatCannotBe() {
        assertThatThrownBy(() -> config(List.of(), Map.of())).hasMessageContaining("no target modules");
        assertThatThrownBy(() -> config(List.of("q_proj"), Map.of("q_proj", 0))).hasMessageContaining("at least 1");
        assertThatThrownBy(() -> config(List.of("(q_proj"), Map.of()).adapts(UP))
                .hasMessageContaining("(q_proj");
    }
}
