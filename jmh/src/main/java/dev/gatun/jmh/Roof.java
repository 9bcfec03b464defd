package dev.gatun.jmh;

/// What a number of threads can do at best on this machine: the two roofs of the roofline model (doi:10.1145/1498765.1498785). A kernel that moves
/// b bytes and does f flop cannot take less than `max(b / readBandwidth, f / fmaRate)`. [RoofMeasurement] finds them.
///
/// @param readBandwidth bytes per second read from memory by threads that do nothing else
/// @param fmaRate flop per second of f32 multiply-adds between registers
record Roof(double readBandwidth, double fmaRate) {
    /// {@return the least time that so much work takes, in seconds}
    ///
    /// @param work how much
    double seconds(Work work) {
        return Math.max(work.bytes() / readBandwidth, work.flops() / fmaRate);
    }

    /// {@return whether so much work is bound by arithmetic rather than by memory}
    ///
    /// @param work how much
    boolean bindsArithmetic(Work work) {
        return work.flops() / fmaRate > work.bytes() / readBandwidth;
    }
}
