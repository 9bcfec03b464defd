package stories;

/// Letters from one child to another, in the words of the stories: for a model that knows the stories the form alone is new. To fine-tune a model on.
public final class Letters {
    private Letters() {}

    /// Writes a letter.
    ///
    /// @param seed of the collection
    /// @param index of the letter in it
    /// @return paragraphs with an empty line between, without one at the end
    public static String letter(long seed, long index) {
        var dice = new Dice(seed, index);
        var phrases = new Phrases(dice);
        Cast writer = Cast.child(dice);
        Cast reader = Cast.child(dice);
        Cast friend = Cast.child(dice);
        Cast elder = Cast.elder(dice);
        writer.into(phrases, "W");
        reader.into(phrases, "R");
        friend.into(phrases, "F");
        elder.into(phrases, "E");
        phrases.put("day", dice.of(Words.list("weekday")));
        phrases.put("food", dice.of(Words.list("foods")));
        phrases.put("animal", dice.of(Words.list("animal")));
        phrases.put("spot", dice.of(Words.list("spot")));
        phrases.put("thing", phrases.fragment("{#color} [kite|ball|bucket|boat|scarf|drum|hat|book]"));
        phrases.put("tree", dice.of(Words.list("tree")));
        String greeting = phrases.sentence("Dear {R},");
        String news = phrases.sentence(dice.of(
                "[thank you for|I was so happy about] the {thing}! [It is the best {thing} in the world|Nobody here has a {thing} like it]."
                        + " On {day}, I took it [to the park|into the garden|to the pond] and showed it to {F}. {F.He} [liked|loved] it, too.",
                "do you know what I found on {day}? It was a [small|little|tiny] {animal}, and it sat {spot}. {E} said that I must not touch it."
                        + " So I gave it some [water|grass|berries] and [waited|watched it]. Now it comes every {#time}.",
                "on {day}, {E} and I baked {food}. I [dropped|broke] two eggs, and {E} [laughed|only smiled]. Then {F} came by and ate four {food}!"
                        + " I kept some {food} for you.",
                "I have lost my {thing}. I looked {spot}, and {F} [looked|helped me to look] everywhere else. {E} says that it will come back."
                        + " Did you see a {thing} when you were here on {day}?",
                "{F} and I [built|are building] a house in the big {tree} [behind our house|near the pond|next to the field]. {E} gave us wood and a rope."
                        + " On {day}, we want to sleep in the {tree}. I am a little afraid, but {F} is not."));
        String wish = phrases.sentence(
                "[Will you come to see us|Can you come and play with me|Would you like to visit us] [soon|on {day}|next {#season}]?"
                        + " We could [play {#game}|eat {#foods}|look at the stars|feed the {animal}]. {E} [says hello|sends you a big hug], and {F} does, too.");
        String end = phrases.sentence("[Your friend|A big hug from|With love from],\n{W}");
        return String.join("\n\n", greeting, news, wish, end);
    }
}
