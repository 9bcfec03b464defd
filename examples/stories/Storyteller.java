package stories;

import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;

/// Short stories for children, as many as one likes, all from patterns that were written for this program.
///
/// Who is lost in the first paragraph is found in the last: a plot puts the same people and things into every sentence, and leaves to chance who they are and
/// which of several sentences is told. A story depends on its seed and its number alone.
public final class Storyteller {
    /// The fewest words of a story.
    public static final int SHORTEST = 80;

    /// The most words of a story.
    public static final int LONGEST = 200;

    private static final List<Consumer<Tale>> ANYBODY = Stream.of(FriendPlots.ANYBODY, CouragePlots.ANYBODY, HomePlots.ANYBODY, OutdoorPlots.ANYBODY)
            .flatMap(List::stream)
            .toList();
    private static final List<Consumer<Tale>> CHILDREN = Stream.of(
                    FriendPlots.CHILDREN, CouragePlots.CHILDREN, HomePlots.CHILDREN, OutdoorPlots.CHILDREN)
            .flatMap(List::stream)
            .toList();

    private Storyteller() {}

    /// Tells a story.
    ///
    /// @param seed of the collection
    /// @param index of the story in it
    /// @return paragraphs with an empty line between, without one at the end
    public static String story(long seed, long index) {
        return story(seed, index, Integer.MAX_VALUE);
    }

    /// Refuses too few names.
    ///
    /// @param names how many there are to be of each kind
    public static void requireEnough(int names) {
        if (names < 2) {
            throw new IllegalArgumentException("names " + names + " — want at least 2 of each kind: a hero's friend has another");
        }
    }

    /// Tells a story with fewer names to choose from, so that it asks less of a model to remember who is who. It is mostly the same story as with all of them:
    /// now and then a friend who would have the hero's name is drawn again, and all that is drawn after them is another.
    ///
    /// @param seed of the collection
    /// @param index of the story in it
    /// @param names how many there are at most of girls, boys, and animals that are she or he; at least 2
    /// @return paragraphs with an empty line between, without one at the end
    public static String story(long seed, long index, int names) {
        requireEnough(names);
        var dice = new Dice(seed, index);
        while (true) {
            int plot = dice.below(ANYBODY.size() + CHILDREN.size());
            boolean child = plot >= ANYBODY.size();
            var tale = new Tale(dice, child, names);
            (child ? CHILDREN.get(plot - ANYBODY.size()) : ANYBODY.get(plot)).accept(tale);
            if (tale.words() >= SHORTEST && tale.words() <= LONGEST) {
                return tale.text();
            }
        }
    }
}
