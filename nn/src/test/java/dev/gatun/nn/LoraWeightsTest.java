package dev.gatun.nn;

import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.DenseWeight;
import dev.gatun.tensor.Device;
import dev.gatun.tensor.Memory;
import dev.gatun.tensor.Tensor;
import org.junit.jupiter.api.Test;

/// Beside which layers there is an update.
class LoraWeightsTest {
    private static final Memory HEAP = Memory.collected(Device.cpu());
    private static final Weights RANDOM = Weights.random(HEAP, DType.F32, 1, 0.1f);

    /// A source whose layers normalize their inputs.
    private static final Weights NORMALIZING = new Weights() {
        @Override
        public Tensor matrix(String name, long rows, long columns) {
            return RANDOM.matrix(name, rows, columns);
        }

        @Override
        public Tensor vector(String name, long size) {
            return RANDOM.vector(name, size);
        }

        @Override
        public Device device() {
            return RANDOM.device();
        }

        @Override
        public Linear linear(String name, long out, long in, boolean bias) {
            return new BitLinear(new RmsNorm(vector(name, in), 1e-5f), new DenseWeight(matrix(name, out, in)));
        }
    };

    @Test
    void saysWhyALayerHasNone() {
        LoraConfig all = LoraConfig.allLinear(2, 4);
        var twice = new LoraWeights(new LoraWeights(RANDOM, all, HEAP, 0), all, HEAP, 0);
        assertThatIllegalStateException()
                .isThrownBy(() -> twice.linear("q_proj", 4, 4, false))
                .withMessageContaining("an adapter already");
        var beside = new LoraWeights(NORMALIZING, all, HEAP, 0);
        assertThatIllegalStateException()
                .isThrownBy(() -> beside.linear("q_proj", 4, 4, false))
                .withMessageContaining("BitLinear");
    }

    @Test
    void isNoPartOfWhatIsTrainedWhole() {
        var inside = new TrainableWeights(new LoraWeights(RANDOM, LoraConfig.allLinear(2, 4), HEAP, 0), HEAP);
        assertThatThrownBy(() -> inside.linear("q_proj", 4, 4, false)).hasMessageContaining("around the source");
    }
}
