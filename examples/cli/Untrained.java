import dev.gatun.io.Json;
import dev.gatun.models.LlamaConfig;
import dev.gatun.models.LlamaFamily;
import dev.gatun.models.MatMulFreeConfig;
import dev.gatun.models.training.MemoryPlan;
import dev.gatun.nn.Weights;
import dev.gatun.tensor.Device;
import dev.gatun.tensor.Memory;
import dev.gatun.tensor.Tensor;
import java.util.Arrays;
import java.util.SequencedMap;
import java.util.SplittableRandom;
import java.util.function.DoubleSupplier;

/// A model before its training: its sizes, the numbers it begins with, and how models of its kind are trained.
sealed interface Untrained {
    /// `config.json`
    SequencedMap<String, Object> members();

    long parameters();

    int vocabSize();

    /// The longest sequence it can be made for.
    int positions();

    String kind();

    /// Whether there are forget gates with lower bounds.
    default boolean hasLowerBounds() {
        return false;
    }

    /// How models of this kind are trained.
    TrainingOptions.Usual usual();

    /// How matrices are stored when the training is over.
    String stored();

    MemoryPlan plan(MemoryPlan.Setup setup);

    Weights initial(Device device, long seed);

    /// What a `config.json` describes.
    ///
    /// @param remember of a MatMul-free model
    static Untrained of(Json config, int remember) {
        return switch (config.stringAt("model_type")) {
            case "llama" -> new Llama(LlamaConfig.from(config));
            case "hgrn_bit" -> new MatMulFree(MatMulFreeConfig.from(config), remember);
            default -> throw config.at("model_type").refused("trained from scratch are \"llama\" and \"hgrn_bit\"");
        };
    }

    /// What was published under a name.
    ///
    /// @param remember of a MatMul-free model
    static Untrained of(String shape, int remember) {
        MatMulFreeConfig free = MatMulFreeConfig.sizes().get(shape);
        return free == null ? new Llama(LlamaFamily.size(shape)) : new MatMulFree(free, remember);
    }

    private static SplittableRandom random(long seed, String name) {
        return new SplittableRandom(seed ^ name.hashCode() * 0x9E3779B97F4A7C15L);
    }

