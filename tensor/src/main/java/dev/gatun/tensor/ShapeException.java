package dev.gatun.tensor;

/// Operands whose shapes or dtypes do not fit. The message shows them all, the violated relation and, where there is one, the way out.
public final class ShapeException extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    /// @param message operands with dtype and shape, then the violated relation
    public ShapeException(String message) {
        super(message);
    }
}
