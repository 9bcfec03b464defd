package stories;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;

/// Short recipes: a title, what one needs, and numbered steps. What is needed is used, and nothing else is. A language of its own, to fine-tune a teller of
/// stories on.
public final class Recipes {
    private static final String VEGETABLES = "carrots, potatoes, tomatoes, onions, peppers, mushrooms, leeks, beets, parsnips, turnips, zucchini";
    private static final String FRUITS = "apples, pears, plums, cherries, peaches, apricots, strawberries, blueberries, raspberries";
    private static final List<BiConsumer<Card, Phrases>> DISHES = List.of(
            Recipes::soup,
            Recipes::salad,
            Recipes::cake,
            Recipes::pancakes,
            Recipes::jam,
            Recipes::bake,
            Recipes::drink,
            Recipes::bread,
            Recipes::pasta);

    private Recipes() {}

    /// One recipe while it is written.
    private static final class Card {
        private final Dice dice;
        private final Phrases phrases;
        private final List<String> needed = new ArrayList<>();
        private final List<String> steps = new ArrayList<>();
        private String title = "";

        Card(Dice dice, Phrases phrases) {
            this.dice = dice;
            this.phrases = phrases;
        }

        void title(String... patterns) {
            title = phrases.sentence(dice.of(patterns));
        }

        void need(String... patterns) {
            needed.add(phrases.fragment(dice.of(patterns)));
        }

        void step(String... patterns) {
            steps.add(phrases.sentence(dice.of(patterns)));
        }

        void maybe(int percent, String... patterns) {
            if (dice.chance(percent)) {
                step(patterns);
            }
        }

        String text() {
            var text = new StringBuilder(title)
                    .append("\n\n")
                    .append(phrases.fragment("[You need:|Ingredients:|What you need:]"))
                    .append('\n');
            needed.forEach(one -> text.append("- ").append(one).append('\n'));
            text.append('\n');
            for (int i = 0; i < steps.size(); i++) {
                text.append(i + 1).append(". ").append(steps.get(i)).append(i + 1 < steps.size() ? "\n" : "");
            }
            return text.toString();
        }
    }

    /// Writes a recipe.
    ///
    /// @param seed of the collection
    /// @param index of the recipe in it
    /// @return lines, without a line break at the end
    public static String recipe(long seed, long index) {
        var dice = new Dice(seed, index);
        var phrases = new Phrases(dice);
        choose(dice, phrases, "A", "B", VEGETABLES);
        choose(dice, phrases, "X", "Y", FRUITS);
        phrases.put("herb", dice.of("parsley", "basil", "dill", "thyme", "mint", "chives"));
        phrases.put("minutes", String.valueOf(5 * (2 + dice.below(8))));
        phrases.put("few", String.valueOf(2 + dice.below(5)));
        phrases.put(
                "adjective",
                dice.of("Simple", "Quick", "Easy", "Fine", "Golden", "Country", "Grandma's", "Sunday", "Little", "Summer", "Winter", "Hearty"));
        var card = new Card(dice, phrases);
        dice.of(DISHES).accept(card, phrases);
        return card.text();
    }

    private static void choose(Dice dice, Phrases phrases, String first, String second, String words) {
        List<String> list = Words.words(words);
        int one = dice.below(list.size());
        int other = (one + 1 + dice.below(list.size() - 1)) % list.size();
        phrases.put(first, list.get(one));
        phrases.put(second, list.get(other));
    }

    private static void soup(Card card, Phrases p) {
        p.put("fat", p.fragment("[butter|oil|olive oil]"));
        p.put("end", p.fragment("[cream|sour cream|milk|yogurt]"));
        card.title("{adjective} soup with {A} and {B}", "soup of {A} and {B}", "{adjective} {herb} soup with {A} and {B}");
        card.need("[300|400|500] grams of {A}");
        card.need("[200|250|300] grams of {B}");
        card.need("1 liter of [water|vegetable broth]");
        card.need("[1 tablespoon|2 tablespoons] of {fat}");
        card.need("[100|150|200] milliliters of {end}");
        card.need("salt, pepper, and {herb}");
        card.step("wash the {A} and the {B} and cut them into small pieces.", "peel the {A}, wash the {B}, and chop both.");
        card.step("heat the {fat} in a [large|big|heavy] pot and fry the {A} for {few} minutes.", "melt the {fat} in a pot and add the {A}.");
        card.step("add the {B} and the liquid and bring everything to a boil.", "pour in the liquid, add the {B}, and let it boil.");
        card.step("cook on low heat for {minutes} minutes, until everything is soft.", "cover the pot and simmer for {minutes} minutes.");
        card.maybe(60, "blend the soup until it is smooth.", "mash some of the pieces with a fork.");
        card.step("stir in the {end}, and season with salt, pepper, and {herb}.", "add the {end} and taste with salt, pepper, and chopped {herb}.");
        card.maybe(50, "serve hot, with [fresh bread|toast].", "let it rest for {few} minutes before you serve it.");
    }

