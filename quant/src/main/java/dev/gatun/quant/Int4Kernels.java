package dev.gatun.quant;

/// The kernels of [Int4Weight]: codes u8 `[N, 16·⌈K/32⌉]`, scales bf16 `[N, ⌈K/32⌉]`.
public interface Int4Kernels extends PackedKernels {}
