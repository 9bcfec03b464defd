package dev.gatun.models;

import dev.gatun.io.Json;
import dev.gatun.nn.Block;
import dev.gatun.nn.Embedding;
import dev.gatun.nn.KvCache;
import dev.gatun.nn.LayerState;
import dev.gatun.nn.Linear;
import dev.gatun.nn.LocalStage;
import dev.gatun.nn.PlainLinear;
import dev.gatun.nn.RmsNorm;
import dev.gatun.nn.Stage;
import dev.gatun.nn.Weights;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.ops.Activations;
import dev.gatun.tensor.ops.Elementwise;
import dev.gatun.tensor.ops.Norms;
import dev.gatun.tensor.ops.Rope;
import java.util.List;
import java.util.stream.IntStream;

/// BitNet b1.58 (arXiv:2402.17764, 2504.12285): LLaMA with a norm before each layer's two last projections and the square of a rectifier in its MLP. What its
/// linear maps multiply by is −1, 0 and 1 if the source of the layers says so, which for checkpoints is what their `quantization_config` says. Names are the
/// checkpoint's.
///
/// @param config its sizes, which have LLaMA's names
/// @param embedTokens `[V, C]`
/// @param layers the layers
/// @param norm the last norm
/// @param lmHead `[V, C]`
public record BitNet(LlamaConfig config, Embedding embedTokens, Stage layers, RmsNorm norm, Linear lmHead) implements Decoder {
    @Override
    public Tensor embed(Tensor ids) { // [B,T] → [B,T,C]
        return embedTokens.forward(ids);
    }

    @Override
    public Tensor norm(Tensor h) { // [B,T,C] → [B,T,C]
        return norm.forward(h);
    }

    @Override
    public Tensor logits(Tensor h) { // [B,T,C] → [B,T,V]
        return lmHead.forward(h);
    }

    @Override
    public BitNet withLayers(Stage others) {
        return new BitNet(config, embedTokens, others, norm, lmHead);
    }

    /// One decoder layer.
    ///
    /// @param inputLayernorm before the attention
    /// @param selfAttn the attention
    /// @param postAttentionLayernorm before the MLP
    /// @param mlp the MLP
    public record Layer(RmsNorm inputLayernorm, SelfAttention selfAttn, RmsNorm postAttentionLayernorm, Mlp mlp) implements Block {
        @Override
        public Tensor forward(Tensor x, LayerState state) { // x [B,T,C]
            Norms.Residual h = postAttentionLayernorm.ofSum(x, selfAttn.forward(inputLayernorm.forward(x), (KvCache) state));
            return h.sum().add(mlp.forward(h.norm()));
        }

        @Override
        public LayerState newState(KvCache.Room room) {
            return KvCache.of(room, selfAttn.kvHeads, selfAttn.headDim);
        }
    }

    /// Grouped-query attention with rotary positions, and a norm of what was attended to.
    ///
    /// @param qProj `[H·D, C]`
    /// @param kProj `[Hkv·D, C]`
    /// @param vProj `[Hkv·D, C]`
    /// @param attnSubNorm before the output projection
    /// @param oProj `[C, H·D]`
    /// @param rope turns queries and keys to their positions
    /// @param heads H
    /// @param kvHeads Hkv
    /// @param headDim D
    public record SelfAttention(
            Linear qProj, Linear kProj, Linear vProj, RmsNorm attnSubNorm, Linear oProj, Rope rope, int heads, int kvHeads, int headDim) {
        Tensor forward(Tensor x, KvCache cache) { // x [B,T,C]
            long first = cache.position();
            List<Tensor> qkv = Linear.forward(x, qProj, kProj, vProj);
            Tensor q = rope.rotate(qkv.get(0).heads(heads), first, cache.padding());
            Tensor k = rope.rotate(qkv.get(1).heads(kvHeads), first, cache.padding());
            Tensor v = qkv.get(2).heads(kvHeads); // [B,T,Hkv,D]
            Tensor y = cache.attend(q, k, v, (float) (1 / Math.sqrt(headDim)));
            return oProj.forward(attnSubNorm.forward(y.mergeHeads()));
        }
    }

