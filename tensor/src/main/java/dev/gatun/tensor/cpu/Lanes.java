package dev.gatun.tensor.cpu;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/// The one vector shape that every kernel of this package is written in, and the memory it sees.
///
/// The shape is the widest the machine prefers, or `-Dgatun.vector.bits=128|256|512`. All species
/// are constants: a species in a non-final field costs a factor of ten.
///
/// [#ALL] is the whole address space as one segment. Kernels read and write through it with raw
/// addresses, because a call site that has met segments of several kinds (native, mapped, heap) is
/// slow for good. It checks nothing: shapes, strides, sizes and liveness are checked by the entry
/// point that hands out the address.
public final class Lanes {
    private static final VectorShape SHAPE = shape();

    /// Floats: the shape all others follow.
    public static final VectorSpecies<Float> F32 = VectorSpecies.of(float.class, SHAPE);

    /// Ints, as many as [#F32] has lanes.
    public static final VectorSpecies<Integer> I32 = VectorSpecies.of(int.class, SHAPE);

    /// Shorts of the full width: twice as many as [#F32] has lanes.
    public static final VectorSpecies<Short> I16 = VectorSpecies.of(short.class, SHAPE);

    /// Bytes of the full width: four times as many as [#F32] has lanes.
    public static final VectorSpecies<Byte> I8 = VectorSpecies.of(byte.class, SHAPE);

    /// Shorts of half the width: as many as [#F32] has lanes, and as many as [#I8_HALF].
    public static final VectorSpecies<Short> I16_HALF =
            VectorSpecies.of(short.class, VectorShape.forBitSize(Math.max(64, SHAPE.vectorBitSize() / 2)));

    /// Bytes of half the width: as many as [#I16] has lanes.
    public static final VectorSpecies<Byte> I8_HALF = VectorSpecies.of(byte.class, VectorShape.forBitSize(Math.max(64, SHAPE.vectorBitSize() / 2)));

    /// Bytes of a quarter of the width, but at least eight: as many as [#F32] has lanes where those are eight or more.
    public static final VectorSpecies<Byte> I8_QUARTER =
            VectorSpecies.of(byte.class, VectorShape.forBitSize(Math.max(64, SHAPE.vectorBitSize() / 4)));

    /// Lanes of [#F32].
    public static final int VL = F32.length();

    /// Bytes of one vector.
    public static final int VB = VL * Float.BYTES;

    /// All memory. Reads and writes through it are as unchecked as a C pointer.
    public static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    /// Files and kernels are little-endian.
    public static final ByteOrder LITTLE = ByteOrder.LITTLE_ENDIAN;

    /// A float at any address.
    public static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(LITTLE);

    /// An int at any address.
    public static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(LITTLE);

    /// A byte.
    public static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;

    /// A short at any address.
    public static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(LITTLE);

    // The horizontal sum of a vector is a fixed tree (lane i with lane i^1, then i^2, i^4, i^8).
    // reduceLanes leaves its order open: interpreted and compiled code round differently.

    /// Swaps lane `i` with lane `i ^ 1`.
    public static final VectorShuffle<Float> SWAP1 = VectorShuffle.fromOp(F32, i -> i ^ 1);

    /// Swaps lane `i` with lane `i ^ 2`.
    public static final VectorShuffle<Float> SWAP2 = VectorShuffle.fromOp(F32, i -> i ^ 2);

    /// Swaps lane `i` with lane `i ^ 4`; the identity where there is no such lane.
    public static final VectorShuffle<Float> SWAP4 = VectorShuffle.fromOp(F32, i -> VL > 4 ? i ^ 4 : i);

    /// Swaps lane `i` with lane `i ^ 8`; the identity where there is no such lane.
    public static final VectorShuffle<Float> SWAP8 = VectorShuffle.fromOp(F32, i -> VL > 8 ? i ^ 8 : i);

    /// The lanes whose bit 0 is set.
    public static final VectorMask<Float> ODD1 = VectorMask.fromLong(F32, 0xaaaaL & lanes());

    /// The lanes whose bit 1 is set.
    public static final VectorMask<Float> ODD2 = VectorMask.fromLong(F32, 0xccccL & lanes());

    /// The lanes whose bit 2 is set.
    public static final VectorMask<Float> ODD4 = VectorMask.fromLong(F32, 0xf0f0L & lanes());

    /// The lanes whose bit 3 is set.
    public static final VectorMask<Float> ODD8 = VectorMask.fromLong(F32, 0xff00L & lanes());

    /// The lanes whose bit 0 is clear.
    public static final VectorMask<Float> EVEN1 = VectorMask.fromLong(F32, 0x5555L & lanes());

    /// The lanes whose bit 1 is clear.
    public static final VectorMask<Float> EVEN2 = VectorMask.fromLong(F32, 0x3333L & lanes());

    private Lanes() {}

    private static long lanes() {
        return (1L << VL) - 1;
    }

    private static VectorShape shape() {
        int preferred = FloatVector.SPECIES_PREFERRED.vectorBitSize();
        int bits = Integer.getInteger("gatun.vector.bits", Math.min(512, preferred));
        if (bits != 128 && bits != 256 && bits != 512) {
            throw new IllegalArgumentException("gatun.vector.bits=" + bits + " — must be 128, 256 or 512");
        }
        return VectorShape.forBitSize(bits);
    }
}
