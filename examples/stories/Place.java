package stories;

import java.util.List;

/// Where something happens: `the park`, and where that puts somebody, `in the park`.
///
/// @param noun `park`
/// @param in `in`, `at` or `by`
record Place(String noun, String in) {
    private static final List<Place> OUTSIDE = List.of(
            new Place("forest", "in"),
            new Place("park", "in"),
            new Place("garden", "in"),
            new Place("beach", "at"),
            new Place("meadow", "in"),
            new Place("river", "by"),
            new Place("lake", "by"),
            new Place("pond", "by"),
            new Place("farm", "at"),
            new Place("playground", "at"),
            new Place("market", "at"),
            new Place("orchard", "in"),
            new Place("village square", "in"),
            new Place("old mill", "at"),
            new Place("big field", "in"),
            new Place("bridge", "by"),
            new Place("green hill", "on"),
            new Place("woods", "in"));

    static Place outside(Dice dice) {
        return dice.of(OUTSIDE);
    }

    void into(Phrases phrases, String slot) {
        phrases.put(slot, "the " + noun);
        phrases.put(slot + ".to", "to the " + noun);
        phrases.put(slot + ".in", in + " the " + noun);
    }
}
