package dev.gatun.tensor.kernels;

import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.ops.Updates.Adam;
import dev.gatun.tensor.ops.Updates.Lion;
import dev.gatun.tensor.ops.Updates.Sgd;
import org.jspecify.annotations.Nullable;

/// Steps of optimizers, all operands contiguous and of one size, changed in place. **Memory-bound**: each operand is read once and written once, 28 B per
/// element of Adam.
///
/// Every product, sum, quotient and root is rounded as written here, `a·b + c` once where it says fma: so all implementations agree to the bit, and an
/// element that ends up in a tail or another chunk gets the same value.
public interface OptimizerKernels {
    /// ```
    /// d = fma(l2, p, g)
    /// m = fma(d, rest1, m·β₁)
    /// v = fma(rest2·d, d, v·β₂)
    /// p = fma(step, m / (√v + ε), p·keep)
    /// ```
    ///
    /// @param p f32
    /// @param g f32, not changed
    /// @param m f32
    /// @param v f32
    /// @param a the numbers
    void adam(Tensor p, Tensor g, Tensor m, Tensor v, Adam a);

    /// ```
    /// d = fma(l2, p, g)
    /// b = fma(d, rest, b·μ)
    /// p = fma(−η, b, p)        with Nesterov's momentum fma(−η, fma(μ, b, d), p), without any fma(−η, d, p)
    /// ```
    ///
    /// @param p f32
    /// @param g f32, not changed
    /// @param b f32, or null for no momentum
    /// @param s the numbers
    void sgd(Tensor p, Tensor g, @Nullable Tensor b, Sgd s);

    /// ```
    /// u = sign(fma(g, rest1, m·β₁))        0 where it is 0 or NaN
    /// p = p·keep − η·u
    /// m = fma(g, rest2, m·β₂)
    /// ```
    ///
    /// @param p f32
    /// @param g f32, not changed
    /// @param m f32
    /// @param l the numbers
    void lion(Tensor p, Tensor g, Tensor m, Lion l);

    /// A step of Adam whose moments are stored in 8 bits, the bytes of bitsandbytes' CUDA kernels. A block is 256 elements, the last perhaps fewer. With
    /// `map₁` the [signed map][dev.gatun.tensor.DynamicMap#SIGNED] and `map₂` the unsigned one:
    ///
    /// ```
    /// d = fma(l2, p, g)                        if it is infinite or NaN: m = v = 0, and p stays
    /// m = fma(d, rest1, (map₁[qm]·sm)·β₁)
    /// v = fma(rest2·d, d, (map₂[qv]·sv)·β₂)
    /// p = fma(step, m / (√v + ε), p)·keep      decay comes last
    /// sm = max |m|, sv = max v                 of the block; 0 if it is subnormal
    /// qm = code of m·(1/sm), qv = code of v·(1/sv)        of 0 where the scale is 0
    /// ```
    ///
    /// where a negative m does not take the code of 0 but that of the value below, so that its sign is kept.
    ///
    /// @param p f32
    /// @param g f32, not changed
    /// @param qm u8, codes of the first moment
    /// @param sm f32, one for each block
    /// @param qv u8, codes of the second moment
    /// @param sv f32, one for each block
    /// @param a the numbers
    void adam8(Tensor p, Tensor g, Tensor qm, Tensor sm, Tensor qv, Tensor sv, Adam a);

    /// A step of Lion whose momentum is stored in 8 bits, encoded as in [#adam8]. Where g is infinite or NaN, m becomes 0 and p stays.
    ///
    /// ```
    /// m = map₁[qm]·sm
    /// u = sign(fma(g, rest1, m·β₁))
    /// p = p·keep − η·u
    /// m = fma(g, rest2, m·β₂)
    /// ```
    ///
    /// @param p f32
    /// @param g f32, not changed
    /// @param qm u8, codes of the momentum
    /// @param sm f32, one for each block
    /// @param l the numbers
    void lion8(Tensor p, Tensor g, Tensor qm, Tensor sm, Lion l);

    /// Σx², accumulated in double.
    ///
    /// @param x f32
    /// @return the sum; its order depends on the size alone
    double squares(Tensor x);
}
