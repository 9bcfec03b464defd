package dev.gatun.models.text;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.IntPredicate;

/// The byte string of every token, end to end in one array: a quarter of a million small arrays
/// would cost several times their contents. Immutable.
final class ByteStrings {
    static final byte[] NONE = {};

    private final byte[] bytes;
    private final int[] ends;

    private ByteStrings(byte[] bytes, int[] ends) {
        this.bytes = bytes;
        this.ends = ends;
    }

    /// One string for each id, NONE where no token has it.
    static ByteStrings of(byte[][] strings) {
        int[] ends = new int[strings.length];
        int total = 0;
        for (int id = 0; id < strings.length; id++) {
            total = Math.addExact(total, strings[id].length);
            ends[id] = total;
        }
        byte[] bytes = new byte[total];
        for (int id = 0; id < strings.length; id++) {
            byte[] string = strings[id];
            System.arraycopy(string, 0, bytes, ends[id] - string.length, string.length);
        }
        return new ByteStrings(bytes, ends);
    }

    int size() {
        return ends.length;
    }

    byte[] bytes() {
        return bytes;
    }

    boolean has(int id) {
        return id >= 0 && id < ends.length;
    }

    int start(int id) {
        return id == 0 ? 0 : ends[id - 1];
    }

    int end(int id) {
        return ends[id];
    }

    byte[] copy(int id) {
        return has(id) ? Arrays.copyOfRange(bytes, start(id), end(id)) : NONE;
    }

    String text(int id) {
        return has(id) ? new String(bytes, start(id), end(id) - start(id), StandardCharsets.UTF_8) : "";
    }

    /// Ids by their strings, of those ids that `included` accepts; the lower id of two equals.
    Index index(IntPredicate included) {
        return new Index(included);
    }

    /// A hash table from strings to ids.
    ///
    /// The hash of a string is the polynomial Σ bᵢ·Bⁿ⁻¹⁻ⁱ, so that those of all beginnings and all
    /// endings of a string are known after one pass over it: finding every way to cut a long token
    /// into two others takes time proportional to its length, not to its square.
    final class Index {
        static final long BASE = 0x9E3779B97F4A7C15L;
        static final long INVERSE = inverse(BASE); // BASE · INVERSE = 1 modulo 2⁶⁴

        private final int[] slots; // id + 1, 0 where empty
        private final int shift;

        private Index(IntPredicate included) {
            int bits = 33 - Integer.numberOfLeadingZeros(Math.max(8, ends.length));
            slots = new int[1 << bits];
            shift = 64 - bits;
            for (int id = 0; id < ends.length; id++) {
                if (included.test(id)) {
                    put(id);
                }
            }
        }

        private void put(int id) {
            int slot = slot(hash(bytes, start(id), end(id)));
            while (slots[slot] != 0) {
                if (equal(slots[slot] - 1, bytes, start(id), end(id))) {
                    return;
                }
                slot = (slot + 1) & (slots.length - 1);
            }
            slots[slot] = id + 1;
        }

        /// The id of a string, −1 if there is none.
        int find(byte[] from, int start, int end) {
            return find(from, start, end, hash(from, start, end));
        }

        int find(byte[] string) {
            return find(string, 0, string.length);
        }

        /// The same for a caller who knows the string's hash.
        int find(byte[] from, int start, int end, long hash) {
            for (int slot = slot(hash); slots[slot] != 0; slot = (slot + 1) & (slots.length - 1)) {
                if (equal(slots[slot] - 1, from, start, end)) {
                    return slots[slot] - 1;
                }
            }
            return -1;
        }

        static long hash(byte[] from, int start, int end) {
            long hash = 0;
            for (int i = start; i < end; i++) {
                hash = append(hash, from[i]);
            }
            return hash;
        }

        /// The hash of a string with one more byte.
        static long append(long hash, byte next) {
            return hash * BASE + (next & 0xFF) + 1;
        }

        private static long inverse(long odd) {
            long inverse = odd; // right in 3 bits; each step of Newton's doubles them
            for (int bits = 3; bits < 64; bits *= 2) {
                inverse *= 2 - odd * inverse;
            }
            return inverse;
        }

        private int slot(long hash) {
            return (int) ((hash ^ hash >>> 29) * 0xBF58476D1CE4E5B9L >>> shift);
        }

        private boolean equal(int id, byte[] from, int start, int end) {
            return Arrays.equals(bytes, start(id), end(id), from, start, end);
        }
    }
}
