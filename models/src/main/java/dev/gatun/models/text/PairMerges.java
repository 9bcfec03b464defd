package dev.gatun.models.text;

import java.util.Arrays;

/// Byte-pair encoding: which two neighbouring symbols become which one, and in what order. The pair
/// of lowest rank is merged first, the leftmost of equals, until no neighbours are a pair.
///
/// | | |
/// |---|---|
/// | short words | the least of all ranks is looked for after each merge: O(n²), no memory |
/// | long words | a heap of (rank, position) over a linked list: O(n log n) |
/// | paper | arXiv:1508.07909 |
///
/// Filled while a tokenizer is read, then never changed.
final class PairMerges {
    private static final int SHORT = 40;
    private static final long NONE = Long.MAX_VALUE;
    private static final long EMPTY = -1;

    // Entry i is table[2i] = left ‖ right, table[2i+1] = rank ‖ merged, 32 bits each.
    private long[] table;
    private int shift;
    private int size;

    PairMerges(int expected) {
        int bits = 33 - Integer.numberOfLeadingZeros(Math.max(8, expected));
        table = new long[2 << bits];
        Arrays.fill(table, EMPTY);
        shift = 64 - bits;
    }

    /// `left` and `right` become `merged`. A pair given twice has the later rank.
    void put(int left, int right, int rank, int merged) {
        if (4 * size >= table.length) {
            grow();
        }
        long key = key(left, right);
        int slot = slot(key);
        if (table[slot] == EMPTY) {
            size++;
        }
        table[slot] = key;
        table[slot + 1] = key(rank, merged);
    }

    private void grow() {
        long[] old = table;
        table = new long[2 * old.length];
        Arrays.fill(table, EMPTY);
        shift--;
        for (int i = 0; i < old.length; i += 2) {
            if (old[i] != EMPTY) {
                int slot = slot(old[i]);
                table[slot] = old[i];
                table[slot + 1] = old[i + 1];
            }
        }
    }

    private static long key(int left, int right) {
        return (long) left << 32 | right;
    }

    /// Where a pair is, or would be.
    private int slot(long key) {
        int slot = (int) ((key ^ key >>> 32) * 0x9E3779B97F4A7C15L >>> shift) << 1;
        while (table[slot] != key && table[slot] != EMPTY) {
            slot = (slot + 2) & (table.length - 1);
        }
        return slot;
    }

    /// rank ‖ merged, or NONE.
    private long pair(int left, int right) {
        int slot = slot(key(left, right));
        return table[slot] == EMPTY ? NONE : table[slot + 1];
    }

    /// Merges the symbols of a token until two are left, the ones that become it, at the front.
    ///
    /// @return false if they do not come to two
    boolean lastTwo(int[] symbols) {
        int count = symbols.length;
        for (; count > 2; count--) {
            long best = NONE;
            int at = -1;
            for (int i = 0; i + 1 < count; i++) {
                long pair = pair(symbols[i], symbols[i + 1]);
                if (pair >>> 32 < best >>> 32) {
                    best = pair;
                    at = i;
                }
            }
            if (at < 0) {
                return false;
            }
            symbols[at] = (int) best;
            System.arraycopy(symbols, at + 2, symbols, at + 1, count - at - 2);
        }
        return count == 2;
    }

    /// Merges the first `count` symbols of a word in place.
    ///
    /// @return how many are left
    int merge(EncodingState state, int count) {
        if (count < 2) {
            return count;
        }
        if (state.pairs.length < count) {
            state.pairs = new long[Math.max(count, 2 * state.pairs.length)];
        }
        return count <= SHORT ? mergeShort(state.symbols, state.pairs, count) : mergeLong(state.symbols, state.pairs, count);
    }

    private int mergeShort(int[] symbols, long[] pairs, int count) {
        int last = count - 1;
        for (int i = 0; i < last; i++) {
            pairs[i] = pair(symbols[i], symbols[i + 1]);
        }
        while (last > 0) {
            int at = 0;
            for (int i = 1; i < last; i++) {
                at = pairs[i] >>> 32 < pairs[at] >>> 32 ? i : at;
            }
            if (pairs[at] == NONE) {
                break;
            }
            symbols[at] = (int) pairs[at];
            System.arraycopy(symbols, at + 2, symbols, at + 1, last - at - 1);
            System.arraycopy(pairs, at + 1, pairs, at, last - at - 1);
            last--;
            if (at > 0) {
                pairs[at - 1] = pair(symbols[at - 1], symbols[at]);
            }
            if (at < last) {
                pairs[at] = pair(symbols[at], symbols[at + 1]);
            }
        }
        return last + 1;
    }

    private int mergeLong(int[] symbols, long[] pairs, int count) {
        int[] next = new int[count];
        int[] previous = new int[count];
        Heap heap = new Heap(count);
        for (int i = 0; i < count; i++) {
            next[i] = i + 1;
            previous[i] = i - 1;
            pairs[i] = i + 1 < count ? pair(symbols[i], symbols[i + 1]) : NONE;
            if (pairs[i] != NONE) {
                heap.append(pairs[i], i);
            }
        }
        heap.order();
        while (!heap.isEmpty()) {
            long top = heap.pop();
            int at = (int) top;
            // An entry of a pair that has changed since is stale: its rank is not the pair's now.
            if (pairs[at] == NONE || pairs[at] >>> 32 != top >>> 32) {
                continue;
            }
            int gone = next[at];
            int after = next[gone];
            symbols[at] = (int) pairs[at];
            pairs[gone] = NONE;
            next[at] = after;
            pairs[at] = NONE;
            if (after < count) {
                previous[after] = at;
                pairs[at] = pair(symbols[at], symbols[after]);
                heap.push(pairs[at], at);
            }
            int before = previous[at];
            if (before >= 0) {
                pairs[before] = pair(symbols[before], symbols[at]);
                heap.push(pairs[before], before);
            }
        }
        int left = 0;
        for (int i = 0; i < count; i = next[i]) {
            symbols[left++] = symbols[i];
        }
        return left;
    }

    /// A binary heap of rank ‖ position, least first.
    private static final class Heap {
        private long[] entries;
        private int size;

        Heap(int expected) {
            entries = new long[expected + 16];
        }

        boolean isEmpty() {
            return size == 0;
        }

        /// Adds without order, until [#order].
        void append(long pair, int position) {
            if (size == entries.length) {
                entries = Arrays.copyOf(entries, 2 * size);
            }
            entries[size++] = pair & 0xFFFFFFFF_00000000L | position;
        }

        void order() {
            for (int i = size / 2 - 1; i >= 0; i--) {
                down(i, entries[i]);
            }
        }

        void push(long pair, int position) {
            if (pair == NONE) {
                return;
            }
            append(pair, position);
            int i = size - 1;
            long entry = entries[i];
            while (i > 0 && entries[(i - 1) / 2] > entry) {
                entries[i] = entries[(i - 1) / 2];
                i = (i - 1) / 2;
            }
            entries[i] = entry;
        }

        long pop() {
            long top = entries[0];
            long last = entries[--size];
            if (size > 0) {
                down(0, last);
            }
            return top;
        }

        private void down(int hole, long entry) {
            int i = hole;
            for (int child = 2 * i + 1; child < size; child = 2 * i + 1) {
                if (child + 1 < size && entries[child + 1] < entries[child]) {
                    child++;
                }
                if (entries[child] >= entry) {
                    break;
                }
                entries[i] = entries[child];
                i = child;
            }
            entries[i] = entry;
        }
    }
}
