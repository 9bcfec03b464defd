import dev.gatun.nn.WeightFormat;
import dev.gatun.nn.Weights;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.Device;
import dev.gatun.tensor.Resident;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.Weight;

/// Random weights in a format of few bits: each matrix is drawn, quantized and given back before the next, so that a model can be tried whose plain weights
/// would not fit in memory.
record Drawn(Weights random, WeightFormat format, Resident memory) implements Weights {
    private static final long SEED = 42;
    private static final float STD = 0.02f;

    /// {@return a source of random weights}
    ///
    /// @param memory where they live
    /// @param type of what is not quantized
    /// @param format of what is multiplied by; null for `type`
    static Weights weights(Resident memory, DType type, WeightFormat format) {
        Weights random = Weights.random(memory, type, SEED, STD);
        return format == null ? random : new Drawn(random, format, memory);
    }

    @Override
    public Tensor matrix(String name, long rows, long columns) {
        return random.matrix(name, rows, columns);
    }

    @Override
    public Weight weight(String name, long rows, long columns) {
        try (var once = new Resident(memory.device(), "a matrix")) {
            return format.quantize(Weights.random(once, DType.BF16, SEED, STD).matrix(name, rows, columns), memory);
        }
    }

    @Override
    public Weight ternary(String name, long rows, long columns) {
        return new Drawn(random, WeightFormat.named(WeightFormat.TERNARY), memory).weight(name, rows, columns);
    }

    @Override
    public Tensor vector(String name, long size) {
        return random.vector(name, size);
    }

    @Override
    public Device device() {
        return memory.device();
    }
}
