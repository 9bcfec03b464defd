package dev.gatun.models.text;

import java.util.Arrays;

/// What one call of `encode` works with: the ids so far, the symbols of the word at hand, and room
/// for [PairMerges]. Grows, is never shared.
final class EncodingState {
    private int[] ids;
    private int count;

    int[] symbols = new int[64];
    byte[] bytes = new byte[256];
    long[] pairs = new long[64];

    EncodingState(int textLength) {
        ids = new int[textLength / 3 + 8];
    }

    void add(int id) {
        if (count == ids.length) {
            ids = Arrays.copyOf(ids, count + (count >> 1));
        }
        ids[count++] = id;
    }

    int[] ids() {
        return Arrays.copyOf(ids, count);
    }

    int count() {
        return count;
    }

    int last() {
        return ids[count - 1];
    }

    /// Makes room for a word of so many symbols.
    void reserve(int wanted) {
        if (symbols.length < wanted) {
            symbols = new int[Math.max(wanted, 2 * symbols.length)];
        }
    }

    /// Makes room for a word of so many bytes.
    void reserveBytes(int wanted) {
        if (bytes.length < wanted) {
            bytes = new byte[Math.max(wanted, 2 * bytes.length)];
        }
    }
}
