package dev.gatun.tensor.ops;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.ShapeException;
import dev.gatun.tensor.Tensor;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// The checks at an operation's front door.
final class Operands {
    private Operands() {}

    /// All of one type and on one device.
    static void require(Object op, DType type, Tensor a) {
        if (a.dtype() != type) {
            throw new ShapeException(name(op) + ": " + a.describe() + " — computes in " + type + "; call to(" + type.name() + ")");
        }
    }

    static void require(Object op, DType type, Tensor a, Tensor b) {
        require(op, type, a);
        require(op, type, b);
        sameDevice(op, a, b);
    }

    static Tensor contiguous(Object op, Tensor x) {
        require(op, DType.F32, x);
        return x.contiguous();
    }

    /// A weight, or a copy of it if it does not lie row by row. The copy lives with the activation x, where a tape may record.
    static Tensor contiguousBeside(Tensor x, Tensor weight) {
        return weight.isContiguous() ? weight : weight.copyTo(x.memory());
    }

    /// What kernels take as padding: an i32 per batch row, or none.
    static @Nullable Tensor padding(Object op, @Nullable Tensor padding, Tensor x) {
        if (padding == null) {
            return null;
        }
        require(op, DType.I32, padding);
        sameDevice(op, x, padding);
        if (padding.rank() != 1 || padding.dim(0) != x.dim(0)) {
            throw new ShapeException(name(op) + ": padding " + padding.describe() + " — want one per row of " + x.describe());
        }
        return padding.contiguous();
    }

    static void sameDevice(Object op, Tensor a, Tensor b) {
        if (!a.device().equals(b.device())) {
            throw new ShapeException(name(op)
                    + ": "
                    + a.describe()
                    + " on "
                    + a.device()
                    + ", "
                    + b.describe()
                    + " on "
                    + b.device()
                    + " — nothing is copied between devices by itself");
        }
    }

    private static String name(Object op) {
        return op instanceof Enum<?> f ? f.name().toLowerCase(Locale.ROOT) : op.toString();
    }
}
