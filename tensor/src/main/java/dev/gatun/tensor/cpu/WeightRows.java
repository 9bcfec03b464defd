package dev.gatun.tensor.cpu;

/// A weight `W[N,K]` as the products with it see it: by rows, in whatever format it is stored.
public interface WeightRows extends Fill {
    /// K.
    int columns();

    /// How many floats a row of x takes once it is arranged.
    default int pitch() {
        return (columns() + 15) / 16 * 16 + 16;
    }

    /// Copies the row of x at address `x` to `to[at…]` in the order and scale that [#dot] wants.
    /// It may take [#pitch] floats.
    void arrange(long x, float[] to, int at);

    /// `y[i,r] = Σ_k W[r,k] · x[i,k]` for `i < m` and the rows `from ≤ r < to`.
    ///
    /// Each element's order of additions depends on K and the format alone: not on the range, and
    /// not on `m`, so that a row alone and a row of a batch give the same bits.
    ///
    /// @param x row i at `x[at + i·pitch]`, each as [#arrange] left it
    /// @param y the address of `y[0,0]`: element (i, r) is at `y + i·ldy + 4r`
    /// @param ldy bytes from row to row of y
    void dot(float[] x, int at, int pitch, int m, long y, long ldy, long from, long to);

    /// {@return whether [#dot] is the faster way for so many rows of x}, against the product that packs.
    default boolean dots(long m) {
        return VectorMatmul.dots(m);
    }

    /// {@return how many rows [#dot] likes to be given at once}: few enough to stay in cache while it goes through the rows of x. Ranges begin at
    /// multiples of it.
    default int rowsAtOnce() {
        return 16;
    }
}
