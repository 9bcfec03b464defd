package dev.gatun.tensor.ops;

/// How rotary frequencies are stretched for contexts longer than a model was trained on.
///
/// The unscaled frequencies are `θ^(−2i/D)` for `i = 0 … D/2−1`.
public sealed interface RopeScaling {
    /// {@return no scaling}
    static RopeScaling none() {
        return new Linear(1);
    }

    /// The frequencies of a context of `length` positions, in f32 as the reference computes them.
    ///
    /// @param headDim D
    /// @param theta θ
    /// @param length how many positions there are
    /// @return D/2 angles per position
    float[] frequencies(int headDim, double theta, long length);

    /// {@return what the frequencies depend on besides D and θ: a number that is the same for
    /// lengths of the same frequencies}
    ///
    /// @param length how many positions there are
    default long basis(long length) {
        return 0;
    }

    /// {@return the factor of cos and sin, and so of the scores' square root}
    default float attentionFactor() {
        return 1;
    }

    private static float[] unscaled(int headDim, double theta) {
        float[] frequencies = new float[headDim / 2];
        for (int i = 0; i < frequencies.length; i++) {
            frequencies[i] = (float) (1 / Math.pow(theta, 2.0 * i / headDim));
        }
        return frequencies;
    }

    /// Positions divided by a factor (arXiv:2306.15595).
    ///
    /// @param factor by how much
    record Linear(double factor) implements RopeScaling {
        @Override
        public float[] frequencies(int headDim, double theta, long length) {
            float[] frequencies = unscaled(headDim, theta);
            for (int i = 0; i < frequencies.length; i++) {
                frequencies[i] /= (float) factor;
            }
            return frequencies;
        }
    }

    /// A base that grows with the context, once it is longer than the original one ("dynamic NTK").
    ///
    /// @param factor how fast
    /// @param originalLength the context of training
    record Dynamic(double factor, long originalLength) implements RopeScaling {
        @Override
        public float[] frequencies(int headDim, double theta, long length) {
            double stretch = factor * basis(length) / originalLength - (factor - 1);
            return unscaled(headDim, theta * Math.pow(stretch, headDim / (headDim - 2.0)));
        }

        @Override
        public long basis(long length) {
            return Math.max(length, originalLength);
        }
    }

    /// Llama 3.1: long wavelengths are divided, short ones kept, those between blended.
    ///
    /// @param factor by how much the long ones are divided
    /// @param lowFrequencyFactor original length / the wavelength from which on they are divided
    /// @param highFrequencyFactor original length / the wavelength up to which they are kept
    /// @param originalLength the context of training
    record Llama3(double factor, double lowFrequencyFactor, double highFrequencyFactor, long originalLength) implements RopeScaling {
        @Override
        public float[] frequencies(int headDim, double theta, long length) {
            float[] frequencies = unscaled(headDim, theta);
            for (int i = 0; i < frequencies.length; i++) {
                double f = frequencies[i];
                double turns = originalLength * f / (2 * Math.PI);
                double kept = (turns - lowFrequencyFactor) / (highFrequencyFactor - lowFrequencyFactor);
                kept = Math.clamp(kept, 0, 1);
                frequencies[i] = (float) ((1 - kept) * f / factor + kept * f);
            }
            return frequencies;
        }
    }

    /// YaRN (arXiv:2309.00071): as [Llama3], with a linear ramp over the dimensions and warmer
    /// attention.
    ///
    /// @param factor by how much slow dimensions are divided
    /// @param betaFast turns over the original length above which a dimension is kept, usually 32
    /// @param betaSlow turns below which it is divided, usually 1
    /// @param attentionFactor the factor of cos and sin, usually `0.1·ln(factor) + 1`
    /// @param originalLength the context of training
    /// @param truncate whether the ends of the ramp are whole dimensions
    record Yarn(double factor, double betaFast, double betaSlow, float attentionFactor, long originalLength, boolean truncate)
            implements RopeScaling {
        /// {@return the attention factor for a scale, as the paper recommends}
        ///
        /// @param factor by how much the context is stretched
        /// @param mscale its weight, usually 1
        public static double attention(double factor, double mscale) {
            return factor <= 1 ? 1 : 0.1 * mscale * Math.log(factor) + 1;
        }

        @Override
        public float[] frequencies(int headDim, double theta, long length) {
            float[] frequencies = unscaled(headDim, theta);
            double low = dimension(betaFast, headDim, theta);
            double high = dimension(betaSlow, headDim, theta);
            low = Math.max(truncate ? Math.floor(low) : low, 0);
            high = Math.min(truncate ? Math.ceil(high) : high, headDim - 1);
            high = high == low ? high + 0.001 : high;
            for (int i = 0; i < frequencies.length; i++) {
                double divided = Math.clamp((i - low) / (high - low), 0, 1);
                double f = frequencies[i];
                frequencies[i] = (float) (f / factor * divided + f * (1 - divided));
            }
            return frequencies;
        }

        /// The dimension that makes this many turns over the original length.
        private double dimension(double turns, int headDim, double theta) {
            return headDim * Math.log(originalLength / (turns * 2 * Math.PI)) / (2 * Math.log(theta));
        }
    }
}
