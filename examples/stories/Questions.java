package stories;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;

/// Questions with their answers, about the small world of the stories: sums, opposites, animals, days, colors, and who found what. To fine-tune a model on.
public final class Questions {
    /// A question and its answer.
    ///
    /// @param question what is asked
    /// @param answer a sentence
    public record Pair(String question, String answer) {}

    private static final List<String> OPPOSITES = Words.words(
            "big/small, hot/cold, old/young, fast/slow, happy/sad, day/night, up/down, light/dark, loud/quiet, wet/dry,"
                    + " hard/soft, full/empty, near/far, open/closed, high/low, early/late, strong/weak, clean/dirty, thick/thin, left/right, inside/outside, sweet/sour");
    private static final List<String> SOUNDS =
            Words.words("dog/barks, cat/meows, cow/moos, duck/quacks, frog/croaks, owl/hoots, sheep/bleats, pig/oinks, bee/buzzes, lion/roars,"
                    + " horse/neighs, mouse/squeaks, rooster/crows, snake/hisses, wolf/howls");
    private static final List<String> HOMES =
            Words.words("bird/a nest, bee/a hive, fox/a den, rabbit/a burrow, spider/a web, horse/a stable, dog/a kennel, beaver/a lodge,"
                    + " cow/a barn, ant/an anthill");
    private static final List<String> YOUNG =
            Words.words("dog/puppy, cat/kitten, cow/calf, sheep/lamb, horse/foal, goose/gosling, duck/duckling, deer/fawn, bear/cub, frog/tadpole,"
                    + " pig/piglet, goat/kid, hen/chick");
    private static final List<String> PLURALS =
            Words.words("mouse/mice, child/children, goose/geese, foot/feet, tooth/teeth, leaf/leaves, fox/foxes, baby/babies, sheep/sheep,"
                    + " man/men, woman/women, knife/knives, story/stories, bush/bushes, cherry/cherries, wolf/wolves, box/boxes");
    private static final List<String> COLORS = Words.words(
            "the grass/green, the sky on a clear day/blue, snow/white, a ripe lemon/yellow, coal/black, a ripe strawberry/red, a carrot/orange,"
                    + " chocolate/brown, the sun in a picture/yellow, a plum/purple, milk/white, a frog/green");
    private static final List<String> DAYS = Words.words("Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday");
    private static final List<String> MONTHS =
            Words.words("January, February, March, April, May, June, July, August, September, October, November, December");
    private static final List<String> NUMBERS =
            Words.words("zero, one, two, three, four, five, six, seven, eight, nine, ten, eleven, twelve, thirteen, fourteen, fifteen, sixteen,"
                    + " seventeen, eighteen, nineteen, twenty");
    private static final List<String> COUNTED = Words.words(
            "apples, pears, shells, marbles, cookies, stones, flowers, nuts, buttons, stars, books, eggs, balloons, feathers, coins, leaves");

    private static final List<Function<Dice, Pair>> KINDS = List.of(
            Questions::sum,
            Questions::sum,
            Questions::difference,
            Questions::opposite,
            Questions::animal,
            Questions::plural,
            Questions::color,
            Questions::next,
            Questions::found,
            Questions::found,
            Questions::gave,
            Questions::where,
            Questions::order,
            Questions::more);

    private Questions() {}

    /// Asks a question.
    ///
    /// @param seed of the collection
    /// @param index of the question in it
    /// @return the question with its answer
    public static Pair pair(long seed, long index) {
        var dice = new Dice(seed, index);
        return dice.of(KINDS).apply(dice);
    }

    private static Pair of(Phrases phrases, String question, String answer) {
        return new Pair(phrases.sentence(question), phrases.sentence(answer));
    }

    private static Phrases people(Dice dice) {
        var phrases = new Phrases(dice);
        Cast one = Cast.child(dice);
        Cast other = one;
        while (other.name().equals(one.name())) {
            other = Cast.child(dice);
        }
        one.into(phrases, "H");
        other.into(phrases, "F");
        phrases.put("things", dice.of(COUNTED));
        return phrases;
    }

    private static Pair sum(Dice dice) {
        Phrases p = people(dice);
        int a = 2 + dice.below(9);
        int b = 2 + dice.below(9);
        p.put("a", NUMBERS.get(a) + " {things}");
        p.put("b", NUMBERS.get(b));
        p.put("c", NUMBERS.get(a + b));
        return of(
                p,
                dice.of(
                        "{H} has {a} and [finds|gets|buys] {b} more. How many {things} does {H.he} have now?",
                        "{H} has {a}, and {F} gives {H.him} {b} more. How many {things} does {H} have?",
                        "there is a basket with {b} {things}. {H} has {a}. How many {things} are there together?"),
                dice.of("{c} {things}.", "there are {c} {things} now.", NUMBERS.get(a) + " and {b} make {c}."));
    }

    private static Pair difference(Dice dice) {
        Phrases p = people(dice);
        int a = 4 + dice.below(17);
        int b = 2 + dice.below(a - 3);
        p.put("a", NUMBERS.get(a));
        p.put("b", NUMBERS.get(b));
        p.put("left", a - b == 1 ? "one of the {things} is" : NUMBERS.get(a - b) + " {things} are");
        return of(
                p,
                dice.of(
                        "{H} has {a} {things} and gives {b} of them to {F}. How many are left?",
                        "there were {a} {things} on the table. {H} took {b}. How many are left?",
                        "{H} had {a} {things}, but {H.he} lost {b}. How many are left?"),
                "{left} left.");
    }

