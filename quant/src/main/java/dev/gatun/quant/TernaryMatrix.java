package dev.gatun.quant;

import dev.gatun.tensor.Tensor;

/// A matrix of −1, 0 and 1 and its scales as kernels want them. Only they look inside.
///
/// Nine numbers of a row are a **word** of 16 bits: three indices of five bits, each of them `9·(t₀+1) + 3·(t₁+1) + (t₂+1)` of three columns, the first in
/// the low bits. Three columns of x have 27 sums `±x₀ ± x₁ ± x₂`, which fit a vector of 32 shorts, and an index chooses one of them: no multiplication, and
/// one lookup for three weights of 32 rows at a time. 16 bits for 9 weights are 1.78 bits each.
///
/// 32 rows are a block: of each word a vector of 64 bytes. Short `2i` of a vector is that of row `i`, short `2i + 1` that of row `16 + i`, so that sums become
/// ints without moving between lanes. Eight blocks are a group, and the blocks left over another: word by word, the vectors of its blocks stand behind each
/// other, then those of the next word. So eight blocks that share a word's tables are one stream of memory.
///
/// Missing rows and columns are zeros.
///
/// @param rows N
/// @param columns K
/// @param words i16, `32 · ⌈N/32⌉ · ⌈K/9⌉`
/// @param scales f32, `32 · ⌈N/32⌉`: what the rows are multiples of
public record TernaryMatrix(long rows, long columns, Tensor words, Tensor scales) {
    /// Rows of a block.
    public static final int BLOCK = 32;

    /// Blocks of a group.
    public static final int GROUP = 8;

    /// Columns of a word.
    public static final int WORD = 9;

    /// {@return how many blocks there are}
    ///
    /// @param rows N
    public static long blocks(long rows) {
        return (rows + BLOCK - 1) / BLOCK;
    }

    /// {@return how many words a row has}
    ///
    /// @param columns K
    public static int words(long columns) {
        return (int) ((columns + WORD - 1) / WORD);
    }

    /// {@return how much memory it takes}
    public long bytes() {
        return 2 * words.size() + 4 * scales.size();
    }
}
