package dev.gatun.quant;

import dev.gatun.nn.WeightFormat;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.DynamicMap;
import dev.gatun.tensor.Memory;
import dev.gatun.tensor.Shape;
import dev.gatun.tensor.ShapeException;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.Weight;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// 4-bit codes in checkpoints, as bitsandbytes names their parts: the codes under the matrix's own name, `absmax`, `quant_map`, and where scales are quantized
/// too `nested_absmax` and `nested_quant_map`; the numbers `blocksize` and `nested_offset`.
///
/// Either of the two formats of a codebook reads what the other wrote.
///
/// @param name by which one asks for it
/// @param codebook what codes stand for
/// @param nested whether it quantizes scales too
record Nf4Format(String name, Codebook codebook, boolean nested) implements WeightFormat {
    private static final int BLOCK = 64;
    private static final String ABSMAX = "absmax";
    private static final String MAP = "quant_map";
    private static final String NESTED_ABSMAX = "nested_absmax";
    private static final String NESTED_MAP = "nested_quant_map";

    @Override
    public Weight quantize(Tensor matrix, Memory memory) {
        return Nf4Weight.quantize(matrix, codebook, nested, memory);
    }

    @Override
    public Map<String, Part> parts(long rows, long columns) {
        long size = rows * columns;
        long blocks = (size + BLOCK - 1) / BLOCK;
        Map<String, Part> parts = new LinkedHashMap<>();
        parts.put("", new Part(DType.U8, QuantState.packedShape(size)));
        parts.put(ABSMAX, new Part(nested ? DType.U8 : DType.F32, Shape.of(blocks)));
        parts.put(MAP, new Part(DType.F32, Shape.of(16)));
        if (nested) {
            parts.put(NESTED_ABSMAX, new Part(DType.F32, Shape.of((blocks + QuantState.NESTED_BLOCK - 1) / QuantState.NESTED_BLOCK)));
            parts.put(NESTED_MAP, new Part(DType.F32, Shape.of(256)));
        }
        return parts;
    }

    @Override
    public Stored store(Weight weight) {
        QuantState state = ((Nf4Weight) weight).state();
        Memory memory = Memory.collected(state.packed().device());
        Map<String, Tensor> parts = new LinkedHashMap<>();
        Map<String, Double> numbers = new LinkedHashMap<>();
        parts.put(
                "",
                state.packed()
                        .reshape(QuantState.packedShape(state.rows() * state.columns())
                                .dims()));
        parts.put(ABSMAX, state.absmax().reshape(state.blocks()));
        parts.put(MAP, memory.floats(state.codebook().values()));
        numbers.put("blocksize", (double) state.blockSize());
        Tensor nestedAbsmax = state.nestedAbsmax();
        if (nestedAbsmax != null) {
            parts.put(NESTED_ABSMAX, nestedAbsmax);
            parts.put(NESTED_MAP, memory.floats(DynamicMap.SIGNED.values()));
            numbers.put("nested_offset", (double) state.offset());
        }
        return new Stored(state.rows(), state.columns(), parts, numbers);
    }

    @Override
    public Weight load(Stored stored, Memory memory) {
        requireMap(MAP, stored.parts().get(MAP), codebook.values());
        Tensor nestedAbsmax = stored.parts().get(NESTED_ABSMAX);
        if (nestedAbsmax != null) {
            requireMap(NESTED_MAP, stored.parts().get(NESTED_MAP), DynamicMap.SIGNED.values());
        }
        return Nf4Weight.of(
                new QuantState(
                        codebook,
                        stored.numbers()
                                .getOrDefault("blocksize", (double) BLOCK)
                                .intValue(),
                        stored.rows(),
                        stored.columns(),
                        part(stored, ""),
                        part(stored, ABSMAX),
                        nestedAbsmax,
                        stored.numbers().getOrDefault("nested_offset", 0.0).floatValue()),
                memory);
    }

    private static Tensor part(Stored stored, String name) {
        Tensor part = stored.parts().get(name);
        if (part == null) {
            throw new ShapeException(
                    "no " + name + "; there are " + stored.parts().keySet());
        }
        return part;
    }

    /// A file may bring a map of its own. We have not met one, and do not guess what it would mean.
    private static void requireMap(String name, @Nullable Tensor map, float[] values) {
        boolean same = map == null || map.dtype() == DType.F32 && map.size() == values.length;
        float[] theirs = map == null || !same ? values : map.toArray();
        for (int i = 0; i < values.length; i++) {
            same &= Math.abs(theirs[i] - values[i]) <= 1e-6f;
        }
        if (!same) {
            throw new ShapeException(name + " is not the one that is known");
        }
    }
}
