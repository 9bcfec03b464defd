package dev.gatun.nn;

/// What a layer remembers of a sequence between two calls: keys and values, or a recurrent state.
public interface LayerState {
    /// {@return how many positions have gone in}
    long position();

    /// Forgets everything behind a position, to go on from there.
    ///
    /// @param position from 0 to the present position
    void rewind(long position);
}
