package dev.gatun.models.text;

import java.io.StringWriter;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.PrettyPrinter;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.util.DefaultIndenter;
import tools.jackson.core.util.DefaultPrettyPrinter;

/// The text of the files in which Hugging Face keeps a byte-level tokenizer, laid out as they lay it out.
final class TokenizerJsonText {
    private static final JsonFactory FACTORY = JsonFactory.builder().build();

    private final JsonGenerator json;

    private TokenizerJsonText(JsonGenerator json) {
        this.json = json;
    }

    /// `tokenizer.json`.
    static String tokenizer(BytePairs pairs) {
        return written(text -> text.object(() -> text.writeTokenizer(pairs)));
    }

    /// `tokenizer_config.json`.
    static String config(BytePairs pairs) {
        return written(text -> text.object(() -> {
            text.member("tokenizer_class", "PreTrainedTokenizerFast");
            text.member("bos_token", pairs.begin());
            text.member("eos_token", pairs.end());
            text.json.writeBooleanProperty("clean_up_tokenization_spaces", false);
        }));
    }

    private static String written(Consumer<TokenizerJsonText> content) {
        var lines = new DefaultPrettyPrinter().withObjectIndenter(new DefaultIndenter("  ", "\n"));
        var indented = new ObjectWriteContext.Base() {
            @Override
            public PrettyPrinter getPrettyPrinter() {
                return lines;
            }
        };
        var text = new StringWriter();
        try (JsonGenerator json = FACTORY.createGenerator(indented, text)) {
            content.accept(new TokenizerJsonText(json));
        }
        return text.append("\n").toString();
    }

    private void writeTokenizer(BytePairs pairs) {
        member("version", "1.0");
        member("truncation", null);
        member("padding", null);
        array(
                "added_tokens",
                () -> pairs.special()
                        .forEach(token -> object(() -> {
                            json.writeNumberProperty("id", pairs.tokens().indexOf(token));
                            member("content", token);
                            for (String no : List.of("single_word", "lstrip", "rstrip", "normalized")) {
                                json.writeBooleanProperty(no, false);
                            }
                            json.writeBooleanProperty("special", true);
                        })));
        member("normalizer", null);
        byteLevel("pre_tokenizer");
        object("post_processor", () -> writeTemplate(pairs));
        byteLevel("decoder");
        object("model", () -> writeModel(pairs));
    }

    private void byteLevel(String key) {
        object(key, () -> {
            member("type", "ByteLevel");
            json.writeBooleanProperty("add_prefix_space", false);
            json.writeBooleanProperty("trim_offsets", true);
            json.writeBooleanProperty("use_regex", true);
        });
    }

    /// A text is the first special token and what was encoded.
    private void writeTemplate(BytePairs pairs) {
        String begin = pairs.begin();
        member("type", "TemplateProcessing");
        array("single", () -> writePart(begin, "A", 0));
        array("pair", () -> {
            writePart(begin, "A", 0);
            writePart(begin, "B", 1);
        });
        object(
                "special_tokens",
                () -> object(begin, () -> {
                    member("id", begin);
                    array("ids", () -> json.writeNumber(pairs.tokens().indexOf(begin)));
                    array("tokens", () -> json.writeString(begin));
                }));
    }

    private void writePart(String begin, String sequence, int type) {
        writeItem("SpecialToken", begin, type);
        writeItem("Sequence", sequence, type);
    }

    private void writeItem(String kind, String id, int type) {
        object(() -> object(kind, () -> {
            member("id", id);
            json.writeNumberProperty("type_id", type);
        }));
    }

    private void writeModel(BytePairs pairs) {
        member("type", "BPE");
        for (String none : List.of("dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix")) {
            member(none, null);
        }
        for (String no : List.of("fuse_unk", "byte_fallback", "ignore_merges")) {
            json.writeBooleanProperty(no, false);
        }
        object("vocab", () -> {
            for (int id = 0; id < pairs.tokens().size(); id++) {
                json.writeNumberProperty(pairs.tokens().get(id), id);
            }
        });
        array("merges", () -> {
            for (BytePairs.Merge merge : pairs.merges()) {
                json.writeStartArray();
                json.writeString(merge.left());
                json.writeString(merge.right());
                json.writeEndArray();
            }
        });
    }

    private void member(String key, @Nullable String value) {
        json.writeName(key);
        if (value == null) {
            json.writeNull();
        } else {
            json.writeString(value);
        }
    }

    private void object(String key, Runnable content) {
        json.writeName(key);
        object(content);
    }

    private void object(Runnable content) {
        json.writeStartObject();
        content.run();
        json.writeEndObject();
    }

    private void array(String key, Runnable content) {
        json.writeName(key);
        json.writeStartArray();
        content.run();
        json.writeEndArray();
    }
}
