package dev.gatun.tensor.cpu;

/// The constants of the transcendental functions, fitted for the smallest greatest relative error.
/// The functions are our own because the JDK's vector functions are another library on every
/// platform: these give the same bits on all of them.
///
/// ```
/// eˣ = 2ⁿ·eᶠ                n = round(x/ln 2), f = x − n·ln 2
/// eᶠ = 1 + f·(1 + f·E(f))   |f| ≤ ln 2 / 2, to 3e-9
/// ln m = 2s + s·z·L(z)      s = (m − 1)/(m + 1), z = s², √½ ≤ m < √2, to 1e-9
/// tanh x = x + x·z·T(z)     z = x², |x| < 0.625, to 4e-9
/// Φ(−a) = e^(−a²/2)·G(a)/(1 + a·H(a))   0 ≤ a < 13.3, to 5e-9
/// ```
final class Polynomials {
    static final float LOG2E = 1.442695f;

    /// ln 2 in two parts: the first has so few bits that n times it is exact.
    static final float LN2_HIGH = 0.693359375f;

    static final float LN2_LOW = -2.1219444e-4f;

    static final float LN2 = 0.6931472f;

    /// 1.5·2²³: adding it rounds to an integer, which then stands in the low bits.
    static final float ROUND = 12582912f;

    /// As [#ROUND], with the integer biased by 127: shifted left by 23 it is the float 2ⁿ.
    static final float ROUND_BIASED = ROUND + 127;

    /// Below, eˣ is subnormal; it is flushed to 0.
    static final float EXP_LOW = -87.336544f;

    /// Above, eˣ is infinite.
    static final float EXP_HIGH = 88.72283f;

    static final float E0 = 0.49999994f;
    static final float E1 = 0.1666652f;
    static final float E2 = 0.0416684f;
    static final float E3 = 0.008368852f;
    static final float E4 = 0.0013814318f;

    static final float L0 = 0.66666776f;
    static final float L1 = 0.39977285f;
    static final float L2 = 0.2987917f;

    static final float T0 = -0.33333284f;
    static final float T1 = 0.1333147f;
    static final float T2 = -0.05374162f;
    static final float T3 = 0.020644128f;
    static final float T4 = -0.0057094884f;

    static final float G0 = 0.5f;
    static final float G1 = 0.4356864f;
    static final float G2 = 0.18130682f;
    static final float G3 = 0.039984196f;
    static final float G4 = 0.004020194f;
    static final float H1 = 1.6692578f;
    static final float H2 = 1.1944845f;
    static final float H3 = 0.4643805f;
    static final float H4 = 0.1002329f;
    static final float H5 = 0.010076989f;

    private Polynomials() {}

    /// eˣ for x ≤ 0 with the operations of the vector kernels; NaN stays NaN.
    static float exp(float x) {
        if (x < EXP_LOW) {
            return 0;
        }
        float t = Math.fma(x, LOG2E, ROUND_BIASED);
        float n = t - ROUND_BIASED;
        float f = Math.fma(n, -LN2_LOW, Math.fma(n, -LN2_HIGH, x));
        float p = Math.fma(Math.fma(Math.fma(Math.fma(E4, f, E3), f, E2), f, E1), f, E0);
        p = Math.fma(Math.fma(p, f, 1), f, 1);
        return p * Float.intBitsToFloat(Float.floatToRawIntBits(t) << 23);
    }
}
