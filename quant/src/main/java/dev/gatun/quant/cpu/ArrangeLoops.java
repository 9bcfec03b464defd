package dev.gatun.quant.cpu;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// The loops that bring a row from the order of files into its tile. Loading a model is these: each byte is read once and written once, **memory-bound**.
final class ArrangeLoops {
    /// All memory, as [dev.gatun.tensor.cpu.Lanes] has it, which is there with the Vector API only.
    private static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;

    private ArrangeLoops() {}

    /// The scales of n groups of a row, of 1, 2 or 4 bytes, to where they are `step` apart.
    ///
    /// @param first the row's first group
    /// @param each so many groups share a scale
    static void scales(long to, int step, long from, int bytes, long first, int each, int n) {
        for (int g = 0; g < n; g++) {
            long at = to + (long) g * step;
            long scale = from + (first + g) / each * bytes;
            switch (bytes) {
                case 1 -> ALL.set(BYTE, at, ALL.get(BYTE, scale));
                case 2 -> ALL.set(SHORT, at, ALL.get(SHORT, scale));
                default -> ALL.set(INT, at, ALL.get(INT, scale));
            }
        }
    }

    /// Four ints for a group, whose four bytes have eight columns in the order of the tile.
    static void int4(long to, int step, int block, long from, int groups) {
        for (int g = 0; g < groups; g++) {
            long at = to + (long) g * block;
            for (int c = 0; c < 4; c++) {
                ALL.set(INT, at + (long) c * step, ALL.get(INT, from + 16L * g + 4 * c));
            }
        }
    }

    /// Eight ints for a group, of four columns each, with 128 added to every byte; columns beyond the last are 0.
    static void int8(long to, int step, int block, long from, int columns) {
        int c = 0;
        for (; c <= columns - 4; c += 4) {
            ALL.set(INT, to + (long) (c / 32) * block + (long) (c % 32 / 4) * step, ALL.get(INT, from + c) ^ 0x80808080);
        }
        for (; c < columns || c % 32 != 0; c += 4) {
            int four = 0x80808080;
            for (int i = 0; c + i < columns && i < 4; i++) {
                four ^= (ALL.get(BYTE, from + c + i) & 0xff) << 8 * i;
            }
            ALL.set(INT, to + (long) (c / 32) * block + (long) (c % 32 / 4) * step, four);
        }
    }

    /// Two ints for 16 columns, of the even and of the odd ones: of two codes in a byte the first is in its higher bits.
    ///
    /// @param pieces how many pieces of the tile the row has, each of `group` columns
    static void nf4(long to, int step, int piece, long from, int pieces, int group) {
        for (int g = 0; g < pieces; g++) {
            for (int p = 0; p < group / 16; p++) {
                long codes = ALL.get(LONG, from + (long) g * group / 2 + 8L * p);
                long at = to + (long) g * piece + 2L * p * step;
                ALL.set(INT, at, (int) Long.compress(codes, 0xf0f0f0f0f0f0f0f0L));
                ALL.set(INT, at + step, (int) Long.compress(codes, 0x0f0f0f0f0f0f0f0fL));
            }
        }
    }
}
