package stories;

import java.util.ArrayList;
import java.util.List;

/// A story while it is told: who and what is in it, and the sentences so far.
///
/// Patterns know the hero as `{H}`, a friend as `{F}`, a grown-up of the family as `{E}`, an old neighbor as `{N}`, a thing as `{O}` and a place as `{P}`, with
/// pronouns such as `{H.his}` and `{O.it}`; see [Phrases].
final class Tale {
    final Dice dice;
    private final Phrases phrases;
    private final List<StringBuilder> paragraphs = new ArrayList<>();
    private final boolean human;
    private final int names;
    private final Cast hero;
    private final int length;

    /// @param human whether the hero must be a child
    /// @param names how many names there are of each kind
    Tale(Dice dice, boolean human, int names) {
        this.dice = dice;
        this.names = names;
        this.phrases = new Phrases(dice);
        this.length = 15 + dice.below(75);
        this.human = human || dice.chance(55);
        this.hero = this.human ? Cast.child(dice, names) : Cast.animal(dice, names);
        hero.into(phrases, "H");
        Cast.elder(dice).into(phrases, "E");
        Cast.neighbor(dice, this.human).into(phrases, "N");
        befriend();
        Thing.dear(dice).into(phrases, "O");
        Place.outside(dice).into(phrases, "P");
        paragraphs.add(new StringBuilder());
    }

    /// A friend of the hero's, who is not of the same name.
    private void befriend() {
        Cast friend = hero;
        while (friend.name().equals(hero.name()) || !human && friend.kind().equals(hero.kind())) {
            friend = human ? Cast.child(dice, names) : Cast.animal(dice, names);
        }
        friend.into(phrases, "F");
        phrases.put("F.who", human ? friend.name() : friend.name() + " the " + friend.kind());
    }

    void thing(Thing thing) {
        thing.into(phrases, "O");
    }

    void place(Place place) {
        place.into(phrases, "P");
    }

    /// Chooses one pattern now, to be used by its name in all that follows.
    Tale let(String name, String pattern) {
        phrases.put(name, phrases.fragment(pattern));
        return this;
    }

    /// Chooses one of several sets of words that belong together.
    ///
    /// @param names the names, with commas between
    /// @param sets in each the words of the names, with ` / ` between
    Tale let(String names, String... sets) {
        String[] keys = names.split(", ");
        String[] values = dice.of(sets).split(" / ");
        if (keys.length != values.length) {
            throw new IllegalArgumentException(names + " do not fit " + List.of(values));
        }
        for (int i = 0; i < keys.length; i++) {
            let(keys[i], values[i]);
        }
        return this;
    }

    /// Tells one of these.
    Tale say(String... patterns) {
        var paragraph = paragraphs.getLast();
        if (!paragraph.isEmpty()) {
            paragraph.append(' ');
        }
        paragraph.append(phrases.sentence(dice.of(patterns)));
        return this;
    }

    /// Tells one of these, or goes on without.
    Tale maybe(int percent, String... patterns) {
        return dice.chance(percent) ? say(patterns) : this;
    }

    /// Tells one of these, or goes on without: more often in a tale that is told at length.
    Tale detail(String... patterns) {
        return maybe(length, patterns);
    }

    Tale paragraph() {
        if (!paragraphs.getLast().isEmpty()) {
            paragraphs.add(new StringBuilder());
        }
        return this;
    }

    /// How most stories begin: the hero, and a little of their life.
    Tale open() {
        phrases.put("named", "[named|named|called]");
        if (dice.chance(60)) {
            say(
                    "once upon a time, there was a {#trait} {H.kind} {named} {H}.",
                    "once upon a time, there was a {#small} {H.kind} {named} {H}.",
                    "once upon a time, there [was|lived] a {#trait} [little|little|young] {H.kind} {named} {H}.",
                    "once upon a time, in {#land}, there lived a {#small} {H.kind} {named} {H}.",
                    "once upon a time, a {#trait} {H.kind} {named} {H} lived in a {#home}.",
                    "once upon a time, in a {#home} {#near}, there lived a {#small} {H.kind} {named} {H}.");
        } else {
            say(
                    "there was once a {#trait} {H.kind} {named} {H}.",
                    "{H} was a {#trait} [little|little|young] {H.kind}.",
                    "{H} was a {#small} {H.kind} who lived {#near}.",
                    "in {#land}, there lived a {#trait} {H.kind} {named} {H}.",
                    "long ago, in {#land}, there was a {#small} {H.kind} {named} {H}.",
                    "a {#small} {H.kind} {named} {H} lived in a {#home}.",
                    "not long ago, a {#trait} {H.kind} {named} {H} lived {#near}.",
                    "this is the story of {H}, a {#trait} [little|little|young] {H.kind}.",
                    "far away, {#near}, lived a {#trait} {H.kind} {named} {H}.");
        }
        return maybe(
                45,
                "{H.he} loved to {#hobby} and [to|] {#hobby}.",
                "{H.he} liked to {#hobby} [with {H.his} {E.kind}|with {H.his} friends|more than anything else].",
                "{H.he} was always {#doing}.",
                "more than anything, {H.he} loved {#doing}.",
                "whenever {H.he} could, {H.he} would {#hobby}.",
                "everyone [in town|nearby|who knew {H.him}] liked {H.him} because {H.he} was so {#nice}.");
    }

    /// How a day begins: a time, ending in a comma.
    Tale day() {
        return let(
                "day",
                "[one day|one morning|one afternoon|one {#fair} {#time}|one {#fair} {#season} {#time}|on a {#fair} {#time}|early one morning|one {#weekday}"
                        + "|one {#weekday} [morning|afternoon]|one {#season} [day|morning]],");
    }

    /// The sky on a day without rain, now and then.
    Tale sky() {
        return maybe(35, "{#sky}");
    }

    /// What a story leaves behind, and sometimes a word that it is over.
    Tale close(String... morals) {
        say(morals);
        return maybe(
                18,
                "the end.",
                "and they all lived happily ever after.",
                "it had been a [good|wonderful|lovely|very good] day.",
                "what a [day|lovely day|wonderful day] it had been!");
    }

    String text() {
        return String.join("\n\n", paragraphs);
    }

    int words() {
        return paragraphs.stream()
                .mapToInt(paragraph -> paragraph.toString().split(" ").length)
                .sum();
    }
}
