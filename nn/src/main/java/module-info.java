import org.jspecify.annotations.NullMarked;

/// The vocabulary of model files: linear layers, embeddings, norms, caches, and the sources that layers are built from.
@NullMarked
module dev.gatun.nn {
    requires static transitive org.jspecify;
    requires transitive dev.gatun.tensor;

    exports dev.gatun.nn;
    exports dev.gatun.nn.optim;

    uses dev.gatun.nn.WeightFormat.Provider;
}
