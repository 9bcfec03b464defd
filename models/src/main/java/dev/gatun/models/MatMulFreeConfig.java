package dev.gatun.models;

import dev.gatun.io.Json;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/// The sizes of a MatMul-free language model, by the names of its `config.json`.
///
/// @param hiddenSize d, the width of the residual stream
/// @param intermediateSize I, the width of the channel mixer
/// @param numHiddenLayers L
/// @param expandRatio the width of the recurrence in multiples of d
/// @param useLowerBound whether forget gates have lower bounds, which grow from layer to layer
/// @param maxPositionEmbeddings the length of the sequences it was trained on; it has no positions, and goes on behind them
/// @param rmsNormEps ε of the norms but those of [dev.gatun.nn.BitLinear], which have 10⁻⁶
/// @param vocabSize V
/// @param tieWordEmbeddings whether the head rounds the embedding table
public record MatMulFreeConfig(
        int hiddenSize,
        int intermediateSize,
        int numHiddenLayers,
        int expandRatio,
        boolean useLowerBound,
        int maxPositionEmbeddings,
        float rmsNormEps,
        int vocabSize,
        boolean tieWordEmbeddings) {
    private static final SequencedMap<String, MatMulFreeConfig> SIZES = new LinkedHashMap<>();

    static {
        SIZES.put("mmfree-370m", published(1024, 24));
        SIZES.put("mmfree-1.3b", published(2048, 24));
        SIZES.put("mmfree-2.7b", published(2560, 32));
    }

    /// {@return the sizes of one narrow layer of the same make}, which runs the same loops
    MatMulFreeConfig miniature() {
        return new MatMulFreeConfig(256, 512, 1, expandRatio, useLowerBound, maxPositionEmbeddings, rmsNormEps, 512, tieWordEmbeddings);
    }

    /// Checks that the sizes fit each other.
    public MatMulFreeConfig {
        positive("hidden_size", hiddenSize);
        positive("intermediate_size", intermediateSize);
        positive("num_hidden_layers", numHiddenLayers);
        positive("expand_ratio", expandRatio);
        positive("max_position_embeddings", maxPositionEmbeddings);
        positive("vocab_size", vocabSize);
        if (!(rmsNormEps > 0 && rmsNormEps < 1)) {
            throw new IllegalArgumentException("rms_norm_eps " + rmsNormEps + " — in (0, 1)");
        }
        if (useLowerBound && expandRatio != 1) {
            throw new IllegalArgumentException(
                    "expand_ratio " + expandRatio + " — lower bounds are for a recurrence as wide as the model, expand_ratio 1");
        }
    }

    private static void positive(String name, int value) {
        if (value <= 0) {
            throw new IllegalArgumentException(name + " " + value + " — must be positive");
        }
    }

    private static MatMulFreeConfig published(int hidden, int layers) {
        return new MatMulFreeConfig(hidden, intermediate(hidden, 4), layers, 1, true, 2048, 1e-6f, 32000, false);
    }

    /// {@return the usual width of a channel mixer}: two thirds of a multiple of d, up to a multiple of 256.
    ///
    /// @param hidden d
    /// @param ratio of what multiple: 4 in published models
    public static int intermediate(int hidden, double ratio) {
        return ((int) (hidden * ratio * 2 / 3) + 255) / 256 * 256;
    }

    /// {@return the published sizes, by name}
    public static Map<String, MatMulFreeConfig> sizes() {
        return java.util.Collections.unmodifiableMap(SIZES);
    }

    /// Reads `config.json`.
    ///
    /// @param json the file
    /// @return the sizes
    /// @throws RuntimeException if a key is missing, of the wrong kind, or asks for what these models do not have; the message names the file and the key
    public static MatMulFreeConfig from(Json json) {
        String act = json.stringAt("hidden_act", "swish");
        if (!act.equals("swish") && !act.equals("silu")) {
            throw json.at("hidden_act").refused("supported is \"swish\"");
        }
        if (json.booleanAt("use_short_conv", false)) {
            throw json.at("use_short_conv").refused("supported is false: no published model has short convolutions");
        }
        int hidden = json.intAt("hidden_size");
        double ratio = json.find("hidden_ratio").isPresent() ? json.doubleAt("hidden_ratio") : 4;
        double expand = json.doubleAt("expand_ratio", 1);
        if (expand != (int) expand) {
            throw json.at("expand_ratio").refused("want a whole number");
        }
        int heads = json.find("num_heads").isPresent() ? json.intAt("num_heads") : 1;
        if (heads < 1 || hidden * (long) expand % heads != 0) {
            throw json.at("num_heads").refused("want a divisor of hidden_size · expand_ratio " + hidden * (long) expand);
        }
        try {
            return new MatMulFreeConfig(
                    hidden,
                    json.find("intermediate_size").isPresent() ? json.intAt("intermediate_size") : intermediate(hidden, ratio),
                    json.intAt("num_hidden_layers"),
                    (int) expand,
                    json.booleanAt("use_lower_bound", true),
                    json.intAt("max_position_embeddings", 2048),
                    json.floatAt("rms_norm_eps", 1e-6f),
                    json.intAt("vocab_size"),
                    json.booleanAt("tie_word_embeddings", false));
        } catch (IllegalArgumentException mismatch) {
            throw json.refused(String.valueOf(mismatch.getMessage()));
        }
    }

    /// {@return this as a `config.json` has it}
    public SequencedMap<String, Object> members() {
        SequencedMap<String, Object> json = new LinkedHashMap<>();
        json.put("architectures", List.of("HGRNBitForCausalLM"));
        json.put("model_type", "hgrn_bit");
        json.put("attn_mode", "fused_recurrent");
        json.put("hidden_act", "swish");
        json.put("hidden_size", hiddenSize);
        json.put("intermediate_size", intermediateSize);
        json.put("num_hidden_layers", numHiddenLayers);
        json.put("num_heads", 1);
        json.put("expand_ratio", expandRatio);
        json.put("use_lower_bound", useLowerBound);
        json.put("use_short_conv", false);
        json.put("max_position_embeddings", maxPositionEmbeddings);
        json.put("rms_norm_eps", Double.valueOf(Float.toString(rmsNormEps)));
        json.put("vocab_size", vocabSize);
        json.put("tie_word_embeddings", tieWordEmbeddings);
        return json;
    }

    /// {@return d · expand_ratio, the width of the recurrence}
    public int inputDim() {
        return Math.multiplyExact(hiddenSize, expandRatio);
    }

    /// {@return how many parameters a model of these sizes has}
    public long parameters() {
        long d = hiddenSize;
        long e = inputDim();
        long i = intermediateSize;
        long attention = 4 * d * e + 3 * d + 2 * e;
        long mlp = 3 * d * i + d + i;
        long tables = (tieWordEmbeddings ? 1 : 2) * vocabSize * d;
        return tables + numHiddenLayers * (attention + mlp + 2 * d + (useLowerBound ? d : 0)) + 2 * d;
    }
}
