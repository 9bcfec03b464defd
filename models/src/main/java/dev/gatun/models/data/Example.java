package dev.gatun.models.data;

/// What a model learns from: a text, or a prompt and its answer.
///
/// @param prompt what the answer follows; it is seen, but not learnt. Empty for a text
/// @param answer what is learnt
/// @param complete whether the text ends here. A long text comes in parts, all but the last of which are not complete
public record Example(String prompt, String answer, boolean complete) {
    /// A whole text.
    ///
    /// @param text the text
    /// @return the example
    public static Example text(String text) {
        return new Example("", text, true);
    }

    /// A prompt with its answer.
    ///
    /// @param prompt all that comes before the answer, with the white space between
    /// @param answer the answer
    /// @return the example
    public static Example answer(String prompt, String answer) {
        return new Example(prompt, answer, true);
    }
}
