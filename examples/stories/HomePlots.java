package stories;

import java.util.List;
import java.util.function.Consumer;

/// Stories of home and family.
final class HomePlots {
    static final List<Consumer<Tale>> CHILDREN = List.of(HomePlots::newBaby);
    static final List<Consumer<Tale>> ANYBODY = List.of(
            HomePlots::brokenToy, HomePlots::secretGift, HomePlots::tooMuch, HomePlots::sleepless, HomePlots::treasure, HomePlots::whoAteTheCake);

    private HomePlots() {}

    static void brokenToy(Tale t) {
        t.thing(Thing.toy(t.dice));
        t.let(
                "part, mend",
                "piece / glue",
                "small piece / glue and a clothespin",
                "little part / a bit of string",
                "piece / glue and a strip of cloth",
                "small part / a tiny screw");
        t.day();
        t.open();
        t.say(
                "{H.his} favorite toy was {O.a}.",
                "{H.he} had {O.a} that {H.he} played with every day.",
                "of all {H.his} toys, {H.he} loved {H.his} {O} the most.");
        t.paragraph();
        t.say(
                "{day} {H} was playing with the {O} {P.in}.",
                "{day} {H} and {F.who} were playing with the {O}.",
                "{day} {H} ran through the house with the {O} in {H.his} hands.");
        t.detail(
                "{H.he} was [going|playing] too fast and did not look where {H.he} was going.",
                "“be careful,” said {E}, but {H} was not listening.",
                "it was so much fun that {H.he} got wilder and wilder.");
        t.say(
                "crash! The {O} fell down, and a {part} broke off.",
                "{H.he} tripped, and the {O} fell to the ground. A {part} was broken!",
                "then there was a loud crack. The {part} of the {O} had come off.");
        t.detail(
                "“oh no! My {O.noun} is broken!” {H} {#cried}.",
                "{H} looked at the pieces and [began to cry|cried].",
                "big tears ran down {H.his} cheeks.");
        t.detail(
                "{H.he} tried to put it together, but it fell apart again.",
                "{H.he} pressed the pieces together, but they would not stay.",
                "“it will never be the same again,” {H.he} said {#sadly}.");
        t.paragraph();
        t.say(
                "{H.he} took the pieces to {E}.",
                "{E} heard {H.him} and came to see what was wrong.",
                "with the pieces in {H.his} hands, {H.he} went to {E}.");
        t.say("“can you [fix|mend|repair] it?” {H.he} asked.", "“please, can you help me?” asked {H}.");
        t.say(
                "“we can try it together,” said {E}.",
                "{E} looked at it closely. “I think we can [fix|mend] it,” {E.he} said.",
                "“I cannot do it alone, but with your help I can,” said {E}.");
        t.say(
                "they sat down at the table with {mend}.",
                "{E} got {mend} from a drawer, and they sat down to work.",
                "{E} brought {mend} and a small brush.");
        t.detail(
                "{H} held the pieces, and {E} worked slowly and carefully.", "{E} showed {H} how to hold the {part}, and {H} did it very carefully.");
        t.detail(
                "“now we must wait until [tomorrow|the evening|after dinner],” said {E}. Waiting was hard, but {H} waited.",
                "it took a long time, but {H} was patient.",
                "“good work takes time,” said {E}.");
        t.paragraph();
        t.say(
                "then the {O} was whole again.",
                "at last, it was done. The {O} looked almost like new!",
                "and then the {O} worked again, just as before.");
        t.detail(
                "you could see a thin line where it had been broken, but {H} did not mind.",
                "“the line makes it special,” said {H}. “Now there is no other like it.”",
                "“thank you!” said {H}, and {H.he} gave {E} a big hug.");
        t.close(
                "from then on, {H} was careful with {H.his} {O.noun}.",
                "{H} learned that many broken things can be mended with patience.",
                "and the next time something broke, {H} knew what to do.",
                "now {H} loved the {O.noun} even more, because they had mended it together.");
    }

