package dev.gatun.models;

import dev.gatun.nn.BitLinear;
import dev.gatun.nn.Block;
import dev.gatun.nn.Embedding;
import dev.gatun.nn.KvCache;
import dev.gatun.nn.LayerState;
import dev.gatun.nn.Linear;
import dev.gatun.nn.LocalStage;
import dev.gatun.nn.RecurrentState;
import dev.gatun.nn.RmsNorm;
import dev.gatun.nn.Stage;
import dev.gatun.nn.Weights;
import dev.gatun.tensor.Memory;
import dev.gatun.tensor.Tape;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.ops.Activations;
import dev.gatun.tensor.ops.Elementwise;
import dev.gatun.tensor.ops.Norms;
import dev.gatun.tensor.ops.Scan;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// A language model without matrix multiplications: "Scalable MatMul-free Language Modeling" (arXiv:2406.02528). Every linear map is one of −1, 0 and 1, the
/// head included, and a gated recurrence takes the place of attention, so that a sequence is remembered in d numbers for each layer, however long it is.
/// Names are the checkpoint's: `attn.iProj` is `attn.i_proj`.
///
/// @param config its sizes
/// @param embeddings `[V, d]`
/// @param layers the layers
/// @param norm the last norm
/// @param lmHead `[V, d]`
public record MatMulFree(MatMulFreeConfig config, Embedding embeddings, Stage layers, RmsNorm norm, Linear lmHead) implements Decoder {
    /// ε of the norms of linear maps, in the authors' kernels whatever the config says.
    private static final float BIT_EPS = 1e-6f;

    @Override
    public Tensor embed(Tensor ids) { // [B,T] → [B,T,d]
        return embeddings.forward(ids);
    }

    @Override
    public Tensor norm(Tensor h) { // [B,T,d] → [B,T,d]
        return norm.forward(h);
    }

    @Override
    public Tensor logits(Tensor h) { // [B,T,d] → [B,T,V]
        return lmHead.forward(h);
    }

    @Override
    public MatMulFree withLayers(Stage others) {
        return new MatMulFree(config, embeddings, others, norm, lmHead);
    }

    /// One layer.
    ///
    /// @param attnNorm before the token mixer
    /// @param attn the token mixer
    /// @param mlpNorm before the channel mixer
    /// @param mlp the channel mixer
    public record Layer(RmsNorm attnNorm, Mlgru attn, RmsNorm mlpNorm, Glu mlp) implements Block {
        @Override
        public Tensor forward(Tensor x, LayerState state) { // x [B,T,d]
            Norms.Residual h = mlpNorm.ofSum(x, attn.forward(attnNorm.forward(x), (RecurrentState) state));
            return h.sum().add(mlp.forward(h.norm()));
        }

        @Override
        public LayerState newState(KvCache.Room room) {
            return RecurrentState.of(room, attn.gNorm.weight().dim(0));
        }
    }

    /// The token mixer, a linear gated recurrent unit. The norm is on the gate's projection, and the swish on the output of the recurrence: the paper's text has
    /// it otherwise, but this is what published models were trained as.
    ///
    /// @param iProj input, `[e, d]`
    /// @param fProj forget gate, `[e, d]`
    /// @param gProj output gate, `[e, d]`
    /// @param oProj `[d, e]`
    /// @param gNorm of the output gate
    /// @param lowerBound of the forget gate; null in the first layer
    public record Mlgru(
            Linear iProj,
            Linear fProj,
            Linear gProj,
            Linear oProj,
            RmsNorm gNorm,
            @Nullable LowerBound lowerBound) {
        Tensor forward(Tensor x, RecurrentState state) { // x [B,T,d]
            long first = state.position();
            Tensor i = iProj.forward(x);
            Tensor h = Tape.checkpoint(fProj.forward(x), f -> recurrence(f, i, state, first));
            state.advance(x.dim(1));
            Tensor gated = Tape.checkpoint(gProj.forward(x), g -> Activations.swiglu(h, gNorm.forward(g))); // silu(h) ⊙ norm(g)
            return oProj.forward(gated);
        }

        /// What lies between the projections is many results of little work: none is kept while training but h.
        private Tensor recurrence(Tensor fProjected, Tensor iProjected, RecurrentState state, long first) {
            Tensor sigmoid = Activations.sigmoid(fProjected);
            Tensor f = lowerBound == null ? sigmoid : lowerBound.raise(sigmoid);
            Tensor i = Activations.swiglu(iProjected, Elementwise.affine(f, -1, 1)); // silu(i) ⊙ (1 − f)
            return Scan.recurrence(state.forget(f), i, state.last(f), first, state.padding());
        }
    }

