package dev.gatun.models.text;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/// Tokens that are looked for in the text itself, before normalization or after it, and that the
/// model never sees.
final class AddedTokens {
    /// @param content how it is spelled in text
    /// @param special whether it stands for no text
    /// @param singleWord whether it is only found where no word goes on before or after it
    /// @param lstrip whether it takes the space before it
    /// @param rstrip whether it takes the space after it
    /// @param normalized whether it is looked for in the normalized text
    record Token(int id, String content, boolean special, boolean singleWord, boolean lstrip, boolean rstrip, boolean normalized) {
        static Token special(int id, String content) {
            return new Token(id, content, true, false, false, false, false);
        }
    }

    private final List<Token> tokens;
    // Looked for in the text, and in the normalized text; all, and those that are not special.
    private final Literals raw = new Literals();
    private final Literals rawPlain = new Literals();
    private final Literals normalized = new Literals();
    private final Literals normalizedPlain = new Literals();

    AddedTokens(List<Token> tokens, UnaryOperator<String> normalizer) {
        this.tokens = new ArrayList<>(tokens);
        for (int i = 0; i < tokens.size(); i++) {
            Token token = tokens.get(i);
            String content = token.normalized ? normalizer.apply(token.content) : token.content;
            if (content.isEmpty()) {
                continue;
            }
            (token.normalized ? normalized : raw).put(content, i);
            if (!token.special) {
                (token.normalized ? normalizedPlain : rawPlain).put(content, i);
            }
        }
    }

    /// Cuts a text. Added tokens go to the state, in order with what `rest` makes of the text
    /// between them, once normalized.
    void cut(String text, boolean recognise, UnaryOperator<String> normalizer, EncodingState state, PreTokenizer.Words rest) {
        cut(recognise ? raw : rawPlain, text, state, (piece, from, to, first) -> {
            String changed = normalizer.apply(piece.substring(from, to));
            cut(recognise ? normalized : normalizedPlain, changed, state, (p, f, t, inner) -> rest.accept(p, f, t, first && inner));
        });
    }

    private void cut(Literals literals, String text, EncodingState state, PreTokenizer.Words rest) {
        int done = 0;
        int length = text.length();
        for (int at = 0; at < length && !literals.isEmpty(); ) {
            long found = literals.longest(text, at, length);
            if (found < 0) {
                at++;
                continue;
            }
            Token token = tokens.get((int) found);
            int end = (int) (found >> 32);
            if (token.singleWord && (word(text, at, -1) || word(text, end, 1))) {
                at = end;
                continue;
            }
            int start = at;
            while (token.lstrip && start > done && space(text.charAt(start - 1))) {
                start--;
            }
            at = end;
            while (token.rstrip && end < length && space(text.charAt(end))) {
                end++;
            }
            if (start > done) {
                rest.accept(text, done, start, done == 0);
            }
            state.add(token.id);
            done = end;
            at = Math.max(at, end);
        }
        if (done < length) {
            rest.accept(text, done, length, done == 0);
        }
    }

    /// Whether the character before `at` (step −1) or at it (step 1) belongs to a word.
    private static boolean word(String text, int at, int step) {
        if (step < 0 ? at == 0 : at == text.length()) {
            return false;
        }
        int c = step < 0 ? text.codePointBefore(at) : text.codePointAt(at);
        return Character.isAlphabetic(c)
                || switch (Character.getType(c)) {
                    case Character.DECIMAL_DIGIT_NUMBER,
                            Character.CONNECTOR_PUNCTUATION,
                            Character.NON_SPACING_MARK,
                            Character.COMBINING_SPACING_MARK,
                            Character.ENCLOSING_MARK -> true;
                    default -> false;
                };
    }

    /// White_Space of Unicode; all of it is in the BMP.
    private static boolean space(char c) {
        return c >= '\t' && c <= '\r' || c == '\u0085' || Character.isSpaceChar(c);
    }
}
