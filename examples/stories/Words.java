package stories;

import java.util.List;
import java.util.Map;

/// The words of the stories' world, in lists.
final class Words {
    static final List<String> GIRLS =
            words("Lily, Mia, Anna, Lucy, Rose, Emma, Sara, Ella, Zoe, Nora, Ruby, Clara, Maya, Ivy, Daisy, Molly, Hana, Leila, Amina,"
                    + " Sofia, Tara, Wendy, June, Kate, Nina, Alma, Greta, Pia, Freya, Yuki, Rosa, Priya, Bella, Jana, Ines");
    static final List<String> BOYS =
            words("Tom, Ben, Max, Sam, Leo, Tim, Jack, Finn, Noah, Oscar, Theo, Eli, Hugo, Omar, Ravi, Kofi, Luca, Felix, Otto, Adam, Peter,"
                    + " Henry, Louis, Mateo, Ali, Jonas, Kenji, Emil, Arthur, Gus, Toby, Nico, Milo, Dan, Bruno");
    static final List<String> SHE_ANIMALS =
            words("Hazel, Clover, Willow, Honey, Poppy, Maple, Olive, Fern, Cinnamon, Ginger, Juniper, Berry, Tilly, Dotty, Snowdrop,"
                    + " Bluebell, Minty, Penny, Nutmeg, Violet");
    static final List<String> HE_ANIMALS =
            words("Pip, Rusty, Bramble, Nibbles, Biscuit, Pepper, Dusty, Pebble, Acorn, Button, Tuffy, Mossy, Puddle, Scout, Fidget,"
                    + " Bumble, Thistle, Chester, Barney, Waffles");
    static final List<String> ANIMALS =
            words("rabbit, fox, bear, mouse, squirrel, hedgehog, duck, frog, kitten, puppy, turtle, beaver, badger, otter, fawn, lamb, pig,"
                    + " raccoon, goat, penguin, monkey, mole, elephant, koala");
    static final List<String> SURNAMES = words("Green, Brown, Miller, Baker, Hill, Wood, Lee, Stone, Garcia, Khan, Bell, Park, Rivers, Field, Gray");
    static final List<String> OLD_ANIMALS = words("Badger, Owl, Tortoise, Mole, Goose, Hare, Crow, Toad, Bear, Goat");

