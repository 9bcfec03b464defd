package dev.gatun.models.text;

import org.jspecify.annotations.Nullable;

/// Byte-pair encoding whose first symbols are the bytes of the text, as in GPT-2 and tiktoken.
///
/// @param bytes the ids of the 256 bytes, −1 where there is none
/// @param merges which symbols merge
/// @param whole tokens that a word is looked up among before anything is merged, or null
/// @param unknown the id of bytes that have none, −1 if they are left out
/// @param fuseUnknown whether unknown bytes in a row are one token
record ByteLevelPairs(int[] bytes, PairMerges merges, ByteStrings.@Nullable Index whole, int unknown, boolean fuseUnknown) implements WordModel {
    @Override
    public void encode(String text, int from, int to, EncodingState state) {
        state.reserveBytes(3 * (to - from) + 1);
        byte[] utf8 = state.bytes;
        int end = 0;
        for (int i = from; i < to; ) {
            int character = text.charAt(i);
            if (Character.isSurrogate((char) character)) {
                character = text.codePointAt(i++);
            }
            i++;
            end = Utf8.put(character, utf8, end);
        }
        int known = whole == null ? -1 : whole.find(utf8, 0, end);
        if (known >= 0) {
            state.add(known);
            return;
        }
        state.reserve(end);
        int count = merges.merge(state, symbols(utf8, end, state.symbols));
        for (int i = 0; i < count; i++) {
            state.add(state.symbols[i]);
        }
    }

    private int symbols(byte[] utf8, int end, int[] symbols) {
        int count = 0;
        for (int i = 0; i < end; i++) {
            int id = bytes[utf8[i] & 0xFF];
            if (id >= 0) {
                symbols[count++] = id;
            } else if (unknown >= 0 && !(fuseUnknown && count > 0 && symbols[count - 1] == unknown)) {
                symbols[count++] = unknown;
            }
        }
        return count;
    }
}
