package dev.gatun.io;

/// Holds the package open until its first type is merged.
final class Placeholder {
    private Placeholder() {}
}
