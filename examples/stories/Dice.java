package stories;

import java.util.List;

/// Random choices that come out alike on every machine and in every version of Java: SplitMix64 (Steele, Lea and Flood 2014).
final class Dice {
    private long state;

    /// Dice of their own for each text, so that the thousandth is the same whether or not the others are asked for.
    Dice(long seed, long index) {
        state = mixed(mixed(seed) + index);
    }

    private static long mixed(long z) {
        long y = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
        y = (y ^ y >>> 27) * 0x94D049BB133111EBL;
        return y ^ y >>> 31;
    }

    /// A number from 0 to less than `bound`.
    int below(int bound) {
        state += 0x9E3779B97F4A7C15L;
        return (int) ((mixed(state) >>> 33) % bound);
    }

    boolean chance(int percent) {
        return below(100) < percent;
    }

    <T> T of(List<T> choices) {
        return choices.get(below(choices.size()));
    }

    @SafeVarargs
    final <T> T of(T... choices) {
        return choices[below(choices.length)];
    }
}
