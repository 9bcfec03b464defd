package dev.gatun.io;

/// A JSON file that is malformed, or that does not say what its reader needs. The message begins
/// with the name of the file and the place in it.
public final class JsonException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /// An exception with a message.
    ///
    /// @param message the file, the place in it, what is there and what was expected
    public JsonException(String message) {
        super(message);
    }

    /// An exception with a message and the error underneath.
    ///
    /// @param message the file, the place in it, what is there and what was expected
    /// @param cause what the parser said
    public JsonException(String message, Throwable cause) {
        super(message, cause);
    }
}
