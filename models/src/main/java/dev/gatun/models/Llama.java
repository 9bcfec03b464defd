package dev.gatun.models;

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
import dev.gatun.tensor.ops.Norms;
import dev.gatun.tensor.ops.Rope;
import java.util.List;
import java.util.stream.IntStream;

/// LLaMA 1 to 3.2: a pre-norm decoder with rotary, grouped-query attention and a SwiGLU MLP
/// (arXiv:2302.13971, 2307.09288, 2407.21783). Names are the checkpoint's: `selfAttn.qProj` is
/// `self_attn.q_proj`.
///
/// @param config its sizes
/// @param embedTokens `[V, C]`
/// @param layers the layers
/// @param norm the last norm
/// @param lmHead `[V, C]`
public record Llama(LlamaConfig config, Embedding embedTokens, Stage layers, RmsNorm norm, Linear lmHead) implements Decoder {

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
    public Llama withLayers(Stage others) {
        return new Llama(config, embedTokens, others, norm, lmHead);
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

    /// Grouped-query attention with rotary positions.
    ///
    /// @param qProj `[H·D, C]`
    /// @param kProj `[Hkv·D, C]`
    /// @param vProj `[Hkv·D, C]`
    /// @param oProj `[C, H·D]`
    /// @param rope turns queries and keys to their positions
    /// @param heads H
    /// @param kvHeads Hkv
    /// @param headDim D
    public record SelfAttention(Linear qProj, Linear kProj, Linear vProj, Linear oProj, Rope rope, int heads, int kvHeads, int headDim) {
        Tensor forward(Tensor x, KvCache cache) { // x [B,T,C]
            long first = cache.position();
            List<Tensor> qkv = Linear.forward(x, qProj, kProj, vProj);
            Tensor q = rope.rotate(qkv.get(0).heads(heads), first, cache.padding());
            Tensor k = rope.rotate(qkv.get(1).heads(kvHeads), first, cache.padding());
            Tensor v = qkv.get(2).heads(kvHeads); // [B,T,Hkv,D]
            Tensor y = cache.attend(q, k, v, (float) (1 / Math.sqrt(headDim)));
            return oProj.forward(y.mergeHeads());
        }
    }

    /// The gated MLP (arXiv:2002.05202).
    ///
    /// @param gateProj `[F, C]`
    /// @param upProj `[F, C]`
    /// @param downProj `[C, F]`
    public record Mlp(Linear gateProj, Linear upProj, Linear downProj) {
        Tensor forward(Tensor x) {
            List<Tensor> both = Linear.forward(x, gateProj, upProj);
            return downProj.forward(Activations.swiglu(both.get(0), both.get(1)));
        }
    }

    /// Makes a model.
    ///
    /// @param c its sizes
    /// @param w where its layers come from
    /// @return the model
    public static Llama load(LlamaConfig c, Weights w) {
        Weights model = w.at("model");
        int v = c.vocabSize();
        int hidden = c.hiddenSize();
        // A tied table is also the head, so it comes in the format of what is multiplied by.
        Embedding embedTokens =
                c.tieWordEmbeddings() ? new Embedding(model.weight("embed_tokens", v, hidden)) : model.embedding("embed_tokens", v, hidden);
        Linear lmHead = c.tieWordEmbeddings() ? new PlainLinear(embedTokens.table(), null) : w.linear("lm_head", v, hidden, false);
        Rope rope = new Rope(w.device(), c.headDim(), c.ropeTheta(), c.ropeScaling());
        var layers = IntStream.range(0, c.numHiddenLayers())
                .mapToObj(i -> layer(c, model.at("layers." + i), rope))
                .toList();
        return new Llama(c, embedTokens, new LocalStage(layers), norm(c, model, "norm"), lmHead);
    }

    /// Makes one layer: also how a server of some layers loads its own.
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
                norm(c, w, "input_layernorm"),
                new SelfAttention(
                        attn.linear("q_proj", q, hidden, c.attentionBias()),
                        attn.linear("k_proj", kv, hidden, c.attentionBias()),
                        attn.linear("v_proj", kv, hidden, c.attentionBias()),
                        attn.linear("o_proj", hidden, q, c.attentionBias()),
                        rope,
                        c.numAttentionHeads(),
                        c.numKeyValueHeads(),
                        c.headDim()),
                norm(c, w, "post_attention_layernorm"),
                new Mlp(
                        mlp.linear("gate_proj", inner, hidden, c.mlpBias()),
                        mlp.linear("up_proj", inner, hidden, c.mlpBias()),
                        mlp.linear("down_proj", hidden, inner, c.mlpBias())));
    }

    private static RmsNorm norm(LlamaConfig c, Weights w, String name) {
        return new RmsNorm(w.vector(name + ".weight", c.hiddenSize()), c.rmsNormEps());
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
