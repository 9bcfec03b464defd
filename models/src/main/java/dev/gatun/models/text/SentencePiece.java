package dev.gatun.models.text;

import dev.gatun.models.text.SentencePieceModel.Piece;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Makes a tokenizer of a [SentencePieceModel].
///
/// | | |
/// |---|---|
/// | normalization | spaces become `▁`, one is put first; others by the model's options |
/// | bpe | the pair whose piece has the highest score is merged first, the leftmost of equals |
/// | unigram | the pieces whose scores have the greatest sum |
/// | other characters | the pieces `<0x00>` … `<0xFF>`, if the model says so |
/// | paper | arXiv:1808.06226 |
final class SentencePiece {
    static final char SPACE = '\u2581';
    private static final float UNKNOWN_PENALTY = 10;

    private final SentencePieceModel model;
    private final int count;

    private SentencePiece(SentencePieceModel model) {
        this.model = model;
        this.count = model.pieces.size();
    }

    static Tokenizer of(SentencePieceModel model, TokenizerConfig config) {
        return new SentencePiece(model).tokenizer(config);
    }

    private Tokenizer tokenizer(TokenizerConfig config) {
        int bos = model.control(model.bosPiece);
        int eos = model.control(model.eosPiece);
        boolean addBos = bos >= 0 && config.adds("add_bos_token", true);
        boolean addEos = eos >= 0 && config.adds("add_eos_token", false);
        byte[][] spelled = new byte[count][];
        List<AddedTokens.Token> special = new ArrayList<>();
        for (int id = 0; id < count; id++) {
            Piece piece = model.pieces.get(id);
            spelled[id] = piece.text().getBytes(StandardCharsets.UTF_8);
            if (piece.type() == SentencePieceModel.Type.CONTROL || piece.type() == SentencePieceModel.Type.UNKNOWN) {
                special.add(AddedTokens.Token.special(id, piece.text()));
            }
        }
        UnaryOperator<String> normalizer = new SentencePieceNormalizer(model, userDefined());
        return new ModelTokenizer(
                new AddedTokens(special, UnaryOperator.identity()),
                normalizer,
                PreTokenizer.NONE,
                model.unigram ? unigram(spelled) : pairs(spelled),
                addBos ? new int[] {bos} : new int[0],
                addEos ? new int[] {eos} : new int[0],
                new ModelTokenizer.Names(ByteStrings.of(spelled)),
                detokenizer(),
                bos < 0 ? OptionalInt.empty() : OptionalInt.of(bos),
                eos < 0 ? OptionalInt.empty() : OptionalInt.of(eos));
    }

    private Literals userDefined() {
        Literals literals = new Literals();
        for (int id = 0; id < count; id++) {
            if (model.pieces.get(id).type() == SentencePieceModel.Type.USER_DEFINED) {
                literals.put(model.pieces.get(id).text(), id);
            }
        }
        return literals;
    }

    private UnigramPieces unigram(byte[][] spelled) {
        double[] scores = new double[count];
        float least = Float.MAX_VALUE;
        float greatest = -Float.MAX_VALUE;
        int longest = 0;
        for (int id = 0; id < count; id++) {
            scores[id] = score(id);
            longest = Math.max(longest, spelled[id].length);
            if (model.pieces.get(id).type() == SentencePieceModel.Type.NORMAL) {
                least = Math.min(least, score(id));
                greatest = Math.max(greatest, score(id));
            }
        }
        for (int id = 0; id < count; id++) {
            if (model.pieces.get(id).type() == SentencePieceModel.Type.USER_DEFINED) {
                // Better than any way to write the same bytes with other pieces.
                scores[id] = (float) spelled[id].length * greatest - 0.1;
            }
        }
        return new UnigramPieces(
                ByteStrings.of(spelled).index(id -> spelled(id) && model.pieces.get(id).type() != SentencePieceModel.Type.UNUSED),
                scores,
                longest,
                unknown(),
                least - UNKNOWN_PENALTY,
                model.byteFallback ? bytes() : null);
    }

    private CharacterPairs pairs(byte[][] spelled) {
        // Characters that occur only inside pieces are symbols too, after the pieces.
        CodePoints characters = new CodePoints();
        List<byte[]> inside = new ArrayList<>();
        for (int id = 0; id < count; id++) {
            String text = model.pieces.get(id).text();
            if (spelled(id) && text.codePointCount(0, text.length()) == 1) {
                characters.put(text.codePointAt(0), id);
            }
        }
        for (int id = 0; id < count; id++) {
            if (spelled(id)) {
                model.pieces
                        .get(id)
                        .text()
                        .codePoints()
                        .forEach(
                                c -> {
                                    if (characters.get(c) < 0) {
                                        characters.put(c, count + inside.size());
                                        inside.add(Character.toString(c).getBytes(StandardCharsets.UTF_8));
                                    }
                                });
            }
        }
        int symbols = count + inside.size();
        byte[][] strings = Arrays.copyOf(spelled, symbols);
        for (int i = 0; i < inside.size(); i++) {
            strings[count + i] = inside.get(i);
        }
        ByteStrings all = ByteStrings.of(strings);
        int[] ranks = ranks();
        PairMerges merges = PieceMerges.of(all, all.index(id -> id >= count || spelled(id)), id -> id < count && spelled(id), id -> ranks[id]);
        int unknown = unknown();
        int[] bytes = model.byteFallback ? bytes() : null;

        List<Integer> whole = new ArrayList<>();
        Literals literals = new Literals();
        for (int id = 0; id < count; id++) {
            if (model.pieces.get(id).type() == SentencePieceModel.Type.USER_DEFINED) {
                literals.put(model.pieces.get(id).text(), symbols + whole.size());
                whole.add(id);
            }
        }
        int[][] expansions = new int[symbols + whole.size()][];
        for (int i = 0; i < inside.size(); i++) {
            expansions[count + i] = fallback(inside.get(i), bytes, unknown);
        }
        for (int i = 0; i < whole.size(); i++) {
            expansions[symbols + i] = new int[] {whole.get(i)};
        }
        expandUnused(characters, merges, expansions);
        return new CharacterPairs(characters, merges, bytes, unknown, true, literals, expansions, cut());
    }