    static void secretGift(Tale t) {
        t.let(
                "gift, step, end",
                "a card with a [heart|flower|star] on it / cut the paper and painted it / wrote “For you” on the front",
                "a necklace of [shells|beads|acorns] / found the most beautiful ones / put them on a string",
                "a warm scarf / learned how to knit / knitted row after row",
                "a little wooden bird / found a piece of soft wood / carved two small wings",
                "a picture frame / looked for smooth sticks / tied them together with red string",
                "a crown of {#flowers} / picked the prettiest ones / wove them together",
                "a bowl of clay / rolled the clay into a ball / pressed it into shape with both thumbs",
                "a book of stories / folded the pages / drew a picture on each one");
        t.day();
        t.open();
        t.paragraph();
        t.say("it would soon be {E}'s birthday.", "in [three|four|five] days, it was {E}'s birthday.", "{H} knew that {E}'s birthday was coming.");
        t.say(
                "{H} wanted to give {E.him} something special, but {H.he} had no money.",
                "“what can I give {E.him}?” {H.he} asked {H.himself}. Everything in the shop cost too much.");
        t.say(
                "{day} {H} asked {F.who} for help.",
                "{day} {H.he} talked about it with {H.his} friend {F.who}.",
                "{day} {H.he} sat {P.in} with {F.who} and thought.");
        t.say(
                "“the best gifts are made by hand,” said {F}.",
                "“make something [yourself|with your own hands]. That is much better than anything from a shop,” said {F}.");
        t.say("so {H} decided to make {gift}.", "“I know it! I will make {gift}!” {H} {#cried}.");
        t.paragraph();
        t.say(
                "every day after lunch, {H} worked in secret.",
                "{H} hid under the stairs so that nobody could see {H.him}.",
                "{H.he} went up to the attic, where nobody ever went.");
        t.say("{H.he} {step}.", "first, {H.he} {step}.");
        t.detail(
                "it was not easy. Twice {H.he} had to start again.",
                "sometimes it went wrong, but {H.he} did not give up.",
                "{H.his} fingers got tired, but {H.he} went on.");
        t.say("then {H.he} {end}.", "after that, {H.he} {end}.");
        t.detail(
                "“what are you doing up there?” {E} asked. “Nothing!” said {H}, and {H.he} smiled to {H.himself}.",
                "once, {E} almost found the gift, but {H} quickly hid it behind {H.his} back.",
                "“why are your hands so dirty?” asked {E}. “That is a secret,” said {H}.");
        t.paragraph();
        t.say("then the birthday came.", "at last, it was the day of the birthday.", "on the morning of the birthday, {H} woke up very early.");
        t.say(
                "“happy birthday, {E}!” said {H}, and {H.he} held out a little package.",
                "after breakfast, {H} gave {E} a little package with a bow on it.",
                "there was {#treat} on the table, and next to it lay a small package.");
        t.say(
                "{E} opened it slowly. It was {gift}! “Did you make this yourself?” {E.he} asked.",
                "{E} opened it, and {E.his} eyes grew wide. It was {gift}!");
        t.detail(
                "“it is the most beautiful gift I have ever got,” {E.he} said.",
                "there were tears of joy in {E.his} eyes.",
                "“I will keep it forever,” said {E}, and {E.he} hugged {H}.");
        t.close(
                "{H} was {#joy}, and it felt just as good as getting a gift.",
                "{H} learned that a gift from the heart is the best gift of all.",
                "and {H} found out that giving is as much fun as getting.",
                "love cannot be bought in any shop, and now {H} knew it.");
    }

