package dev.gatun.models.text;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// What a SentencePiece `tokenizer.model` says: its pieces, and the few of its trainer's and
/// normalizer's options that matter for using it.
final class SentencePieceModel {
    static final int MAX_PIECES = 1 << 22;

    /// The kinds of pieces, in the order of their numbers, from 1.
    enum Type {
        NORMAL,
        UNKNOWN,
        CONTROL,
        USER_DEFINED,
        UNUSED,
        BYTE;

        /// Whether text may become this piece by its spelling.
        boolean spelled() {
            return this == NORMAL || this == USER_DEFINED || this == UNUSED;
        }
    }

    record Piece(String text, float score, Type type) {}

    private static final int UNIGRAM = 1;
    private static final int BPE = 2;
    private static final int WORD = 3;
    private static final int CHAR = 4;

    final String source;
    final List<Piece> pieces = new ArrayList<>();
    boolean unigram = true;
    boolean byteFallback;
    String bosPiece = "<s>";
    String eosPiece = "</s>";
    String unknownSurface = " \u2047 ";
    boolean addDummyPrefix = true;
    boolean removeExtraWhitespaces = true;
    boolean escapeWhitespaces = true;
    byte[] charsMap = {};

    private SentencePieceModel(String source) {
        this.source = source;
    }

    static SentencePieceModel read(Path file, byte[] bytes) {
        SentencePieceModel model = new SentencePieceModel(file.toString());
        ProtobufReader message = new ProtobufReader(model.source, bytes);
        Set<String> seen = new HashSet<>();
        while (message.next()) {
            switch (message.field()) {
                case 1 -> model.addPiece(message, seen);
                case 2 -> model.readTrainer(message.message());
                case 3 -> model.readNormalizer(message.message());
                case 5 -> model.readDenormalizer(message.message());
                default -> message.skip();
            }
        }
        if (model.pieces.isEmpty()) {
            throw new TokenizerException(model.source + ": has no pieces — not a SentencePiece model");
        }
        long unknowns =
                model.pieces.stream().filter(p -> p.type == Type.UNKNOWN).count();
        if (unknowns != 1) {
            throw new TokenizerException(model.source + ": has " + unknowns + " pieces of type unknown, expected one");
        }
        return model;
    }

    private void addPiece(ProtobufReader outer, Set<String> seen) {
        String text = "";
        float score = 0;
        int type = 1;
        ProtobufReader message = outer.message();
        while (message.next()) {
            switch (message.field()) {
                case 1 -> text = message.string();
                case 2 -> score = message.real();
                case 3 -> type = message.integer();
                default -> message.skip();
            }
        }
        String piece = "piece " + pieces.size() + " (\"" + abbreviated(text) + "\") ";
        if (pieces.size() == MAX_PIECES) {
            throw outer.malformed("is one piece more than " + MAX_PIECES);
        }
        if (type < 1 || type > Type.values().length) {
            throw outer.malformed(piece + "has type " + type + ", expected 1 to 6");
        }
        if (text.isEmpty()) {
            throw outer.malformed(piece + "is empty");
        }
        if (text.length() > PieceMerges.MAX_BYTES / 3) {
            throw outer.malformed(piece + "is longer than " + PieceMerges.MAX_BYTES / 3 + " characters");
        }
        if (!Float.isFinite(score)) {
            throw outer.malformed(piece + "has score " + score);
        }
        // A control symbol and a normal piece may be spelled alike: only the latter is text.
        Type named = Type.values()[type - 1];
        if (!seen.add(named.spelled() ? "t" + text : "r" + text)) {
            throw outer.malformed(piece + "occurs twice");
        }
        pieces.add(new Piece(text, score, named));
    }

    private void readTrainer(ProtobufReader message) {
        int type = UNIGRAM;
        while (message.next()) {
            switch (message.field()) {
                case 3 -> type = message.integer();
                case 24 -> {
                    if (message.truth()) {
                        throw message.malformed("says treat_whitespace_as_suffix, which is not supported");
                    }
                }
                case 35 -> byteFallback = message.truth();
                case 44 -> unknownSurface = message.string();
                case 46 -> bosPiece = message.string();
                case 47 -> eosPiece = message.string();
                default -> message.skip();
            }
        }
        unigram = type == UNIGRAM;
        if (type != UNIGRAM && type != BPE) {
            String name = type == WORD ? "word" : type == CHAR ? "char" : String.valueOf(type);
            throw new TokenizerException(source + ": model type is " + name + " — supported are unigram and bpe");
        }
    }

    private void readNormalizer(ProtobufReader message) {
        while (message.next()) {
            switch (message.field()) {
                case 2 -> charsMap = message.bytes();
                case 3 -> addDummyPrefix = message.truth();
                case 4 -> removeExtraWhitespaces = message.truth();
                case 5 -> escapeWhitespaces = message.truth();
                default -> message.skip();
            }
        }
    }

    private void readDenormalizer(ProtobufReader message) {
        while (message.next()) {
            if (message.field() == 2 && message.bytes().length > 0) {
                throw message.malformed("is a denormalizer's charsmap, which is not supported");
            } else if (message.field() != 2) {
                message.skip();
            }
        }
    }

    /// The id of the control piece with this spelling, −1 if there is none.
    int control(String text) {
        for (int id = 0; id < pieces.size(); id++) {
            if (pieces.get(id).type == Type.CONTROL && pieces.get(id).text.equals(text)) {
                return id;
            }
        }
        return -1;
    }

    private static String abbreviated(String text) {
        return text.length() <= 40 ? text : text.substring(0, 40) + "…";
    }
}
