package dev.gatun.tensor;

/// Holds the name until the real one is merged.
public interface Weight {}
