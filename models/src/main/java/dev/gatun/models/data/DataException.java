package dev.gatun.models.data;

/// Data that is missing, malformed or of no known form. The message begins with the file and the line, and says what was expected.
public final class DataException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /// An exception with a message.
    ///
    /// @param message the file, the line, what is there and what was expected
    public DataException(String message) {
        super(message);
    }

    /// An exception with a message and the error underneath.
    ///
    /// @param message the file, the line, what is there and what was expected
    /// @param cause what was thrown while reading
    public DataException(String message, Throwable cause) {
        super(message, cause);
    }
}
