package dev.gatun.models.text;

import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// What SentencePiece does to a text before it is cut into pieces.
final class SentencePieceNormalizer implements UnaryOperator<String> {
    private final boolean prefix;
    private final boolean collapse;
    private final char space;

    private final @Nullable CharsMap map;
    private final Literals userDefined;

    /// @param userDefined pieces that are not rewritten
    SentencePieceNormalizer(SentencePieceModel model, Literals userDefined) {
        map = model.charsMap.length == 0 ? null : new CharsMap(model.source, model.charsMap);
        this.userDefined = userDefined;
        prefix = model.addDummyPrefix;
        collapse = model.removeExtraWhitespaces;
        space = model.escapeWhitespaces ? SentencePiece.SPACE : ' ';
    }

    @Override
    public String apply(String written) {
        String text = map == null ? written : map.apply(written, userDefined);
        StringBuilder out = new StringBuilder(text.length() + 1);
        if (written.isEmpty() || collapse && text.chars().allMatch(c -> c == ' ')) {
            return "";
        }
        if (prefix) {
            out.append(space);
        }
        boolean afterSpace = collapse;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == ' ') {
                if (!afterSpace) {
                    out.append(space);
                }
                afterSpace = collapse;
            } else {
                out.append(c);
                afterSpace = false;
            }
        }
        while (collapse && !out.isEmpty() && out.charAt(out.length() - 1) == space) {
            out.setLength(out.length() - 1);
        }
        return out.toString();
    }
}
