import org.jspecify.annotations.NullMarked;

/// Checkpoints in the safetensors format: one file or a folder of shards, mapped into memory, validated before it is believed.
@NullMarked
module dev.gatun.io {
    requires static transitive org.jspecify;
    requires transitive dev.gatun.tensor;
    requires tools.jackson.core;

    exports dev.gatun.io;
}
