package dev.gatun.tensor.ops;

/// Holds the package open until its first type is merged.
final class Placeholder {
    private Placeholder() {}
}