    static void tooMuch(Tale t) {
        t.let("sweet", "[cookies|cupcakes|pancakes|honey cakes|muffins|cherry tarts|jam buns|waffles]")
                .let("limit", "[one|two]")
                .day();
        t.open();
        t.say("most of all, {H} loved {sweet}.", "{H} could never get enough of {sweet}.", "{H} liked {sweet} better than anything else.");
        t.paragraph();
        t.say(
                "{day} {E} came home with a big bowl of {sweet} for a party.",
                "{day} {E} put a plate full of {sweet} on the kitchen table.",
                "{day} the whole house smelled of {sweet}.");
        t.say("“you may have {limit}, and the rest are for later,” said {E}.", "“these are for our guests. You may have {limit} now,” {E} said.");
        t.detail("{H} ate {limit} and then looked at the others.", "{limit} was not enough for {H}.", "{H} ate slowly, but soon it was over.");
        t.say(
                "when {E} left the room, {H} took another one. And another one. And one more.",
                "“nobody will see it if I take just one more,” {H.he} thought, and {H.he} took one. Then {H.he} took another.");
        t.say(
                "{F.who} came in and saw it. “You should stop now,” {F.he} said. But {H} did not stop.",
                "“is that not too much?” asked {F.who}. “No, no,” said {H} with {H.his} mouth full.");
        t.say("soon the {sweet} were all gone!", "{H.he} ate and ate until there was not a single one left.");
        t.paragraph();
        t.say("but then {H} felt strange.", "a little later, {H.his} belly began to hurt.", "“ouch, my tummy!” {H.he} {#cried}.");
        t.detail(
                "{H.his} tummy was as round as a ball, and it hurt a lot.",
                "{H.he} had to lie down, and everything was turning around.",
                "it rumbled and it grumbled, and {H} did not feel like playing at all.");
        t.say(
                "{E} came back and saw the empty plate. “Oh, {H},” {E.he} said.",
                "“where are all the {sweet}?” asked {E}. Then {E.he} saw {H} and understood.");
        t.say(
                "“I ate them all, and I am sorry,” {H} said {#sadly}.",
                "“I should have listened to you,” said {H}.",
                "{H} hid {H.his} face. “I am so sorry,” {H.he} said.");
        t.say(
                "{E} made {H.him} a cup of warm tea and sat down beside {H.him}.",
                "{E} put a warm blanket around {H.him}.",
                "“a sore tummy is a good teacher,” said {E}, and {E.he} gave {H.him} some tea.");
        t.paragraph();
        t.say(
                "the next day, {H} felt better, and {H.he} helped {E} to make new {sweet} for the guests.",
                "when {H} was well again, {H.he} made new {sweet} together with {E}.");
        t.detail(
                "“would you like one?” asked {E}. “Just one,” said {H}, and they both laughed.",
                "this time, {H} ate only one. It tasted better than all the others together.",
                "when the guests came, {H} gave the biggest one to {F}.");
        t.close(
                "{H} had learned that too much of a good thing is not good.",
                "from that day on, {H} knew when to stop.",
                "and {H} never took more than {H.his} share again.",
                "{H} learned that it is wise to listen to {E}.");
    }

