package dev.gatun.io;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonReadFeature;

/// From bytes to plain Java values: `Map`, `List`, `String`, `Long`, `BigInteger`, `Double`,
/// `Boolean` and null. Depth, size and number length are bounded, duplicate keys are refused.
final class JsonParsing {
    static final int MAX_BYTES = 512 << 20;
    static final int MAX_DEPTH = 64;

    // NaN and Infinity are not JSON, but Python writes them and published configurations hold
    // them. Names are not canonicalised: a vocabulary has a quarter of a million different ones.
    private static final JsonFactory FACTORY = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_DEPTH)
                    .maxNumberLength(400)
                    .maxNameLength(1 << 20)
                    .maxStringLength(MAX_BYTES)
                    .build())
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .disable(TokenStreamFactory.Feature.CANONICALIZE_PROPERTY_NAMES)
            .disable(TokenStreamFactory.Feature.INTERN_PROPERTY_NAMES)
            .build();

    private final String source;
    private final JsonParser parser;

    private JsonParsing(String source, JsonParser parser) {
        this.source = source;
        this.parser = parser;
    }

    static byte[] bytes(Path file) {
        try {
            long size = Files.size(file);
            if (size > MAX_BYTES) {
                throw new JsonException(file + ": " + size + " bytes — at most " + MAX_BYTES + " are read");
            }
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UncheckedIOException(file + ": cannot be read", e);
        }
    }

    static String utf8(String source, ByteBuffer bytes) {
        CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
        decoder.onMalformedInput(CodingErrorAction.REPORT);
        decoder.onUnmappableCharacter(CodingErrorAction.REPORT);
        ByteBuffer from = bytes.slice();
        try {
            return decoder.decode(from).toString();
        } catch (CharacterCodingException e) {
            throw new JsonException(source + ": byte " + from.position() + " is not UTF-8", e);
        }
    }

    static @Nullable Object parse(String source, String text) {
        try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), text)) {
            JsonParsing parsing = new JsonParsing(source, parser);
            JsonToken first = parser.nextToken();
            if (first == null) {
                throw new JsonException(source + ": is empty — expected JSON");
            }
            Object value = parsing.value(first);
            if (parser.nextToken() != null) {
                throw new JsonException(source + parsing.at() + ": text after the end of the JSON");
            }
            return value;
        } catch (JacksonException e) {
            TokenStreamLocation at = e.getLocation();
            String place = at == null || at.getLineNr() < 0 ? "" : ":" + at.getLineNr() + ":" + at.getColumnNr();
            throw new JsonException(source + place + ": " + e.getOriginalMessage(), e);
        }
    }

    // Recursion is bounded by MAX_DEPTH, which the parser enforces.
    private @Nullable Object value(JsonToken token) {
        return switch (token) {
            case START_OBJECT -> object();
            case START_ARRAY -> array();
            case VALUE_STRING -> parser.getString();
            case VALUE_NUMBER_INT -> integer();
            case VALUE_NUMBER_FLOAT -> parser.getDoubleValue();
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            case VALUE_NULL -> null;
            default -> throw new JsonException(source + at() + ": unexpected " + token);
        };
    }

    private Map<String, @Nullable Object> object() {
        Map<String, @Nullable Object> members = new LinkedHashMap<>();
        for (JsonToken token = next(); token != JsonToken.END_OBJECT; token = next()) {
            String key = parser.currentName();
            Object value = value(next());
            if (members.containsKey(key)) {
                throw new JsonException(source + at() + ": key \"" + key + "\" occurs twice");
            }
            members.put(key, value);
        }
        return Collections.unmodifiableMap(members);
    }

    private List<@Nullable Object> array() {
        // Most arrays of a tokenizer.json are merges, pairs of strings: start small.
        ArrayList<@Nullable Object> elements = new ArrayList<>(2);
        for (JsonToken token = next(); token != JsonToken.END_ARRAY; token = next()) {
            elements.add(value(token));
        }
        return Collections.unmodifiableList(elements);
    }

    private Object integer() {
        return parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER
                ? (Object) new BigInteger(parser.getString())
                : (Object) parser.getLongValue();
    }

    private JsonToken next() {
        JsonToken token = parser.nextToken();
        if (token == null) {
            throw new JsonException(source + at() + ": ends in the middle of the JSON");
        }
        return token;
    }

    private String at() {
        TokenStreamLocation at = parser.currentTokenLocation();
        return ":" + at.getLineNr() + ":" + at.getColumnNr();
    }
}
