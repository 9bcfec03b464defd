package dev.gatun.nn.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.gatun.io.SafeTensors;
import dev.gatun.tensor.Device;
import dev.gatun.tensor.Gradients;
import dev.gatun.tensor.Parameter;
import dev.gatun.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class GradientClipTest {
    @Test
    void scalesAsPyTorchDoes() {
        try (SafeTensors torch = Given.fixture("optim")) {
            List<Parameter> parameters = new ArrayList<>();
            for (String name : new String[] {"clip.g0", "clip.g1"}) {
                parameters.add(Given.parameter(Device.cpu(), name, torch.tensor(name)));
            }
            Gradients gradients = Given.gradients(parameters);
            parameters.forEach(p -> gradients.of(p).set(p.value()));
            assertThat(new GradientClip(1.5).apply(gradients))
                    .isCloseTo(torch.tensor("clip.total_norm").toArray()[0], within(1e-6));
            for (Parameter p : parameters) {
                assertThat(gradients.of(p).toArray())
                        .containsExactly(torch.tensor(p.name() + ".clipped").toArray(), within(1e-7f));
            }
        }
    }

    @Test
    void leavesShortGradientsAlone() {
        Parameter p = new Parameter("p", Tensor.of(1, 2));
        Gradients gradients = Given.gradients(List.of(p));
        gradients.of(p).write(new float[] {3, 4});
        assertThat(new GradientClip(5.1).apply(gradients)).isEqualTo(5);
        assertThat(gradients.of(p).toArray()).containsExactly(3, 4);
    }

    @Test
    void theLengthMayBeTooLargeForAFloatSquared() {
        Parameter p = new Parameter("p", Tensor.of(1, 2));
        Gradients gradients = Given.gradients(List.of(p));
        gradients.of(p).write(new float[] {3e30f, 4e30f});
        assertThat(new GradientClip(1).apply(gradients)).isCloseTo(5e30, within(1e24));
        assertThat(gradients.of(p).toArray()).containsExactly(new float[] {0.6f, 0.8f}, within(1e-6f));
    }

    @Test
    void aLengthThatIsNoNumberIsSeenByTheCaller() {
        Parameter p = new Parameter("p", Tensor.of(1, 2));
        Gradients gradients = Given.gradients(List.of(p));
        for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
            gradients.of(p).write(new float[] {3, bad});
            assertThat(new GradientClip(1).apply(gradients)).isNotFinite();
            assertThat(gradients.of(p).toArray()).containsExactly(3, bad);
        }
    }

    @Test
    void isTheSameForAnyNumberOfThreads() {
        Double expected = null;
        for (int threads = 1; threads <= 3; threads++) {
            try (Device device = Device.cpu(threads)) {
                List<Parameter> all = List.of(Given.random(device, "a", 1, 300_007), Given.random(device, "b", 2, 33));
                Gradients gradients = Given.gradients(all);
                Given.fill(gradients, 7);
                double norm = GradientClip.norm(gradients);
                expected = expected == null ? norm : expected;
                assertThat(norm).isEqualTo(expected);
            }
        }
    }

    @Test
    void refusesALengthOfNothing() {
        assertThatIllegalArgumentException().isThrownBy(() -> new GradientClip(0));
    }
}
