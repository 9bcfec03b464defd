package dev.gatun.models.text;

import dev.gatun.io.Json;
import java.text.Normalizer;
import java.util.Locale;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The `normalizer` of a `tokenizer.json`.
final class JsonNormalizer {
    private JsonNormalizer() {}

    static UnaryOperator<String> of(Json json) {
        String type = json.stringAt("type");
        return switch (type) {
            case "Sequence" -> {
                UnaryOperator<String> all = UnaryOperator.identity();
                for (Json step : json.at("normalizers").elements()) {
                    UnaryOperator<String> before = all;
                    UnaryOperator<String> then = of(step);
                    all = text -> then.apply(before.apply(text));
                }
                yield all;
            }
            case "Prepend" -> {
                String prefix = json.stringAt("prepend");
                yield text -> text.isEmpty() ? text : prefix + text;
            }
            case "Replace" -> replace(json.at("pattern"), json.stringAt("content"));
            case "NFC", "NFD", "NFKC", "NFKD" -> {
                Normalizer.Form form = Normalizer.Form.valueOf(type);
                yield text -> Normalizer.isNormalized(text, form) ? text : Normalizer.normalize(text, form);
            }
            case "Lowercase" -> JsonNormalizer::lowercase;
            case "Strip" -> strip(json);
            default ->
                    throw json.at("type")
                            .refused("supported normalizers are Sequence, Prepend, Replace, NFC," + " NFD, NFKC, NFKD, Lowercase and Strip");
        };
    }

    private static UnaryOperator<String> replace(Json pattern, String content) {
        if (pattern.has("String")) {
            String literal = pattern.stringAt("String");
            return text -> text.replace(literal, content);
        }
        Pattern regex = regex(pattern);
        String replacement = Matcher.quoteReplacement(content);
        return text -> regex.matcher(text).replaceAll(replacement);
    }

    /// The expression of `{"Regex": …}` or `{"String": …}`.
    static Pattern regex(Json pattern) {
        if (pattern.has("String")) {
            return Pattern.compile(pattern.stringAt("String"), Pattern.LITERAL);
        }
        Json regex = pattern.at("Regex");
        try {
            return RubyRegex.compile(regex.asString());
        } catch (IllegalArgumentException e) {
            throw regex.refused(String.valueOf(e.getMessage()));
        }
    }

    /// Character by character: a sigma at the end of a word is not treated as one.
    private static String lowercase(String text) {
        StringBuilder lower = new StringBuilder(text.length());
        text.codePoints().forEach(c -> lower.append(Character.toString(c).toLowerCase(Locale.ROOT)));
        return lower.toString();
    }

    private static UnaryOperator<String> strip(Json json) {
        Pattern left = RubyRegex.java("\\A\\s+");
        Pattern right = RubyRegex.java("\\s++\\z");
        boolean stripLeft = json.booleanAt("strip_left", true);
        boolean stripRight = json.booleanAt("strip_right", true);
        return text -> {
            String stripped = stripLeft ? left.matcher(text).replaceFirst("") : text;
            return stripRight ? right.matcher(stripped).replaceFirst("") : stripped;
        };
    }
}
