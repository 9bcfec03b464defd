package dev.gatun.models.text;

import dev.gatun.io.Json;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// Makes a tokenizer of the two files that GPT-2 was published with, `vocab.json` and `merges.txt`
/// (there `encoder.json` and `vocab.bpe`).
final class Gpt2Files {
    private static final String END_OF_TEXT = "<|endoftext|>";

    private Gpt2Files() {}

    static Tokenizer read(Path vocab, Path merges) {
        BytePairVocabulary vocabulary = new BytePairVocabulary(merges.toString());
        Json.read(vocab).forEach((token, id) -> vocabulary.add(token, id.asInt()));
        String[] lines = text(merges).split("\n", -1);
        for (int i = 0; i < lines.length; i++) {
            String line = lines[i].endsWith("\r") ? lines[i].substring(0, lines[i].length() - 1) : lines[i];
            // The first line may name the version; a later one may be the pair "# s".
            if (!line.isEmpty() && !(i == 0 && line.startsWith("#version"))) {
                vocabulary.merge(line);
            }
        }
        @Nullable String[] tokens = vocabulary.tokens();
        int end = vocabulary.id(END_OF_TEXT);
        BitSet special = new BitSet();
        List<AddedTokens.Token> added = List.of();
        if (end >= 0) {
            special.set(end);
            added = List.of(AddedTokens.Token.special(end, END_OF_TEXT));
        }
        OptionalInt endId = end < 0 ? OptionalInt.empty() : OptionalInt.of(end);
        return new ModelTokenizer(
                new AddedTokens(added, UnaryOperator.identity()),
                UnaryOperator.identity(),
                RegexSplit.isolated(JsonPreTokenizer.GPT2),
                vocabulary.bytes(false, -1, false),
                new int[0],
                new int[0],
                TokenizerJson.names(tokens),
                JsonDecoder.of(Json.parse("GPT-2", "{\"type\": \"ByteLevel\"}")).detokenizer(tokens, special),
                endId,
                endId);
    }

    private static String text(Path file) {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(TokenizerFiles.read(file))).toString();
        } catch (CharacterCodingException e) {
            throw new TokenizerException(file + ": is not UTF-8", e);
        }
    }
}
