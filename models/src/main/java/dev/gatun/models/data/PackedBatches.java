package dev.gatun.models.data;

import java.util.Arrays;

/// Samples one behind the other in full rows.
final class PackedBatches implements Batches {
    private final Dataset data;
    private final int rows;
    private final int length;
    private final long seed;
    private final boolean apart;
    private long epoch;
    private int[] order;
    private int index;
    private int offset;

    PackedBatches(Dataset data, int rows, int length, long seed, boolean apart) {
        if (rows < 1 || length < 1 || data.size() == 0) {
            throw new IllegalArgumentException(rows + " rows of " + length + " tokens from " + data + " — want at least 1 each");
        }
        this.data = data;
        this.rows = rows;
        this.length = length;
        this.seed = seed;
        this.apart = apart;
        order = Mixing.order(data.size(), seed, 0);
    }

    @Override
    public Batch next() {
        int[][] ids = new int[rows][length];
        int[][] labels = new int[rows][length];
        int[][] starts = new int[rows][length];
        long bytes = 0;
        for (int row = 0; row < rows; row++) {
            for (int t = 0; t < length; ) {
                int sample = order[index];
                int count = Math.min(length - t, data.length(sample) - offset);
                bytes += copy(data, sample, offset, count, ids[row], labels[row], starts[row], t);
                t += count;
                offset += count;
                if (offset == data.length(sample)) {
                    advance();
                    if (!apart && data.prompt(order[index]) <= 1) { // a text, which at most begins with a token of its own
                        labels[row][t - 1] = data.token(order[index], 0);
                        bytes += data.bytes(order[index], 0);
                    }
                }
            }
            if (!apart) {
                Arrays.fill(starts[row], 0);
            }
        }
        return Batch.of(ids, labels, starts, bytes);
    }

    /// Copies a part of a sample into a row.
    ///
    /// @return how many bytes of text its labels stand for
    static long copy(Dataset data, int sample, int from, int count, int[] ids, int[] labels, int[] starts, int t) {
        data.copy(sample, from, ids, t, count);
        int targets = Math.min(count, data.length(sample) - 1 - from);
        data.copy(sample, from + 1, labels, t, targets);
        long bytes = 0;
        for (int i = 0; i < count; i++) {
            starts[t + i] = t;
            if (i >= targets || from + 1 + i < data.prompt(sample)) {
                labels[t + i] = Batch.NONE;
            } else {
                bytes += data.bytes(sample, from + 1 + i);
            }
        }
        return bytes;
    }

    private void advance() {
        offset = 0;
        index++;
        if (index == order.length) {
            index = 0;
            epoch++;
            order = Mixing.order(data.size(), seed, epoch);
        }
    }

    @Override
    public Position position() {
        return new Position(epoch, index, offset);
    }

    @Override
    public void seek(Position position) {
        int[] there = Mixing.order(data.size(), seed, position.epoch());
        if (position.index() >= there.length || position.offset() >= data.length(there[position.index()])) {
            throw new DataException(position + " is not in " + data + " — the data, or the seed, is not the one it was saved with");
        }
        epoch = position.epoch();
        order = there;
        index = position.index();
        offset = position.offset();
    }

    @Override
    public long perEpoch() {
        return Math.ceilDiv(data.tokens(), (long) rows * length);
    }
}