    static void sleepless(Tale t) {
        t.let("count", "[sheep|stars|clouds|ducks|flowers]");
        t.open();
        t.say(
                "every night, {E} told {H.him} a story before bed.",
                "{H.he} did not like to go to bed.",
                "every evening, {H.he} looked out of {H.his} window at the sky.");
        t.paragraph();
        t.say(
                "one night, {H} could not sleep.",
                "one [warm|quiet|clear|windy|summer|winter] night, {H} lay in bed with open eyes.",
                "one evening, {H} was not tired at all.");
        t.detail(
                "{H.he} turned to the left, and {H.he} turned to the right.",
                "{H.he} counted {count}, but at a hundred {H.he} was still awake.",
                "{H.his} pillow was too warm, and {H.his} blanket was too heavy.");
        t.say("“I cannot sleep,” {H.he} said to {E}.", "“{E}, I am not tired,” {H.he} called.");
        t.say(
                "{E} brought {H.him} a cup of warm milk. “Close your eyes and think of something nice,” {E.he} said.",
                "{E} kissed {H.him} on the nose. “Then just rest and listen to the night,” {E.he} said.");
        t.say(
                "so {H} listened. {H.he} heard [the wind in the trees|the rain on the roof|a cricket in the grass|the clock on the wall].",
                "{H} closed {H.his} eyes, but sleep did not come.");
        t.paragraph();
        t.detail(
                "then {H.he} saw the moon through the window. It was big and round.",
                "outside, the moon was shining so brightly that the garden looked silver.",
                "behind the window, a star was twinkling, as if it wanted to say something.");
        t.say(
                "“can't you sleep either, moon?” {H} whispered.",
                "“good evening, moon,” said {H}. “Why are you awake?”",
                "“hello up there,” {H} whispered. “Are you lonely?”");
        t.say(
                "“I watch over [everyone|everybody] who sleeps,” the moon seemed to say.",
                "and it was as if the moon smiled and said, “I am awake so that nobody is alone in the dark.”",
                "the light grew a little brighter, as if it had heard {H.him}.");
        t.say("“who is asleep already?” asked {H}.", "{H} thought of all those who were asleep now.", "“tell me what you see,” said {H}.");
        t.say(
                "the birds were asleep in their nests, and the fish were asleep in the pond.",
                "the cows were asleep in the barn, and the bees were asleep in their hive.",
                "the flowers had closed, and the squirrels were curled up in the old oak.",
                "{F.who} was asleep, and {N} was asleep, too.");
        t.detail("even the wind was getting tired.", "the river was humming softly, like a mother.", "far away, a train went by, slower and slower.");
        t.say(
                "{H} [yawned|gave a big yawn]. {H.his} eyes grew heavy.",
                "and {H} got sleepier and sleepier.",
                "{H} pulled the blanket up to {H.his} chin.");
        t.paragraph();
        t.detail("“good night, moon,” {H.he} whispered.", "“good night, everyone,” {H.he} said, so softly that only the moon could hear it.");
        t.say(
                "when {E} came in to look, {H} was fast asleep with a smile on {H.his} face.",
                "and before {H.he} could count to three, {H.he} was asleep.",
                "the moon was shining on {H.his} pillow, and {H} slept until the morning.");
        t.close(
                "{H} dreamed of flying over the hills, with the moon right beside {H.him}.",
                "from then on, whenever {H} could not sleep, {H.he} said good night to everything, one after the other.",
                "and since that night, {H} liked to go to bed.",
                "{H} never felt alone in the dark again.");
    }

    static void treasure(Tale t) {
        t.let(
                "find, use",
                "an old music box / it played a soft little song",
                "a box of old photos / {E} was a baby in one of them",
                "a puppet with one eye / it could still dance",
                "an old map / it showed the way to a spring in the woods",
                "a brass telescope / you could see the spots on the moon through it",
                "a tin full of marbles / there were a hundred of them, in all colors",
                "a small wooden ship / it still floated in the bathtub",
                "a kaleidoscope / it was full of tiny colored stars");
        t.day();
        t.open();
        t.say(
                "but {H} did not like to [clean up|tidy up].",
                "there was only one thing {H.he} did not like: cleaning up.",
                "{H.his} room was always a mess.");
        t.paragraph();
        t.say(
                "{day} it was raining outside. “Will you help me to clean the attic?” asked {E}.",
                "{day} {E} said, “Today we will clean the attic.”",
                "{day} {E} asked {H} to tidy up the attic.");
        t.say("“oh no, that is so boring!” said {H}.", "“do I have to?” asked {H} with a long face.", "“I would rather play,” said {H}.");
        t.detail(
                "“you never know what you will find,” said {E} with a wink.",
                "“if we do it together, it goes fast,” said {E}.",
                "“first the work, and then the fun,” said {E}.");
        t.say(
                "so {H} took a broom and began to sweep.",
                "{H} sighed and went up the steep stairs.",
                "so {H} took a cloth and started with the old shelves.");
        t.detail(
                "there was dust everywhere, and {H.he} had to sneeze. Achoo!",
                "there were old chairs, empty boxes, and a lot of spiders.",
                "it was dark up there, and it smelled of old books.");
        t.paragraph();
        t.say(
                "behind a [broken chair|heavy curtain|pile of newspapers|big trunk], {H} saw something.",
                "{H} moved a big box to the side, and behind it something was shining.",
                "then {H.his} broom hit something hard in the corner.");
        t.detail(
                "“what is this?” {H.he} {#cried}.",
                "“{E}, come quickly! I found something!” {H.he} {#cried}.",
                "{H.he} wiped off the dust, and {H.his} eyes grew wide.");
        t.say("it was {find}!", "it was {find}, hidden there for many years.");
        t.say(
                "“I thought it was lost forever!” said {E}. “I had it when I was as small as you.”",
                "“that was mine when I was little,” said {E}, and {E.he} smiled. “I have looked for it for years.”");
        t.say("and the best thing was that {use}.", "when they looked at it closely, they saw that {use}.");
        t.detail(
                "{E} told {H} many stories about the old days.",
                "they sat down on the floor, and {E} told {H.him} all about it.",
                "{H} asked a hundred questions, and {E} answered them all.");
        t.detail(
                "“may I keep it?” asked {H}. “Of course,” said {E}. “You found it.”",
                "“it shall be yours now,” said {E}. “But take good care of it.”");
        t.paragraph();
        t.say(
                "the next day, {H} showed it to {F.who}.",
                "{F.who} came to visit and was amazed.",
                "then they finished the cleaning together, and it was not boring at all.");
        t.detail("“where did you get that?” asked {F}. “By cleaning up!” said {H}, and laughed.", "“I want to clean our attic, too!” said {F}.");
        t.close(
                "after that, {H} never said that cleaning up was boring.",
                "{H} learned that even boring work can bring a surprise.",
                "and since then, {H.his} room was always tidy. Well, almost always.",
                "sometimes the best treasures are right above your head.");
    }

