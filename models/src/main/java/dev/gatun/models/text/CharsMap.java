package dev.gatun.models.text;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// The rules by which a SentencePiece model rewrites characters, its `precompiled_charsmap`: a
/// double-array trie from UTF-8 to offsets among strings that end with a zero byte. At each place
/// the longest rule applies; a character without one stays.
///
/// A unit of the trie holds the byte that leads to it (bits 0–7), whether a value follows (bit 8)
/// and how to find its children (bits 10–30, eight bits up if bit 9 is set). Nothing in it is
/// trusted: wherever it leads out of the map, the file is refused when a text first gets there.
final class CharsMap {
    private final String source;
    private final int[] units;
    private final byte[] strings;

    CharsMap(String source, byte[] map) {
        this.source = source;
        ByteBuffer buffer = ByteBuffer.wrap(map).order(ByteOrder.LITTLE_ENDIAN);
        int bytes = map.length < 4 ? -1 : buffer.getInt();
        if (bytes < 4 || bytes % 4 != 0 || bytes > buffer.remaining()) {
            throw new TokenizerException(
                    source + ": precompiled_charsmap of " + map.length + " bytes says that its trie has " + Integer.toUnsignedString(bytes));
        }
        units = new int[bytes / 4];
        buffer.asIntBuffer().get(units);
        strings = Arrays.copyOfRange(map, 4 + bytes, map.length);
    }

    /// The text with every rule applied, but for pieces that are kept as they are.
    String apply(String text, Literals kept) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        byte[] out = new byte[utf8.length + 16];
        int size = 0;
        int i = 0; // in the text, as `at` is in its bytes
        for (int at = 0; at < utf8.length; ) {
            long literal = kept.longest(text, i, text.length());
            long rule = literal >= 0 ? -1 : longest(utf8, at);
            int end = literal >= 0 ? at + bytes(text, i, (int) (literal >> 32)) : rule >= 0 ? at + (int) (rule >> 32) : at + bytes(utf8[at]);
            byte[] from = rule >= 0 ? strings : utf8;
            int start = rule >= 0 ? (int) rule : at;
            int length = rule >= 0 ? length(start) : end - at;
            if (out.length - size < length) {
                out = Arrays.copyOf(out, 2 * out.length + length);
            }
            System.arraycopy(from, start, out, size, length);
            size += length;
            while (at < end) {
                i += bytes(utf8[at]) == 4 ? 2 : 1;
                at += bytes(utf8[at]);
            }
        }
        return new String(out, 0, size, StandardCharsets.UTF_8);
    }

    /// How many bytes the longest rule at a place takes ‖ where its replacement is; −1 if none.
    private long longest(byte[] utf8, int from) {
        long found = -1;
        int node = children(0, unit(0));
        for (int at = from; at < utf8.length; at++) {
            int label = utf8[at] & 0xFF;
            node ^= label;
            int unit = unit(node);
            if ((unit & 0x800000FF) != label) {
                break;
            }
            node = children(node, unit);
            if ((unit >> 8 & 1) == 1) {
                found = (long) (at + 1 - from) << 32 | unit(node) & 0x7FFFFFFF;
            }
        }
        // A rule may end inside a character only in a map that is not one.
        int end = from + (int) (found >> 32);
        if (found >= 0 && end < utf8.length && (utf8[end] & 0xC0) == 0x80) {
            throw malformed("has a rule for part of a character");
        }
        return found;
    }

    private static int children(int node, int unit) {
        return node ^ unit >>> 10 << ((unit & 1 << 9) >> 6);
    }

    private int unit(int node) {
        if (node < 0 || node >= units.length) {
            throw malformed("leads out of its trie");
        }
        return units[node];
    }

    private int length(int start) {
        int end = start;
        while (end < strings.length && strings[end] != 0) {
            end++;
        }
        if (end >= strings.length) {
            throw malformed("leads out of its strings");
        }
        return end - start;
    }

    private TokenizerException malformed(String problem) {
        return new TokenizerException(source + ": precompiled_charsmap " + problem);
    }

    private static int bytes(byte lead) {
        return lead >= 0 ? 1 : (lead & 0xE0) == 0xC0 ? 2 : (lead & 0xF0) == 0xE0 ? 3 : 4;
    }

    private static int bytes(String text, int from, int to) {
        return text.substring(from, to).getBytes(StandardCharsets.UTF_8).length;
    }
}
