package dev.gatun.models.text;

/// Cuts text into words, which are turned into tokens one by one.
interface PreTokenizer {
    /// The whole text is one word.
    PreTokenizer NONE = (text, from, to, first, next) -> next.accept(text, from, to, first);

    /// Receives the words in order, as ranges of a text, which need not always be the same.
    interface Words {
        /// Takes `text[from, to)`.
        ///
        /// @param first whether the word is at the very beginning of what was encoded
        void accept(String text, int from, int to, boolean first);
    }

    /// Cuts `text[from, to)`, which is not empty.
    void cut(String text, int from, int to, boolean first, Words next);

    /// This, and then `second` on each word.
    default PreTokenizer then(PreTokenizer second) {
        return (text, from, to, first, next) -> cut(text, from, to, first, (t, f, e, s) -> second.cut(t, f, e, s, next));
    }
}
