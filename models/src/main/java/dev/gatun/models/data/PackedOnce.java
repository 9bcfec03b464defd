package dev.gatun.models.data;

import java.util.Arrays;
import java.util.Iterator;
import java.util.NoSuchElementException;

/// All samples once, packed.
final class PackedOnce implements Iterator<Batch> {
    private final Dataset data;
    private final int rows;
    private final int length;
    private int sample;
    private int offset;

    PackedOnce(Dataset data, int rows, int length) {
        if (rows < 1 || length < 1) {
            throw new IllegalArgumentException(rows + " rows of " + length + " tokens — want at least 1 each");
        }
        this.data = data;
        this.rows = rows;
        this.length = length;
    }

    @Override
    public boolean hasNext() {
        return sample < data.size();
    }

    @Override
    public Batch next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        int[][] ids = new int[rows][length];
        int[][] labels = new int[rows][length];
        int[][] starts = new int[rows][length];
        int filled = 0;
        long bytes = 0;
        for (; filled < rows && hasNext(); filled++) {
            bytes += row(ids[filled], labels[filled], starts[filled]);
        }
        return Batch.of(Arrays.copyOf(ids, filled), Arrays.copyOf(labels, filled), Arrays.copyOf(starts, filled), bytes);
    }

    private long row(int[] ids, int[] labels, int[] starts) {
        int t = 0;
        long bytes = 0;
        while (t < length && hasNext()) {
            int count = Math.min(length - t, data.length(sample) - offset);
            bytes += PackedBatches.copy(data, sample, offset, count, ids, labels, starts, t);
            t += count;
            offset += count;
            if (offset == data.length(sample)) {
                sample++;
                offset = 0;
            }
        }
        Arrays.fill(ids, t, length, data.end());
        Arrays.fill(labels, t, length, Batch.NONE);
        Arrays.fill(starts, t, length, t);
        return bytes;
    }
}
