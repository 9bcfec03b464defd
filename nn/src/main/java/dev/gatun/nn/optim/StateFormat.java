package dev.gatun.nn.optim;

/// How an optimizer stores what it remembers.
public enum StateFormat {
    /// Four bytes per number.
    F32,

    /// One byte per number and a scale for each 256 of them (arXiv:2110.02861), as bitsandbytes stores it, byte for byte. Tensors of fewer than 4096 elements
    /// stay in f32, and those of groups that [want to][ParameterGroup#fullState()].
    BLOCKWISE_8;

    static final long SMALLEST = 4096;
}
