package dev.gatun.io;

import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.PrettyPrinter;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.util.DefaultIndenter;
import tools.jackson.core.util.DefaultPrettyPrinter;

/// The JSON that a writer puts into files.
final class HeaderText {
    /// Data begin at a multiple of this, the width of the widest vector register and of a cache
    /// line. The reference implementation takes 8.
    private static final int ALIGNMENT = 64;

    private static final JsonFactory FACTORY = JsonFactory.builder().build();

    private HeaderText() {}

    /// The bytes in front of the data: the length and the JSON, filled up with spaces.
    static ByteBuffer header(Map<String, String> metadata, List<Header.Entry> entries) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = FACTORY.createGenerator(ObjectWriteContext.empty(), text)) {
            json.writeStartObject();
            if (!metadata.isEmpty()) {
                json.writeName(Header.METADATA);
                strings(json, metadata);
            }
            for (Header.Entry entry : entries) {
                json.writeName(entry.name());
                json.writeStartObject();
                json.writeName("dtype");
                json.writeString(entry.dtype().name());
                longs(json, "shape", entry.shape().dims());
                longs(json, "data_offsets", entry.begin(), entry.end());
                json.writeEndObject();
            }
            json.writeEndObject();
        }
        byte[] utf8 = text.toString().getBytes(StandardCharsets.UTF_8);
        int total = Math.ceilDiv(8 + utf8.length, ALIGNMENT) * ALIGNMENT;
        ByteBuffer bytes = ByteBuffer.allocate(total).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putLong(total - 8).put(utf8);
        while (bytes.hasRemaining()) {
            bytes.put((byte) ' ');
        }
        return bytes.flip();
    }

    /// The index of a sharded model, laid out as Hugging Face's own: sorted and indented.
    static ByteBuffer index(Map<String, String> shardOf, long totalSize) {
        PrettyPrinter lines = new DefaultPrettyPrinter().withObjectIndenter(new DefaultIndenter("  ", "\n"));
        ObjectWriteContext indented = new ObjectWriteContext.Base() {
            @Override
            public PrettyPrinter getPrettyPrinter() {
                return lines;
            }
        };
        StringWriter text = new StringWriter();
        try (JsonGenerator json = FACTORY.createGenerator(indented, text)) {
            json.writeStartObject();
            json.writeName("metadata");
            json.writeStartObject();
            json.writeName("total_size");
            json.writeNumber(totalSize);
            json.writeEndObject();
            json.writeName("weight_map");
            strings(json, new TreeMap<>(shardOf));
            json.writeEndObject();
        }
        return StandardCharsets.UTF_8.encode(text + "\n");
    }

    private static void strings(JsonGenerator json, Map<String, String> members) {
        json.writeStartObject();
        members.forEach((key, value) -> {
            json.writeName(key);
            json.writeString(value);
        });
        json.writeEndObject();
    }

    private static void longs(JsonGenerator json, String key, long... values) {
        json.writeName(key);
        json.writeArray(values, 0, values.length);
    }
}
