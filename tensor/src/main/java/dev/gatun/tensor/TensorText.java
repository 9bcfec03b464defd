package dev.gatun.tensor;

/// How a tensor prints: nested braces, at most eight elements per axis.
final class TensorText {
    private static final int SHOWN = 8;

    private TensorText() {}

    static String of(Tensor tensor) {
        StringBuilder text = new StringBuilder();
        append(text, tensor);
        return text.toString();
    }

    private static void append(StringBuilder text, Tensor tensor) {
        if (tensor.rank() == 0) {
            text.append(element(tensor));
            return;
        }
        text.append('{');
        long n = tensor.dim(0);
        for (long i = 0; i < Math.min(n, SHOWN); i++) {
            if (i > 0) {
                text.append(", ");
            }
            append(text, tensor.select(0, i));
        }
        text.append(n > SHOWN ? ", …}" : "}");
    }

    private static String element(Tensor scalar) {
        return switch (scalar.dtype()) {
            case F64, F32, F16, BF16 -> Float.toString(scalar.toArray()[0]);
            case I64, I32, I16, I8, U8 -> Integer.toString(scalar.toInts()[0]);
            case BOOL -> Boolean.toString(scalar.toInts()[0] != 0);
        };
    }
}
