package stories;

import java.util.List;

/// Something that somebody has, loses, breaks or gives away.
///
/// @param look what it looks like, `red`
/// @param noun what it is, `ball`
/// @param plural whether there are two of it, such as mittens
record Thing(String look, String noun, boolean plural) {
    private static final List<String> TOYS =
            Words.words("toy car, toy boat, toy train, wooden horse, music box, drum, doll, puppet, spinning top, toy robot, toy plane,"
                    + " dollhouse, wagon, toy castle, toy truck, jumping frog, clockwork mouse");
    private static final List<String> DEAR = Words.words(
            "ball, teddy bear, scarf, hat, whistle, bell, book, blanket, marble, flute, bucket, ring, key, coin, ribbon,"
                    + " feather, button, shell, cap, basket, lantern, necklace, toy boat, doll, toy car, spoon, mittens, boots, gloves, slippers, cup, paper boat, balloon");
    private static final List<String> LOOKS =
            Words.words("red, blue, green, yellow, orange, purple, pink, white, silver, golden, shiny, old, striped, pretty, tiny, bright,"
                    + " spotted, beautiful");
    private static final List<String> PAIRS = List.of("mittens", "boots", "gloves", "slippers");

    /// What can break and be mended.
    static Thing toy(Dice dice) {
        return new Thing(dice.of(LOOKS), dice.of(TOYS), false);
    }

    /// What can be carried and lost.
    static Thing dear(Dice dice) {
        String noun = dice.of(DEAR);
        return new Thing(dice.of(LOOKS), noun, PAIRS.contains(noun));
    }

    void into(Phrases phrases, String slot) {
        phrases.put(slot, look + " " + noun);
        phrases.put(slot + ".noun", noun);
        phrases.put(slot + ".a", (plural ? "a pair of " : "a ") + look + " " + noun);
        phrases.put(slot + ".it", plural ? "them" : "it");
        phrases.put(slot + ".they", plural ? "they" : "it");
        phrases.put(slot + ".They", plural ? "They" : "It");
        phrases.put(slot + ".was", plural ? "were" : "was");
        phrases.put(slot + ".is", plural ? "are" : "is");
        phrases.put(slot + ".this", plural ? "these" : "this");
        phrases.put(slot + ".that", plural ? "those" : "that");
    }
}
