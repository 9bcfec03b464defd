package dev.gatun.nn.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.gatun.io.SafeTensors;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.Device;
import dev.gatun.tensor.Gradients;
import dev.gatun.tensor.Parameter;
import dev.gatun.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// State in 8 bits against what three steps of bitsandbytes' CUDA kernels left: codes and scales to the byte, parameters to a unit in the last place per step.
class BitsandbytesStateTest {
    private static final SafeTensors CUDA = Given.fixture("optim8_cuda");

    @AfterAll
    static void close() {
        CUDA.close();
    }

    private static OptimizerOptions options(double rate) {
        return OptimizerOptions.of(LearningRate.constant(rate))
                .withWeightDecay(0.01)
                .withFormat(StateFormat.BLOCKWISE_8);
    }

    private static float[] bytes(Tensor codes) {
        Tensor floats = Tensor.zeros(codes.shape().dims());
        floats.set(codes);
        return floats.toArray();
    }

    private static void agrees(Optimizer optimizer, Parameter p, String algorithm, double slack, String... state) {
        Gradients gradients = Given.gradients(List.of(p));
        for (int step = 1; step <= 3; step++) {
            gradients.of(p).write(CUDA.tensor(p.name() + ".grad" + step).toArray());
            optimizer.step(gradients);
            String before = algorithm + "." + p.name() + ".";
            for (String each : state) {
                assertThat(bytes(optimizer.state().get(p.name() + "." + each)))
                        .as(each + " after " + step)
                        .isEqualTo(bytes(CUDA.tensor(before + each + "_after" + step)));
            }
            float[] expected = CUDA.tensor(before + "p_after" + step).toArray();
            assertThat(p.value().toArray()).as("p after " + step).containsExactly(expected, within((float) (slack * step)));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"p8192", "p5000"})
    void adamKeepsTheBytesOfCuda(String name) {
        Parameter p = Given.parameter(Device.cpu(), name, CUDA.tensor(name + ".p0"));
        try (Optimizer optimizer = new AdamW(List.of(p), options(1e-3))) {
            agrees(optimizer, p, "AdamW8bit", 1e-7, "state1", "absmax1", "state2", "absmax2");
        }
    }

    @Test
    void lionKeepsTheBytesOfCuda() {
        Parameter p = Given.parameter(Device.cpu(), "p8192", CUDA.tensor("p8192.p0"));
        try (Optimizer optimizer = new Lion(List.of(p), options(1e-4))) {
            agrees(optimizer, p, "Lion8bit", 0, "state1", "absmax1");
        }
    }

    @Test
    void adamOf32BitsIsThatOfBitsandbytesToo() {
        Parameter p = Given.parameter(Device.cpu(), "p8192", CUDA.tensor("p8192.p0"));
        Gradients gradients = Given.gradients(List.of(p));
        try (Optimizer optimizer = new AdamW(List.of(p), options(1e-3).withFormat(StateFormat.F32))) {
            for (int step = 1; step <= 3; step++) {
                gradients.of(p).write(CUDA.tensor("p8192.grad" + step).toArray());
                optimizer.step(gradients);
            }
        }
        assertThat(p.value().toArray())
                .containsExactly(CUDA.tensor("AdamW32.p8192.p_after3").toArray(), within(3e-7f));
    }

    @Test
    void smallTensorsAndThoseThatWantToStayInF32() {
        Parameter small = Given.random(Device.cpu(), "small", 1, 4095);
        Parameter large = Given.random(Device.cpu(), "large", 2, 4096);
        Parameter table = Given.random(Device.cpu(), "embed_tokens", 3, 64, 64);
        try (Optimizer optimizer = new AdamW(
                List.of(small, large, table),
                options(1e-3)
                        .withGroup(ParameterGroup.of(p -> p.name().startsWith("embed"))
                                .withFullState(true)))) {
            assertThat(optimizer.state().keySet())
                    .containsExactly(
                            "step",
                            "small.step",
                            "small.exp_avg",
                            "small.exp_avg_sq",
                            "large.step",
                            "large.state1",
                            "large.absmax1",
                            "large.state2",
                            "large.absmax2",
                            "embed_tokens.step",
                            "embed_tokens.exp_avg",
                            "embed_tokens.exp_avg_sq");
            assertThat(optimizer.state().get("large.state1").dtype()).isEqualTo(DType.U8);
            assertThat(optimizer.stateBytes()).isEqualTo(4095 * 8 + 4096 * 2 + 16 * 8 + 4096 * 8);
        }
    }

    @Test
    void anElementWhoseGradientIsNoNumberIsLeftOutAndForgotten() {
        Parameter p = Given.random(Device.cpu(), "p", 1, 4096);
        float before = p.value().toArray()[5];
        Gradients gradients = Given.gradients(List.of(p));
        try (Optimizer optimizer = new AdamW(List.of(p), options(1e-3))) {
            float[] g = Given.normal(2, 4096, 1);
            g[5] = Float.NaN;
            gradients.of(p).write(g);
            optimizer.step(gradients);
            assertThat(p.value().toArray()[5]).isEqualTo(before);
            assertThat(bytes(optimizer.state().get("p.state1"))[5]).isEqualTo(127);
            assertThat(bytes(optimizer.state().get("p.state2"))[5]).isZero();
        }
        for (float value : p.value().toArray()) {
            assertThat(value).isFinite();
        }
    }
}
