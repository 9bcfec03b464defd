package stories;

import java.util.List;

/// Who is in a story: a child or an animal that speaks.
///
/// @param name what everybody calls them
/// @param she whether it is she rather than he
/// @param kind a girl, a fox
record Cast(String name, boolean she, String kind) {
    /// Grown-ups that a hero lives with: what they are called, and what they are.
    private static final List<List<String>> ELDERS = List.of(
            List.of("Mom", "mom", "she"),
            List.of("Dad", "dad", "he"),
            List.of("Grandma", "grandma", "she"),
            List.of("Grandpa", "grandpa", "he"),
            List.of("Mama", "mama", "she"),
            List.of("Papa", "papa", "he"),
            List.of("Mother", "mother", "she"),
            List.of("Father", "father", "he"));

    static Cast child(Dice dice) {
        return child(dice, Integer.MAX_VALUE);
    }

    /// @param names with one of the first so many of each list
    static Cast child(Dice dice, int names) {
        boolean she = dice.chance(50);
        return new Cast(one(dice, she ? Words.GIRLS : Words.BOYS, names), she, she ? "girl" : "boy");
    }

    /// @param names with one of the first so many of each list
    static Cast animal(Dice dice, int names) {
        boolean she = dice.chance(50);
        return new Cast(one(dice, she ? Words.SHE_ANIMALS : Words.HE_ANIMALS, names), she, dice.of(Words.ANIMALS));
    }

    private static String one(Dice dice, List<String> all, int names) {
        return dice.of(all.subList(0, Math.min(names, all.size())));
    }

    static Cast elder(Dice dice) {
        List<String> elder = dice.of(ELDERS);
        return new Cast(elder.get(0), elder.get(2).equals("she"), elder.get(1));
    }

    /// Somebody old who lives close by.
    static Cast neighbor(Dice dice, boolean human) {
        boolean she = dice.chance(50);
        return new Cast((she ? "Mrs. " : "Mr. ") + dice.of(human ? Words.SURNAMES : Words.OLD_ANIMALS), she, she ? "lady" : "man");
    }

    boolean human() {
        return kind.equals("girl") || kind.equals("boy");
    }

    void into(Phrases phrases, String slot) {
        phrases.put(slot, name);
        phrases.put(slot + ".kind", kind);
        phrases.put(slot + ".he", she ? "she" : "he");
        phrases.put(slot + ".him", she ? "her" : "him");
        phrases.put(slot + ".his", she ? "her" : "his");
        phrases.put(slot + ".himself", she ? "herself" : "himself");
        phrases.put(slot + ".He", she ? "She" : "He");
        phrases.put(slot + ".His", she ? "Her" : "His");
    }
}
