package dev.gatun.models.text;

/// The model proper of a tokenizer: turns one word, as the steps before it cut the text, into ids.
interface WordModel {
    /// Appends the ids of `text[from, to)` to those of the state.
    void encode(String text, int from, int to, EncodingState state);
}