    private static void salad(Card card, Phrases p) {
        p.put("A", card.dice.of("carrots", "tomatoes", "peppers", "radishes", "mushrooms", "young onions", "celery", "fennel"));
        p.put("sour", p.fragment("[lemon juice|vinegar|apple vinegar]"));
        p.put("top", p.fragment("[walnuts|sunflower seeds|croutons|cheese cubes|pumpkin seeds]"));
        card.title("{adjective} salad with {A}", "salad of {A} and {X}", "salad of {A} with {herb}");
        card.need("[200|300|400] grams of {A}");
        card.need("1 [head of lettuce|cucumber|small cabbage]");
        card.need("[2|3] tablespoons of {sour}");
        card.need("[3|4] tablespoons of oil");
        card.need("a handful of {top}");
        card.need("salt and {herb}");
        card.step("wash everything and dry it well.", "wash everything [carefully|in cold water].");
        card.step("cut the {A} into [thin slices|small cubes|strips].", "slice the {A} as thinly as you can.");
        card.step("for the dressing, mix the {sour} with the oil and a pinch of salt.", "whisk the {sour}, the oil, and some salt in a small bowl.");
        card.step("put everything into a [large|big] bowl and pour the dressing over it.", "toss everything with the dressing.");
        card.maybe(60, "leave it in the fridge for {minutes} minutes.", "let it stand for {few} minutes.");
        card.step("sprinkle with the {top} and the chopped {herb}, and serve.", "scatter the {herb} and the {top} on top just before serving.");
    }

    private static void cake(Card card, Phrases p) {
        p.put("form", p.fragment("[cake|muffins|tart]"));
        p.put("spice", p.fragment("[cinnamon|vanilla|ginger|nutmeg]"));
        card.title("{adjective} {form} with {X}", "{form} with {X} and {spice}");
        card.need("[200|250|300] grams of flour");
        card.need("[100|120|150] grams of sugar");
        card.need("[2|3|4] eggs");
        card.need("[100|125|150] grams of soft butter");
        card.need("[250|300|400] grams of {X}");
        card.need("2 teaspoons of baking powder");
        card.need("1 teaspoon of {spice}");
        card.step("heat the oven to [170|180|190|200] degrees and grease a baking tin.", "preheat the oven to [170|180|190|200] degrees.");
        card.step("beat the butter with the sugar until it is [light and fluffy|creamy].", "mix the butter and the sugar well.");
        card.step("stir in the eggs, one after the other.", "add the eggs one by one and keep stirring.");
        card.step(
                "mix the flour with the baking powder and the {spice}, and fold it in.",
                "add the flour, the baking powder, and the {spice}, and stir until you see no more lumps.");
        card.step("wash the {X}, [cut them into pieces,|] and add them to the dough.", "gently fold in the {X}.");
        card.step(
                "fill the dough into the tin and bake for {minutes} minutes.",
                "spoon everything into the tin and bake for {minutes} minutes, until the top is golden.");
        card.maybe(60, "let the {form} cool before you take it out.", "dust with sugar and serve warm.");
    }

    private static void pancakes(Card card, Phrases p) {
        card.title("{adjective} pancakes with {X}", "pancakes filled with {X}", "thin pancakes with {X} sauce");
        card.need("[150|200|250] grams of flour");
        card.need("[300|350|400] milliliters of milk");
        card.need("[2|3] eggs");
        card.need("a pinch of salt");
        card.need("butter for the pan");
        card.need("[200|300] grams of {X}");
        card.need("[1 tablespoon|2 tablespoons|3 tablespoons] of [honey|sugar|maple syrup]");
        card.step(
                "whisk the flour, the milk, the eggs, and the salt into a smooth batter.",
                "beat the eggs with the milk, and slowly add the flour and the salt.");
        card.step("let the batter rest for {minutes} minutes.");
        card.step(
                "meanwhile, heat the {X} in a pot, sweeten them, and cook them until they are soft.",
                "in a small pot, heat the {X} and sweeten them.");
        card.step(
                "melt a little butter in a [hot pan|frying pan] and pour in a ladle of batter.",
                "heat some butter in a pan and spread a little batter in it.");
        card.step("fry each pancake for {few} minutes, then turn it over.", "turn the pancake when the edges are brown.");
        card.step("serve the pancakes with the warm {X}.", "fill the pancakes with the {X} and roll them up.");
    }

    private static void jam(Card card, Phrases p) {
        card.title("jam of {X}", "{adjective} jam with {X} and {Y}", "jam of {X} and {Y}");
        card.need("1 kilogram of ripe {X}");
        card.need("[200|300] grams of {Y}");
        card.need("[500|600|700] grams of sugar");
        card.need("the juice of 1 lemon");
        card.step("wash the fruit, take out the stones and stems, and cut it up.", "clean the {X} and the {Y} and chop them.");
        card.step(
                "put the fruit into a [wide|large|heavy] pot with the sugar and the lemon juice.",
                "mix the fruit with the sugar and the juice and wait until it gets wet.");
        card.step("bring it to a boil and stir all the time.", "boil it for {minutes} minutes and keep stirring.");
        card.step("skim off the foam with a spoon.", "put a drop on a cold plate. When it sets, the jam is ready.");
        card.step(
                "fill the hot jam into clean jars and close them at once.",
                "pour it into clean jars, close them, and turn them upside down for {few} minutes.");
        card.maybe(50, "keep the jars in a cool, dark place.", "write the date on the jars.");
    }

