package dev.gatun.quant;

/// Sixteen values that 4 bits stand for, and which of them a number becomes.
///
/// A matrix is cut into blocks, and what is encoded is an element divided by the largest magnitude of its block: a number in `[-1, 1]`. Thresholds lie
/// halfway between neighbouring values, in the rounding of bitsandbytes' CUDA kernels; a number equal to a threshold takes the lower value.
public final class Codebook {
    /// NormalFloat: the quantiles of a normal distribution, so that normally distributed weights use all sixteen values equally often. 0 and ±1 are exact.
    /// From "QLoRA: Efficient Finetuning of Quantized LLMs", <https://arxiv.org/abs/2305.14314>.
    public static final Codebook NF4 = new Codebook(
            "nf4",
            new float[] {
                -1f,
                -0.6961928009986877f,
                -0.5250730514526367f,
                -0.39491748809814453f,
                -0.28444138169288635f,
                -0.18477343022823334f,
                -0.09105003625154495f,
                0f,
                0.07958029955625534f,
                0.16093020141124725f,
                0.24611230194568634f,
                0.33791524171829224f,
                0.44070982933044434f,
                0.5626170039176941f,
                0.7229568362236023f,
                1f
            },
            new float[] {
                -0.8480963706970215f,
                -0.6106328964233398f,
                -0.4599952697753906f,
                -0.33967941999435425f,
                -0.23460739850997925f,
                -0.13791173696517944f,
                -0.045525018125772476f,
                0.03979014977812767f,
                0.120255246758461f,
                0.2035212516784668f,
                0.2920137643814087f,
                0.3893125355243683f,
                0.5016634464263916f,
                0.6427869200706482f,
                0.8614784479141235f
            },
            new int[] {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
            false);

    /// A 4-bit floating point number: a sign, two bits of exponent, one of mantissa, scaled so that the largest is 1. Worse than NF4 for weights; kept because
    /// there are checkpoints.
    public static final Codebook FP4 = new Codebook(
            "fp4",
            new float[] {
                0f,
                0.0052083334885537624f,
                0.6666666865348816f,
                1f,
                0.3333333432674408f,
                0.5f,
                0.1666666716337204f,
                0.25f,
                0f,
                -0.0052083334885537624f,
                -0.6666666865348816f,
                -1f,
                -0.3333333432674408f,
                -0.5f,
                -0.1666666716337204f,
                -0.25f
            },
            new float[] {0.00260417f, 0.0859375f, 0.20833333f, 0.29166667f, 0.4166667f, 0.583333f, 0.8333333f},
            new int[] {0, 1, 6, 7, 4, 5, 2, 3},
            true);

    private final String name;
    private final float[] values;
    private final float[] thresholds;
    private final int[] codes;
    private final boolean signed;

    private Codebook(String name, float[] values, float[] thresholds, int[] codes, boolean signed) {
        this.name = name;
        this.values = values;
        this.thresholds = thresholds;
        this.codes = codes;
        this.signed = signed;
    }

    /// {@return its name in files: `nf4`, `fp4`}
    public String name() {
        return name;
    }

    /// {@return the values of the codes 0 … 15}
    public float[] values() {
        return values.clone();
    }

    /// {@return where one value ends and the next begins, ascending; of magnitudes if there is a bit for the sign}
    public float[] thresholds() {
        return thresholds.clone();
    }

    /// {@return whether the upper bit of a code is a sign}, and thresholds are compared with magnitudes.
    public boolean signed() {
        return signed;
    }

    /// The code of a number.
    ///
    /// @param rank how many thresholds lie below it, or below its magnitude
    /// @param negative whether it is less than 0
    /// @return 0 … 15
    public int code(int rank, boolean negative) {
        return codes[rank] | (signed && negative ? 8 : 0);
    }

    /// The code of a number.
    ///
    /// @param scaled divided by the largest magnitude of its block
    /// @return 0 … 15; that of a NaN is 0, or in FP4 that of 0
    public int encode(float scaled) {
        float compared = signed ? Math.abs(scaled) : scaled;
        int rank = 0;
        for (float threshold : thresholds) {
            rank += compared > threshold ? 1 : 0;
        }
        return code(rank, scaled < 0);
    }

    @Override
    public String toString() {
        return name;
    }
}
