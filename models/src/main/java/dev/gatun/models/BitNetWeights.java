package dev.gatun.models;

import dev.gatun.io.Json;
import dev.gatun.nn.BitLinear;
import dev.gatun.nn.Linear;
import dev.gatun.nn.PlainLinear;
import dev.gatun.nn.RmsNorm;
import dev.gatun.nn.WeightFormat;
import dev.gatun.nn.Weights;
import dev.gatun.tensor.Checkpoint;
import dev.gatun.tensor.CheckpointException;
import dev.gatun.tensor.Device;
import dev.gatun.tensor.Memory;
import dev.gatun.tensor.ShapeException;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.Weight;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/// Layers of a checkpoint whose linear maps are −1, 0 and 1, as Hugging Face's `quant_method` "bitnet" has them.
///
/// | `linear_class` | `quantization_mode` | the matrix | `weight_scale` |
/// |---|---|---|---|
/// | `bitlinear` (default) | | two bits each | is divided by |
/// | `autobitlinear` | `offline` (default) | two bits each, or floats that are −1, 0 and 1 | is multiplied by |
/// | `autobitlinear` | `online` | floats, to be rounded | there is none |
///
/// @param plain the source of what is not rounded
/// @param checkpoint with all
/// @param online whether matrices are to be rounded
/// @param multiplies whether the scale in the file is multiplied by
/// @param eps ε of a norm before each rounded map; null for none
/// @param excluded patterns of the maps that are not rounded
/// @param memory where matrices live
record BitNetWeights(
        Weights plain,
        Checkpoint checkpoint,
        boolean online,
        boolean multiplies,
        @Nullable Float eps,
        List<Pattern> excluded,
        Memory memory) implements Weights {

    /// {@return whether a `quantization_config` is of this kind}
    static boolean isFor(Json config) {
        return config.stringAt("quant_method").equals("bitnet");
    }

    static BitNetWeights of(Json config, Weights plain, Checkpoint checkpoint, Memory memory) {
        boolean auto = choice(config, "linear_class", "bitlinear", "autobitlinear");
        boolean online = choice(config, "quantization_mode", "offline", "online");
        Float eps = config.booleanAt("use_rms_norm", false) ? config.floatAt("rms_norm_eps", 1e-6f) : null;
        return new BitNetWeights(plain, checkpoint, auto && online, auto, eps, excluded(config), memory);
    }

    /// {@return whether a key has the second of two values}; it has the first if it is missing.
    private static boolean choice(Json config, String key, String first, String second) {
        String value = config.stringAt(key, first);
        if (!value.equals(first) && !value.equals(second)) {
            throw config.at(key).refused("want \"" + first + "\" or \"" + second + "\"");
        }
        return value.equals(second);
    }

    /// By default the head is not rounded.
    private static List<Pattern> excluded(Json config) {
        List<String> names =
                config.find("modules_to_not_convert").map(Json::asStrings).orElse(List.of("lm_head"));
        try {
            return names.stream().map(Pattern::compile).toList();
        } catch (PatternSyntaxException malformed) {
            throw config.at("modules_to_not_convert").refused("\"" + malformed.getPattern() + "\" is no pattern");
        }
    }

    /// Whether a name begins like a pattern or ends in its text, which is how Hugging Face looks at them.
    private boolean isRounded(String name) {
        return excluded.stream().noneMatch(pattern -> pattern.matcher(name).lookingAt() || name.endsWith(pattern.pattern()));
    }

    @Override
    public Linear linear(String name, long out, long in, boolean bias) {
        if (!isRounded(name)) {
            return plain.linear(name, out, in, bias);
        }
        return rounded(name, in, bias, this, online ? ternary(name, out, in) : stored(name, out, in));
    }

    @Override
    public Linear linear(String name, long out, long in, boolean bias, Weights parts) {
        if (!isRounded(name)) {
            return plain.linear(name, out, in, bias, parts);
        }
        if (!online) {
            throw new CheckpointException(
                    checkpoint.source() + ": layer \"" + name + "\" is packed, and what was rounded away cannot be trained; want an adapter over it,"
                            + " or a checkpoint of floats (\"quantization_mode\": \"online\")");
        }
        return rounded(name, in, bias, parts, parts.ternary(name, out, in));
    }

    private Linear rounded(String name, long in, boolean bias, Weights parts, Weight weight) {
        if (eps == null) {
            return new PlainLinear(weight, bias ? parts.vector(name + ".bias", weight.rows()) : null);
        }
        if (bias) {
            throw new CheckpointException(
                    checkpoint.source() + ": layer \"" + name + "\" has a bias behind a norm of its own, which is not supported");
        }
        return new BitLinear(new RmsNorm(parts.vector(name + ".rms_norm.weight", in), Objects.requireNonNull(eps)), weight);
    }

    @Override
    public Weight ternary(String name, long rows, long columns) {
        return WeightFormat.named(WeightFormat.TERNARY).quantize(matrix(name, rows, columns), memory);
    }

    private Weight stored(String name, long rows, long columns) {
        Map<String, Tensor> parts = new LinkedHashMap<>();
        part(parts, "", name + ".weight");
        part(parts, "scale", name + ".weight_scale");
        try {
            var stored = new WeightFormat.Stored(rows, columns, parts, Map.of("multiplies", multiplies ? 1.0 : 0.0));
            return WeightFormat.named("bitnet").load(stored, memory);
        } catch (ShapeException unfit) {
            throw new CheckpointException(checkpoint.source() + ": tensor \"" + name + ".weight\": " + unfit.getMessage(), unfit);
        }
    }

    private void part(Map<String, Tensor> parts, String part, String tensor) {
        if (checkpoint.contains(tensor)) {
            parts.put(part, checkpoint.tensor(tensor));
        }
    }

    @Override
    public Tensor matrix(String name, long rows, long columns) {
        return plain.matrix(name, rows, columns);
    }

    @Override
    public Tensor vector(String name, long size) {
        return plain.vector(name, size);
    }

    @Override
    public Device device() {
        return plain.device();
    }
}
