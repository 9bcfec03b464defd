package dev.gatun.io;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.AbstractList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// One value of a JSON file, which knows the file's name and its own place in it, so that whatever
/// is missing or of the wrong kind is reported as a sentence:
///
/// ```text
/// config.json: missing "intermediate_size"; it has [hidden_size, num_attention_heads]
/// config.json: "rope_scaling.factor" is "big", expected a number
/// ```
///
/// Nothing in the text is trusted: it must be UTF-8, at most 64 levels deep, and have no key twice.
/// A key whose value is `null` counts as absent, as it does for Hugging Face's readers.
///
/// | prefix | means |
/// |---|---|
/// | `read`, `parse` | from a file, from text |
/// | `at(…)`, `…At(key)` | a member that must be there, or is replaced by the default given |
/// | `find` | a member that may be absent |
/// | `as…` | this value itself |
///
/// Immutable.
public final class Json {
    private static final int SHOWN_KEYS = 24;
    private static final int SHOWN_CHARS = 60;

    private final String source;
    private final String path;
    private final @Nullable Object value;

    private Json(String source, String path, @Nullable Object value) {
        this.source = source;
        this.path = path;
        this.value = value;
    }

    /// Reads a file.
    ///
    /// @param file the path, which error messages begin with
    /// @return the outermost value
    /// @throws JsonException if it is not well-formed
    /// @throws java.io.UncheckedIOException if it cannot be read
    public static Json read(Path file) {
        return parse(file.toString(), ByteBuffer.wrap(JsonParsing.bytes(file)));
    }

    /// Parses text.
    ///
    /// @param source a name for the text, which error messages begin with
    /// @param text JSON
    /// @return the outermost value
    /// @throws JsonException if it is not well-formed
    public static Json parse(String source, String text) {
        return new Json(source, "", JsonParsing.parse(source, text));
    }

    /// Parses UTF-8, such as the header of a safetensors file.
    ///
    /// @param source a name for the bytes, which error messages begin with
    /// @param utf8 the bytes from position to limit, which are not moved
    /// @return the outermost value
    /// @throws JsonException if it is not well-formed
    public static Json parse(String source, ByteBuffer utf8) {
        return parse(source, JsonParsing.utf8(source, utf8));
    }

    /// Returns whether this is an object.
    ///
    /// @return true for `{…}`
    public boolean isObject() {
        return value instanceof Map;
    }

    /// Returns whether this is an array.
    ///
    /// @return true for `[…]`
    public boolean isArray() {
        return value instanceof List;
    }

    /// Returns whether this is a string.
    ///
    /// @return true for `"…"`
    public boolean isString() {
        return value instanceof String;
    }

    /// Returns whether this is a number.
    ///
    /// @return true for an integer or a decimal
    public boolean isNumber() {
        return value instanceof Number;
    }

    /// Returns whether this is null.
    ///
    /// @return true for `null`
    public boolean isNull() {
        return value == null;
    }

    /// Returns whether this object has a member that is not null.
    ///
    /// @param key the member's name
    /// @return true if it is there
    public boolean has(String key) {
        return members().get(key) != null;
    }

    /// Returns a member of this object.
    ///
    /// @param key the member's name
    /// @return its value
    /// @throws JsonException if it is absent or null; the message lists what there is
    public Json at(String key) {
        Object member = members().get(key);
        if (member == null) {
            throw new JsonException(source + ": " + (path.isEmpty() ? "" : path + ": ") + "missing \"" + key + "\"; it has " + shownKeys());
        }
        return child(key, member);
    }

    /// Returns a member of this object that may be absent.
    ///
    /// @param key the member's name
    /// @return its value, empty if it is absent or null
    public Optional<Json> find(String key) {
        return Optional.ofNullable(members().get(key)).map(member -> child(key, member));
    }

    /// Returns the names of this object's members, in the file's order.
    ///
    /// @return the names, those with null values included
    public Set<String> keys() {
        return members().keySet();
    }

    /// Visits every member of this object, in the file's order.
    ///
    /// @param visitor receives name and value
    public void forEach(BiConsumer<String, Json> visitor) {
        members().forEach((key, member) -> visitor.accept(key, child(key, member)));
    }

    /// Returns the values of this array.
    ///
    /// @return an immutable list, a view
    /// @throws JsonException if this is not an array
    public List<Json> elements() {
        List<?> list = list();
        return new AbstractList<>() {
            @Override
            public Json get(int index) {
                return new Json(source, path + "[" + index + "]", list.get(index));
            }

            @Override
            public int size() {
                return list.size();
            }
        };
    }

    /// Returns the number of members of this object or of elements of this array.
    ///
    /// @return the number
    public int size() {
        return value instanceof List<?> list ? list.size() : members().size();
    }

    /// Returns this string.
    ///
    /// @return the string
    /// @throws JsonException if this is not a string
    public String asString() {
        if (value instanceof String string) {
            return string;
        }
        throw unexpected("a string");
    }

    /// Returns this truth value.
    ///
    /// @return true or false
    /// @throws JsonException if this is neither
    public boolean asBoolean() {
        if (value instanceof Boolean truth) {
            return truth;
        }
        throw unexpected("true or false");
    }

    /// Returns this integer.
    ///
    /// @return the integer
    /// @throws JsonException if this is not an integer of 32 bits
    public int asInt() {
        if (exact() instanceof Long integer && integer == integer.intValue()) {
            return integer.intValue();
        }
        throw unexpected("an integer of 32 bits");
    }

