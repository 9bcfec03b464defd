package dev.gatun.models.text;

/// A tokenizer that is missing, malformed or of a kind that is not supported. The message begins
/// with the path and says what was found and what was expected.
public final class TokenizerException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /// An exception with a message.
    ///
    /// @param message the path, what is there and what was expected
    public TokenizerException(String message) {
        super(message);
    }

    /// An exception with a message and the error underneath.
    ///
    /// @param message the path, what is there and what was expected
    /// @param cause what was thrown while reading
    public TokenizerException(String message, Throwable cause) {
        super(message, cause);
    }
}
