package dev.gatun.io;

import static java.util.stream.Collectors.toMap;

import dev.gatun.tensor.CheckpointException;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.Shape;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.json.JsonFactory;

/// Reads the JSON of a header token by token instead of through [Json]: a header may have 100 MB,
/// and whatever is not exactly what the format allows is refused before a tree of it is built.
final class HeaderParsing {
    private static final int MAX_RANK = 64;
    private static final int MAX_METADATA = 1 << 16;

    private static final Map<String, DType> DTYPES = new TreeMap<>(Arrays.stream(DType.values()).collect(toMap(DType::name, type -> type)));

    private static final JsonFactory FACTORY =
            JsonFactory.builder()
                    .streamReadConstraints(
                            StreamReadConstraints.builder()
                                    .maxNestingDepth(8)
                                    .maxNumberLength(1000)
                                    .maxNameLength(1 << 16)
                                    .maxStringLength(Header.MAX_BYTES)
                                    .build())
                    .disable(TokenStreamFactory.Feature.CANONICALIZE_PROPERTY_NAMES)
                    .disable(TokenStreamFactory.Feature.INTERN_PROPERTY_NAMES)
                    .build();

    private final Path file;
    private final String text;
    private final JsonParser parser;
    private @Nullable String tensor;

    private HeaderParsing(Path file, String text, JsonParser parser) {
        this.file = file;
        this.text = text;
        this.parser = parser;
    }

