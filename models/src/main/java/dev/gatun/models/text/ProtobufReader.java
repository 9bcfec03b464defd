package dev.gatun.models.text;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Reads the fields of one protobuf message. Every length is checked against what is left of the
/// message around it; whatever is wrong is reported with the file and the offset in it.
///
/// ```java
/// while (message.next()) {
///     switch (message.field()) {
///         case 1 -> name = message.string();
///         case 2 -> size = message.integer();
///         default -> message.skip();
///     }
/// }
/// ```
final class ProtobufReader {
    private static final int VARINT = 0;
    private static final int FIXED64 = 1;
    private static final int BYTES = 2;
    private static final int FIXED32 = 5;

    private final String source;
    private final byte[] bytes;
    private final int end;
    private int at;
    private int tagAt;
    private int field;
    private int wire;

    ProtobufReader(String source, byte[] bytes) {
        this(source, bytes, 0, bytes.length);
    }

    private ProtobufReader(String source, byte[] bytes, int from, int end) {
        this.source = source;
        this.bytes = bytes;
        this.at = from;
        this.end = end;
    }

    /// Goes to the next field.
    ///
    /// @return false at the end of the message
    boolean next() {
        if (at == end) {
            return false;
        }
        tagAt = at;
        long tag = varint();
        wire = (int) tag & 7;
        field = (int) (tag >>> 3);
        if (tag >>> 3 == 0 || tag >>> 32 != 0) {
            throw malformed("is not the number of a field");
        }
        return true;
    }

    int field() {
        return field;
    }

    /// Where the current field begins.
    int offset() {
        return tagAt;
    }

    /// An int32 or an enum, which protobuf writes as 64 bits.
    int integer() {
        expect(VARINT);
        long value = varint();
        if (value != (int) value) {
            throw malformed("holds " + value + ", expected an integer of 32 bits");
        }
        return (int) value;
    }

    boolean truth() {
        expect(VARINT);
        return varint() != 0;
    }

    float real() {
        expect(FIXED32);
        int from = advance(4);
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getFloat(from);
    }

    String string() {
        expect(BYTES);
        int length = length();
        int from = advance(length);
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes, from, length))
                    .toString();
        } catch (CharacterCodingException e) {
            throw malformed("is not UTF-8");
        }
    }

    byte[] bytes() {
        expect(BYTES);
        int length = length();
        int from = advance(length);
        return Arrays.copyOfRange(bytes, from, from + length);
    }

    ProtobufReader message() {
        expect(BYTES);
        int length = length();
        int from = advance(length);
        return new ProtobufReader(source, bytes, from, from + length);
    }

    void skip() {
        switch (wire) {
            case VARINT -> varint();
            case FIXED64 -> advance(8);
            case BYTES -> advance(length());
            case FIXED32 -> advance(4);
            default -> throw malformed("has wire type " + wire + ", which is none");
        }
    }

    /// An exception about the current field.
    TokenizerException malformed(String problem) {
        return new TokenizerException(source + ": offset " + tagAt + ": field " + field + " " + problem);
    }

    private void expect(int wanted) {
        if (wire != wanted) {
            throw malformed("has wire type " + wire + ", expected " + wanted);
        }
    }

    private long varint() {
        long value = 0;
        for (int bits = 0; bits < 64; bits += 7) {
            byte b = bytes[advance(1)];
            value |= (b & 0x7FL) << bits;
            if (b >= 0) {
                return value;
            }
        }
        throw malformed("has a number of more than 10 bytes");
    }

    private int length() {
        long length = varint();
        if (length < 0 || length > end - at) {
            throw malformed("is " + Long.toUnsignedString(length) + " bytes long, but " + (end - at) + " are left");
        }
        return (int) length;
    }

    private int advance(int count) {
        if (count > end - at) {
            throw malformed("is cut off: " + count + " bytes wanted, " + (end - at) + " left");
        }
        at += count;
        return at - count;
    }
}
