package dev.gatun.models;

/// Numbers that people set.
final class Ranges {
    private Ranges() {}

    static void require(String name, float value, boolean fits, String expected) {
        if (!fits || !Float.isFinite(value)) {
            boolean whole = value == Math.rint(value) && Math.abs(value) < 1e9;
            throw new IllegalArgumentException(name + " " + (whole ? String.valueOf((long) value) : value) + " — want " + expected);
        }
    }
}
