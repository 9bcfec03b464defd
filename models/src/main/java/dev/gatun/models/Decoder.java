package dev.gatun.models;

import dev.gatun.nn.LayerState;
import dev.gatun.nn.Stage;
import dev.gatun.tensor.Tensor;
import java.util.List;

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

    /// Everything at once.
    ///
    /// @param ids i32 `[B, T]`, the next T tokens of each sequence
    /// @param states what each layer remembers of them
    /// @return logits `[B, T, V]`
    default Tensor forward(Tensor ids, List<LayerState> states) {
        return logits(norm(layers().forward(embed(ids), states)));
    }
}