    static void whoAteTheCake(Tale t) {
        t.let(
                "cake, thief, trace, why",
                "cake / a little mouse / tiny crumbs / had five hungry babies",
                "pie / a baby bear / big round paw prints / had never smelled anything so good",
                "nut cake / a young goose / white feathers / had lost its way and was very hungry",
                "pudding / a small gray kitten / milky paw prints / had no home and nobody to feed it",
                "plum tart / a puppy / muddy paw prints / was all alone and wet from the rain",
                "carrot cake / a baby rabbit / small paw prints / had never tasted a cake before",
                "honey cake / a tiny hedgehog / sticky little prints / needed something to eat before the winter");
        t.day();
        t.open();
        t.paragraph();
        t.say(
                "{day} {E} made a big {cake} and put it on the windowsill.",
                "{day} {H} and {E} made a {cake} for {N}.",
                "{day} there was a fresh {cake} on the kitchen table.");
        t.say(
                "it smelled [so good|wonderful]. “Nobody may eat it before dinner,” said {E}.",
                "“this is for tonight,” said {E}. “Please do not touch it.”");
        t.say(
                "but when they came back from the garden, half of it was gone!",
                "an hour later, {H} came into the kitchen. Half of the {cake} was gone!");
        t.say(
                "“{H}, did you eat it?” asked {E}. “No, I did not!” said {H}.",
                "“who was that?” asked {E}, and {E.he} looked at {H}. “It was not me!” said {H}.");
        t.detail("“then we have a mystery,” said {E}.", "“I believe you,” said {E}. “But who was it?”");
        t.paragraph();
        t.say(
                "{H} called {H.his} friend {F.who}. “We will find out,” {F} said.",
                "{H} wanted to find the thief. {F.who} came to help {H.him}.",
                "“I will find the thief,” said {H}, and {F.who} came along.");
        t.detail(
                "they looked at everything very closely.",
                "{H} took a magnifying glass and looked at the floor.",
                "{F} crawled under the table and looked around.");
        t.say("“look here!” {#cried} {F}. There were {trace} on the floor!", "“I see something!” said {H}. On the floor, there were {trace}.");
        t.say(
                "they followed them out of the door, across the garden, and {P.to}.",
                "the trail went through the door, past the well, and into the bushes.",
                "step by step, they followed the trail to the old shed.");
        t.say(
                "there, {#spot}, sat {thief}.",
                "and there, in the shade, was {thief} with a full belly.",
                "something was moving in the straw. It was {thief}!");
        t.detail("“so it was you!” said {H}.", "“we found you!” {#cried} {F}.", "“did you eat our {cake}?” asked {H}.");
        t.say("it looked at them with big, sad eyes. They saw that it {why}.", "it was so frightened that it shook. The poor thing {why}.");
        t.paragraph();
        t.say(
                "{H} was not angry anymore. “You can have the rest, too,” {H.he} said.",
                "“don't be afraid,” said {H} softly. “We will help you.”",
                "“next time, just knock on our door,” said {H} with a smile.");
        t.detail(
                "{E} gave it some food and a warm place by the stove.",
                "they told {E} about it, and {E} laughed. “Then we will make a new one,” {E.he} said.",
                "{E} filled a small bowl, and from then on there was a bowl at the door every evening.");
        t.close(
                "{H} learned that you should look for the reason before you get angry.",
                "and so the thief became a friend.",
                "from that day on, they had a guest for dinner.",
                "the mystery was solved, and nobody went hungry.");
    }

