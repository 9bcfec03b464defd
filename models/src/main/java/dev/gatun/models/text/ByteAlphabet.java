package dev.gatun.models.text;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// The characters by which the files of byte-level models spell bytes: those of Latin-1 that can be
/// seen spell themselves, the other 68 are spelled by U+0100 and up, in order. A space is `Ġ`.
final class ByteAlphabet {
    private static final char[] SPELLING = new char[256];
    private static final short[] BYTE = new short[256 + 68];

    static {
        Arrays.fill(BYTE, (short) -1);
        char next = 0x100;
        for (int b = 0; b < 256; b++) {
            boolean seen = b > ' ' && b <= '~' || b >= 0xA1 && b != 0xAD;
            SPELLING[b] = seen ? (char) b : next++;
            BYTE[SPELLING[b]] = (short) b;
        }
    }

    private ByteAlphabet() {}

    /// The spelling of a byte.
    static String spelling(int b) {
        return String.valueOf(SPELLING[b]);
    }

    /// The bytes that a token spells; of a token with any other character, its UTF-8.
    static byte[] bytes(String token) {
        byte[] bytes = new byte[token.length()];
        for (int i = 0; i < bytes.length; i++) {
            char c = token.charAt(i);
            if (c >= BYTE.length || BYTE[c] < 0) {
                return token.getBytes(StandardCharsets.UTF_8);
            }
            bytes[i] = (byte) BYTE[c];
        }
        return bytes;
    }

    /// The token that spells bytes.
    static String spelling(byte[] bytes) {
        char[] token = new char[bytes.length];
        for (int i = 0; i < token.length; i++) {
            token[i] = SPELLING[bytes[i] & 0xFF];
        }
        return new String(token);
    }
}
