package dev.gatun.models.data;

import dev.gatun.io.Json;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/// How far a training has come in its data. With the same data, sizes and seed, [Batches#seek] goes on from here with the batches that would have followed.
///
/// @param epoch how often all samples were seen
/// @param index how many samples, or batches where these are not packed, have been seen since
/// @param offset how many tokens of the next sample
public record Position(long epoch, int index, int offset) {
    /// Where everything begins.
    public static final Position START = new Position(0, 0, 0);

    /// Checks that nothing is negative.
    public Position {
        if (epoch < 0 || index < 0 || offset < 0) {
            throw new IllegalArgumentException("position of epoch " + epoch + ", index " + index + ", offset " + offset + " — none may be negative");
        }
    }

    /// Reads what [#members] wrote.
    ///
    /// @param json an object
    /// @return the position
    public static Position of(Json json) {
        return new Position(json.longAt("epoch"), json.intAt("index"), json.intAt("offset"));
    }

    /// Returns the members of a JSON object.
    ///
    /// @return epoch, index and offset, in this order
    public SequencedMap<String, Number> members() {
        var members = new LinkedHashMap<String, Number>();
        members.put("epoch", epoch);
        members.put("index", index);
        members.put("offset", offset);
        return members;
    }
}
