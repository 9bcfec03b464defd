package dev.gatun.tensor.ops;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.ShapeException;
import dev.gatun.tensor.Tensor;
import java.util.Locale;

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
