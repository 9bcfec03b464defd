package dev.gatun.models.text;

import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Cuts text where an expression matches.
///
/// @param pattern the expression
/// @param behavior what becomes of the matches
/// @param invert whether what is between the matches counts as the matches
record RegexSplit(Pattern pattern, Behavior behavior, boolean invert) implements PreTokenizer {
    /// What becomes of matches, as named in `tokenizer.json`.
    enum Behavior {
        ISOLATED,
        REMOVED,
        MERGED_WITH_PREVIOUS,
        MERGED_WITH_NEXT,
        CONTIGUOUS
    }

    static RegexSplit isolated(String java) {
        return new RegexSplit(RubyRegex.java(java), Behavior.ISOLATED, false);
    }

    @Override
    public void cut(String text, int from, int to, boolean first, Words next) {
        Words words = (t, start, end, f) -> next.accept(t, start, end, first && start == from);
        try {
            if (behavior == Behavior.ISOLATED || behavior == Behavior.REMOVED) {
                stream(text, from, to, words);
            } else {
                join(text, from, to, words);
            }
        } catch (StackOverflowError e) {
            throw new IllegalArgumentException(
                    "text of "
                            + (to - from)
                            + " characters — the tokenizer's expression \""
                            + pattern
                            + "\" needs more stack than there is; split the text",
                    e);
        }
    }

    private void stream(String text, int from, int to, Words next) {
        boolean keepMatches = behavior == Behavior.ISOLATED || invert;
        boolean keepRest = behavior == Behavior.ISOLATED || !invert;
        Matcher matcher = pattern.matcher(text).region(from, to);
        int done = from;
        while (matcher.find()) {
            if (keepRest && matcher.start() > done) {
                next.accept(text, done, matcher.start(), false);
            }
            if (keepMatches && matcher.end() > matcher.start()) {
                next.accept(text, matcher.start(), matcher.end(), false);
            }
            done = matcher.end();
        }
        if (keepRest && to > done) {
            next.accept(text, done, to, false);
        }
    }

    /// The same where pieces are joined: every piece's beginning is decided before any is passed on.
    private void join(String text, int from, int to, Words next) {
        // Piece i is text[bounds[i], bounds[i+1]); matches[i] says whether it is a match.
        int[] bounds = new int[16];
        boolean[] matches = new boolean[16];
        int count = 0;
        Matcher matcher = pattern.matcher(text).region(from, to);
        bounds[0] = from;
        while (bounds[count] < to) {
            if (count + 3 > matches.length) {
                bounds = Arrays.copyOf(bounds, 2 * bounds.length);
                matches = Arrays.copyOf(matches, 2 * matches.length);
            }
            boolean found = matcher.find();
            int start = found ? matcher.start() : to;
            if (start > bounds[count]) {
                matches[count] = invert;
                bounds[++count] = start;
            }
            if (found && matcher.end() > start) {
                matches[count] = !invert;
                bounds[++count] = matcher.end();
            }
        }
        int begun = 0;
        for (int i = 1; i <= count; i++) {
            if (i == count || !joined(matches, i)) {
                next.accept(text, bounds[begun], bounds[i], false);
                begun = i;
            }
        }
    }

    /// Whether piece `i` goes on the piece before it.
    private boolean joined(boolean[] matches, int i) {
        return switch (behavior) {
            case CONTIGUOUS -> matches[i] == matches[i - 1];
            case MERGED_WITH_PREVIOUS -> matches[i] && !matches[i - 1];
            case MERGED_WITH_NEXT -> matches[i - 1] && !matches[i];
            default -> false;
        };
    }
}
