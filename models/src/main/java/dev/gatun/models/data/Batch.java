package dev.gatun.models.data;

/// Rows of tokens and what is to be predicted at each of them. All rows are of one length, `T`.
///
/// @param ids `[B][T]`, the tokens
/// @param labels `[B][T]`, at each position the token that follows it, or [#NONE] where nothing is to be learnt
/// @param starts `[B][T]`, at each position where in its row its text begins: attention need not look farther back. 0 where texts are not kept apart
/// @param targets how many labels are tokens
/// @param bytes how many bytes of text these stand for, see [Dataset#bitsPerByte]
public record Batch(int[][] ids, int[][] labels, int[][] starts, int targets, long bytes) {
    /// The label of a position at which nothing is to be learnt.
    public static final int NONE = -100;

    static Batch of(int[][] ids, int[][] labels, int[][] starts, long bytes) {
        int targets = 0;
        for (int[] row : labels) {
            for (int label : row) {
                targets += label != NONE ? 1 : 0;
            }
        }
        return new Batch(ids, labels, starts, targets, bytes);
    }

    /// Returns the number of rows.
    ///
    /// @return `B`
    public int rows() {
        return ids.length;
    }

    /// Returns the length of the rows.
    ///
    /// @return `T`
    public int length() {
        return ids[0].length;
    }
}