    private static Tensor drawn(Memory heap, long rows, long columns, DoubleSupplier number) {
        float[] values = new float[Math.toIntExact(rows * columns)];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) number.getAsDouble();
        }
        return heap.floats(values, rows, columns);
    }

    private static Tensor filled(Memory heap, long size, float value) {
        float[] values = new float[Math.toIntExact(size)];
        Arrays.fill(values, value);
        return heap.floats(values);
    }

    record Llama(LlamaConfig sizes) implements Untrained {
        static final TrainingOptions.Usual USUAL = new TrainingOptions.Usual(3e-3, "cosine", false, 0.95, 0.1);

        @Override
        public SequencedMap<String, Object> members() {
            return sizes.members();
        }

        @Override
        public long parameters() {
            return sizes.parameters();
        }

        @Override
        public int vocabSize() {
            return sizes.vocabSize();
        }

        @Override
        public int positions() {
            return sizes.maxPositionEmbeddings();
        }

        @Override
        public String kind() {
            return "LLaMA";
        }

        @Override
        public TrainingOptions.Usual usual() {
            return USUAL;
        }

        @Override
        public String stored() {
            return "bf16";
        }

        @Override
        public MemoryPlan plan(MemoryPlan.Setup setup) {
            return MemoryPlan.of(sizes, setup);
        }

        /// Normally distributed so that products keep their inputs' size, whatever the width (0.02, which GPT-2 has for its 768, leaves the attention of a
        /// narrow model flat for thousands of steps), less so where a layer writes into the residual stream (GPT-2's rule).
        @Override
        public Weights initial(Device device, long seed) {
            double deviation = 1 / Math.sqrt(sizes.hiddenSize());
            return new Initial(Memory.collected(device), seed, deviation, deviation / Math.sqrt(2 * sizes.numHiddenLayers()));
        }

        private record Initial(Memory heap, long seed, double deviation, double residual) implements Weights {
            @Override
            public Tensor matrix(String name, long rows, long columns) {
                boolean writes = name.endsWith("o_proj") || name.endsWith("down_proj");
                var random = random(seed, name);
                return drawn(heap, rows, columns, () -> (writes ? residual : deviation) * random.nextGaussian());
            }

            @Override
            public Tensor vector(String name, long size) {
                return filled(heap, size, 1);
            }

            @Override
            public Device device() {
                return heap.device();
            }
        }
    }

    /// @param remember how many tokens the last layer's forget gates keep something at least, before they are trained; 0 leaves it to the number of layers
    record MatMulFree(MatMulFreeConfig sizes, int remember) implements Untrained {
        static final int REMEMBER = 256;

        private static final int LONGEST = 1 << 20;

        public MatMulFree {
            if (remember != 0 && (remember < 2 || remember > LONGEST)) { // further on 1 − T⁻¹ is 1 in f32, and what a layer reads is multiplied by 0
                throw new IllegalArgumentException(
                        "--remember " + remember + " — want 2 to " + LONGEST + " tokens, or 0 for as many as there are layers");
            }
        }

        @Override
        public SequencedMap<String, Object> members() {
            return sizes.members();
        }

        @Override
        public long parameters() {
            return sizes.parameters();
        }

        @Override
        public int vocabSize() {
            return sizes.vocabSize();
        }

        /// A recurrence has no last position.
        @Override
        public int positions() {
            return Integer.MAX_VALUE;
        }

        @Override
        public String kind() {
            return "MatMul-free model";
        }

        @Override
        public boolean hasLowerBounds() {
            return sizes.useLowerBound() && sizes.numHiddenLayers() > 1;
        }

        /// Without decay: what is rounded is trained by how far it is from the next step, and shrinking it makes every step a larger one.
        @Override
        public TrainingOptions.Usual usual() {
            return new TrainingOptions.Usual(4e-3, "cosine", true, 0.95, 0);
        }

        /// What is near a step of the rounding must stay on its side.
        @Override
        public String stored() {
            return "f32";
        }

        @Override
        public MemoryPlan plan(MemoryPlan.Setup setup) {
            return MemoryPlan.of(sizes, setup);
        }

        /// As the authors' program: Xavier's uniform distribution with a gain of 2^−2.5 in the token mixer, a normal one of deviation 0.02 elsewhere, less so
        /// where the channel mixer writes into the residual stream; norms are 1.
        ///
        /// Lower bounds are 0 there, so that those of L layers are 0, 1/L, …, (L − 1)/L, and a model of few layers forgets within a few tokens. With [#remember]
        /// T that of layer l is `1 − T^(−l/(L−1))`: every layer remembers longer than the one before by the same factor, the last T tokens.
        @Override
        public Weights initial(Device device, long seed) {
            int layers = sizes.numHiddenLayers();
            return new Initial(Memory.collected(device), seed, 0.02 / Math.sqrt(2 * layers), bounds(layers));
        }

        /// The parameters of the layers, whose softmax is by how much a bound is above that of the layer before.
        private double[] bounds(int layers) {
            double[] parameters = new double[layers];
            if (remember != 0 && layers > 1) {
                parameters[0] = -Math.log(remember);
                for (int l = 1; l < layers; l++) {
                    parameters[l] = Math.log(forgotten(l - 1) - forgotten(l));
                }
            }
            return parameters;
        }

        private double forgotten(int layer) {
            return Math.pow(remember, -layer / (sizes.numHiddenLayers() - 1.0));
        }

        @SuppressWarnings("ArrayRecordComponent") // never compared
        private record Initial(Memory heap, long seed, double residual, double[] bounds) implements Weights {
            @Override
            public Tensor matrix(String name, long rows, long columns) {
                var random = random(seed, name);
                double most = Math.pow(2, -2.5) * Math.sqrt(6.0 / (rows + columns));
                double deviation = name.endsWith("down_proj") ? residual : 0.02;
                boolean uniform = name.contains(".attn.");
                return drawn(heap, rows, columns, () -> uniform ? random.nextDouble(-most, most) : deviation * random.nextGaussian());
            }

            @Override
            public Tensor vector(String name, long size) {
                if (!name.endsWith("lower_bounds")) {
                    return filled(heap, size, 1);
                }
                int width = Math.toIntExact(size / bounds.length);
                float[] values = new float[bounds.length * width];
                for (int l = 0; l < bounds.length; l++) {
                    Arrays.fill(values, l * width, (l + 1) * width, (float) bounds[l]);
                }
                return heap.floats(values);
            }

            @Override
            public Device device() {
                return heap.device();
            }
        }
    }
}