    /// The gated MLP with relu².
    ///
    /// @param gateProj `[F, C]`
    /// @param upProj `[F, C]`
    /// @param ffnSubNorm before the last projection
    /// @param downProj `[C, F]`
    public record Mlp(Linear gateProj, Linear upProj, RmsNorm ffnSubNorm, Linear downProj) {
        Tensor forward(Tensor x) {
            List<Tensor> both = Linear.forward(x, gateProj, upProj);
            Tensor gate = Elementwise.square(Activations.relu(both.get(0)));
            return downProj.forward(ffnSubNorm.forward(gate.mul(both.get(1))));
        }
    }

    /// Reads `config.json`.
    ///
    /// @param json the file
    /// @return the sizes
    /// @throws RuntimeException if a key is missing, of the wrong kind, or asks for what BitNet does not have; the message names the file and the key
    public static LlamaConfig config(Json json) {
        return LlamaConfig.from(json, "BitNet", "relu2", 1e-5f, 5e5);
    }

    /// Makes a model.
    ///
    /// @param c its sizes
    /// @param w where its layers come from
    /// @return the model
    public static BitNet load(LlamaConfig c, Weights w) {
        Weights model = w.at("model");
        int v = c.vocabSize();
        int hidden = c.hiddenSize();
        Embedding embedTokens = model.embedding("embed_tokens", v, hidden);
        Linear lmHead = c.tieWordEmbeddings() ? new PlainLinear(embedTokens.table(), null) : w.linear("lm_head", v, hidden, false);
        Rope rope = new Rope(w.device(), c.headDim(), c.ropeTheta(), c.ropeScaling());
        var layers = IntStream.range(0, c.numHiddenLayers())
                .mapToObj(i -> layer(c, model.at("layers." + i), rope))
                .toList();
        return new BitNet(c, embedTokens, new LocalStage(layers), norm(c, model, "norm", hidden), lmHead);
    }

    /// Makes one layer.
    ///
    /// @param c the model's sizes
    /// @param w the layer's weights, as `weights.at("model.layers.3")`
    /// @param rope the model's rotation
    /// @return the layer
    public static Layer layer(LlamaConfig c, Weights w, Rope rope) {
        int q = c.numAttentionHeads() * c.headDim();
        int kv = c.numKeyValueHeads() * c.headDim();
        int hidden = c.hiddenSize();
        int inner = c.intermediateSize();
        Weights attn = w.at("self_attn");
        Weights mlp = w.at("mlp");
        return new Layer(
                norm(c, w, "input_layernorm", hidden),
                new SelfAttention(
                        attn.linear("q_proj", q, hidden, c.attentionBias()),
                        attn.linear("k_proj", kv, hidden, c.attentionBias()),
                        attn.linear("v_proj", kv, hidden, c.attentionBias()),
                        norm(c, attn, "attn_sub_norm", q),
                        attn.linear("o_proj", hidden, q, c.attentionBias()),
                        rope,
                        c.numAttentionHeads(),
                        c.numKeyValueHeads(),
                        c.headDim()),
                norm(c, w, "post_attention_layernorm", hidden),
                new Mlp(
                        mlp.linear("gate_proj", inner, hidden, false),
                        mlp.linear("up_proj", inner, hidden, false),
                        norm(c, mlp, "ffn_sub_norm", inner),
                        mlp.linear("down_proj", hidden, inner, false)));
    }

    private static RmsNorm norm(LlamaConfig c, Weights w, String name, long size) {
        return new RmsNorm(w.vector(name + ".weight", size), c.rmsNormEps());
    }

    @Override
    public int vocabSize() {
        return config.vocabSize();
    }

    @Override
    public int contextLength() {
        return config.maxPositionEmbeddings();
    }
}