    /// What a layer's forget gates do not fall below: of the parameters' softmax over the layers, the sum from the second layer up to this one.
    ///
    /// @param parameters `[L, d]`, of all layers
    /// @param layer which, from 1
    /// @param least the bound `[d]` as the parameters were when the model was made, for whoever does not train them
    /// @param rest 1 − least
    public record LowerBound(Tensor parameters, int layer, Tensor least, Tensor rest) {
        static LowerBound of(Tensor parameters, int layer) {
            Tensor copy = parameters.detach().copyTo(Memory.collected(parameters.device()));
            Tensor least = bound(copy, layer);
            return new LowerBound(parameters, layer, least, least.scale(-1).add(1));
        }

        private static Tensor bound(Tensor parameters, int layer) { // [L,d] → [d]
            return Activations.softmax(parameters.transpose(0, 1))
                    .slice(1, 1, layer + 1)
                    .sum(1);
        }

        /// {@return `least + (1 − least) ⊙ f`}
        ///
        /// @param f forget gates, `[B, T, d]`
        Tensor raise(Tensor f) {
            if (!Tape.records(f, parameters)) {
                return f.mul(rest).add(least);
            }
            Tensor zeros = f.like(parameters.shape().dims());
            zeros.write(new float[Math.toIntExact(zeros.size())]);
            Tensor trained = bound(zeros.add(parameters), layer); // in the memory of the step, where parameters are not
            return f.mul(trained.scale(-1).add(1)).add(trained);
        }
    }

    /// The channel mixer (arXiv:2002.05202).
    ///
    /// @param gateProj `[2·I, d]`: the gate's rows, then those of what goes through it
    /// @param downProj `[d, I]`
    public record Glu(Linear gateProj, Linear downProj) {
        Tensor forward(Tensor x) {
            return downProj.forward(Activations.swiglu(gateProj.forward(x)));
        }
    }

    /// Makes a model.
    ///
    /// @param c its sizes
    /// @param w where its layers come from
    /// @return the model
    public static MatMulFree load(MatMulFreeConfig c, Weights w) {
        Weights model = w.at("model");
        int v = c.vocabSize();
        int d = c.hiddenSize();
        int layers = c.numHiddenLayers();
        Tensor bounds = c.useLowerBound() ? model.values("lower_bounds", layers, d) : null;
        List<Layer> all = IntStream.range(0, layers)
                .mapToObj(i -> layer(c, model.at("layers." + i), bounds == null || i == 0 ? null : LowerBound.of(bounds, i)))
                .toList();
        RmsNorm headNorm = new RmsNorm(w.vector("lm_head.norm.weight", d), BIT_EPS);
        BitLinear head = new BitLinear(headNorm, c.tieWordEmbeddings() ? model.ternary("embeddings", v, d) : w.ternary("lm_head", v, d));
        return new MatMulFree(c, model.embedding("embeddings", v, d), new LocalStage(all), norm(c, model, "norm", d), head);
    }

    /// Makes one layer.
    ///
    /// @param c the model's sizes
    /// @param w the layer's weights, as `weights.at("model.layers.3")`
    /// @param lowerBound of its forget gates; null in the first layer
    /// @return the layer
    public static Layer layer(MatMulFreeConfig c, Weights w, @Nullable LowerBound lowerBound) {
        int d = c.hiddenSize();
        int e = c.inputDim();
        Weights attn = w.at("attn");
        Weights mlp = w.at("mlp");
        return new Layer(
                norm(c, w, "attn_norm", d),
                new Mlgru(
                        bitLinear(attn, "i_proj", e, d),
                        bitLinear(attn, "f_proj", e, d),
                        bitLinear(attn, "g_proj", e, d),
                        bitLinear(attn, "o_proj", d, e),
                        norm(c, attn, "g_norm", e),
                        lowerBound),
                norm(c, w, "mlp_norm", d),
                new Glu(bitLinear(mlp, "gate_proj", 2L * c.intermediateSize(), d), bitLinear(mlp, "down_proj", d, c.intermediateSize())));
    }

    private static BitLinear bitLinear(Weights w, String name, long out, long in) {
        return new BitLinear(new RmsNorm(w.vector(name + ".norm.weight", in), BIT_EPS), w.ternary(name, out, in));
    }

    private static RmsNorm norm(MatMulFreeConfig c, Weights w, String name, long size) {
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
