package dev.gatun.quant;

/// The kernels of [Int8DynamicWeight]: codes i8 `[N, K]`, scales f32 `[N]`.
public interface Int8DynamicKernels extends PackedKernels {}
