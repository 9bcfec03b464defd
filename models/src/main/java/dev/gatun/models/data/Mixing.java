package dev.gatun.models.data;

/// Numbers that look random and are the same on every machine: SplitMix64 (Steele, Lea and Flood 2014).
final class Mixing {
    private static final long STEP = 0x9E3779B97F4A7C15L;

    private Mixing() {}

    static long mix(long value) {
        long z = (value ^ value >>> 30) * 0xBF58476D1CE4E5B9L;
        z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
        return z ^ z >>> 31;
    }

    /// The numbers from 0 to less than `size`, shuffled for an epoch.
    static int[] order(int size, long seed, long epoch) {
        int[] order = new int[size];
        long state = mix(mix(seed + STEP) + epoch);
        for (int i = 0; i < size; i++) {
            state += STEP;
            int other = (int) Math.unsignedMultiplyHigh(mix(state), i + 1L);
            order[i] = order[other];
            order[other] = i;
        }
        return order;
    }
}
