package dev.gatun.models.text;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The tokens and merges of a byte-pair model whose files spell them out, while they are read.
final class BytePairVocabulary {
    static final int MAX_IDS = 1 << 22;

    private final String source;
    private final Map<String, Integer> ids = new HashMap<>();
    private final PairMerges merges = new PairMerges(1 << 16);
    private int rank;
    private boolean cutsBeforeSpace = true;
    private int size;

    BytePairVocabulary(String source) {
        this.source = source;
    }

    void add(String token, int id) {
        if (id < 0 || id >= MAX_IDS) {
            throw new TokenizerException(source + ": token \"" + token + "\" has id " + id + " — ids are 0 to " + (MAX_IDS - 1));
        }
        Integer other = ids.putIfAbsent(token, id);
        if (other != null && other != id) {
            throw new TokenizerException(source + ": token \"" + token + "\" has two ids, " + other + " and " + id);
        }
        size = Math.max(size, id + 1);
    }

    /// Adds the merge that comes after the ones added before.
    void merge(String left, String right) {
        merges.put(known(left), known(right), rank++, known(left + right));
        cutsBeforeSpace &=
                left.isEmpty() || right.isEmpty() || left.charAt(left.length() - 1) == SentencePiece.SPACE || right.charAt(0) != SentencePiece.SPACE;
    }

    /// Adds a merge written as two tokens with a space between.
    void merge(String pair) {
        int space = pair.indexOf(' ');
        if (space <= 0 || space == pair.length() - 1 || pair.indexOf(' ', space + 1) >= 0) {
            throw new TokenizerException(source + ": merge " + rank + " is \"" + pair + "\", expected two tokens");
        }
        merge(pair.substring(0, space), pair.substring(space + 1));
    }

    private int known(String token) {
        Integer id = ids.get(token);
        if (id == null) {
            throw new TokenizerException(source + ": merge " + rank + " needs \"" + token + "\", which is not in the vocabulary");
        }
        return id;
    }

    /// One more than the highest id.
    int size() {
        return size;
    }

    /// The id of a token, −1 if there is none.
    int id(String token) {
        return ids.getOrDefault(token, -1);
    }

    /// The spelling of every id, null where there is no token.
    @Nullable String[] tokens() {
        @Nullable String[] tokens = new String[size];
        ids.forEach(
                (token, id) -> {
                    if (tokens[id] != null) {
                        throw new TokenizerException(source + ": id " + id + " has two tokens, \"" + tokens[id] + "\" and \"" + token + "\"");
                    }
                    tokens[id] = token;
                });
        return tokens;
    }

    /// A model of characters.
    ///
    /// @param byteFallback whether characters without a token become their bytes
    WordModel characters(boolean byteFallback, int unknown, boolean fuseUnknown) {
        CodePoints characters = new CodePoints();
        ids.forEach(
                (token, id) -> {
                    if (!token.isEmpty() && token.codePointCount(0, token.length()) == 1) {
                        characters.put(token.codePointAt(0), id);
                    }
                });
        int[] bytes = new int[256];
        Arrays.setAll(bytes, b -> id(BytePiece.spelling(b)));
        for (int b = 0; b < 256 && byteFallback; b++) {
            if (bytes[b] < 0) {
                throw new TokenizerException(source + ": byte_fallback is set, but the token " + BytePiece.spelling(b) + " is missing");
            }
        }
        return new CharacterPairs(
                characters,
                merges,
                byteFallback ? bytes : null,
                unknown,
                fuseUnknown,
                new Literals(),
                new int[0][],
                cutsBeforeSpace ? SentencePiece.SPACE : -1);
    }

    /// A model of bytes.
    ///
    /// @param ignoreMerges whether a word that is a token is that token, however it would be merged
    WordModel bytes(boolean ignoreMerges, int unknown, boolean fuseUnknown) {
        int[] bytes = new int[256];
        Arrays.setAll(bytes, b -> id(ByteAlphabet.spelling(b)));
        return new ByteLevelPairs(bytes, merges, ignoreMerges ? index() : null, unknown, fuseUnknown);
    }

    private ByteStrings.Index index() {
        byte[][] strings = new byte[size][];
        Arrays.fill(strings, ByteStrings.NONE);
        ids.forEach((token, id) -> strings[id] = ByteAlphabet.bytes(token));
        ByteStrings all = ByteStrings.of(strings);
        return all.index(id -> all.start(id) < all.end(id));
    }
}
