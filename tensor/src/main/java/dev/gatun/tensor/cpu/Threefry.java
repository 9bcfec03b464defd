package dev.gatun.tensor.cpu;

/// Random numbers as a function: Threefry-4x32 (Salmon et al., Parallel random numbers: as easy as 1, 2, 3, SC 2011), a block cipher without its secrecy.
final class Threefry {
    /// So many rounds pass all tests of the paper, with some to spare for a mask.
    static final int ROUNDS = 12;

    /// The parity that the last word of the key starts from.
    static final int PARITY = 0x1BD11BDA;

    private static final int[][] ROTATIONS = {{10, 26}, {11, 21}, {13, 27}, {23, 5}, {6, 20}, {17, 11}, {25, 10}, {18, 20}};

    private Threefry() {}

    /// The five words that are added to the block in turn.
    static int[] schedule(long seed, int step, int site) {
        int low = (int) seed;
        int high = (int) (seed >>> 32);
        return new int[] {low, high, step, site, PARITY ^ low ^ high ^ step ^ site};
    }

    /// Replaces a counter by four random words.
    static void block(int[] x, int[] schedule, int rounds) {
        for (int i = 0; i < 4; i++) {
            x[i] += schedule[i];
        }
        for (int round = 0; round < rounds; round++) {
            int[] by = ROTATIONS[round % 8];
            int other = round % 2 == 0 ? 1 : 3; // the words are paired crosswise in every second round
            x[0] += x[other];
            x[other] = Integer.rotateLeft(x[other], by[0]) ^ x[0];
            x[2] += x[4 - other];
            x[4 - other] = Integer.rotateLeft(x[4 - other], by[1]) ^ x[2];
            if (round % 4 == 3) {
                int key = round / 4 + 1;
                for (int i = 0; i < 4; i++) {
                    x[i] += schedule[(key + i) % 5];
                }
                x[3] += key;
            }
        }
    }
}
