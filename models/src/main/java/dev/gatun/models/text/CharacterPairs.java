package dev.gatun.models.text;

import org.jspecify.annotations.Nullable;

/// Byte-pair encoding whose first symbols are the characters of the text, as in SentencePiece and
/// the models converted from it.
///
/// A symbol is the id of a token or something that is none, such as a character that only occurs
/// inside tokens: what is left of those after merging turns into ids by `expansions`.
///
/// @param characters the symbol of each character that occurs in a token
/// @param merges which symbols merge
/// @param bytes the ids of the 256 bytes, for characters that have no symbol; null if they are
///     unknown
/// @param unknown the id of characters that are unknown, −1 if they are left out
/// @param fuseUnknown whether unknown characters in a row are one token
/// @param whole pieces found in the text before anything is merged, as symbols
/// @param expansions the ids that a symbol becomes; null, or beyond the end, for itself
/// @param cutBefore a character before which no token continues, so that merging may stop there,
///     or −1: a text then falls into words, and short words are merged much faster
record CharacterPairs(
        CodePoints characters,
        PairMerges merges,
        int @Nullable [] bytes,
        int unknown,
        boolean fuseUnknown,
        Literals whole,
        int[] @Nullable [] expansions,
        int cutBefore)
        implements WordModel {
    @Override
    public void encode(String text, int from, int to, EncodingState state) {
        int begun = state.count();
        for (int word = from; word < to; ) {
            int end = cutBefore < 0 ? to : wordEnd(text, word, to);
            int count = symbols(text, word, end, state);
            addIds(state, merges.merge(state, count), begun);
            word = end;
        }
    }

    /// A word is a run of the cutting character and what follows, up to the next run.
    private int wordEnd(String text, int from, int to) {
        int i = from;
        while (i < to && text.charAt(i) == cutBefore) {
            i++;
        }
        int next = text.indexOf(cutBefore, i, to);
        return next < 0 ? to : next;
    }

    private int symbols(String text, int from, int to, EncodingState state) {
        state.reserve(3 * (to - from) + 1); // a character is at most 3 bytes for each char
        int[] symbols = state.symbols;
        int count = 0;
        for (int i = from; i < to; ) {
            long found = whole.longest(text, i, to);
            if (found >= 0) {
                symbols[count++] = (int) found;
                i = (int) (found >> 32);
                continue;
            }
            int character = text.codePointAt(i);
            i += Character.charCount(character);
            int symbol = characters.get(character);
            if (symbol >= 0) {
                symbols[count++] = symbol;
            } else if (bytes != null) {
                int end = Utf8.put(character, state.bytes, 0);
                for (int b = 0; b < end; b++) {
                    symbols[count++] = bytes[state.bytes[b] & 0xFF];
                }
            } else if (unknown >= 0) {
                symbols[count++] = unknown;
            }
        }
        return count;
    }

    private void addIds(EncodingState state, int count, int begun) {
        for (int i = 0; i < count; i++) {
            int symbol = state.symbols[i];
            int[] ids = symbol < expansions.length ? expansions[symbol] : null;
            if (ids == null) {
                add(symbol, state, begun);
                continue;
            }
            for (int id : ids) {
                add(id, state, begun);
            }
        }
    }

    private void add(int id, EncodingState state, int begun) {
        boolean again = id == unknown && state.count() > begun && state.last() == id;
        if (!again || !fuseUnknown) {
            state.add(id);
        }
    }
}
