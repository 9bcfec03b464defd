package dev.gatun.quant.cpu;

import static dev.gatun.quant.TernaryMatrix.BLOCK;
import static dev.gatun.quant.TernaryMatrix.GROUP;
import static dev.gatun.quant.TernaryMatrix.WORD;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import dev.gatun.quant.TernaryCoding;
import dev.gatun.quant.TernaryMatrix;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.cpu.HostBuffer;
import dev.gatun.tensor.cpu.Pool;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;

/// How −1, 0 and 1 come into the layout of a [TernaryMatrix] and out of it, block by block.
final class TernaryLayout {
    private static final ValueLayout.OfShort WORDS = JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /// Bytes of a word of a block.
    static final long VECTOR = 2 * BLOCK;

    /// The index of three zeros, three times.
    private static final int ZEROS = 13 | 13 << 5 | 13 << 10;

    /// The three numbers of an index.
    private static final byte[][] TRITS = new byte[27][3];

    /// The five numbers of a byte.
    private static final byte[][] FIVES = new byte[243][5];

    static {
        for (int i = 0; i < 27; i++) {
            TRITS[i] = new byte[] {(byte) (i / 9 - 1), (byte) (i / 3 % 3 - 1), (byte) (i % 3 - 1)};
        }
        for (int i = 0; i < 243; i++) {
            for (int j = 0, rest = i; j < 5; j++, rest /= 3) {
                FIVES[i][j] = (byte) (rest % 3 - 1);
            }
        }
    }

    private TernaryLayout() {}

    /// Where numbers come from.
    @FunctionalInterface
    interface Source {
        /// Writes a row to `to[0…K)`.
        void read(long row, byte[] to);
    }

    /// {@return the byte that the first word of a row is at}
    ///
    /// @param row which
    /// @param words of a row
    static long begin(long row, int words) {
        int r = (int) (row % BLOCK);
        return block(row / BLOCK, words) + 2 * (r < 16 ? 2 * r : 2 * r - 31);
    }

    /// {@return the byte that the first word of a block is at}
    ///
    /// @param block which
    /// @param words of a row
    static long block(long block, int words) {
        long inGroup = block % GROUP;
        return VECTOR * ((block - inGroup) * words + inGroup);
    }

    /// {@return bytes from a word to the next of the same row}
    ///
    /// @param block of the row
    /// @param blocks of the matrix
    static long step(long block, long blocks) {
        return VECTOR * Math.min(GROUP, blocks - block / GROUP * GROUP);
    }

    /// Fills a matrix.
    static void arrange(Pool pool, Tensor words, long rows, long columns, Source source) {
        int w = TernaryMatrix.words(columns);
        MemorySegment to = HostBuffer.segment(words);
        long blocks = TernaryMatrix.blocks(rows);
        pool.run(blocks, 1, (first, end, worker) -> {
            byte[] row = new byte[w * WORD];
            for (long b = first; b < end; b++) {
                long step = step(b, blocks);
                for (int r = 0; r < BLOCK; r++) {
                    boolean missing = b * BLOCK + r >= rows;
                    long at = begin(b * BLOCK + r, w);
                    if (missing) {
                        Arrays.fill(row, (byte) 0);
                    } else {
                        source.read(b * BLOCK + r, row);
                    }
                    for (int i = 0; i < w; i++) {
                        to.set(WORDS, at + step * i, (short) (missing ? ZEROS : word(row, WORD * i)));
                    }
                }
            }
        });
    }

    private static int word(byte[] t, int i) {
        int a = 9 * t[i] + 3 * t[i + 1] + t[i + 2] + 13;
        int b = 9 * t[i + 3] + 3 * t[i + 4] + t[i + 5] + 13;
        int c = 9 * t[i + 6] + 3 * t[i + 7] + t[i + 8] + 13;
        return a | b << 5 | c << 10;
    }

    /// One row of a matrix, to `to[0…K)`.
    static void restore(TernaryMatrix w, long row, byte[] to) {
        int words = TernaryMatrix.words(w.columns());
        long at = begin(row, words);
        long step = step(row / BLOCK, TernaryMatrix.blocks(w.rows()));
        MemorySegment from = HostBuffer.segment(w.words());
        int k = (int) w.columns();
        for (int i = 0; i < words; i++) {
            int word = from.get(WORDS, at + step * i);
            for (int j = 0; j < WORD && WORD * i + j < k; j++) {
                to[WORD * i + j] = TRITS[word >>> j / 3 * 5 & 31][j % 3];
            }
        }
    }

