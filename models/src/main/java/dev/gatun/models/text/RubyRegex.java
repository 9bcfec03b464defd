package dev.gatun.models.text;

import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/// The regular expressions of `tokenizer.json` are Ruby's, as Oniguruma runs them. This writes them
/// in Java's language, which differs in little: classes inside classes are taken out, since Java's
/// negation does not mean their union; names of scripts begin with `Is`; a line ends at `\n` only.
final class RubyRegex {
    private static final Set<String> POSIX =
            Set.of("alnum", "alpha", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space", "upper", "xdigit");

    private final String ruby;
    private final StringBuilder java = new StringBuilder();
    private int at;

    private RubyRegex(String ruby) {
        this.ruby = ruby;
    }

    /// Compiles an expression.
    ///
    /// @throws IllegalArgumentException if it is malformed or has no equivalent; the message says
    ///     why, as the end of a sentence
    static Pattern compile(String ruby) {
        try {
            return java(new RubyRegex(ruby).translated());
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException("is not understood: " + e.getDescription() + " near index " + e.getIndex(), e);
        }
    }

    /// Compiles an expression of Java's. Without UNICODE_CHARACTER_CLASS `\s` would be six
    /// characters of the twenty-five that are white space.
    static Pattern java(String java) {
        return Pattern.compile(java, Pattern.UNICODE_CHARACTER_CLASS | Pattern.UNIX_LINES | Pattern.MULTILINE);
    }

    private String translated() {
        while (at < ruby.length()) {
            char c = ruby.charAt(at);
            if (c == '\\') {
                escape();
            } else if (c == '[') {
                characterClass(0);
            } else {
                java.append(c);
                at++;
            }
        }
        return java.toString();
    }

    private void escape() {
        if (at + 1 == ruby.length()) {
            throw new IllegalArgumentException("is not understood: it ends with a backslash");
        }
        char c = ruby.charAt(at + 1);
        if (c == 'p' || c == 'P') {
            property(c);
        } else if (c == 'h' || c == 'H' || c == 'K' || c == 'g' || c == 'Z' || c == 'X') {
            throw new IllegalArgumentException("uses \\" + c + ", which is not supported");
        } else {
            java.append('\\').append(c);
            at += 2;
        }
    }

    private void property(char p) {
        int end = ruby.indexOf('}', at);
        if (at + 2 >= ruby.length() || ruby.charAt(at + 2) != '{' || end < 0) {
            throw new IllegalArgumentException("is not understood: \\" + p + " without {…}");
        }
        String name = ruby.substring(at + 3, end);
        boolean negated = p == 'P';
        if (name.startsWith("^")) {
            negated = !negated;
            name = name.substring(1);
        }
        boolean known = name.length() <= 2 || POSIX.contains(name.toLowerCase(Locale.ROOT));
        java.append(negated ? "\\P{" : "\\p{")
                .append(known ? "" : "Is")
                .append(name)
                .append('}');
        at = end + 1;
    }

    /// Copies a class; the members of one inside another become members of the outer.
    private void characterClass(int depth) {
        at++;
        boolean negated = at < ruby.length() && ruby.charAt(at) == '^';
        if (negated && depth > 0) {
            throw new IllegalArgumentException("has a negated class inside a class, which is not supported");
        }
        if (depth == 0) {
            java.append(negated ? "[^" : "[");
        }
        at += negated ? 1 : 0;
        for (boolean first = true; at < ruby.length(); first = false) {
            char c = ruby.charAt(at);
            if (c == ']' && !first) {
                at++;
                java.append(depth == 0 ? "]" : "");
                return;
            }
            if (c == '[' && ruby.startsWith("[:", at) && ruby.indexOf(":]", at) > 0) {
                posix();
            } else if (c == '[') {
                characterClass(depth + 1);
            } else if (c == '\\') {
                escape();
            } else if (ruby.startsWith("&&", at)) {
                throw new IllegalArgumentException("has an intersection of classes, which is not supported");
            } else {
                java.append(c == ']' || c == '&' ? "\\" : "").append(c);
                at++;
            }
        }
        throw new IllegalArgumentException("is not understood: a class is not closed");
    }

    private void posix() {
        int end = ruby.indexOf(":]", at);
        String name = ruby.substring(at + 2, end);
        if (!POSIX.contains(name)) {
            throw new IllegalArgumentException("has the class [:" + name + ":], which is unknown");
        }
        String java = name.equals("xdigit") ? "XDigit" : name;
        this.java
                .append("\\p{")
                .append(Character.toUpperCase(java.charAt(0)))
                .append(java.substring(1))
                .append('}');
        at = end + 2;
    }
}
