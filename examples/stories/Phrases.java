package stories;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Turns patterns into sentences.
///
/// ```text
/// [One|Some] day, {H} found a {#color} apple.     One day, Mia found an orange apple.
/// ```
///
/// `[…|…]` is one of several, which may hold further ones; `{…}` is what was put in under that name; `{#…}` is any word of a list of [Words]. The article
/// `a` becomes `an` where it must, a sentence begins with a capital letter, and quotation marks, which patterns write `“` and `”`, come out straight. What
/// follows `!”` or `?”` may belong to the sentence and stays as it is.
final class Phrases {
    private static final Pattern ARTICLE = Pattern.compile("\\b([Aa]) (?=\"?[aeiouAEIOU])(?!(?:uni|use|usu|one|once|eu))");
    private static final Pattern SPACES = Pattern.compile(" +(?=[ .,!?])"); // where a choice was to say nothing
    private static final Pattern BEGINNING = Pattern.compile("(^|[.!?] |\\.\" )(\"?)(\\p{Ll})");

    private final Dice dice;
    private final Map<String, String> slots = new HashMap<>();

    Phrases(Dice dice) {
        this.dice = dice;
    }

    void put(String name, String text) {
        slots.put(name, text);
    }

    String get(String name) {
        String text = slots.get(name);
        if (text == null) {
            throw new IllegalStateException("nothing was put in as {" + name + "}; there is " + slots.keySet());
        }
        return text;
    }

    /// One or more sentences.
    String sentence(String pattern) {
        return BEGINNING
                .matcher(fragment(pattern))
                .replaceAll(match -> Matcher.quoteReplacement(
                        match.group(1) + match.group(2) + match.group(3).toUpperCase(Locale.ROOT)));
    }

    /// A part of a sentence.
    String fragment(String pattern) {
        var text = new StringBuilder();
        expand(pattern, 0, pattern.length(), text);
        String straight = SPACES.matcher(text.toString().replace('“', '"').replace('”', '"'))
                .replaceAll("");
        return ARTICLE.matcher(straight).replaceAll("$1n ");
    }

    private void expand(String pattern, int from, int to, StringBuilder text) {
        for (int i = from; i < to; i++) {
            char c = pattern.charAt(i);
            if (c == '{') {
                int end = pattern.indexOf('}', i);
                slot(pattern.substring(i + 1, end), text);
                i = end;
            } else if (c == '[') {
                int end = closing(pattern, i);
                choose(pattern, i + 1, end, text);
                i = end;
            } else {
                text.append(c);
            }
        }
    }

    private void slot(String name, StringBuilder text) {
        String pattern = name.startsWith("#") ? dice.of(Words.list(name.substring(1))) : get(name);
        expand(pattern, 0, pattern.length(), text);
    }

    private void choose(String pattern, int from, int to, StringBuilder text) {
        int choices = 1;
        int depth = 0;
        for (int i = from; i < to; i++) {
            char c = pattern.charAt(i);
            depth += c == '[' ? 1 : c == ']' ? -1 : 0;
            choices += c == '|' && depth == 0 ? 1 : 0;
        }
        int chosen = dice.below(choices);
        int begin = from;
        for (int i = from; i <= to; i++) {
            char c = i == to ? '|' : pattern.charAt(i);
            depth += c == '[' ? 1 : c == ']' ? -1 : 0;
            if (c == '|' && depth == 0) {
                if (chosen-- == 0) {
                    expand(pattern, begin, i, text);
                    return;
                }
                begin = i + 1;
            }
        }
    }

    private static int closing(String pattern, int open) {
        int depth = 0;
        for (int i = open; i < pattern.length(); i++) {
            depth += pattern.charAt(i) == '[' ? 1 : pattern.charAt(i) == ']' ? -1 : 0;
            if (depth == 0) {
                return i;
            }
        }
        throw new IllegalArgumentException("[ without ] in: " + pattern);
    }
}
