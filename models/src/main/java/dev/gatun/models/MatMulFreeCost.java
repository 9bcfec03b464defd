package dev.gatun.models;

import dev.gatun.nn.WeightFormat;
import java.util.Locale;

/// What a MatMul-free model takes for a token, beside a LLaMA of as many parameters in 16-bit floats: the same width, layers, vocabulary and inner width, which
/// is as many parameters but for some norms. Everything here is counted or modelled from sizes; nothing is measured.
///
/// Bytes: matrices as they are stored, −1, 0 and 1 with 1.6 bits each; embeddings and norms with 16 bits; what is remembered of a sequence, f32 in the one and
/// keys and values of 16 bits in the other.
///
/// Energy: operations times what each takes in 45 nm at 0.9 V (M. Horowitz, "Computing's energy problem", ISSCC 2014), pJ:
///
/// | | add | multiply |
/// |---|---|---|
/// | 8-bit integer | 0.03 | 0.2 |
/// | 32-bit integer | 0.1 | 3.1 |
/// | f16 | 0.4 | 1.1 |
/// | f32 | 0.9 | 3.7 |
///
/// A ternary map adds one 8-bit number to a 32-bit sum for each of its weights, zeros included, though hardware may leave them out; a LLaMA multiplies and
/// adds in f16. Norms, scales, gates and the recurrence are f32 in both, an exponential being counted as eight of each operation. What comes on top is the
/// reading of weights and state from DRAM, once for each token, at 640 pJ for 32 bits. Caches, instructions and everything else a processor does are left out,
/// so these are lower bounds whose ratio says more than their size.
///
/// @param matrices bytes of the maps that are −1, 0 and 1, the head included
/// @param embedding bytes of the table
/// @param norms bytes of norms and bounds
/// @param state bytes of what is remembered of a sequence
/// @param llamaMatrices bytes of the maps of a LLaMA, the head included
/// @param llamaState bytes of its keys and values
/// @param context how long the sequence is
/// @param arithmetic pJ for a token
/// @param llamaArithmetic pJ for a token of the LLaMA
public record MatMulFreeCost(
        long matrices,
        long embedding,
        long norms,
        long state,
        long llamaMatrices,
        long llamaState,
        int context,
        double arithmetic,
        double llamaArithmetic) {
    private static final double ADD_INT32 = 0.1;
    private static final double ADD_F16 = 0.4;
    private static final double MULTIPLY_F16 = 1.1;
    private static final double ADD_F32 = 0.9;
    private static final double MULTIPLY_F32 = 3.7;
    private static final double READ_BYTE = 640 / 4.0;
    private static final double EXPONENTIAL = 8 * (ADD_F32 + MULTIPLY_F32);

    /// Counts.
    ///
    /// @param c the model
    /// @param context how many tokens came before
    /// @return what it takes
    /// @throws IllegalArgumentException if the module with ternary weights is not present
    public static MatMulFreeCost of(MatMulFreeConfig c, int context) {
        long d = c.hiddenSize();
        long e = c.inputDim();
        long inner = c.intermediateSize();
        long layers = c.numHiddenLayers();
        long table = c.vocabSize() * d;
        long perLayer = 4 * d * e + 3 * d * inner;
        long weights = layers * perLayer + table;
        long stored = layers * (3 * stored(e, d) + stored(d, e) + stored(2 * inner, d) + stored(d, inner)) + stored(c.vocabSize(), d);
        long norms = c.parameters() - layers * perLayer - (c.tieWordEmbeddings() ? 1 : 2) * table;

        double scales = (4 * e + d + 3 * inner) * MULTIPLY_F32; // of results
        double inputs = norm(d) * 4 + norm(e) + norm(inner) + (4 * d + e + inner) * (MULTIPLY_F32 + 2 * ADD_F32); // of maps: normalized, then rounded
        double mixer = e * (4 * EXPONENTIAL + 9 * MULTIPLY_F32 + 8 * ADD_F32) + norm(e); // σ, bound, two SiLUs, recurrence, gate
        double channels = inner * (EXPONENTIAL + 3 * MULTIPLY_F32 + ADD_F32);
        double rest = layers * (scales + inputs + mixer + channels + 2 * norm(d) + 2 * d * ADD_F32) + 2 * norm(d) + c.vocabSize() * MULTIPLY_F32;

        long cached = 2 * layers * d * context; // keys and values
        double attention = 2 * layers * d * (double) context * (MULTIPLY_F16 + ADD_F16) + layers * (d / 64.0) * context * EXPONENTIAL;
        double llamaRest = layers * (2 * norm(d) + 2 * d * ADD_F32 + inner * (EXPONENTIAL + 3 * MULTIPLY_F32 + ADD_F32)) + norm(d);
        return new MatMulFreeCost(
                stored,
                2 * table,
                2 * norms,
                4 * layers * e,
                2 * weights,
                2 * cached,
                context,
                weights * ADD_INT32 + rest,
                weights * (MULTIPLY_F16 + ADD_F16) + attention + llamaRest);
    }

    private static long stored(long rows, long columns) {
        return WeightFormat.named(WeightFormat.TERNARY).parts(rows, columns).values().stream()
                .mapToLong(part -> part.shape().size() * part.dtype().bytes())
                .sum();
    }

    /// An RMS norm: squares and their sum, then two products for each element.
    private static double norm(long size) {
        return size * (3 * MULTIPLY_F32 + ADD_F32);
    }

    /// {@return by which factor it is smaller than the LLaMA}
    ///
    /// @param withEmbeddings whether the table counts, which both have with 16 bits
    public double timesSmaller(boolean withEmbeddings) {
        long table = withEmbeddings ? embedding : 0;
        return (double) (llamaMatrices + llamaState + norms + table) / (matrices + state + norms + table);
    }

    /// {@return pJ for a token: arithmetic and the reading of what it needs from memory}
    public double energy() {
        return arithmetic + READ_BYTE * (matrices + norms + state);
    }

    /// {@return pJ for a token of the LLaMA}
    public double llamaEnergy() {
        return llamaArithmetic + READ_BYTE * (llamaMatrices + norms + llamaState);
    }

    /// {@return a table of all, the LLaMA beside it}
    @Override
    public String toString() {
        var text = new StringBuilder(
                String.format(Locale.ROOT, "%-44s %16s %16s %8s%n", "counted, not measured", "MatMul-free", "LLaMA in f16", "ratio"));
        line(text, "linear maps and head, MB", matrices / 1e6, llamaMatrices / 1e6);
        line(text, "embedding, MB", embedding / 1e6, embedding / 1e6);
        line(text, "norms, MB", norms / 1e6, norms / 1e6);
        line(text, "state after " + context + " tokens, MB", state / 1e6, llamaState / 1e6);
        line(text, "all but the embedding, MB", (matrices + norms + state) / 1e6, (llamaMatrices + norms + llamaState) / 1e6);
        line(text, "all, MB", (matrices + norms + state + embedding) / 1e6, (llamaMatrices + norms + llamaState + embedding) / 1e6);
        line(text, "arithmetic of a token, mJ", arithmetic / 1e9, llamaArithmetic / 1e9);
        line(text, "arithmetic and reading from DRAM, mJ", energy() / 1e9, llamaEnergy() / 1e9);
        return text.toString().stripTrailing();
    }

    private static void line(StringBuilder text, String what, double ours, double llama) {
        text.append(String.format(Locale.ROOT, "%-44s %,16.3f %,16.3f %7.1fx%n", what, ours, llama, llama / ours));
    }
}
