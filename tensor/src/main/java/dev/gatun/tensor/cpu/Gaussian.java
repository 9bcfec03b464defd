package dev.gatun.tensor.cpu;

/// The normal distribution, in double.
final class Gaussian {
    /// √(2/π)
    static final double TANH_SCALE = Math.sqrt(2 / Math.PI);

    /// The share of x³ in the argument of the tanh that approximates it (arXiv:1606.08415).
    static final double TANH_CUBE = 0.044715;

    private static final double FAR = 4;
    private static final int TERMS = 200;

    private Gaussian() {}

    /// φ(x) = e^(−x²/2)/√(2π)
    static double density(double x) {
        return Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
    }

    /// Φ(x), the integral of φ from -∞: near 0 its power series, far from it the continued fraction of the tail
    /// (Abramowitz and Stegun, Handbook of Mathematical Functions, 26.2.11 and 26.2.14).
    static double cumulative(double x) {
        double a = Math.abs(x);
        if (!(a > FAR)) {
            double term = x;
            double sum = x;
            for (int n = 3; n < TERMS; n += 2) {
                term *= x * x / n;
                sum += term;
            }
            return 0.5 + sum * density(x);
        }
        double fraction = a;
        for (int n = TERMS; n > 0; n--) {
            fraction = a + n / fraction;
        }
        double tail = density(a) / fraction;
        return x < 0 ? tail : 1 - tail;
    }
}
