package dev.gatun.nn.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.gatun.io.Json;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Schedules against what Hugging Face's and PyTorch's schedulers said: entry i is the rate of step i.
class LearningRateTest {
    private static final Map<String, LearningRate> SAME = Map.of(
            "cosine", LearningRate.cosine(1e-3, 0, 10, 100),
            "linear", LearningRate.linear(1e-3, 0, 10, 100),
            "constant", LearningRate.constant(1e-3, 10),
            "polynomial_p2", LearningRate.polynomial(1e-3, 1e-5, 2, 10, 100),
            "cosine_min_lr_rate_0.1", LearningRate.cosine(1e-3, 1e-4, 10, 100),
            "torch_CosineAnnealingLR_T50_min1e-5", LearningRate.cosine(1e-3, 1e-5, 0, 50),
            "torch_StepLR_10_0.5", LearningRate.stairs(1e-3, 10, 0.5));

    @Test
    void schedulesAreThoseOfHuggingFaceAndPyTorch() throws URISyntaxException {
        Json file = Json.read(Path.of(
                LearningRateTest.class.getResource("/optim/lr_schedules.json").toURI()));
        SAME.forEach((name, schedule) -> {
            Json expected = file.at(name);
            for (int step = 0; step < expected.size(); step++) {
                assertThat(schedule.at(step))
                        .as(name + " of step " + step)
                        .isCloseTo(expected.elements().get(step).asDouble(), within(1e-17));
            }
        });
    }

    @Test
    void aConstantNeedsNoWarmUp() {
        assertThat(LearningRate.constant(3e-4).at(0)).isEqualTo(3e-4);
        assertThat(LearningRate.constant(3e-4, 0).at(0)).isEqualTo(3e-4);
        assertThat(LearningRate.cosine(1, 0, 0, 0).at(0)).isEqualTo(1);
    }

    @Test
    void warmUpStableDecay() {
        LearningRate rate = LearningRate.warmUpStableDecay(1, 0.1, 4, 10, 100);
        assertThat(rate.at(0)).isZero();
        assertThat(rate.at(2)).isEqualTo(0.5);
        assertThat(rate.at(4)).isEqualTo(1);
        assertThat(rate.at(90)).isEqualTo(1);
        assertThat(rate.at(95)).isCloseTo(0.55, within(1e-15));
        assertThat(rate.at(100)).isEqualTo(0.1);
        assertThat(rate.at(1000)).isEqualTo(0.1);
        assertThat(LearningRate.warmUpStableDecay(1, 0, 5, 0, 5).at(4)).isCloseTo(0.8, within(1e-15));
    }

    @Test
    void theMidTrainingDropHalvesOnce() {
        LearningRate cosine = LearningRate.cosine(4e-3, 0, 10, 100);
        LearningRate dropped = cosine.changedAt(50, 0.5);
        assertThat(dropped.at(49)).isEqualTo(cosine.at(49));
        assertThat(dropped.at(50)).isEqualTo(cosine.at(50) / 2);
        assertThat(dropped.at(99)).isEqualTo(cosine.at(99) / 2);
    }

    @Test
    void refusesWhatDoesNotFit() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> LearningRate.cosine(1, 0, 11, 10))
                .withMessageContaining("warm-up of 11 of 10");
        assertThatIllegalArgumentException().isThrownBy(() -> LearningRate.warmUpStableDecay(1, 0, 6, 5, 10));
        assertThatIllegalArgumentException().isThrownBy(() -> LearningRate.stairs(1, 0, 0.5));
    }

    @Test
    void theEndIsOfTheStepAfterTheLast() {
        assertThat(LearningRate.linear(1, 0.1, 0, 10).at(10)).isEqualTo(0.1);
        assertThat(LearningRate.linear(1, 0.1, 0, 10).at(9)).isCloseTo(0.19, within(1e-12));
        assertThat(LearningRate.warmUpStableDecay(1, 0.1, 0, 0, 10).at(9)).isEqualTo(1);
        assertThat(LearningRate.warmUpStableDecay(1, 0.1, 0, 0, 10).at(10)).isEqualTo(0.1);
    }
}
