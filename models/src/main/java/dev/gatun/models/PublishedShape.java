package dev.gatun.models;

import dev.gatun.nn.WeightFormat;
import dev.gatun.nn.Weights;
import dev.gatun.tensor.ops.RopeScaling;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;

/// The sizes of a published model, whatever its kind: what `bench --shape` knows.
///
/// @param name such as `llama-3.2-1b`
/// @param parameters how many it has
/// @param weights the format that its matrices are published in, or are rounded to by the model itself
/// @param model makes it of a source of layers
public record PublishedShape(String name, long parameters, String weights, Function<Weights, Decoder> model) {
    /// {@return all of them}
    public static List<PublishedShape> all() {
        List<PublishedShape> all = new ArrayList<>();
        LlamaFamily.sizes().forEach((name, config) -> all.add(new PublishedShape(name, config.parameters(), "bf16", w -> Llama.load(config, w))));
        MatMulFreeConfig.sizes()
                .forEach((name, config) ->
                        all.add(new PublishedShape(name, config.parameters(), WeightFormat.TERNARY, w -> MatMulFree.load(config, w))));
        // b1.58-2B-4T
        LlamaConfig bitnet = new LlamaConfig(2560, 6912, 30, 20, 5, 128, 4096, 1e-5f, 5e5, RopeScaling.none(), 128256, true, false, false);
        all.add(new PublishedShape("bitnet-2b", bitnet.parameters(), WeightFormat.TERNARY, w -> BitNet.load(bitnet, w)));
        return all;
    }

    /// {@return the sizes of this name}
    ///
    /// @param name such as `mmfree-1.3b`
    /// @throws IllegalArgumentException if there is none; the message lists what there is
    public static PublishedShape named(String name) {
        List<PublishedShape> all = all();
        return all.stream()
                .filter(shape -> shape.name.equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no shape \"" + name + "\"; known are "
                        + all.stream().map(PublishedShape::name).collect(Collectors.joining(", "))));
    }
}
