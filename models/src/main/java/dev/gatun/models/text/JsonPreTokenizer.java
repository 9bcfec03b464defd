package dev.gatun.models.text;

import dev.gatun.io.Json;
import dev.gatun.models.text.RegexSplit.Behavior;
import java.util.List;
import java.util.regex.Pattern;

/// The `pre_tokenizer` of a `tokenizer.json`.
///
/// @param steps cuts text into words
/// @param byteLevel whether the model's first symbols are bytes rather than characters
record JsonPreTokenizer(PreTokenizer steps, boolean byteLevel) {
    /// The expression of GPT-2, which a ByteLevel step cuts by unless told not to.
    static final String GPT2 = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

    private static final String PUNCTUATION = "[\\p{P}$+<=>^`|~]";

    static JsonPreTokenizer of(Json json) {
        return switch (json.stringAt("type")) {
            case "Sequence" -> sequence(json.at("pretokenizers").elements());
            case "ByteLevel" -> byteLevel(json);
            case "Metaspace" -> characters(metaspace(json));
            case "Split" ->
                    characters(
                            new RegexSplit(JsonNormalizer.regex(json.at("pattern")), behavior(json.at("behavior")), json.booleanAt("invert", false)));
            case "Digits" ->
                    characters(
                            new RegexSplit(
                                    RubyRegex.java("\\p{N}"),
                                    json.booleanAt("individual_digits", false) ? Behavior.ISOLATED : Behavior.CONTIGUOUS,
                                    false));
            case "Punctuation" ->
                    characters(
                            new RegexSplit(
                                    RubyRegex.java(PUNCTUATION),
                                    json.find("behavior").map(JsonPreTokenizer::behavior).orElse(Behavior.ISOLATED),
                                    false));
            case "Whitespace" -> characters(new RegexSplit(RubyRegex.java("\\w+|[^\\w\\s]+"), Behavior.REMOVED, true));
            case "WhitespaceSplit" -> characters(new RegexSplit(RubyRegex.java("\\s"), Behavior.REMOVED, false));
            default ->
                    throw json.at("type")
                            .refused(
                                    "supported pre-tokenizers are Sequence, ByteLevel, Split,"
                                            + " Metaspace, Digits, Punctuation, Whitespace and"
                                            + " WhitespaceSplit");
        };
    }

    private static JsonPreTokenizer characters(PreTokenizer steps) {
        return new JsonPreTokenizer(steps, false);
    }

    private static JsonPreTokenizer sequence(List<Json> elements) {
        PreTokenizer steps = PreTokenizer.NONE;
        boolean byteLevel = false;
        for (Json element : elements) {
            if (byteLevel) {
                throw element.refused("a step after ByteLevel is not supported");
            }
            JsonPreTokenizer step = of(element);
            byteLevel = step.byteLevel;
            steps = steps.equals(PreTokenizer.NONE) ? step.steps : steps.then(step.steps);
        }
        return new JsonPreTokenizer(steps, byteLevel);
    }

    private static JsonPreTokenizer byteLevel(Json json) {
        PreTokenizer steps = json.booleanAt("use_regex", true) ? RegexSplit.isolated(GPT2) : PreTokenizer.NONE;
        if (json.booleanAt("add_prefix_space", true)) {
            steps = prefix(" ").then(steps);
        }
        return new JsonPreTokenizer(steps, true);
    }

    /// Puts a prefix before what does not begin with it.
    private static PreTokenizer prefix(String prefix) {
        return (text, from, to, first, next) -> {
            if (text.startsWith(prefix, from)) {
                next.accept(text, from, to, first);
            } else {
                String changed = prefix + text.substring(from, to);
                next.accept(changed, 0, changed.length(), first);
            }
        };
    }

    private static PreTokenizer metaspace(Json json) {
        String mark = json.stringAt("replacement");
        // Older files say add_prefix_space instead of prepend_scheme.
        String legacy = json.booleanAt("add_prefix_space", true) ? "always" : "never";
        String scheme = json.stringAt("prepend_scheme", legacy);
        if (!scheme.equals("always") && !scheme.equals("first") && !scheme.equals("never")) {
            throw json.at("prepend_scheme").refused("supported are always, first and never");
        }
        PreTokenizer replace =
                (text, from, to, first, next) -> {
                    boolean prepend = scheme.equals("always") || scheme.equals("first") && first;
                    String changed = text.substring(from, to).replace(" ", mark);
                    if (prepend && !changed.startsWith(mark)) {
                        changed = mark + changed;
                    }
                    next.accept(changed, 0, changed.length(), first);
                };
        if (!json.booleanAt("split", true)) {
            return replace;
        }
        Pattern literal = Pattern.compile(mark, Pattern.LITERAL);
        return replace.then(new RegexSplit(literal, Behavior.MERGED_WITH_NEXT, false));
    }

    private static Behavior behavior(Json json) {
        return switch (json.asString()) {
            case "Isolated" -> Behavior.ISOLATED;
            case "Removed" -> Behavior.REMOVED;
            case "MergedWithPrevious" -> Behavior.MERGED_WITH_PREVIOUS;
            case "MergedWithNext" -> Behavior.MERGED_WITH_NEXT;
            case "Contiguous" -> Behavior.CONTIGUOUS;
            default -> throw json.refused("supported are Isolated, Removed, MergedWithPrevious, MergedWithNext" + " and Contiguous");
        };
    }
}