    private static final Map<String, List<String>> LISTS = Map.ofEntries(
            list(
                    "trait",
                    "kind, brave, curious, cheerful, shy, clever, gentle, playful, quiet, happy, friendly, merry, lively, sweet, bright, busy, careful, polite,"
                            + " thoughtful, dreamy, funny, helpful"),
            list("nice", "kind, friendly, cheerful, gentle, brave, polite, funny, helpful, thoughtful, sweet"),
            list("small", "little, young, small, little, tiny"),
            list("color", "red, blue, green, yellow, orange, purple, pink, white, brown, silver, golden"),
            list(
                    "home",
                    "small house, cozy cottage, little white house, tall old house, house with a {#color} door, house with a {#color} roof, tiny cottage,"
                            + " quiet little house, house full of books, warm little house"),
            list(
                    "near",
                    "near the woods, by the sea, at the edge of town, on a green hill, beside a river, in a small village, next to a big field, on a quiet street,"
                            + " at the end of a long road, near an old mill, under a big oak tree, close to the mountains"),
            list(
                    "land",
                    "a small village, a quiet valley, a green forest, a faraway land, a sunny town, a little town by the sea, a village near the mountains,"
                            + " the middle of a deep forest, a peaceful meadow, a place where the river bends"),
            list(
                    "hobby",
                    "sing songs, draw pictures, climb trees, look at clouds, pick flowers, splash in puddles, collect shells, tell jokes, read books, dance in"
                            + " the kitchen, watch the birds, build towers, chase butterflies, count the stars, listen to stories, run through the tall grass, paint with bright"
                            + " colors, play hide and seek, jump over puddles, look for round stones, roll down the hill, bake cookies, whistle, ask questions, feed the"
                            + " ducks, follow the ants, make up games, hum little tunes"),
            list(
                    "doing",
                    "singing, drawing, climbing trees, watching clouds, picking flowers, splashing in puddles, telling jokes, reading, dancing, watching birds,"
                            + " building things, chasing butterflies, exploring, making up songs, collecting leaves, hopping and skipping"),
            list("fair", "sunny, warm, bright, fine, lovely, clear, golden, mild, fresh, beautiful, quiet"),
            list("season", "spring, summer, autumn"),
            list("time", "day, morning, afternoon"),
            list("weekday", "Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday"),
            list(
                    "sky",
                    "The sun was shining and the birds were singing., The sky was blue and [a soft|a gentle|a cool] wind was blowing., [White|Fluffy|Small white]"
                            + " clouds were floating across the sky., The air smelled of [grass|flowers|fresh bread|pine trees|honey]., The sun was warm and the"
                            + " [leaves|flowers] were [dancing|moving] in the wind., It was [neither too hot nor too cold|the perfect day to be outside]., Bees were"
                            + " humming in the [flowers|clover]., The grass was still wet with dew., Somewhere a bird was singing a happy song."),
            list("food", "apple, pear, cookie, muffin, sandwich, pancake, peach, cupcake, plum, honey cake, piece of pie, bun, orange, biscuit"),
            list(
                    "foods",
                    "apples, pears, cookies, muffins, sandwiches, pancakes, peaches, cupcakes, plums, honey cakes, berries, buns, nuts, cherries"),
            list(
                    "treat",
                    "apple pie, blueberry muffins, a big cake, warm cookies, a bowl of berries, carrot soup, hot pancakes, honey bread, cherry pie, warm milk and"
                            + " cookies, nut cookies, vegetable soup, fresh bread with jam, cold lemonade, sweet corn, plum cake"),
            list("flower", "rose, daisy, tulip, sunflower, lily, violet, poppy, bluebell, buttercup"),
            list("flowers", "roses, daisies, tulips, sunflowers, violets, poppies, bluebells, buttercups"),
            list(
                    "spot",
                    "under a bush, behind a tall tree, in the tall grass, beside a big rock, under a wooden bench, behind a pile of leaves, next to an old stump,"
                            + " between two roots, under a heap of straw, at the foot of the fence, inside a hollow log, near the gate"),
            list(
                    "look",
                    "under the bench, behind the trees, in the bushes, near the gate, under the leaves, around the corner, along the path, behind the fence, in"
                            + " every corner, between the rocks, in the grass, under the bridge"),
            list("happily", "happily, with a smile, cheerfully, with a big smile, kindly, warmly"),
            list("sadly", "sadly, in a small voice, quietly, with tears in {H.his} eyes, with a sigh, softly"),
            list("cried", "cried, shouted, called, exclaimed"),
            list("joy", "very happy, full of joy, so happy, very glad, as happy as could be, happy and proud"),
            list("game", "tag, hide and seek, catch, pirates, leapfrog, follow the leader, kings and queens, a counting game, a guessing game"),
            list("animal", "dog, cat, bird, squirrel, duck, rabbit, sheep, pony, owl, butterfly"),
            list("big", "big, great, huge, large, giant"),
            list("tree", "oak tree, apple tree, pine tree, willow, maple tree, cherry tree"),
            list("quickly", "quickly, right away, at once, as fast as {H.he} could"));

    private Words() {}

    static List<String> list(String name) {
        List<String> list = LISTS.get(name);
        if (list == null) {
            throw new IllegalArgumentException("no list of words {#" + name + "}");
        }
        return list;
    }

    private static Map.Entry<String, List<String>> list(String name, String words) {
        return Map.entry(name, words(words));
    }

    static List<String> words(String words) {
        return List.of(words.split(", "));
    }
}
