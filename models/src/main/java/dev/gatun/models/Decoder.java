package dev.gatun.models;

import dev.gatun.nn.KvCache;
import dev.gatun.nn.LayerState;
import dev.gatun.nn.Stage;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.ops.Losses;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A decoder-only language model as mathematics: embedding, layers, norm, head. It is immutable and
/// may be used by many threads at once; what a sequence remembers is in its states.
public interface Decoder {
    /// {@return what goes into the first layer}
    ///
    /// @param ids i32 `[B, T]`
    Tensor embed(Tensor ids);

    /// {@return the layers}
    Stage layers();

    /// {@return what goes into the head}
    ///
    /// @param h output of the last layer, `[…, C]`
    Tensor norm(Tensor h);

    /// {@return a score for every token that might come next, `[…, V]`}
    ///
    /// @param h normalized, `[…, C]`
    Tensor logits(Tensor h);

    /// {@return V, how many tokens there are}
    int vocabSize();

    /// {@return how many positions it was made for}
    int contextLength();

    /// {@return the same model with other layers between its embedding and its norm}: the same ones recomputed while training, or elsewhere.
    ///
    /// @param layers as many
    Decoder withLayers(Stage layers);

    /// How badly whole sequences are predicted: what training makes smaller. The logits are never all in memory.
    ///
    /// @param ids i32 `[B, T]`
    /// @param labels i32 `[B, T]`, the token that follows each; -100 where it does not count
    /// @param starts i32 `[B, T]`, where in its row the text of each position begins; null if a row is one text
    /// @param scale multiplies the sum, as 1/(how many count)
    /// @return `scale · Σ −ln p(label)`, a scalar
    default Tensor loss(Tensor ids, Tensor labels, @Nullable Tensor starts, float scale) {
        List<LayerState> states = layers().newStates(KvCache.Room.none(ids.memory(), starts));
        Tensor h = norm(layers().forward(embed(ids), states));
        return Losses.crossEntropy(h.reshape(-1, h.dim(-1)), this::logits, labels.reshape(-1), scale);
    }

    /// Everything at once.
    ///
    /// @param ids i32 `[B, T]`, the next T tokens of each sequence
    /// @param states what each layer remembers of them
    /// @return logits `[B, T, V]`
    default Tensor forward(Tensor ids, List<LayerState> states) {
        return logits(norm(layers().forward(embed(ids), states)));
    }
}