    /// Returns this integer.
    ///
    /// @return the integer
    /// @throws JsonException if this is not an integer of 64 bits
    public long asLong() {
        if (exact() instanceof Long integer) {
            return integer;
        }
        throw unexpected("an integer of 64 bits");
    }

    /// Returns this number.
    ///
    /// @return the nearest double; NaN and infinities as Python writes them
    /// @throws JsonException if this is not a number
    public double asDouble() {
        if (value instanceof Number number) {
            return number.doubleValue();
        }
        throw unexpected("a number");
    }

    /// Returns this array of integers.
    ///
    /// @return a new array
    /// @throws JsonException if this is not an array of integers of 64 bits
    public long[] asLongs() {
        return elements().stream().mapToLong(Json::asLong).toArray();
    }

    /// Returns this array of integers.
    ///
    /// @return a new array
    /// @throws JsonException if this is not an array of integers of 32 bits
    public int[] asInts() {
        return elements().stream().mapToInt(Json::asInt).toArray();
    }

    /// Returns this array of strings.
    ///
    /// @return a new list
    /// @throws JsonException if this is not an array of strings
    public List<String> asStrings() {
        return elements().stream().map(Json::asString).toList();
    }

    /// Returns a string member, which must be there.
    ///
    /// @param key the member's name
    /// @return its value
    public String stringAt(String key) {
        return at(key).asString();
    }

    /// Returns a string member.
    ///
    /// @param key the member's name
    /// @param absent the value if it is absent or null
    /// @return its value
    public String stringAt(String key, String absent) {
        return has(key) ? at(key).asString() : absent;
    }

    /// Returns an integer member, which must be there.
    ///
    /// @param key the member's name
    /// @return its value
    public int intAt(String key) {
        return at(key).asInt();
    }

    /// Returns an integer member.
    ///
    /// @param key the member's name
    /// @param absent the value if it is absent or null
    /// @return its value
    public int intAt(String key, int absent) {
        return has(key) ? at(key).asInt() : absent;
    }

    /// Returns an integer member, which must be there.
    ///
    /// @param key the member's name
    /// @return its value
    public long longAt(String key) {
        return at(key).asLong();
    }

    /// Returns a number member, which must be there.
    ///
    /// @param key the member's name
    /// @return its value
    public double doubleAt(String key) {
        return at(key).asDouble();
    }

    /// Returns a number member.
    ///
    /// @param key the member's name
    /// @param absent the value if it is absent or null
    /// @return its value
    public double doubleAt(String key, double absent) {
        return has(key) ? at(key).asDouble() : absent;
    }

    /// Returns a number member as a float, which must be there.
    ///
    /// @param key the member's name
    /// @return its value, rounded
    public float floatAt(String key) {
        return (float) doubleAt(key);
    }

    /// Returns a number member as a float.
    ///
    /// @param key the member's name
    /// @param absent the value if it is absent or null
    /// @return its value, rounded
    public float floatAt(String key, float absent) {
        return (float) doubleAt(key, absent);
    }

    /// Returns a truth value member.
    ///
    /// @param key the member's name
    /// @param absent the value if it is absent or null
    /// @return its value
    public boolean booleanAt(String key, boolean absent) {
        return has(key) ? at(key).asBoolean() : absent;
    }

    /// Returns an exception about this value, for a reader who finds that it cannot be used.
    ///
    /// @param problem what is wrong, such as `must be positive`
    /// @return an exception to throw, whose message names the file, this value's place and itself
    public JsonException refused(String problem) {
        return new JsonException(where() + " is " + shown() + " — " + problem);
    }

    /// Returns the file's name and this value's place in it, such as
    /// `config.json: "rope_scaling.factor"`.
    ///
    /// @return the beginning of a message about this value
    public String where() {
        return path.isEmpty() ? source + ":" : source + ": \"" + path + "\"";
    }

    /// Returns this value's place and its beginning, for messages and debuggers.
    @Override
    public String toString() {
        return where() + " = " + shown();
    }

    @Nullable
    Object value() {
        return value;
    }

    private Json child(String key, @Nullable Object member) {
        return new Json(source, path.isEmpty() ? key : path + "." + key, member);
    }

    private Map<?, ?> rawMembers() {
        if (value instanceof Map<?, ?> map) {
            return map;
        }
        throw unexpected("an object");
    }

    @SuppressWarnings("unchecked") // JsonParsing makes no other maps
    private Map<String, @Nullable Object> members() {
        return (Map<String, @Nullable Object>) rawMembers();
    }

    private List<?> list() {
        if (value instanceof List<?> list) {
            return list;
        }
        throw unexpected("an array");
    }

    /// A decimal without a fraction, such as 64.0, is the integer it equals.
    private @Nullable Object exact() {
        return value instanceof Double d && d == Math.rint(d) && Math.abs(d) <= 0x1p53 ? Long.valueOf(d.longValue()) : value;
    }

    private JsonException unexpected(String expected) {
        return new JsonException(where() + " is " + shown() + ", expected " + expected);
    }

    private String shownKeys() {
        Set<String> keys = keys();
        String more = keys.size() > SHOWN_KEYS ? ", …]" : "]";
        return keys.stream().limit(SHOWN_KEYS).collect(Collectors.joining(", ", "[", more));
    }

    private String shown() {
        return switch (value) {
            case null -> "null";
            case Map<?, ?> map -> "an object of " + map.size();
            case List<?> list -> "an array of " + list.size();
            case String string when string.length() > SHOWN_CHARS -> "\"" + string.substring(0, SHOWN_CHARS) + "…\"";
            case String string -> "\"" + string + "\"";
            case BigInteger big -> "an integer of " + big.bitLength() + " bits";
            default -> value.toString();
        };
    }
}
