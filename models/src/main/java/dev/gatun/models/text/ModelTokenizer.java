package dev.gatun.models.text;

import java.nio.charset.StandardCharsets;
import java.util.OptionalInt;
import java.util.function.UnaryOperator;

/// A tokenizer as read from a model's files, whatever their format: text is cut at the added
/// tokens, each piece is normalized, cut into words, and the words into tokens.
///
/// @param added tokens found in the text before anything else
/// @param normalizer what is done to the text between them
/// @param preTokenizer cuts it into words
/// @param model cuts words into tokens
/// @param before the ids put before a text where special tokens are added
/// @param after the ids put after it
/// @param names the spelling of tokens
/// @param detokenizer the text of tokens
/// @param bosId the token that begins a text
/// @param eosId the token that ends a text
record ModelTokenizer(
        AddedTokens added,
        UnaryOperator<String> normalizer,
        PreTokenizer preTokenizer,
        WordModel model,
        int[] before,
        int[] after,
        Names names,
        Detokenizer detokenizer,
        OptionalInt bosId,
        OptionalInt eosId)
        implements Tokenizer {
    /// The tokens as their file spells them.
    record Names(ByteStrings strings, ByteStrings.Index index) {
        Names(ByteStrings strings) {
            this(strings, strings.index(id -> strings.start(id) < strings.end(id)));
        }
    }

    @Override
    public int[] encode(String text, Special... special) {
        boolean add = false;
        boolean recognise = false;
        for (Special s : special) {
            add |= s == Special.ADDED;
            recognise |= s == Special.RECOGNISED;
        }
        EncodingState state = new EncodingState(text.length());
        if (add) {
            append(before, state);
        }
        added.cut(
                Utf8.wellFormed(text),
                recognise,
                normalizer,
                state,
                (piece, from, to, first) -> preTokenizer.cut(piece, from, to, first, (word, start, end, f) -> model.encode(word, start, end, state)));
        if (add) {
            append(after, state);
        }
        return state.ids();
    }

    private static void append(int[] ids, EncodingState state) {
        for (int id : ids) {
            state.add(id);
        }
    }

    @Override
    public String decode(int... ids) {
        return detokenizer.decode(ids, false);
    }

    @Override
    public String decodeWithSpecial(int... ids) {
        return detokenizer.decode(ids, true);
    }

    @Override
    public TextStream stream(int... before) {
        return detokenizer.stream(before);
    }

    @Override
    public byte[] bytes(int id) {
        return detokenizer.text().copy(id);
    }

    @Override
    public String token(int id) {
        return names.strings.text(id);
    }

    @Override
    public OptionalInt id(String token) {
        int id = names.index.find(token.getBytes(StandardCharsets.UTF_8));
        return id < 0 ? OptionalInt.empty() : OptionalInt.of(id);
    }

    @Override
    public boolean isSpecial(int id) {
        return id >= 0 && detokenizer.special().get(id);
    }

    @Override
    public int vocabularySize() {
        return names.strings.size();
    }

    @Override
    public String toString() {
        return "Tokenizer[" + vocabularySize() + " tokens]";
    }
}
