package dev.gatun.nn;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.Memory;
import dev.gatun.tensor.Shape;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.Weight;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;

/// A format of weights that another module brings: how a matrix is brought into it, written to a checkpoint, and read again. Found by
/// [java.util.ServiceLoader] as one of the [Provider]s' formats.
public interface WeightFormat {
    /// The name of the format of −1, 0 and 1, which models with a [BitLinear] need.
    String TERNARY = "ternary";

    /// A module's formats.
    interface Provider {
        /// {@return them}
        List<WeightFormat> formats();
    }

    /// One of the tensors that a checkpoint has for a matrix.
    ///
    /// @param dtype its element type
    /// @param shape its shape
    record Part(DType dtype, Shape shape) {}

    /// A matrix as a checkpoint has it: several tensors, and numbers that its config or a header tells.
    ///
    /// @param rows N
    /// @param columns K
    /// @param parts tensors by what follows the matrix's name and a dot; the matrix itself under the empty name
    /// @param numbers by name
    record Stored(long rows, long columns, Map<String, Tensor> parts, Map<String, Double> numbers) {}

    /// {@return the name by which a person asks for it: `nf4`, `int8`}
    String name();

    /// Converts a matrix.
    ///
    /// @param matrix f32, bf16 or f16 `[N, K]`; not referred to by the result
    /// @param memory where the result lives
    /// @return it in this format
    Weight quantize(Tensor matrix, Memory memory);

    /// The tensors that [#store] gives, before there is a single value.
    ///
    /// @param rows N
    /// @param columns K
    /// @return by name, as in [Stored]
    Map<String, Part> parts(long rows, long columns);

    /// Takes a weight apart for a checkpoint.
    ///
    /// @param weight of this format
    /// @return its parts
    Stored store(Weight weight);

    /// Puts a weight together.
    ///
    /// @param stored as [#store] gives it; not referred to by the result
    /// @param memory where the result lives
    /// @return the weight
    /// @throws dev.gatun.tensor.ShapeException if the parts do not fit each other
    Weight load(Stored stored, Memory memory);

    /// {@return all formats of the modules that are present}
    static List<WeightFormat> all() {
        List<WeightFormat> all = new ArrayList<>();
        // Asked of this class's own loader, so that a library inside a container finds what lies beside it.
        ServiceLoader.load(Provider.class, WeightFormat.class.getClassLoader()).forEach(provider -> all.addAll(provider.formats()));
        return all;
    }

    /// {@return the format of this name}
    ///
    /// @param name as a person or a checkpoint gives it
    /// @throws IllegalArgumentException if no module that is present has it; the message says which has
    static WeightFormat named(String name) {
        List<WeightFormat> all = all();
        for (WeightFormat format : all) {
            if (format.name().equals(name)) {
                return format;
            }
        }
        throw new IllegalArgumentException(
                all.isEmpty()
                        ? "weights \"" + name + "\" need the module dev.gatun.quant (gatun-quant.jar), which is not on the module path or class path"
                        : "no weight format \"" + name + "\"; there are "
                                + String.join(
                                        ", ",
                                        all.stream().map(WeightFormat::name).toList()));
    }
}
