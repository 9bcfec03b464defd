package dev.gatun.tensor;

/// A file that is not what it should be. The message names the path, the tensor or key, and what
/// was expected.
public final class CheckpointException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /// @param message path, place, and what was expected
    public CheckpointException(String message) {
        super(message);
    }

    /// @param message path, place, and what was expected
    /// @param cause what was thrown below
    public CheckpointException(String message, Throwable cause) {
        super(message, cause);
    }
}
