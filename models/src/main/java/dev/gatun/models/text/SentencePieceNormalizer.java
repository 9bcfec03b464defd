package dev.gatun.models.text;

import java.util.function.UnaryOperator;

/// What SentencePiece does to a text before it is cut into pieces.
final class SentencePieceNormalizer implements UnaryOperator<String> {
    private final boolean prefix;
    private final boolean collapse;
    private final char space;

    SentencePieceNormalizer(SentencePieceModel model) {
        if (model.charsMap.length > 0) {
            throw new TokenizerException(
                    model.source
                            + ": has a precompiled_charsmap of "
                            + model.charsMap.length
                            + " bytes — models with identity normalization are supported");
        }
        prefix = model.addDummyPrefix;
        collapse = model.removeExtraWhitespaces;
        space = model.escapeWhitespaces ? SentencePiece.SPACE : ' ';
    }

    @Override
    public String apply(String text) {
        StringBuilder out = new StringBuilder(text.length() + 1);
        boolean blank = collapse && text.chars().allMatch(c -> c == ' ');
        if (text.isEmpty() || blank) {
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
