import org.jspecify.annotations.NullMarked;

/// Transformers, one readable file per paper, and what turns them into text: tokenizers, sessions, sampling.
@NullMarked
module dev.gatun.models {
    requires static transitive org.jspecify;
    requires transitive dev.gatun.nn;
    requires transitive dev.gatun.io;
    requires tools.jackson.core;

    exports dev.gatun.models;
    exports dev.gatun.models.data;
    exports dev.gatun.models.text;
    exports dev.gatun.models.training;
}