    static void newBaby(Tale t) {
        t.let("baby, it, its, him", "sister / she / her / her", "brother / he / his / him")
                .let("calm", "[sang a lullaby|made a funny face|played with a little bell|danced with {H.his} teddy bear|hummed a tune]")
                .day();
        t.open();
        t.paragraph();
        t.say(
                "{day} a baby {baby} was born in {H.his} family.",
                "{day} {H} got a baby {baby}.",
                "{day} {E} said, “Come and meet your new baby {baby}!”");
        t.detail(
                "the baby was very small and slept a lot.",
                "the baby had tiny fingers and no hair at all.",
                "everyone came to see the baby and brought gifts.");
        t.say(
                "but now nobody had time for {H}.",
                "“shh, the baby is sleeping,” everyone said to {H}, all day long.",
                "“later, {H},” they said, whenever {H.he} wanted to play.");
        t.say(
                "{H} felt left out.",
                "“nobody loves me anymore,” {H} thought.",
                "{H} did not think that the baby was sweet. {H.He} thought that it was loud.");
        t.paragraph();
        t.say(
                "{H} packed a small bag and sat down on the stairs.",
                "{H} hid in the garden and did not come out.",
                "{H} went to {H.his} room and shut the door with a bang.");
        t.say(
                "{E} came and sat down beside {H.him}. “What is wrong?” {E.he} asked.",
                "after a while, {E} found {H.him}. “There you are,” {E.he} said.");
        t.say("“you only love the baby now,” {H} said {#sadly}.", "“you don't need me anymore,” said {H}, and {H.he} began to cry.");
        t.say(
                "“a heart is not like a cake,” said {E}. “When a new child comes, the love does not get smaller. It grows.”",
                "“my love for you will never get smaller,” said {E}. “And the baby needs you, too.”",
                "{E} lit a candle, and with it a second one. “You see? The first one is as bright as before,” {E.he} said.");
        t.detail(
                "“when you were a baby, you cried just as loudly,” {E} said, and {H} had to laugh.",
                "“you are the big one now. You can show the baby so many things,” said {E}.");
        t.paragraph();
        t.say(
                "just then, the baby began to cry. {E} rocked {him}, but the crying did not stop.",
                "that night, the baby cried and cried, and nobody could help.");
        t.say("“may I try?” asked {H}.", "{H} went to the little bed on the tips of {H.his} toes.");
        t.say("{H} {calm}, and the baby became quiet.", "{H.he} {calm}. The baby stopped crying and looked at {H.him} with big eyes.");
        t.detail(
                "and then {it} smiled for the very first time!",
                "then the baby took {H.his} finger and held it tight.",
                "the baby laughed, and it sounded like a little bell.");
        t.say("“{it} likes you best of all,” said {E}.", "“look, {it} knows you already,” said {E}.");
        t.close(
                "{H} was so proud. “I will always take care of you,” {H.he} whispered.",
                "from that day on, {H} loved {H.his} little {baby} very much.",
                "{H} learned that there is enough love for everyone.",
                "and every evening, {H} told {H.his} little {baby} a story.");
    }
}
