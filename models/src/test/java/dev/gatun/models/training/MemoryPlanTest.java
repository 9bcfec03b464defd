package dev.gatun.models.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatun.models.LlamaConfig;
import dev.gatun.models.LlamaFamily;
import dev.gatun.models.MatMulFreeConfig;
import dev.gatun.nn.LoraConfig;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// What is counted, in sizes that one can add up.
class MemoryPlanTest {
    private static final LlamaConfig TINY = LlamaFamily.size("tinyllama-1.1b");
    private static final long HIDDEN = 2048;
    private static final long INNER = 5632;
    private static final long LAYERS = 22;
    private static final long TABLE = 32_000 * HIDDEN;

    private static MemoryPlan.Setup setup(@Nullable LoraConfig lora, double optimizerBytes) {
        return new MemoryPlan.Setup(null, lora, optimizerBytes, 8, Long.MAX_VALUE, 1, 16, false);
    }

    private static long part(MemoryPlan plan, String name) {
        return Objects.requireNonNull(plan.parts().get(name));
    }

    @Test
    void theWholeModelIsAllItsParameters() {
        MemoryPlan plan = MemoryPlan.of(TINY, setup(null, 8));
        assertThat(part(plan, "weights")).isEqualTo(4 * TINY.parameters());
        assertThat(part(plan, "gradients")).isEqualTo(4 * TINY.parameters());
        assertThat(part(plan, "optimizer")).isEqualTo(8 * TINY.parameters());
    }

    /// Vectors and the table have their state in f32.
    @Test
    void stateOfEightBitsIsThatOfMatrices() {
        long full = TABLE + (2 * LAYERS + 1) * HIDDEN;
        assertThat(part(MemoryPlan.of(TINY, setup(null, 2)), "optimizer")).isEqualTo(2 * (TINY.parameters() - full) + 8 * full);
        LoraConfig lora = LoraConfig.allLinear(8, 16).withTargets(List.of("up_proj"));
        long updates = LAYERS * 8 * (HIDDEN + INNER);
        assertThat(part(MemoryPlan.of(TINY, setup(lora, 2)), "optimizer")).isEqualTo(2 * updates);
        LoraConfig whole = lora.withModulesToSave(List.of("embed_tokens", "lm_head"));
        assertThat(part(MemoryPlan.of(TINY, setup(whole, 2)), "optimizer")).isEqualTo(2 * (updates + TABLE) + 8 * TABLE);
        MatMulFreeConfig free = Objects.requireNonNull(MatMulFreeConfig.sizes().get("mmfree-370m"));
        long table = (long) free.vocabSize() * free.hiddenSize();
        assertThat(part(MemoryPlan.of(free, setup(null, 2)), "optimizer")).isEqualTo(2 * (free.parameters() - table) + 8 * table);
    }

    @Test
    void whatIsTrainedWholeIsCountedOnce() {
        LoraConfig updates = LoraConfig.allLinear(8, 16).withTargets(List.of("up_proj"));
        MemoryPlan before = MemoryPlan.of(TINY, setup(updates, 8));
        MemoryPlan plan = MemoryPlan.of(TINY, setup(updates.withModulesToSave(List.of("q_proj", "norm", "lm_head")), 8));
        long norms = (2 * LAYERS + 1) * HIDDEN;
        long queries = LAYERS * HIDDEN * HIDDEN;
        assertThat(part(plan, "adapters") - part(before, "adapters")).isEqualTo(4 * (queries + norms + TABLE));
        assertThat(part(plan, "gradients") - part(before, "gradients")).isEqualTo(4 * (queries + norms + TABLE));
        assertThat(part(plan, "optimizer") - part(before, "optimizer")).isEqualTo(8 * (queries + norms + TABLE));
        assertThat(part(before, "weights") - part(plan, "weights")).isEqualTo(2 * queries + 4 * norms);
        assertThat(part(before, "embedding and head") - part(plan, "embedding and head"))
                .isEqualTo(2 * TABLE);
        MemoryPlan magnitudes = MemoryPlan.of(TINY, setup(updates.withMagnitudes(), 8));
        assertThat(part(magnitudes, "adapters") - part(before, "adapters")).isEqualTo(4 * LAYERS * INNER);
    }

    @Test
    void namesAreThoseOfTheModel() {
        MemoryPlan.requireFit(TINY, LoraConfig.allLinear(8, 16).withModulesToSave(List.of("embed_tokens", "lm_head", "layers.21.mlp")));
        assertThatThrownBy(() ->
                        MemoryPlan.requireFit(TINY, LoraConfig.allLinear(8, 16).withModulesToSave(List.of("nonsense"))))
                .hasMessageContaining("[nonsense]");
        assertThatThrownBy(() ->
                        MemoryPlan.requireFit(TINY, LoraConfig.allLinear(8, 16).withTargets(List.of("nonsense"))))
                .hasMessageContaining("[nonsense]");
    }
}
