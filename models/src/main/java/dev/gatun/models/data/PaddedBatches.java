package dev.gatun.models.data;

import java.util.Arrays;

/// One sample a row, with others that are about as long.
final class PaddedBatches implements Batches {
    private static final int LARGEST_GROUP = 50;

    private final Dataset data;
    private final int rows;
    private final long seed;
    private long epoch;
    private int[] order;
    private int index;

    PaddedBatches(Dataset data, int rows, long seed) {
        if (rows < 1 || data.size() == 0) {
            throw new IllegalArgumentException(rows + " rows from " + data + " — want at least 1 each");
        }
        this.data = data;
        this.rows = rows;
        this.seed = seed;
        order = order(0);
    }

    private int[] order(long of) {
        int[] shuffled = Mixing.order(data.size(), seed, of);
        int size = shuffled.length;
        int group = rows * Math.min(LARGEST_GROUP, Math.max(1, size / (4 * rows)));
        int longest = 0;
        for (int from = 0; from < size; from += group) {
            int to = Math.min(size, from + group);
            // Longest first; equally long ones stay as they were shuffled.
            long[] keys = new long[to - from];
            for (int i = from; i < to; i++) {
                keys[i - from] = (long) (Integer.MAX_VALUE - data.length(shuffled[i])) << 32 | i - from;
            }
            Arrays.sort(keys);
            int[] unsorted = Arrays.copyOfRange(shuffled, from, to);
            for (int i = from; i < to; i++) {
                shuffled[i] = unsorted[(int) keys[i - from]];
            }
            longest = data.length(shuffled[from]) > data.length(shuffled[longest]) ? from : longest;
        }
        int first = shuffled[0];
        shuffled[0] = shuffled[longest];
        shuffled[longest] = first;
        return shuffled;
    }

    @Override
    public Batch next() {
        int[] samples = Arrays.copyOfRange(order, index * rows, Math.min(order.length, (index + 1) * rows));
        int length = Math.max(1, Arrays.stream(samples).map(data::length).max().orElseThrow() - 1);
        int[][] ids = new int[samples.length][length];
        int[][] labels = new int[samples.length][length];
        int[][] starts = new int[samples.length][length];
        long bytes = 0;
        for (int row = 0; row < samples.length; row++) {
            int count = Math.min(length, data.length(samples[row]));
            bytes += PackedBatches.copy(data, samples[row], 0, count, ids[row], labels[row], starts[row], 0);
            Arrays.fill(ids[row], count, length, data.end());
            Arrays.fill(labels[row], count, length, Batch.NONE);
        }
        index++;
        if (index == perEpoch()) {
            index = 0;
            epoch++;
            order = order(epoch);
        }
        return Batch.of(ids, labels, starts, bytes);
    }

    @Override
    public Position position() {
        return new Position(epoch, index, 0);
    }

    @Override
    public void seek(Position position) {
        if (position.index() >= perEpoch() || position.offset() != 0) {
            throw new DataException(position + " is not in " + data + " — the data, or the size of batches, is not the one it was saved with");
        }
        epoch = position.epoch();
        index = position.index();
        order = order(epoch);
    }

    @Override
    public long perEpoch() {
        return Math.ceilDiv(order.length, rows);
    }
}