    private static void bake(Card card, Phrases p) {
        p.put("cheese", p.fragment("[cheese|goat cheese|mild cheese|hard cheese]"));
        card.title("baked {A} with {cheese}", "{adjective} bake of {A} and {B}", "{A} from the oven");
        card.need("[600|700|800] grams of {A}");
        card.need("[200|300] grams of {B}");
        card.need("[100|150|200] grams of grated {cheese}");
        card.need("[200|250] milliliters of cream");
        card.need("1 clove of garlic");
        card.need("salt, pepper, and {herb}");
        card.step("heat the oven to [180|190|200|220] degrees.");
        card.step("cut the {A} and the {B} into slices.", "wash and slice the {A} and the {B}.");
        card.step(
                "rub a dish with the garlic and lay the slices in it like roof tiles.",
                "put the slices into a dish, layer by layer, with the chopped garlic in between.");
        card.step(
                "season with salt, pepper, and {herb}, and pour the cream over it.",
                "mix the cream with salt, pepper, and {herb}, and pour it over the slices.");
        card.step("cover everything with the {cheese}.", "sprinkle the {cheese} on top.");
        card.step("bake for {minutes} minutes, until the top is [brown|golden|crisp].");
    }

    private static void drink(Card card, Phrases p) {
        p.put("base", p.fragment("[milk|yogurt|oat milk|buttermilk]"));
        card.title("{adjective} shake with {X}", "cold {X} and {base}", "shake of {X} and {Y}");
        card.need("[150|200|250] grams of {X}");
        card.need("a handful of {Y}");
        card.need("[300|400|500] milliliters of cold {base}");
        card.need("[1 tablespoon|2 tablespoons] of honey");
        card.need("[4|5|6] ice cubes");
        card.step("wash the {X} and the {Y}.", "wash the fruit and cut it into pieces.");
        card.step("put everything but the ice into a blender.", "fill the fruit, the {base}, and the honey into a blender.");
        card.step("blend until it is [smooth|thick and creamy].", "mix for one minute on the highest level.");
        card.step("put the ice into [two|three] tall glasses and pour the shake over it.", "pour it over the ice and drink it at once.");
        card.maybe(40, "decorate the glasses with a leaf of mint.", "add a straw and serve.");
    }

    private static void bread(Card card, Phrases p) {
        p.put("seed", p.fragment("[sunflower seeds|walnuts|pumpkin seeds|sesame|olives|raisins]"));
        p.put("flour", p.fragment("[wheat|rye|spelt|oat]"));
        card.title("{adjective} bread with {seed}", "{flour} bread", "{flour} bread with {seed}");
        card.need("[400|500|600] grams of {flour} flour");
        card.need("[250|300|350] milliliters of warm water");
        card.need("1 packet of yeast");
        card.need("[1 teaspoon|2 teaspoons] of salt");
        card.need("a cup of {seed}");
        card.step("stir the yeast into the warm water and wait for {few} minutes.", "dissolve the yeast in the water.");
        card.step("mix the flour with the salt and add the water with the yeast.", "put the flour and the salt into a bowl and pour in the yeast.");
        card.step(
                "knead the dough for ten minutes and work in the {seed}.",
                "add the {seed} and knead until the dough no longer sticks to your hands.");
        card.step("cover it with a cloth and let it rise in a warm place for one hour.", "let it rise for an hour, until it is twice as big.");
        card.step("shape a loaf and let it rest for {minutes} minutes.", "form a round loaf and cut a cross into the top.");
        card.step(
                "bake at [200|210|220] degrees for [40|45|50] minutes.",
                "bake at [200|210|220] degrees until it sounds hollow when you knock on it.");
    }

    private static void pasta(Card card, Phrases p) {
        p.put("shape", p.fragment("[noodles|spaghetti|macaroni|ribbon noodles|shells]"));
        card.title("{shape} with {A}", "{adjective} {shape} with {A} and {herb}", "{shape} with a sauce of {A} and {B}");
        card.need("[300|400|500] grams of {shape}");
        card.need("[200|250|300] grams of {A}");
        card.need("[100|150|200] grams of {B}");
        card.need("[2|3|4] tablespoons of olive oil");
        card.need("salt, pepper, and {herb}");
        card.step(
                "bring a large pot of salted water to a boil and cook the {shape} for {few} minutes less than the package says.",
                "cook the {shape} in plenty of salted water.");
        card.step("meanwhile, chop the {A} and the {B}.", "cut the {A} and the {B} into small cubes.");
        card.step("heat the oil in a pan and fry the {B} until they are [soft|golden].");
        card.step("add the {A} and cook the sauce for {minutes} minutes.", "add the {A}, salt, and pepper, and simmer for {minutes} minutes.");
        card.step("drain the {shape} and mix them with the sauce.", "pour off the water and toss the {shape} in the pan.");
        card.step("sprinkle with {herb} and serve hot.", "top with fresh {herb}.");
    }
}
