package dev.gatun.quant;

import dev.gatun.nn.WeightFormat;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.Memory;
import dev.gatun.tensor.Shape;
import dev.gatun.tensor.ShapeException;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.Weight;
import dev.gatun.tensor.ops.Elementwise;
import java.util.LinkedHashMap;
import java.util.Map;

/// −1, 0 and 1 in checkpoints: the numbers under the matrix's own name, and `scale`, what they are multiples of, f32 `[1]`.
///
/// Hugging Face has two conventions. Its `bitlinear` divides by a scale that is `1/γ`; its `autobitlinear` multiplies by one that is γ, which the number
/// `multiplies` says by being 1, and may leave the matrix in floats. The scale of `ternary` is γ.
///
/// @param name by which one asks for it
/// @param coding how it writes
/// @param divides whether the scale in the file is `1/γ`
record TernaryFormat(String name, TernaryCoding coding, boolean divides) implements WeightFormat {
    private static final String TRITS = "";
    private static final String SCALE = "scale";
    private static final String MULTIPLIES = "multiplies";

    @Override
    public Weight quantize(Tensor matrix, Memory memory) {
        return TernaryWeight.quantize(matrix, memory);
    }

    @Override
    public Map<String, Part> parts(long rows, long columns) {
        Map<String, Part> parts = new LinkedHashMap<>();
        parts.put(TRITS, new Part(coding.dtype(), coding.shape(rows, columns)));
        parts.put(SCALE, new Part(DType.F32, Shape.of(1)));
        return parts;
    }

    @Override
    public Stored store(Weight weight) {
        TernaryWeight ternary = (TernaryWeight) weight;
        Tensor scales = ternary.scales();
        if (scales.size() != 1) {
            throw new ShapeException(name + ": " + scales.size() + " scales — files have one for a matrix");
        }
        Map<String, Tensor> parts = new LinkedHashMap<>();
        parts.put(TRITS, ternary.trits(coding));
        parts.put(SCALE, divides ? Tensor.of(1 / scales.get(0)) : scales);
        return new Stored(weight.rows(), weight.columns(), parts, Map.of());
    }

    @Override
    public Weight load(Stored stored, Memory memory) {
        Tensor trits = part(stored, TRITS);
        Tensor scale = part(stored, SCALE);
        if (scale.size() != 1) {
            throw new ShapeException(name + ": scale " + scale.describe() + " — want one number");
        }
        float value = scale.toArray()[0];
        boolean divided = divides && stored.numbers().getOrDefault(MULTIPLIES, 0.0) == 0;
        Tensor multiplier = Tensor.of(divided ? 1 / value : value);
        try {
            boolean plain = trits.dtype() == DType.F32 || trits.dtype() == DType.BF16 || trits.dtype() == DType.F16;
            return plain
                    ? TernaryWeight.of(integers(trits), TernaryCoding.PLAIN, stored.rows(), stored.columns(), multiplier, memory)
                    : TernaryWeight.of(trits, coding, stored.rows(), stored.columns(), multiplier, memory);
        } catch (IllegalArgumentException lie) {
            throw new ShapeException(String.valueOf(lie.getMessage()));
        }
    }

    private static Tensor integers(Tensor floats) {
        Tensor copy = floats.copyTo(Memory.collected(floats.device()));
        Tensor integers = copy.to(DType.I8);
        if (Elementwise.abs(integers.to(DType.F32).sub(copy.to(DType.F32)))
                        .sum()
                        .get()
                != 0) {
            throw new ShapeException("ternary: " + floats.describe() + " holds other numbers than -1, 0 and 1");
        }
        return integers;
    }

    private Tensor part(Stored stored, String part) {
        Tensor tensor = stored.parts().get(part);
        if (tensor == null) {
            throw new ShapeException(name + ": no " + (part.isEmpty() ? "matrix" : part) + "; there are "
                    + stored.parts().keySet());
        }
        return tensor;
    }
}
