package dev.gatun.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.gatun.io.SafeTensors;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class LogitsFilterTest {
    static Stream<Arguments> filters() {
        return Stream.of(
                Arguments.of("temp0.7", LogitsFilter.temperature(0.7f)),
                Arguments.of("topk5", LogitsFilter.none().topK(5)),
                Arguments.of("topp0.5", LogitsFilter.none().topP(0.5f)),
                Arguments.of("topp0.9", LogitsFilter.none().topP(0.9f)),
                Arguments.of("minp0.1", LogitsFilter.none().minP(0.1f)),
                Arguments.of("rep1.3", LogitsFilter.repetitionPenalty(1.3f)));
    }

    @ParameterizedTest
    @MethodSource("filters")
    void agreesWithTransformers(String name, LogitsFilter filter) {
        try (var fixture = SafeTensors.open(LlamaFixtureTest.folder("sampling.safetensors"))) {
            for (int row = 0; row < 3; row++) {
                float[] logits = row(fixture.tensor("logits").toArray(), row);
                int[] ids = Arrays.copyOfRange(fixture.tensor("input_ids").toInts(), row * 12, row * 12 + 12);
                filter.apply(logits, ids);
                float[] expected = row(fixture.tensor(name).toArray(), row);
                for (int i = 0; i < expected.length; i++) {
                    if (expected[i] == Float.NEGATIVE_INFINITY) {
                        assertThat(logits[i]).isEqualTo(expected[i]);
                    } else {
                        assertThat(logits[i]).isCloseTo(expected[i], within(1e-6f * Math.max(1, Math.abs(expected[i]))));
                    }
                }
            }
        }
    }

    private static float[] row(float[] all, int row) {
        return Arrays.copyOfRange(all, row * 40, row * 40 + 40);
    }

    @Test
    void readsFromLeftToRight() {
        float[] logits = {1, 2, 3, 4};
        LogitsFilter.temperature(0.5f).topK(2).topP(0.9f).apply(logits, new int[0]);
        assertThat(logits).containsExactly(Float.NEGATIVE_INFINITY, Float.NEGATIVE_INFINITY, 6, 8);
    }

    @Test
    void keepsTheFirstOfEqualScoresAtTemperatureZero() {
        float[] logits = {1, 5, 5, 2};
        LogitsFilter.temperature(0).apply(logits, new int[0]);
        assertThat(new Sampler(LogitsFilter.none(), 1).draw(logits, new int[0])).isEqualTo(1);
    }

    @Test
    void drawsWithTheProbabilitiesOfTheSoftmax() {
        Sampler sampler = new Sampler(LogitsFilter.none(), 7);
        int[] count = new int[3];
        for (int i = 0; i < 20_000; i++) {
            count[sampler.draw(new float[] {0, (float) Math.log(3), Float.NEGATIVE_INFINITY}, new int[0])]++;
        }
        assertThat(count[0] / 20_000.0).isCloseTo(0.25, within(0.01));
        assertThat(count[2]).isZero();
    }

    @Test
    void drawsTheSameFromTheSameSeed() {
        int[] one = draws(3);
        assertThat(draws(3)).isEqualTo(one).isNotEqualTo(draws(4));
    }

    private static int[] draws(long seed) {
        Sampler sampler = new Sampler(LogitsFilter.none(), seed);
        return java.util.stream.IntStream.range(0, 50)
                .map(i -> sampler.draw(new float[100], new int[0]))
                .toArray();
    }

    @Test
    void refusesNumbersThatMakeNoSense() {
        assertThatThrownBy(() -> LogitsFilter.none().topP(7)).hasMessage("top-p 7 — want above 0 and at most 1");
        assertThatThrownBy(() -> LogitsFilter.none().topK(0)).hasMessageContaining("top-k 0");
        assertThatThrownBy(() -> LogitsFilter.temperature(Float.NaN)).hasMessageContaining("temperature NaN");
        assertThatThrownBy(() -> LogitsFilter.none().minP(-1)).hasMessageContaining("min-p -1");
        assertThatThrownBy(() -> LogitsFilter.repetitionPenalty(0)).hasMessageContaining("repetition-penalty 0");
    }

    @Test
    void saysSoWhenAModelIsBroken() {
        assertThatThrownBy(() -> new Sampler(LogitsFilter.none(), 1).draw(new float[] {1, Float.NaN}, new int[0]))
                .hasMessageContaining("NaN");
    }
}