    /// Parses a header.
    ///
    /// @param file for messages
    /// @param text from the file's ninth byte on
    /// @param entries receives the tensors in the order of the header
    /// @return the metadata
    static Map<String, String> parse(Path file, String text, Map<String, Header.Entry> entries) {
        if (text.charAt(0) != '{') {
            throw Refusal.at(file, 8, "the header does not begin with {");
        }
        try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), text)) {
            HeaderParsing parsing = new HeaderParsing(file, text, parser);
            try {
                return parsing.header(entries);
            } catch (JacksonException e) {
                long chars = e.getLocation() == null ? 0 : e.getLocation().getCharOffset();
                throw parsing.refused(chars, Refusal.json(e));
            }
        }
    }

    private Map<String, String> header(Map<String, Header.Entry> entries) {
        Map<String, String> metadata = null;
        parser.nextToken();
        while (next() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            tensor = null;
            if (name.equals(Header.METADATA)) {
                if (metadata != null) {
                    throw refused("__metadata__ occurs twice");
                }
                metadata = metadata();
            } else {
                tensor = name;
                if (entries.containsKey(name)) {
                    throw refused("occurs twice");
                }
                entries.put(name, entry(name));
            }
        }
        tensor = null;
        long end = parser.currentLocation().getCharOffset();
        for (long i = end; i < text.length(); i++) {
            if (text.charAt((int) i) != ' ') {
                throw refused(i, "the header goes on after its JSON; only spaces may follow");
            }
        }
        return metadata == null ? Map.of() : Collections.unmodifiableMap(metadata);
    }

    private Map<String, String> metadata() {
        require(JsonToken.START_OBJECT, "__metadata__ is not an object of strings");
        Map<String, String> metadata = new LinkedHashMap<>();
        while (next() != JsonToken.END_OBJECT) {
            String key = parser.currentName();
            String shown = Header.METADATA + " key " + Refusal.quoted(key);
            if (metadata.containsKey(key)) {
                throw refused(shown + " occurs twice");
            }
            if (metadata.size() == MAX_METADATA) {
                throw refused("__metadata__ has more than " + MAX_METADATA + " strings");
            }
            require(JsonToken.VALUE_STRING, shown + " is not a string");
            metadata.put(key, parser.getString());
        }
        return metadata;
    }

    private Header.Entry entry(String name) {
        long start = parser.currentTokenLocation().getCharOffset();
        require(JsonToken.START_OBJECT, "is not an object of dtype, shape and data_offsets");
        DType dtype = null;
        Shape shape = null;
        long[] offsets = null;
        while (next() != JsonToken.END_OBJECT) {
            String key = parser.currentName();
            boolean twice =
                    switch (key) {
                        case "dtype" -> dtype != null;
                        case "shape" -> shape != null;
                        case "data_offsets" -> offsets != null;
                        default -> throw refused("unknown key " + Refusal.quoted(key));
                    };
            if (twice) {
                throw refused("key " + Refusal.quoted(key) + " occurs twice");
            }
            switch (key) {
                case "dtype" -> dtype = dtype();
                case "shape" -> shape = shape();
                default -> offsets = naturals("data_offsets", 2);
            }
        }
        if (dtype == null || shape == null || offsets == null) {
            String missing = dtype == null ? "dtype" : shape == null ? "shape" : "data_offsets";
            throw refused(start, "missing \"" + missing + "\"");
        }
        return checked(start, name, dtype, shape, offsets);
    }

    private Header.Entry checked(long start, String name, DType dtype, Shape shape, long[] offsets) {
        if (offsets.length != 2) {
            throw refused(start, "data_offsets are " + Arrays.toString(offsets) + ", expected two");
        }
        String ends = "its data_offsets " + Arrays.toString(offsets);
        if (offsets[0] > offsets[1]) {
            throw refused(start, ends + " end before they begin");
        }
        long bytes = shape.size() * dtype.bytes();
        if (bytes != offsets[1] - offsets[0]) {
            String takes = "" + dtype + shape + " takes " + bytes + " bytes, ";
            throw refused(start, takes + ends + " hold " + (offsets[1] - offsets[0]));
        }
        return new Header.Entry(name, dtype, shape, offsets[0], offsets[1]);
    }

    private DType dtype() {
        require(JsonToken.VALUE_STRING, "dtype is not a string");
        DType dtype = DTYPES.get(parser.getString());
        if (dtype == null) {
            String unknown = "unknown dtype " + Refusal.quoted(parser.getString());
            throw refused(unknown + "; known are " + DTYPES.keySet());
        }
        return dtype;
    }

    /// Eight bytes per element are assumed, and zeros left out of the product, so that neither a
    /// size nor a stride of what is let through can overflow, whatever the order of the dimensions.
    private Shape shape() {
        long[] dims = naturals("shape", MAX_RANK);
        long bytes = 8;
        for (long dim : dims) {
            if (dim != 0 && bytes > Long.MAX_VALUE / dim) {
                String shape = "shape " + Arrays.toString(dims);
                throw refused(shape + " has more bytes than a long can count");
            }
            bytes *= Math.max(dim, 1);
        }
        return Shape.of(dims);
    }

    private long[] naturals(String key, int atMost) {
        require(JsonToken.START_ARRAY, key + " is not an array of integers");
        long[] values = new long[4];
        int count = 0;
        while (next() != JsonToken.END_ARRAY) {
            if (count == atMost) {
                throw refused(key + " has more than " + atMost + " numbers");
            }
            String place = key + "[" + count + "]";
            if (parser.currentToken() != JsonToken.VALUE_NUMBER_INT) {
                throw refused(place + " is not an integer");
            }
            if (parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER) {
                throw refused(place + " is beyond 64 bits");
            }
            if (parser.getLongValue() < 0) {
                throw refused(place + " is negative: " + parser.getLongValue());
            }
            values = count < values.length ? values : Arrays.copyOf(values, 2 * count);
            values[count++] = parser.getLongValue();
        }
        return Arrays.copyOf(values, count);
    }

    private void require(JsonToken expected, String otherwise) {
        if (next() != expected) {
            throw refused(otherwise);
        }
    }

    private JsonToken next() {
        JsonToken token = parser.nextToken();
        if (token == null) {
            throw refused(text.length(), "the header ends in the middle of its JSON");
        }
        return token;
    }

    private CheckpointException refused(String problem) {
        return refused(parser.currentTokenLocation().getCharOffset(), problem);
    }

    /// At a character of the header, which need not be a byte.
    private CheckpointException refused(long chars, String problem) {
        int at = Math.clamp(chars, 0, text.length());
        long offset = 8L + text.substring(0, at).getBytes(StandardCharsets.UTF_8).length;
        return tensor == null ? Refusal.at(file, offset, problem) : Refusal.at(file, tensor, offset, problem);
    }
}
