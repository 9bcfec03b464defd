package dev.gatun.models.data;

import java.util.ArrayList;
import java.util.List;

/// Tokens one behind the other, more than an array can hold. Filled once, then only read.
final class TokenStore {
    private static final int BITS = 20;
    private static final int CHUNK = 1 << BITS;

    private final List<int[]> chunks = new ArrayList<>();
    private long size;

    long size() {
        return size;
    }

    void append(int[] ids) {
        for (int done = 0; done < ids.length; ) {
            int at = (int) (size & CHUNK - 1);
            if (at == 0) {
                chunks.add(new int[CHUNK]);
            }
            int count = Math.min(ids.length - done, CHUNK - at);
            System.arraycopy(ids, done, chunks.getLast(), at, count);
            done += count;
            size += count;
        }
    }

    int get(long index) {
        return chunks.get((int) (index >> BITS))[(int) (index & CHUNK - 1)];
    }

    void copy(long from, int[] to, int at, int count) {
        for (int done = 0; done < count; ) {
            int inChunk = (int) (from + done & CHUNK - 1);
            int part = Math.min(count - done, CHUNK - inChunk);
            System.arraycopy(chunks.get((int) (from + done >> BITS)), inChunk, to, at + done, part);
            done += part;
        }
    }
}
