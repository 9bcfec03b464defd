package dev.gatun.quant.cpu;

/// All the arithmetic that the definition of a ternary product needs: it has no multiplication but [#scale]. A test counts.
interface TernaryArithmetic {
    /// Java's own.
    TernaryArithmetic PLAIN = new TernaryArithmetic() {};

    /// {@return a + b}
    default int add(int a, int b) {
        return a + b;
    }

    /// {@return a − b}
    default int subtract(int a, int b) {
        return a - b;
    }

    /// {@return sum · scale}, once for each element of a result.
    default float scale(int sum, float scale) {
        return sum * scale;
    }

    /// A row of −1, 0 and 1 times a row of integers.
    default int dot(byte[] trits, int[] x) {
        int sum = 0;
        for (int k = 0; k < x.length; k++) {
            if (trits[k] > 0) {
                sum = add(sum, x[k]);
            } else if (trits[k] < 0) {
                sum = subtract(sum, x[k]);
            }
        }
        return sum;
    }
}
