package dev.gatun.models.data;

/// Batches without end: all samples in an order of the epoch's own, and again in another. The same data, sizes and seed give the same batches.
///
/// For one thread.
public sealed interface Batches permits PackedBatches, PaddedBatches {
    /// Returns the next batch.
    ///
    /// @return a new one
    Batch next();

    /// Returns where the next batch begins.
    ///
    /// @return the position, to be saved
    Position position();

    /// Goes to a position.
    ///
    /// @param position one of batches with the same data, sizes and seed
    /// @throws DataException if there is no such position
    void seek(Position position);

    /// Returns how many batches it takes to see all samples once.
    ///
    /// @return the number, rounded up
    long perEpoch();

    /// Rows that are full: texts one behind the other, cut wherever a row ends; what is left of a text begins the next row. For texts that are to be learnt as
    /// a whole; every token is seen once in each epoch.
    ///
    /// @param data the samples
    /// @param rows how many a batch has
    /// @param length of a row
    /// @param seed of the order
    /// @param apart whether texts are kept apart: then nothing is predicted across their border, and [Batch#starts] says where each begins
    /// @return the batches, from the beginning
    static Batches packed(Dataset data, int rows, int length, long seed, boolean apart) {
        return new PackedBatches(data, rows, length, seed, apart);
    }

    /// Rows of one sample each, filled up on the right, in batches of samples that are about equally long: `group_by_length` of Hugging Face's trainer. The
    /// shuffled samples are cut into groups of `rows · min(50, max(1, n / (4·rows)))`, each is sorted, longest first, and the longest sample of all changes
    /// places with the first, so that a lack of memory shows at once. The last batch of an epoch may have fewer rows.
    ///
    /// @param data the samples
    /// @param rows how many a batch has
    /// @param seed of the order
    /// @return the batches, from the beginning
    static Batches padded(Dataset data, int rows, long seed) {
        return new PaddedBatches(data, rows, seed);
    }

    /// Everything once, in the data's order, to measure by: packed and kept apart, the last row filled up.
    ///
    /// @param data the samples
    /// @param rows how many a batch has, the last one may have fewer
    /// @param length of a row
    /// @return the batches, anew each time they are asked for
    static Iterable<Batch> once(Dataset data, int rows, int length) {
        return () -> new PackedOnce(data, rows, length);
    }
}
