package dev.gatun.models.data;

import dev.gatun.io.Json;
import dev.gatun.io.JsonException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Locale;
import java.util.NoSuchElementException;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.function.Supplier;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/// Reads the files that models are trained on.
///
/// | file | what is in it |
/// |---|---|
/// | `*.jsonl`, `*.ndjson` | a JSON object on each line |
/// | `*.json` | an array of JSON objects, or an object on each line |
/// | any other | texts in UTF-8, between which there is a line [#SEPARATOR] |
///
/// An object has one of these forms; other members are ignored:
///
/// | members | |
/// |---|---|
/// | `text` | a text |
/// | `instruction`, `input` or `context` (may be absent or empty), `output` or `response` | as Alpaca and Dolly have them; the prompt is made by a [PromptStyle] |
/// | `prompt`, and `completion`, `response` or `answer` | both as they are |
/// | `question`, `answer` | the prompt is made by a [PromptStyle] |
/// | `input`, `output` | both as they are |
///
/// Text and lines of JSON are read as they are asked for; an array of JSON is in memory as a whole. Errors name the file and the line.
public final class Examples {
    /// The line between two texts.
    public static final String SEPARATOR = "<|end_of_text|>";

    /// A text that is longer comes in parts, which end where a line does and none is indented behind it.
    private static final int PART = 1 << 20;

    private static final String FORMS =
            "want an object with \"text\", with \"instruction\" (and \"input\") and \"output\", with \"prompt\" and \"completion\","
                    + " or with \"question\" and \"answer\"";

    private Examples() {}

    /// Reads a file, with Alpaca's prompts.
    ///
    /// @param file its path
    /// @return the examples in the file's order, none of them empty; to be closed
    /// @throws DataException if it has none, or while the stream is used: if a line is malformed
    /// @throws java.io.UncheckedIOException if it cannot be read
    public static Stream<Example> read(Path file) {
        return read(file, PromptStyle.ALPACA);
    }

    /// Reads a file.
    ///
    /// @param file its path
    /// @param style how prompts are made of instructions and questions
    /// @return the examples in the file's order, none of them empty; to be closed
    /// @throws DataException if it has none, or while the stream is used: if a line is malformed
    /// @throws java.io.UncheckedIOException if it cannot be read
    public static Stream<Example> read(Path file, PromptStyle style) {
        String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
        if (name.endsWith(".json") && beginsWithBracket(file)) {
            return array(file, style);
        }
        var lines = new TextLines(file);
        boolean json = name.endsWith(".json") || name.endsWith(".jsonl") || name.endsWith(".ndjson");
        Supplier<@Nullable Example> next = json ? () -> object(lines, style) : new Texts(lines)::next;
        var iterator = new UntilNull(next);
        if (!iterator.hasNext()) {
            lines.close();
            throw new DataException(file + ": there is nothing in it — " + (json ? FORMS + " on each line" : "want text"));
        }
        return StreamSupport.stream(Spliterators.spliteratorUnknownSize(iterator, Spliterator.ORDERED | Spliterator.NONNULL), false)
                .onClose(lines::close);
    }

    private static boolean beginsWithBracket(Path file) {
        try (InputStream input = Files.newInputStream(file)) {
            for (byte b : input.readNBytes(1 << 12)) {
                if (b == '[' || b == '{') {
                    return b == '[';
                }
            }
            return false;
        } catch (IOException e) {
            throw TextLines.unreadable(file, e);
        }
    }

    private static Stream<Example> array(Path file, PromptStyle style) {
        try {
            Json array = Json.read(file);
            if (array.size() == 0) {
                throw new DataException(file + ": there is nothing in it — " + FORMS);
            }
            return array.elements().stream()
                    .map(element -> example(element, style))
                    .filter(example ->
                            !example.prompt().isEmpty() || !example.answer().isEmpty());
        } catch (JsonException e) {
            throw new DataException(String.valueOf(e.getMessage()), e);
        }
    }

    private static @Nullable Example object(TextLines lines, PromptStyle style) {
        for (String line = lines.next(); line != null; line = lines.next()) {
            if (line.isBlank()) {
                continue;
            }
            Example example;
            try {
                example = example(Json.parse(lines.place(), line), style);
            } catch (JsonException e) {
                throw new DataException(String.valueOf(e.getMessage()), e);
            }
            if (!example.prompt().isEmpty() || !example.answer().isEmpty()) {
                return example;
            }
        }
        return null;
    }

    private static Example example(Json json, PromptStyle style) {
        try {
            if (!json.isObject()) {
                throw json.refused(FORMS);
            }
            if (json.has("text")) {
                return Example.text(json.stringAt("text"));
            }
            if (json.has("instruction")) {
                String answer = json.stringAt(json.has("response") ? "response" : "output");
                return Example.answer(
                        style.instruction(json.stringAt("instruction"), json.stringAt(json.has("input") ? "input" : "context", "")), answer);
            }
            if (json.has("question")) {
                return Example.answer(style.question(json.stringAt("question")), json.stringAt("answer"));
            }
            if (json.has("prompt")) {
                String answer = json.has("response") ? "response" : json.has("answer") ? "answer" : "completion";
                return Example.answer(json.stringAt("prompt"), json.stringAt(answer));
            }
            if (json.has("input")) {
                return Example.answer(json.stringAt("input"), json.stringAt("output"));
            }
            throw json.refused("has " + json.keys() + ", " + FORMS);
        } catch (JsonException e) {
            throw new DataException(String.valueOf(e.getMessage()), e);
        }
    }

    /// The texts of a file with separators.
    private static final class Texts {
        private final TextLines lines;
        private @Nullable String ahead;
        private boolean continued;

        Texts(TextLines lines) {
            this.lines = lines;
            ahead = lines.next();
        }

        @Nullable
        Example next() {
            var text = new StringBuilder();
            while (ahead != null) {
                String line = ahead;
                ahead = lines.next();
                boolean ends = line.equals(SEPARATOR) || line.equals(SEPARATOR + "\r");
                if (!ends) {
                    text.append(line).append('\n');
                }
                if (ends || ahead == null) {
                    // The line break before a separator, and the one at the end of the file, is none of the text's.
                    text.setLength(Math.max(0, text.length() - 1));
                    if (continued || !text.toString().isBlank()) {
                        continued = false;
                        return Example.text(text.toString());
                    }
                    text.setLength(0);
                } else if (text.length() >= PART && !ahead.isEmpty() && !Character.isWhitespace(ahead.charAt(0)) && !ahead.startsWith(SEPARATOR)) {
                    continued = true;
                    return new Example("", text.toString(), false);
                }
            }
            return null;
        }
    }

    private static final class UntilNull implements Iterator<Example> {
        private final Supplier<@Nullable Example> source;
        private @Nullable Example next;

        UntilNull(Supplier<@Nullable Example> source) {
            this.source = source;
            next = source.get();
        }

        @Override
        public boolean hasNext() {
            return next != null;
        }

        @Override
        public Example next() {
            Example now = next;
            if (now == null) {
                throw new NoSuchElementException();
            }
            next = source.get();
            return now;
        }
    }
}