    /// The numbers of a file.
    ///
    /// @throws IllegalArgumentException from [Source#read], if there is something else
    static Source file(Tensor file, TernaryCoding coding, long rows, long columns) {
        MemorySegment from = HostBuffer.segment(file);
        int k = (int) columns;
        return switch (coding) {
            case PLAIN ->
                (row, to) -> {
                    for (int j = 0; j < k; j++) {
                        byte trit = from.get(JAVA_BYTE, row * k + j);
                        if (trit < -1 || trit > 1) {
                            throw new IllegalArgumentException("ternary: row " + row + ", column " + j + " is " + trit);
                        }
                        to[j] = trit;
                    }
                };
            case TWO_BITS -> {
                long quarter = (rows + 3) / 4;
                yield (row, to) -> {
                    long at = row % quarter * k;
                    int shift = (int) (row / quarter) * 2;
                    for (int j = 0; j < k; j++) {
                        int code = from.get(JAVA_BYTE, at + j) >>> shift & 3;
                        if (code == 3) {
                            throw new IllegalArgumentException(
                                    "ternary: row " + row + ", column " + j + " has the bits 11; 00, 01 and 10 are -1, 0 and 1");
                        }
                        to[j] = (byte) (code - 1);
                    }
                };
            }
            case BASE_3 -> {
                int bytes = (k + 4) / 5;
                yield (row, to) -> {
                    for (int j = 0; j < bytes; j++) {
                        int code = from.get(JAVA_BYTE, row * bytes + j) & 0xff;
                        if (code > 242) {
                            throw new IllegalArgumentException(
                                    "ternary: row " + row + ", byte " + j + " is " + code + "; five numbers give 242 at most");
                        }
                        System.arraycopy(FIVES[code], 0, to, 5 * j, Math.min(5, k - 5 * j));
                    }
                };
            }
        };
    }

    /// Writes all rows for a file.
    static void write(Pool pool, Tensor file, TernaryCoding coding, TernaryMatrix w) {
        MemorySegment to = HostBuffer.segment(file);
        int k = (int) w.columns();
        switch (coding) {
            case PLAIN ->
                pool.run(w.rows(), BLOCK, (first, end, worker) -> {
                    byte[] row = new byte[k];
                    for (long r = first; r < end; r++) {
                        restore(w, r, row);
                        MemorySegment.copy(row, 0, to, JAVA_BYTE, r * k, k);
                    }
                });
            case TWO_BITS ->
                pool.run(file.dim(0), BLOCK, (first, end, worker) -> {
                    byte[] row = new byte[k];
                    byte[] packed = new byte[k];
                    for (long r = first; r < end; r++) {
                        Arrays.fill(packed, (byte) 0);
                        for (int i = 0; i < 4 && r + i * file.dim(0) < w.rows(); i++) {
                            restore(w, r + i * file.dim(0), row);
                            for (int j = 0; j < k; j++) {
                                packed[j] = (byte) (packed[j] | row[j] + 1 << 2 * i);
                            }
                        }
                        MemorySegment.copy(packed, 0, to, JAVA_BYTE, r * k, k);
                    }
                });
            case BASE_3 -> {
                int bytes = (k + 4) / 5;
                pool.run(w.rows(), BLOCK, (first, end, worker) -> {
                    byte[] row = new byte[5 * bytes];
                    for (long r = first; r < end; r++) {
                        restore(w, r, row);
                        for (int j = 0; j < bytes; j++) {
                            int code = 0;
                            for (int i = 4; i >= 0; i--) {
                                code = 3 * code + row[5 * j + i] + 1;
                            }
                            to.set(JAVA_BYTE, r * bytes + j, (byte) code);
                        }
                    }
                });
            }
        }
    }

    /// A matrix of floats, rounded as it is read.
    static Source rounded(Tensor matrix, float scale) {
        MemorySegment from = HostBuffer.segment(matrix);
        DType type = matrix.dtype();
        int k = (int) matrix.dim(1);
        float inverse = 1 / scale;
        return (row, to) -> {
            long at = row * k;
            for (int j = 0; j < k; j++) {
                float value = value(from, type, at + j) * inverse;
                // what rint does between −1.5 and 1.5: halves go to the even neighbour, which is 0
                to[j] = (byte) (value > 0.5f ? 1 : value < -0.5f ? -1 : 0);
            }
        };
    }

    /// The mean of the magnitudes: rows in double, then the rows' sums in their order.
    static double meanMagnitude(Pool pool, Tensor matrix) {
        MemorySegment from = HostBuffer.segment(matrix);
        DType type = matrix.dtype();
        int k = (int) matrix.dim(1);
        double[] sums = new double[Math.toIntExact(matrix.dim(0))];
        pool.run(sums.length, BLOCK, (first, end, worker) -> {
            for (long r = first; r < end; r++) {
                double sum = 0;
                for (int j = 0; j < k; j++) {
                    sum += Math.abs(value(from, type, r * k + j));
                }
                sums[(int) r] = sum;
            }
        });
        double sum = 0;
        for (double row : sums) {
            sum += row;
        }
        return matrix.size() == 0 ? 0 : sum / matrix.size();
    }

    private static float value(MemorySegment from, DType type, long i) {
        return switch (type) {
            case BF16 -> DType.bf16ToFloat(from.get(JAVA_SHORT_UNALIGNED, 2 * i));
            case F16 -> Float.float16ToFloat(from.get(JAVA_SHORT_UNALIGNED, 2 * i));
            default -> from.get(JAVA_FLOAT_UNALIGNED, 4 * i);
        };
    }
}
