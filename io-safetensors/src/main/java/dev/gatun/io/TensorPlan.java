package dev.gatun.io;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.Shape;
import dev.gatun.tensor.Tensor;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/// What a file is going to hold: names, dtypes and shapes, before there is a single value, so that
/// a quantizer can write matrix by matrix and never hold a model in memory.
///
/// ```
/// var plan = new TensorPlan()
///         .add("model.norm.weight", DType.BF16, Shape.of(2048))
///         .metadata("format", "pt");
/// ```
public final class TensorPlan {
    private final Map<String, Planned> tensors = new LinkedHashMap<>();
    private final Map<String, String> metadata = new LinkedHashMap<>();

    record Planned(String name, DType dtype, Shape shape, long bytes) {}

    /// A plan of nothing yet.
    public TensorPlan() {}

    /// {@return a plan of these tensors, in the order of the map}
    ///
    /// @param tensors by name
    public static TensorPlan of(Map<String, Tensor> tensors) {
        TensorPlan plan = new TensorPlan();
        tensors.forEach((name, tensor) -> plan.add(name, tensor.dtype(), tensor.shape()));
        return plan;
    }

    /// Plans one more tensor.
    ///
    /// @param name its name, of which there is no other
    /// @param dtype its element type
    /// @param shape its shape
    /// @return this plan
    /// @throws IllegalArgumentException if the name is taken, `__metadata__` or not Unicode
    public TensorPlan add(String name, DType dtype, Shape shape) {
        if (name.equals(Header.METADATA)) {
            throw new IllegalArgumentException(name + " cannot be the name of a tensor");
        }
        requireUnicode(name);
        long bytes = Math.multiplyExact(shape.size(), dtype.bytes());
        if (tensors.putIfAbsent(name, new Planned(name, dtype, shape, bytes)) != null) {
            throw new IllegalArgumentException(Refusal.quoted(name) + " is planned already");
        }
        return this;
    }

    /// Plans a string of metadata. The loaders of `transformers` want `format` to be `pt`.
    ///
    /// @param key its name
    /// @param value the string, which replaces an earlier one of that name
    /// @return this plan
    /// @throws IllegalArgumentException if one of them is not Unicode
    public TensorPlan metadata(String key, String value) {
        requireUnicode(key);
        requireUnicode(value);
        metadata.put(key, value);
        return this;
    }

    /// Half of a surrogate pair has no UTF-8, and would come back as a question mark.
    private static void requireUnicode(String text) {
        if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
            throw new IllegalArgumentException(Refusal.quoted(text) + " is not Unicode");
        }
    }

    Map<String, Planned> tensors() {
        return tensors;
    }

    Map<String, String> metadata() {
        return metadata;
    }
}
