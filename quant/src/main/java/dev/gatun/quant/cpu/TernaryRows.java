package dev.gatun.quant.cpu;

import dev.gatun.quant.TernaryMatrix;
import dev.gatun.tensor.cpu.Fill;
import dev.gatun.tensor.cpu.HostBuffer;
import dev.gatun.tensor.cpu.Lanes;

/// The values of a matrix of −1, 0 and 1, for the product that packs.
///
/// @param words where its words are
/// @param scales where its rows' scales are
/// @param length words of a row
/// @param blocks of the matrix
record TernaryRows(long words, long scales, int length, long blocks) implements Fill {
    /// The three numbers of each index.
    private static final float[] TRITS = new float[3 * 32];

    static {
        for (int i = 0; i < 27; i++) {
            TRITS[3 * i] = i / 9 - 1;
            TRITS[3 * i + 1] = i / 3 % 3 - 1;
            TRITS[3 * i + 2] = i % 3 - 1;
        }
    }

    TernaryRows(TernaryMatrix w) {
        this(HostBuffer.address(w.words()), HostBuffer.address(w.scales()), TernaryMatrix.words(w.columns()), TernaryMatrix.blocks(w.rows()));
    }

    @Override
    public void fill(long row, int rows, long column, int columns, float[] to, int at, int pitch) {
        for (int i = 0; i < rows; i++) {
            long begin = words + TernaryLayout.begin(row + i, length);
            long step = TernaryLayout.step((row + i) / TernaryMatrix.BLOCK, blocks);
            float scale = Lanes.ALL.get(Lanes.FLOAT, scales + 4 * (row + i));
            for (int j = 0; j < columns; j++) {
                int k = (int) column + j;
                int word = Lanes.ALL.get(Lanes.SHORT, begin + step * (k / TernaryMatrix.WORD));
                int index = word >>> k % TernaryMatrix.WORD / 3 * 5 & 31;
                to[at + i * pitch + j] = TRITS[3 * index + k % 3] * scale;
            }
        }
    }
}
