package dev.gatun.models.text;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.BitSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/// Makes a tokenizer of the `tokenizer.model` of Llama 3: lines of a token's bytes in base64 and
/// its rank, which is its id and also says how early it is merged. The file holds neither the
/// expression that cuts words nor the special tokens; both are Llama 3's.
final class Tiktoken {
    private static final String LLAMA3 = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}"
            + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
    private static final int SPECIALS = 256;
    private static final int LONGEST_LINE = 4096;
    private static final Pattern FIRST_LINE = Pattern.compile("[A-Za-z0-9+/]+={0,2} [0-9]+\r?");

    private final Path file;
    private final List<byte[]> tokens = new ArrayList<>();

    private Tiktoken(Path file) {
        this.file = file;
    }

    /// Whether a file's first line is one of base64 and a number.
    static boolean looksLike(byte[] bytes) {
        int end = 0;
        while (end < bytes.length && end < LONGEST_LINE && bytes[end] != '\n') {
            end++;
        }
        String line = new String(bytes, 0, end, StandardCharsets.ISO_8859_1);
        return FIRST_LINE.matcher(line).matches();
    }

    static Tokenizer read(Path file, byte[] bytes) {
        Tiktoken ranks = new Tiktoken(file);
        for (int at = 0; at < bytes.length; ) {
            int end = at;
            while (end < bytes.length && bytes[end] != '\n') {
                end++;
            }
            ranks.add(bytes, at, end > at && bytes[end - 1] == '\r' ? end - 1 : end);
            at = end + 1;
        }
        return ranks.tokenizer();
    }

    private void add(byte[] bytes, int from, int end) {
        int space = from;
        while (space < end && bytes[space] != ' ') {
            space++;
        }
        if (from == end) {
            return;
        }
        String rank = new String(bytes, space, end - space, StandardCharsets.ISO_8859_1).strip();
        if (!rank.equals(String.valueOf(tokens.size()))) {
            throw malformed(from, "has rank \"" + abbreviated(rank) + "\"");
        }
        byte[] token;
        try {
            token = Base64.getDecoder().decode(Arrays.copyOfRange(bytes, from, space));
        } catch (IllegalArgumentException e) {
            throw malformed(from, "is not base64");
        }
        if (token.length == 0 || token.length > PieceMerges.MAX_BYTES) {
            throw malformed(from, "is a token of " + token.length + " bytes");
        }
        if (tokens.size() + SPECIALS == BytePairVocabulary.MAX_IDS) {
            throw malformed(from, "is one token more than can be read");
        }
        tokens.add(token);
    }

    private TokenizerException malformed(int offset, String problem) {
        return new TokenizerException(
                file + ": offset " + offset + ": line " + problem + ", expected the base64 of a token and rank " + tokens.size());
    }

    private static String abbreviated(String text) {
        return text.length() <= 40 ? text : text.substring(0, 40) + "…";
    }

    private Tokenizer tokenizer() {
        int count = tokens.size();
        ByteStrings strings = ByteStrings.of(tokens.toArray(new byte[0][]));
        ByteStrings.Index index = strings.index(id -> true);
        int[] bytes = new int[256];
        for (int b = 0; b < 256; b++) {
            bytes[b] = index.find(new byte[] {(byte) b});
            if (bytes[b] < 0) {
                throw new TokenizerException(file + ": has no token for the byte " + b);
            }
        }
        String[] names = new String[count + SPECIALS];
        byte[][] texts = new byte[count + SPECIALS][];
        for (int id = 0; id < count; id++) {
            texts[id] = tokens.get(id);
            names[id] = ByteAlphabet.spelling(texts[id]);
            if (index.find(texts[id]) != id) {
                throw new TokenizerException(file + ": ranks " + index.find(texts[id]) + " and " + id + " have the same token");
            }
        }
        BitSet special = new BitSet();
        List<AddedTokens.Token> added = new ArrayList<>();
        for (int i = 0; i < SPECIALS; i++) {
            int id = count + i;
            names[id] = special(i);
            texts[id] = names[id].getBytes(StandardCharsets.UTF_8);
            added.add(AddedTokens.Token.special(id, names[id]));
            special.set(id);
        }
        return new ModelTokenizer(
                new AddedTokens(added, UnaryOperator.identity()),
                UnaryOperator.identity(),
                RegexSplit.isolated(LLAMA3),
                new ByteLevelPairs(bytes, PieceMerges.of(strings, index, id -> true, id -> id), index, -1, false),
                new int[] {count},
                new int[0],
                TokenizerJson.names(names),
                new Detokenizer(ByteStrings.of(texts), special, new BitSet(), Detokenizer.Leading.KEPT, false),
                OptionalInt.of(count),
                OptionalInt.of(count + 1));
    }

    /// The special tokens of Llama 3.1, which gave names to some that 3 had in reserve.
    private static String special(int i) {
        return switch (i) {
            case 0 -> "<|begin_of_text|>";
            case 1 -> "<|end_of_text|>";
            case 2, 3 -> "<|reserved_special_token_" + (i - 2) + "|>";
            case 4 -> "<|finetune_right_pad_id|>";
            case 5 -> "<|reserved_special_token_2|>";
            case 6 -> "<|start_header_id|>";
            case 7 -> "<|end_header_id|>";
            case 8 -> "<|eom_id|>";
            case 9 -> "<|eot_id|>";
            case 10 -> "<|python_tag|>";
            default -> "<|reserved_special_token_" + (i - 8) + "|>";
        };
    }
}
