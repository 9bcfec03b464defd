package dev.gatun.models;

import dev.gatun.io.Json;
import dev.gatun.tensor.ops.RopeScaling;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/// The sizes of a LLaMA, by the names of its `config.json`.
///
/// @param hiddenSize C, the width of the residual stream
/// @param intermediateSize the width of the MLP
/// @param numHiddenLayers how many layers
/// @param numAttentionHeads H, query heads
/// @param numKeyValueHeads Hkv, a divisor of H
/// @param headDim D, even
/// @param maxPositionEmbeddings the context it was made for
/// @param rmsNormEps ε of the norms
/// @param ropeTheta θ of the rotary frequencies
/// @param ropeScaling how they are stretched
/// @param vocabSize V
/// @param tieWordEmbeddings whether the head is the embedding table
/// @param attentionBias whether the attention's projections have biases
/// @param mlpBias whether the MLP's projections have biases
public record LlamaConfig(
        int hiddenSize,
        int intermediateSize,
        int numHiddenLayers,
        int numAttentionHeads,
        int numKeyValueHeads,
        int headDim,
        int maxPositionEmbeddings,
        float rmsNormEps,
        double ropeTheta,
        RopeScaling ropeScaling,
        int vocabSize,
        boolean tieWordEmbeddings,
        boolean attentionBias,
        boolean mlpBias) {

    /// Checks that the sizes fit each other.
    public LlamaConfig {
        positive("hidden_size", hiddenSize);
        positive("intermediate_size", intermediateSize);
        positive("num_hidden_layers", numHiddenLayers);
        positive("num_attention_heads", numAttentionHeads);
        positive("num_key_value_heads", numKeyValueHeads);
        positive("head_dim", headDim);
        positive("max_position_embeddings", maxPositionEmbeddings);
        positive("vocab_size", vocabSize);
        multiple("num_attention_heads", numAttentionHeads, "num_key_value_heads", numKeyValueHeads);
        multiple("head_dim", headDim, "2 (its dimensions rotate in pairs)", 2);
        if (!(rmsNormEps > 0 && rmsNormEps < 1)) {
            throw new IllegalArgumentException("rms_norm_eps " + rmsNormEps + " — in (0, 1)");
        }
        if (!(ropeTheta > 1 && ropeTheta < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("rope_theta " + ropeTheta + " — above 1");
        }
    }

    private static void positive(String name, int value) {
        if (value <= 0) {
            throw new IllegalArgumentException(name + " " + value + " — must be positive");
        }
    }

    private static void multiple(String name, int value, String of, int divisor) {
        if (value % divisor != 0) {
            throw new IllegalArgumentException(name + " " + value + " is no multiple of " + of + (of.contains(" ") ? "" : " " + divisor));
        }
    }

    /// Reads `config.json`, with the defaults of Hugging Face. Both the older keys `rope_theta` and
    /// `rope_scaling` and the newer `rope_parameters` are understood.
    ///
    /// @param json the file
    /// @return the sizes
    /// @throws RuntimeException if a key is missing, of the wrong kind, or asks for what LLaMA does
    ///     not have; the message names the file and the key
    public static LlamaConfig from(Json json) {
        return from(json, "LLaMA", "silu", 1e-6f, 1e4);
    }

    /// The same keys with other defaults.
    static LlamaConfig from(Json json, String kind, String activation, float eps, double theta) {
        if (!json.stringAt("hidden_act", activation).equals(activation)) {
            throw json.at("hidden_act").refused(kind + "'s activation is \"" + activation + "\"");
        }
        int hidden = json.intAt("hidden_size");
        int heads = json.intAt("num_attention_heads");
        int context = json.intAt("max_position_embeddings", 2048);
        if (heads <= 0) {
            throw json.at("num_attention_heads").refused("must be positive");
        }
        if (!json.has("head_dim") && hidden % heads != 0) {
            throw json.at("hidden_size").refused("no multiple of num_attention_heads " + heads);
        }
        Json rope =
                json.find("rope_parameters").or(() -> json.find("rope_scaling")).orElse(json);
        try {
            return new LlamaConfig(
                    hidden,
                    json.intAt("intermediate_size"),
                    json.intAt("num_hidden_layers"),
                    heads,
                    json.intAt("num_key_value_heads", heads),
                    json.intAt("head_dim", hidden / heads),
                    context,
                    json.floatAt("rms_norm_eps", eps),
                    rope.doubleAt("rope_theta", json.doubleAt("rope_theta", theta)),
                    scaling(rope, context),
                    json.intAt("vocab_size"),
                    json.booleanAt("tie_word_embeddings", false),
                    json.booleanAt("attention_bias", false),
                    json.booleanAt("mlp_bias", false));
        } catch (IllegalArgumentException mismatch) {
            throw json.refused(String.valueOf(mismatch.getMessage()));
        }
    }

    private static RopeScaling scaling(Json rope, int context) {
        String type = rope.stringAt("rope_type", rope.stringAt("type", "default"));
        return switch (type) {
            case "default" -> RopeScaling.none();
            case "linear" -> new RopeScaling.Linear(factor(rope));
            case "dynamic" -> new RopeScaling.Dynamic(factor(rope), rope.intAt("original_max_position_embeddings", context));
            case "llama3" ->
                new RopeScaling.Llama3(
                        factor(rope),
                        rope.doubleAt("low_freq_factor"),
                        rope.doubleAt("high_freq_factor"),
                        rope.intAt("original_max_position_embeddings"));
            case "yarn" -> yarn(rope, context);
            default ->
                throw rope.at(rope.has("rope_type") ? "rope_type" : "type").refused("known are default, linear, dynamic, llama3 and yarn");
        };
    }

    private static RopeScaling yarn(Json rope, int context) {
        double factor = factor(rope);
        double attention = RopeScaling.Yarn.attention(factor, 1);
        if (rope.has("mscale") && rope.has("mscale_all_dim")) {
            attention =
                    RopeScaling.Yarn.attention(factor, rope.doubleAt("mscale")) / RopeScaling.Yarn.attention(factor, rope.doubleAt("mscale_all_dim"));
        }
        return new RopeScaling.Yarn(
                factor,
                rope.doubleAt("beta_fast", 32),
                rope.doubleAt("beta_slow", 1),
                (float) rope.doubleAt("attention_factor", attention),
                rope.intAt("original_max_position_embeddings", context),
                rope.booleanAt("truncate", true));
    }

    private static double factor(Json rope) {
        double factor = rope.doubleAt("factor");
        if (!(factor >= 1)) {
            throw rope.at("factor").refused("at least 1");
        }
        return factor;
    }

    /// {@return `config.json` of a model of these sizes, as Hugging Face's LLaMA has it}
    ///
    /// @throws IllegalStateException if the rotary frequencies are stretched: such models are read, not made
    public SequencedMap<String, Object> members() {
        if (!ropeScaling.equals(RopeScaling.none())) {
            throw new IllegalStateException("a config with " + ropeScaling + " is read, not written");
        }
        SequencedMap<String, Object> json = new LinkedHashMap<>();
        json.put("architectures", List.of("LlamaForCausalLM"));
        json.put("model_type", "llama");
        json.put("hidden_act", "silu");
        json.put("hidden_size", hiddenSize);
        json.put("intermediate_size", intermediateSize);
        json.put("num_hidden_layers", numHiddenLayers);
        json.put("num_attention_heads", numAttentionHeads);
        json.put("num_key_value_heads", numKeyValueHeads);
        json.put("head_dim", headDim);
        json.put("max_position_embeddings", maxPositionEmbeddings);
        json.put("rms_norm_eps", Double.valueOf(Float.toString(rmsNormEps)));
        json.put("rope_theta", ropeTheta);
        json.put("vocab_size", vocabSize);
        json.put("tie_word_embeddings", tieWordEmbeddings);
        json.put("attention_bias", attentionBias);
        json.put("mlp_bias", mlpBias);
        return json;
    }

    /// {@return the sizes of one narrow layer of the same make}: with heads as wide and as many of them to a key, so that it runs the same loops.
    LlamaConfig miniature() {
        int kvHeads = Math.min(2, numKeyValueHeads);
        return new LlamaConfig(
                128,
                256,
                1,
                kvHeads * (numAttentionHeads / numKeyValueHeads),
                kvHeads,
                headDim,
                maxPositionEmbeddings,
                rmsNormEps,
                ropeTheta,
                ropeScaling,
                256,
                tieWordEmbeddings,
                attentionBias,
                mlpBias);
    }

    /// {@return how many parameters a model of these sizes has}
    public long parameters() {
        long c = hiddenSize;
        long q = (long) numAttentionHeads * headDim;
        long kv = (long) numKeyValueHeads * headDim;
        long attention = 2 * c * q + 2 * c * kv + (attentionBias ? q + 2 * kv + c : 0);
        long mlp = 3 * c * intermediateSize + (mlpBias ? 2L * intermediateSize + c : 0);
        long tables = (tieWordEmbeddings ? 1 : 2) * vocabSize * c;
        return tables + numHiddenLayers * (attention + mlp + 2 * c) + c;
    }
}
