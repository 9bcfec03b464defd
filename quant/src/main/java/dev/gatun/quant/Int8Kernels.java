package dev.gatun.quant;

/// The kernels of [Int8Weight]: codes i8 `[N, K]`, scales bf16 `[N, ⌈K/32⌉]`.
public interface Int8Kernels extends PackedKernels {}
