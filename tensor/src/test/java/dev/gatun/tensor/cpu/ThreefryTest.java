package dev.gatun.tensor.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import org.junit.jupiter.api.Test;

/// The generator gives the numbers that its authors publish for it (known-answer tests of Random123).
class ThreefryTest {
    private static void check(int rounds, int[] counter, int[] key, int... want) {
        int parity = Threefry.PARITY ^ key[0] ^ key[1] ^ key[2] ^ key[3];
        Threefry.block(counter, new int[] {key[0], key[1], key[2], key[3], parity}, rounds);
        assertArrayEquals(want, counter);
    }

    @Test
    void agreesWithItsAuthors() {
        check(13, new int[4], new int[4], 0x531c7e4f, 0x39491ee5, 0x2c855a92, 0x3d6abf9a);
        check(20, new int[4], new int[4], 0x9c6ca96a, 0xe17eae66, 0xfc10ecd4, 0x5256a7d8);
        check(20, new int[] {-1, -1, -1, -1}, new int[] {-1, -1, -1, -1}, 0x2a881696, 0x57012287, 0xf6c7446e, 0xa16a6732);
        check(
                13,
                new int[] {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
                new int[] {0xa4093822, 0x299f31d0, 0x082efa98, 0xec4e6c89},
                0x4aa71d8f,
                0x734738c2,
                0x431fc6a8,
                0xae6debf1);
    }
}