    private static Pair opposite(Dice dice) {
        var p = two(dice, OPPOSITES);
        boolean turned = dice.chance(50);
        String from = turned ? "{y}" : "{x}";
        String to = turned ? "{x}" : "{y}";
        return of(
                p,
                "[what is the opposite of " + from + "|which word means the opposite of " + from + "]?",
                "the opposite of " + from + " is " + to + ".");
    }

    private static Phrases two(Dice dice, List<String> list) {
        String[] both = dice.of(list).split("/");
        var phrases = new Phrases(dice);
        phrases.put("x", both[0]);
        phrases.put("y", both[1]);
        return phrases;
    }

    private static Pair animal(Dice dice) {
        return switch (dice.below(5)) {
            case 0 -> of(two(dice, SOUNDS), "[what sound does a {x} make|what does a {x} do when it wants to be heard]?", "a {x} {y}.");
            case 1 -> of(two(dice, SOUNDS), "which animal {y}?", "a {x} {y}.");
            case 2 -> of(two(dice, HOMES), "[where does a {x} live|what is the home of a {x}]?", "a {x} lives in {y}.");
            case 3 -> of(two(dice, YOUNG), "[what is a young {x} called|what do we call a young {x}]?", "a young {x} is called a {y}.");
            default -> of(two(dice, YOUNG), "what will a {y} be when it grows up?", "a {y} will be a {x}.");
        };
    }

    private static Pair plural(Dice dice) {
        return of(two(dice, PLURALS), "[what is the plural of {x}|one {x}, but many what]?", "one {x}, many {y}.");
    }

    private static Pair color(Dice dice) {
        return of(two(dice, COLORS), "what color is {x}?", "{x} is {y}.");
    }

    private static Pair next(Dice dice) {
        boolean days = dice.chance(60);
        List<String> list = days ? DAYS : MONTHS;
        int at = dice.below(list.size());
        boolean after = dice.chance(60);
        var p = new Phrases(dice);
        p.put("x", list.get(at));
        p.put("y", list.get(Math.floorMod(at + (after ? 1 : -1), list.size())));
        p.put("unit", days ? "day" : "month");
        String where = after ? "after" : "before";
        return of(p, "which {unit} comes " + where + " {x}?", "{y} comes " + where + " {x}.");
    }

    private static Phrases scene(Dice dice) {
        Phrases p = people(dice);
        Thing.dear(dice).into(p, "O");
        Place.outside(dice).into(p, "P");
        p.put("spot", p.fragment("{#spot}"));
        return p;
    }

    private static Pair found(Dice dice) {
        Phrases p = scene(dice);
        String story = dice.of(
                "{H} lost {H.his} {O} {P.in}. {F} found {O.it} {spot}.",
                "{F} saw the {O} {spot} and brought {O.it} back to {H}, who had lost {O.it} {P.in}.",
                "the {O} of {H} {O.was} gone. {H} had lost {O.it} {P.in}. But {F} looked {spot}, and there {O.they} {O.was}.");
        return switch (dice.below(4)) {
            case 0 -> of(p, story + " Who found the {O.noun}?", "{F} found the {O.noun}.");
            case 1 -> of(p, story + " Who lost the {O.noun}?", "{H} lost the {O.noun}.");
            case 2 -> of(p, story + " Where {O.was} the {O.noun} found?", "the {O.noun} {O.was} found {spot}.");
            default -> of(p, story + " Where did {H} lose the {O.noun}?", "{H} lost the {O.noun} {P.in}.");
        };
    }

    private static Pair gave(Dice dice) {
        Phrases p = scene(dice);
        String story = dice.of(
                "{H} gave {F} {O.a} for {F.his} birthday.",
                "for {F}'s birthday, {H} had {O.a}. {F} was very happy.",
                "{F} got {O.a} from {H} and said thank you.");
        return switch (dice.below(3)) {
            case 0 -> of(p, story + " What did {F} get?", "{F} got {O.a}.");
            case 1 -> of(p, story + " Who gave something to {F}?", "{H} gave {O.a} to {F}.");
            default -> of(p, story + " Who got a gift?", "{F} got a gift.");
        };
    }

    private static Pair where(Dice dice) {
        Phrases p = scene(dice);
        p.put("doing", p.fragment("[play|read|sing|rest|draw|count the clouds|look for shells|eat an apple]"));
        return switch (dice.below(3)) {
            case 0 -> of(p, "{H} and {F} went {P.to} to {doing}. Where did they go?", "they went {P.to}.");
            case 1 -> of(p, "{H} and {F} went {P.to} to {doing}. What did they want to do there?", "they wanted to {doing}.");
            default -> of(p, "{H} went {P.to} to {doing}, but {F} stayed at home. Who stayed at home?", "{F} stayed at home.");
        };
    }

    private static Pair order(Dice dice) {
        List<String> some = new ArrayList<>(COUNTED);
        for (int i = some.size() - 1; i > 0; i--) {
            Collections.swap(some, i, dice.below(i + 1));
        }
        List<String> three = some.subList(0, 3);
        List<String> sorted = three.stream().sorted().toList();
        return new Pair("Put these words in the order of the alphabet: " + String.join(", ", three) + ".", String.join(", ", sorted) + ".");
    }

    private static Pair more(Dice dice) {
        Phrases p = people(dice);
        int a = 2 + dice.below(19);
        int b = 2 + (a - 2 + 1 + dice.below(18)) % 19; // another number
        boolean most = dice.chance(60);
        p.put("answer", a > b == most ? "{H}" : "{F}");
        String story = "{H} has " + NUMBERS.get(a) + " {things}, and {F} has " + NUMBERS.get(b) + ". Who has " + (most ? "more" : "fewer") + "?";
        return of(p, story, "{answer} has " + (most ? "more" : "fewer") + " {things}.");
    }
}
