package dev.gatun.models.text;

/// Decodes tokens one at a time, as they are generated. What it returns is certain: a character is
/// never split, so a token that ends in the middle of one gives the text before it, and the
/// character comes with the token that completes it.
///
/// Belongs to one thread at a time. Made by [Tokenizer#stream].
public interface TextStream {
    /// Takes the next token.
    ///
    /// @param id its id
    /// @return the text that has become certain, often empty
    String accept(int id);

    /// Ends the text.
    ///
    /// @return U+FFFD for the beginning of a character that was not completed, else nothing
    String finish();
}