    private static int[] fallback(byte[] character, int @Nullable [] bytes, int unknown) {
        if (bytes == null) {
            return new int[] {unknown};
        }
        int[] ids = new int[character.length];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = bytes[character[i] & 0xFF];
        }
        return ids;
    }

    /// An unused piece is a step to longer ones; where it is the last step, it falls apart again
    /// into the two that made it.
    private void expandUnused(CodePoints characters, PairMerges merges, int[][] expansions) {
        // A piece's parts are shorter than itself: by length, they are known when it comes.
        List<Integer> unused = new ArrayList<>();
        for (int id = 0; id < count; id++) {
            if (model.pieces.get(id).type() == SentencePieceModel.Type.UNUSED) {
                unused.add(id);
            }
        }
        unused.sort((a, b) -> model.pieces.get(a).text().length() - model.pieces.get(b).text().length());
        for (int id : unused) {
            int[] symbols = model.pieces.get(id).text().codePoints().map(characters::get).toArray();
            if (symbols.length > 1 && merges.lastTwo(symbols)) {
                expansions[id] =
                        IntStream.of(symbols[0], symbols[1])
                                .flatMap(part -> expansions[part] == null ? IntStream.of(part) : Arrays.stream(expansions[part]))
                                .toArray();
            }
        }
    }

    /// Equal scores have equal ranks, higher ones lower.
    private int[] ranks() {
        Integer[] order = new Integer[count];
        Arrays.setAll(order, id -> id);
        Arrays.sort(order, (a, b) -> Float.compare(score(b), score(a)));
        int[] ranks = new int[count];
        for (int i = 1; i < count; i++) {
            int step = score(order[i]) == score(order[i - 1]) ? 0 : 1;
            ranks[order[i]] = ranks[order[i - 1]] + step;
        }
        return ranks;
    }

    private float score(int id) {
        return model.pieces.get(id).score();
    }

    private boolean spelled(int id) {
        return model.pieces.get(id).type().spelled();
    }

    private int unknown() {
        int id = 0;
        while (model.pieces.get(id).type() != SentencePieceModel.Type.UNKNOWN) {
            id++;
        }
        return id;
    }

    private int[] bytes() {
        int[] bytes = new int[256];
        Arrays.fill(bytes, -1);
        for (int id = 0; id < count; id++) {
            if (model.pieces.get(id).type() == SentencePieceModel.Type.BYTE) {
                bytes[byteOf(id)] = id;
            }
        }
        for (int b = 0; b < 256; b++) {
            if (bytes[b] < 0) {
                throw new TokenizerException(
                        model.source + ": byte_fallback is set, but piece " + BytePiece.spelling(b) + " of type byte is missing");
            }
        }
        return bytes;
    }

    private int byteOf(int id) {
        String text = model.pieces.get(id).text();
        int b = BytePiece.of(text);
        if (b < 0) {
            throw new TokenizerException(model.source + ": piece " + id + " is of type byte and spelled \"" + text + "\", expected <0x00> to <0xFF>");
        }
        return b;
    }

    private int cut() {
        return cutsBeforeSpace(model.pieces.stream().map(Piece::text).toList()) ? SPACE : -1;
    }

    /// Whether no token goes on with a space after something else, so that no merge crosses there.
    static boolean cutsBeforeSpace(Iterable<String> tokens) {
        for (String token : tokens) {
            for (int at = token.indexOf(SPACE, 1); at > 0; at = token.indexOf(SPACE, at + 1)) {
                if (token.charAt(at - 1) != SPACE) {
                    return false;
                }
            }
        }
        return true;
    }

    private Detokenizer detokenizer() {
        byte[][] texts = new byte[count][];
        BitSet special = new BitSet();
        BitSet bytes = new BitSet();
        for (int id = 0; id < count; id++) {
            Piece piece = model.pieces.get(id);
            String text = piece.text().replace(SPACE, ' ');
            switch (piece.type()) {
                case CONTROL -> {
                    special.set(id);
                    text = piece.text();
                }
                case UNKNOWN -> text = model.unknownSurface;
                case BYTE -> {
                    bytes.set(id);
                    texts[id] = new byte[] {(byte) byteOf(id)};
                    continue;
                }
                default -> {}
            }
            texts[id] = text.getBytes(StandardCharsets.UTF_8);
        }
        // What text looks like when it is taken apart again follows from how it was normalized.
        Detokenizer.Leading leading =
                model.removeExtraWhitespaces
                        ? Detokenizer.Leading.ONE_OF_EACH
                        : model.addDummyPrefix ? Detokenizer.Leading.ONE : Detokenizer.Leading.KEPT;
        // The surface of an unknown piece begins with a space that is its own.
        bytes.set(unknown());
        return new Detokenizer(ByteStrings.of(texts), special, bytes, leading, true);
    }
}
