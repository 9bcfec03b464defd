package dev.gatun.quant;

import dev.gatun.nn.WeightFormat;
import dev.gatun.tensor.Memory;
import dev.gatun.tensor.Shape;
import dev.gatun.tensor.ShapeException;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.Weight;
import java.util.LinkedHashMap;
import java.util.Map;

/// The formats of integers and scales, by name. A checkpoint has the codes under the matrix's own name and the scales as `….scales`.
///
/// @param packing which of them
record PackedFormat(Packing packing) implements WeightFormat {
    private static final String CODES = "";
    private static final String SCALES = "scales";

    @Override
    public String name() {
        return packing.title;
    }

    @Override
    public Weight quantize(Tensor matrix, Memory memory) {
        return switch (packing) {
            case INT8 -> Int8Weight.quantize(matrix, memory);
            case INT8_DYNAMIC -> Int8DynamicWeight.quantize(matrix, memory);
            case INT4 -> Int4Weight.quantize(matrix, memory);
        };
    }

    @Override
    public Map<String, Part> parts(long rows, long columns) {
        Map<String, Part> parts = new LinkedHashMap<>();
        parts.put(CODES, new Part(packing.codeType, packing.codes(rows, columns)));
        parts.put(SCALES, new Part(packing.scaleType, packing.scales(rows, columns)));
        return parts;
    }

    @Override
    public Stored store(Weight weight) {
        Map<String, Tensor> parts = new LinkedHashMap<>();
        switch (weight) {
            case Int8Weight w -> put(parts, w.codes(), w.scales());
            case Int8DynamicWeight w -> put(parts, w.codes(), w.scales());
            case Int4Weight w -> put(parts, w.codes(), w.scales());
            default -> throw new IllegalArgumentException(weight + " is no " + name());
        }
        return new Stored(weight.rows(), weight.columns(), parts, Map.of());
    }

    private static void put(Map<String, Tensor> parts, Tensor codes, Tensor scales) {
        parts.put(CODES, codes);
        parts.put(SCALES, scales);
    }

    @Override
    public Weight load(Stored stored, Memory memory) {
        Tensor codes = part(stored, CODES);
        Tensor scales = part(stored, SCALES);
        requireRows(stored, codes);
        return switch (packing) {
            case INT8 -> Int8Weight.of(codes, scales, memory);
            case INT8_DYNAMIC -> new Int8DynamicWeight(codes, scales).copyTo(memory);
            case INT4 -> Int4Weight.of(codes, scales, stored.columns(), memory);
        };
    }

    private static Tensor part(Stored stored, String name) {
        Tensor part = stored.parts().get(name);
        if (part == null) {
            throw new ShapeException(
                    "no \"" + name + "\" part; there are " + stored.parts().keySet());
        }
        return part;
    }

    private void requireRows(Stored stored, Tensor codes) {
        Shape wanted = packing.codes(stored.rows(), stored.columns());
        if (!codes.shape().equals(wanted)) {
            throw new ShapeException(name() + ": codes " + codes.describe() + " — want " + packing.codeType + wanted);
        }
    }
}
