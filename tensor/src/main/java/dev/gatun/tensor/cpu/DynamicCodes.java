package dev.gatun.tensor.cpu;

import dev.gatun.tensor.DynamicMap;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// A [DynamicMap] as tables in native memory: value of a code, and code of a number by one look-up.
///
/// Numbers are looked up by their *key*, their bits in an order that rises with the number: `bits ^ 0x80000000`, and all bits flipped where it is negative.
/// Among the numbers whose keys share their upper 16 bits the code changes at most once, since values lie further apart than the eight leading binary
/// digits tell. So an entry for the upper half of a key holds the code of the first of these numbers and, below it, what must be added for a carry where
/// the code changes: `code = (entry[key >>> 16] + (key & 0xffff)) >>> 16`.
final class DynamicCodes {
    static final DynamicCodes SIGNED = new DynamicCodes(DynamicMap.SIGNED);
    static final DynamicCodes UNSIGNED = new DynamicCodes(DynamicMap.UNSIGNED);

    private static final int HALF = 1 << 16;

    /// Address of 256 floats.
    final long values;

    /// Address of 65536 ints.
    final long entries;

    private DynamicCodes(DynamicMap map) {
        MemorySegment memory = Arena.global().allocate(4L * (256 + HALF), 64);
        values = memory.address();
        entries = values + 4 * 256;
        for (int code = 0; code < 256; code++) {
            memory.setAtIndex(ValueLayout.JAVA_FLOAT, code, map.value(code));
        }
        for (int upper = 0; upper < HALF; upper++) {
            memory.setAtIndex(ValueLayout.JAVA_INT, 256L + upper, entry(map, upper << 16));
        }
    }

    private static int entry(DynamicMap map, int first) {
        int code = code(map, first);
        int last = 0; // the last number of this code
        if (code(map, first | HALF - 1) != code + 1) {
            last = HALF - 1; // none of another; keys of NaN are among these
        } else {
            for (int bit = HALF >> 1; bit > 0; bit >>= 1) {
                last += code(map, first | last | bit) == code ? bit : 0;
            }
        }
        return (code << 16) + HALF - 1 - last;
    }

    private static int code(DynamicMap map, int key) {
        return ReferenceOptimizer.code(map, Float.intBitsToFloat(key < 0 ? key ^ Integer.MIN_VALUE : ~key));
    }
}
