package dev.gatun.io;

import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.PrettyPrinter;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.util.DefaultIndenter;
import tools.jackson.core.util.DefaultPrettyPrinter;

/// JSON as text, laid out as Hugging Face's files are: configs, adapters, training logs.
///
/// Values are maps, collections, strings, numbers, booleans, null and [Json] that was read.
public final class JsonText {
    private static final DefaultIndenter INDENTER = new DefaultIndenter("  ", "\n");

    private JsonText() {}

    /// {@return a value as text, an indented line for each member}
    ///
    /// @param value as described above
    public static String of(@Nullable Object value) {
        StringWriter text = new StringWriter();
        var context = new ObjectWriteContext.Base() {
            @Override
            public PrettyPrinter getPrettyPrinter() {
                return new DefaultPrettyPrinter().withObjectIndenter(INDENTER).withArrayIndenter(INDENTER);
            }
        };
        try (JsonGenerator out = new JsonFactory().createGenerator(context, text)) {
            write(out, value);
        }
        return text + "\n";
    }

    /// Writes a value to a file, which appears whole or not at all, also after a power cut.
    ///
    /// @param file where
    /// @param value as described above
    /// @throws dev.gatun.tensor.CheckpointException if it cannot be written
    public static void write(Path file, @Nullable Object value) {
        try {
            NewFile whole = NewFile.create(file);
            try {
                whole.write(0, StandardCharsets.UTF_8.encode(of(value)));
                whole.force();
                whole.publish();
            } catch (IOException failure) {
                whole.discard();
                throw failure;
            }
        } catch (IOException failure) {
            throw Refusal.io(file, "written", failure);
        }
        NewFile.forceDirectory(file);
    }

    private static void write(JsonGenerator out, @Nullable Object value) {
        switch (value) {
            case null -> out.writeNull();
            case Json json -> write(out, json.value());
            case Map<?, ?> map -> {
                out.writeStartObject();
                map.forEach((key, member) -> {
                    out.writeName(String.valueOf(key));
                    write(out, member);
                });
                out.writeEndObject();
            }
            case Iterable<?> list -> {
                out.writeStartArray();
                list.forEach(element -> write(out, element));
                out.writeEndArray();
            }
            case Boolean bool -> out.writeBoolean(bool);
            case Integer number -> out.writeNumber(number);
            case Long number -> out.writeNumber(number);
            case Float number -> out.writeNumber(number);
            case Double number -> out.writeNumber(number);
            case Number number -> out.writeNumber(number.toString());
            default -> out.writeString(value.toString());
        }
    }
}
