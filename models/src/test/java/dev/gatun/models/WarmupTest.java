package dev.gatun.models;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatun.nn.KvCache;
import dev.gatun.nn.WeightFormat;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.Device;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WarmupTest {
    private static final LlamaConfig LARGE = LlamaFamily.size("llama-3.2-1b");

    @ParameterizedTest
    @ValueSource(strings = {"F16", "BF16", "int4"})
    void runsTheVeryFormatAndEnds(String weights) {
        boolean plain = weights.equals(weights.toUpperCase(java.util.Locale.ROOT));
        Warmup warmup = Warmup.start(
                LARGE, Device.cpu(), plain ? DType.valueOf(weights) : DType.BF16, plain ? null : WeightFormat.named(weights), KvCache.Format.INT8);
        assertThat(warmup.isRunning()).isTrue();
        warmup.close();
        assertThat(warmup.isRunning()).isFalse();
        assertThat(warmup.failure).isNull();
    }

    @Test
    void aSmallModelDoesNotWait() {
        try (Warmup warmup = Warmup.start(LlamaFixtureTest.folder("llama-tiny"), Device.cpu(), null, KvCache.Format.F32)) {
            assertThat(warmup.isRunning()).isFalse();
        }
    }

    @Test
    void aMiniatureHasTheHeadsOfItsModel() {
        for (LlamaConfig sizes : LlamaFamily.sizes().values()) {
            LlamaConfig small = sizes.miniature();
            assertThat(small.headDim()).isEqualTo(sizes.headDim());
            assertThat(small.numAttentionHeads() / small.numKeyValueHeads()).isEqualTo(sizes.numAttentionHeads() / sizes.numKeyValueHeads());
            assertThat(small.parameters()).isLessThan(10_000_000);
        }
    }
}
