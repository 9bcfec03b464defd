package stories;

import java.util.List;
import java.util.function.Consumer;

/// Stories of gardens, seasons, animals and neighbors.
final class OutdoorPlots {
    static final List<Consumer<Tale>> CHILDREN = List.of(OutdoorPlots::littleBird);
    static final List<Consumer<Tale>> ANYBODY =
            List.of(OutdoorPlots::garden, OutdoorPlots::oldNeighbor, OutdoorPlots::snowman, OutdoorPlots::wish, OutdoorPlots::journey);

    private OutdoorPlots() {}

    static void garden(Tale t) {
        t.let(
                "seed, plant, look, fruit",
                "pumpkin seed / pumpkin / a long green vine with yellow flowers / a pumpkin as big as a chair",
                "sunflower seed / sunflower / a stem as tall as the fence / a flower as round as the sun",
                "bean / bean plant / a green stem that climbed up the wall / a whole basket of beans",
                "strawberry plant / strawberry plant / small white flowers / a bowl of sweet red berries",
                "tomato seed / tomato plant / soft green leaves that smelled of summer / ten round, red tomatoes",
                "apple seed / apple tree / a thin little tree with five leaves / the first sweet apple",
                "melon seed / melon / a plant that crept over the ground / a melon so big that {H} could not lift it");
        t.day();
        t.open();
        t.paragraph();
        t.say("{day} {N} gave {H} a {seed}.", "{day} {H} got a {seed} from {E}.", "{day} {H} found a {seed} in the pocket of an old coat.");
        t.say(
                "“what can I do with it?” asked {H}. “Put it into the ground and wait,” said {E}.",
                "“if you take good care of it, something wonderful will happen,” said {E}.");
        t.say("{H} dug a little hole, put it in, and covered it with earth.", "so {H} planted it in a sunny corner of the garden.");
        t.detail("{H.he} gave it some water and sat down to wait.", "“grow, please,” {H.he} said, and {H.he} gave it some water.");
        t.detail(
                "nothing happened that day. Nothing happened the next day, either.",
                "{H.he} waited and waited, but nothing happened.",
                "after an hour, {H.he} asked, “Why is it not growing?”");
        t.paragraph();
        t.say(
                "“maybe it is broken,” said {H}. {H.He} wanted to dig it up again.",
                "“it does not like me,” {H} said {#sadly}.",
                "{F.who} laughed. “There is nothing there but mud,” {F.he} said.");
        t.say(
                "“you must be patient,” said {E}. “Good things need time.”",
                "“wait,” said {E}. “It is working under the ground, where you cannot see it.”");
        t.say(
                "so every morning, {H} brought water, and every evening, {H.he} pulled out the weeds.",
                "{H} watered it each day and sang a little song for it.",
                "when it was hot, {H} gave it water. When it was cold, {H.he} covered it with straw.");
        t.say("one morning, there was a tiny green tip!", "and then, after two weeks, something green looked out of the ground.");
        t.detail(
                "“it is growing! It is growing!” {H} {#cried}.",
                "{H} danced around it for joy.",
                "{H} ran to get {F.who}. “Come and see!” {H.he} {#cried}.");
        t.paragraph();
        t.say("week after week, it grew. Soon there was {look}.", "the sun shone, the rain fell, and before long there was {look}.");
        t.detail(
                "[bees|butterflies] came to visit, and {H} said hello to every one of them.",
                "once, a snail wanted to eat the leaves. {H} carried it to the other side of the garden.",
                "after a storm, {H} tied it to a stick so that it could stand.");
        t.say("and at the end of the summer, there was {fruit}!", "at last, {H}'s work was rewarded with {fruit}.");
        t.detail(
                "{H} shared it with {E}, {F}, and {N}.",
                "everybody came to see it, and {N} said, “You are a real gardener.”",
                "{E} took a picture of {H} and the {plant}.");
        t.close(
                "{H} learned that patience makes things grow.",
                "“waiting was hard,” said {H}, “but it was worth it.”",
                "and in the spring, {H} planted a whole row.",
                "now {H} knew that great things can have a small beginning.");
    }

    static void oldNeighbor(Tale t) {
        t.let(
                "trouble, do",
                "could not carry a heavy basket up the hill / carried the basket all the way to the door",
                "had lost a pair of glasses / looked for the glasses until they were found, under the cat",
                "could not sweep the leaves because of a sore back / swept the leaves into one big pile",
                "was too ill to go to the market / went to the market and brought back bread, milk, and eggs",
                "could not chop the wood for the stove / stacked the wood beside the stove, piece by piece",
                "could not paint the old fence alone / painted the fence, board by board",
                "could not reach the apples on the tree / climbed up and picked all the apples",
                "could not thread a needle anymore / threaded ten needles and put them in a row");
        t.let(
                        "give",
                        "[a jar of honey|a bag of nuts|a small wooden flute|an old storybook|a pot of jam|a tiny silver bell|a warm hat|a basket of apples]")
                .day();
        t.open();
        t.say(
                "next door lived {N}, who was very old.",
                "in the house across the road lived {N}, who had gray hair and a soft voice.",
                "not far away lived old {N}, all alone.");
        t.paragraph();
        t.say("{day} {H} wanted to go {P.to} to play with {F.who}.", "{day} {H} was on the way {P.to}, because {F.who} was waiting there.");
        t.say("on the way, {H.he} saw {N}, who {trouble}.", "then {H.he} met {N}, who {trouble}.");
        t.say("“oh dear, oh dear,” said {N}. “What shall I do?”", "“I am not as young as I was,” {N} said with a sigh.", "{N} looked tired and sad.");
        t.say(
                "{H} wanted to play, but {H.he} stopped.",
                "{H} thought of the game. But {H.he} could not just walk by.",
                "“my friend is waiting,” {H} thought. “But {N} needs me.”");
        t.say("“[may|can] I help you?” {H.he} asked.", "“let me help you,” said {H} {#happily}.");
        t.say("“that would be very kind of you,” said {N}.", "“oh, would you? Thank you, my dear,” {N} said.");
        t.paragraph();
        t.say("so {H} {do}.", "{H} {do}. It took a long time.", "it was hard work, but {H} {do}.");
        t.detail(
                "when {F} came to look for {H.him}, {F.he} helped, too.",
                "{F} came by and asked, “Where were you?” Then {F.he} saw everything and helped, too.",
                "while {H.he} worked, {N} told {H.him} about the old days.");
        t.detail("soon everything was done.", "at last, the work was done, and {H} was tired but happy.", "“there, all done!” said {H}.");
        t.say(
                "“you have a good heart,” said {N}, and gave {H.him} {give}.",
                "{N} smiled and went into the house. {N.He} came back with {give}. “This is for you,” {N.he} said.");
        t.detail(
                "“you do not have to give me anything,” said {H}. “I liked helping you.”",
                "“thank you!” said {H}. “May I come again tomorrow?”",
                "then they all sat down in the shade and had {#treat}.");
        t.paragraph();
        t.detail(
                "in the evening, {H} told {E} about it. {E} was very proud of {H.him}.",
                "“where have you been all day?” asked {E}. {H} told {E.him}, and {E} gave {H.him} a kiss.");
        t.close(
                "from then on, {H} visited {N} every week, and they became good friends.",
                "{H} learned that helping others makes your own heart warm.",
                "{N} was never lonely again, because {H} often came to visit.",
                "and {H} knew that there is always time for a kind deed.");
    }

    static void snowman(Tale t) {
        t.let("nose", "[carrot|pine cone|red pepper|long stick|potato|corn cob]")
                .let("eyes", "[two black stones|two buttons|two nuts|two pieces of coal]")
                .let("hat", "[an old hat|a tin bucket|a flower pot|a red cap|a basket]");
        t.open();
        t.paragraph();
        t.say(
                "one [cold|winter|quiet] morning, {H} looked out of the window, and everything was white.",
                "one morning in winter, {H} woke up, and it was very quiet. It had snowed all night!",
                "one winter day, the snow fell thick and soft.");
        t.detail("“snow! Snow!” {H.he} {#cried}.", "“{E}, look! It has snowed!” {H.he} {#cried}.", "{H} could not wait to go outside.");
        t.detail("{H.he} put on {H.his} warm [coat|boots|hat|scarf] and ran out.", "“put on your scarf,” said {E}, and {H} ran out into the snow.");
        t.say(
                "{F.who} was there already. “Let us build a snowman!” {F.he} said.",
                "{H.he} called {F.who}, and together they began to build a snowman.");
        t.paragraph();
        t.say(
                "they rolled a big ball, then a smaller one, and then the head.",
                "first they rolled a ball as big as a barrel. Then they put two more on top.");
        t.say("they gave him {eyes} for his eyes and a {nose} for his nose.", "for his eyes they took {eyes}, and for his nose a {nose}.");
        t.say("on his head they put {hat}.", "{E} gave them {hat} for his head.");
        t.detail(
                "“he needs a name,” said {F}. They called him Mr. [Frost|Flake|Winter|Snow|White].",
                "“he looks cold,” said {H}, and {H.he} put {H.his} own scarf around him.");
        t.detail(
                "they danced around him and sang until their noses were red.",
                "they threw snowballs and made angels in the snow.",
                "all afternoon, they played {#game} around him.");
        t.detail("in the evening, {H} waved to him from the window.", "“good night, snowman,” said {H} when it got dark.");
        t.paragraph();
        t.say(
                "but after a few days, the sun came out, and it got warm.",
                "then, one morning, water was dripping from the roof. Drip, drop, drip, drop.",
                "a week later, a warm wind came.");
        t.say("the snowman got smaller and smaller.", "the snowman grew thin, and his {nose} fell off.");
        t.say(
                "“please don't go!” {#cried} {H}.",
                "{H} was so sad that {H.he} cried. “He is melting!” {H.he} said.",
                "“can we put him into the house?” asked {H}.");
        t.say(
                "{E} took {H.his} hand. “He is only turning into water. The water helps the flowers to grow,” {E.he} said.",
                "“he is not gone,” said {E}. “He goes into the ground, and into the river, and up into the clouds. Next winter, he comes back.”");
        t.say("soon there was only {hat} in the grass.", "in the end, only {eyes} and {hat} were left. {H} kept them in a box.");
        t.maybe(60, "but where the snowman had stood, the first [snowdrop|yellow flower|blue flower] of spring was growing.");
        t.close(
                "“see you next winter,” said {H}, and {H.he} smiled.",
                "{H} learned that saying goodbye is not the end.",
                "and every winter, {H} and {F} built him again.",
                "now {H} knew that everything has its time.");
    }

    static void littleBird(Tale t) {
        t.let("bird", "[little bird|baby bird|young sparrow|tiny robin|baby owl]")
                .let("food", "[bread crumbs|seeds|small berries|worms]")
                .let("name", "[Peep|Chirp|Feather|Dot|Sky|Sunny|Tweet]")
                .day();
        t.open();
        t.paragraph();
        t.say("{day} {H} was walking {P.in}.", "{day} {H} went {P.to}.", "{day} {H} was playing outside.");
        t.sky();
        t.say("then {H.he} heard a small sound. “Peep, peep!”", "“peep, peep!” What was that?");
        t.say("there, {#spot}, was a {bird}. It had fallen out of its nest.", "a {bird} was sitting on the ground. One of its wings was hurt.");
        t.detail("it was shaking with fear.", "it looked at {H.him} with its round black eyes.", "it was so small that it fit into {H.his} hand.");
        t.say("“you poor little thing,” said {H}.", "“do not be afraid. I will help you,” {H} said softly.");
        t.say("{H.he} ran home to get {E}.", "{H} did not touch it. First {H.he} asked {E} what to do.");
        t.paragraph();
        t.say("“it needs a warm place and something to eat,” said {E}.", "{E} looked at it. “It must rest until it is strong enough,” {E.he} said.");
        t.say("they put it into a box with soft [grass|cotton|straw].", "{H} made a nest of wool in an old shoe box.");
        t.say(
                "{H} called it {name} and gave it some {food} every [hour|few hours].",
                "“I will call you {name},” said {H}, and {H.he} fed it with {food}.");
        t.detail(
                "at night, {H} got up to see if it was warm enough.",
                "{H.his} friend {F} came to see it every day.",
                "day by day, {name} got stronger.");
        t.detail(
                "soon {name} hopped around the room and sat on {H}'s shoulder.",
                "after two weeks, {name} could flap its wings and sing.",
                "{name} sang a little song every morning to wake {H.him} up.");
        t.paragraph();
        t.say(
                "“now it is time to let it go,” said {E} one day.",
                "one morning, {name} looked out of the window for a long time. “It wants to be free,” said {E}.");
        t.detail("“but {name} is my friend!” said {H}.", "{H} did not want to say goodbye.", "{H} had to swallow hard.");
        t.say("“if you love it, you must let it fly,” said {E} gently.", "“a bird belongs in the sky,” {E} said.");
        t.say("so {H} took {name} outside and opened {H.his} hands.", "{H} went into the garden and held {name} up high.");
        t.say(
                "{name} looked at {H.him} once more, and then it flew up into the blue sky.",
                "with a happy peep, {name} flew away, over the roof and the trees.");
        t.detail("{H} waved and smiled, with a tear in {H.his} eye.", "“goodbye, {name}! Take care!” {H} {#cried}.");
        t.close(
                "the next spring, a bird sat at the window and sang. It was {name}!",
                "{H} learned that helping someone sometimes means letting them go.",
                "and every evening, {H} heard a song from the big {#tree}.",
                "{H} was sad and happy at the same time, and that was all right.");
    }

    static void wish(Tale t) {
        t.let(
                "wish, bad, good",
                "that it would be [summer|winter] every day / there were no new flowers, no colored leaves, and no change / everything in its own time",
                "to be as tall as a house / {H.he} could not fit through the door, and nobody could hear {H.him} / to be just the right size",
                "to be able to fly all day long / the wind was cold, and nobody was there to play with {H.him} / to stand on the ground with a friend",
                "that everything {H.he} touched would turn into candy / {H.his} bed was sticky, and {H.his} favorite book was made of sugar / bread and soup and a real book",
                "to be invisible / nobody saw {H.him}, and {F} sat down on {H.him} / to be seen by a friend",
                "to have a mountain of toys / {H.he} could not find {H.his} bed anymore, and there was no room to play / one good toy and a friend to share it with",
                "to be the king of the whole forest / {H.he} had to work all day, and everyone bowed and nobody played / to be {H}, and nobody else");
        t.let("giver", "[a golden fish|a tiny fairy|a silver frog|an old wizard|a falling star|a talking owl|a little elf]")
                .day();
        t.open();
        t.say(
                "but {H} was never quite happy with what {H.he} had.",
                "{H.he} always wanted something else.",
                "“I wish I had more,” {H.he} often said.");
        t.paragraph();
        t.say("{day} {H} was sitting {P.in}.", "{day} {H} took a walk {P.to}.", "{day} {H} was all alone {P.in}.");
        t.say("suddenly, there was {giver}!", "then {H.he} saw something strange. It was {giver}!");
        t.say(
                "“you may have one wish,” said a soft voice. “But think about it well.”",
                "“tell me your wish, and it will come true,” said a clear voice.");
        t.say("{H} did not think for long. {H.He} wished {wish}.", "at once, {H} wished {wish}.");
        t.say("there was a flash of light, and the wish came true!", "whoosh! There was a shower of golden sparks, and it was done.");
        t.paragraph();
        t.detail(
                "at first, it was [wonderful|great fun].",
                "“hooray!” {#cried} {H}. The first hour was wonderful.",
                "{H} laughed and jumped for joy.");
        t.say("but soon {bad}.", "but after a while, {bad}.");
        t.detail("{H} missed {H.his} friend {F.who}.", "{H} thought of {F.who} and of {E}, and {H.he} felt lonely.");
        t.detail("“this is not what I wanted,” {H.he} said {#sadly}.", "“oh, what have I done?” {H.he} {#cried}.", "{H} sat down and cried.");
        t.paragraph();
        t.say(
                "{H.he} went back to the same place and called, “Please take my wish back!”",
                "“please, please help me,” {H} called. “I want everything to be as it was.”");
        t.say("“what have you learned?” asked the voice.", "“are you sure?” asked the voice.");
        t.say("“I was happy before, and I did not know it,” said {H}.", "“all I want is {good},” said {H}.");
        t.say("there was another flash, and everything was as before.", "the air was full of sparks again, and then it was over.");
        t.detail(
                "{H} ran home as fast as {H.he} could and hugged {E}.",
                "at home, {F} was waiting for {H.him} with {#treat}.",
                "{F} came along the path. “Where were you?” {F.he} asked. “Very far away,” said {H}.");
        t.close(
                "from that day on, {H} was happy with what {H.he} had.",
                "{H} learned that you should be careful what you wish for.",
                "and {H} knew that the best things were already there.",
                "{H} never forgot it, and {H.he} was thankful for every day.");
    }

    static void journey(Tale t) {
        t.let(
                "goal, reason",
                "the sea / {H.he} had never seen so much water",
                "the end of the rainbow / {H.he} wanted to see where it touched the ground",
                "the top of the mountain / from there, you could touch the clouds",
                "the place where the river begins / nobody could tell {H.him} where it was",
                "the big city / {H.he} wanted to see the tall towers",
                "the lighthouse / {H.he} wanted to know who turned on the light");
        t.let("first", "[a snail|a beetle|a tired bee|a little worm|an ant]")
                .let("need", "[was lying on its back|was stuck in the mud|had fallen into a puddle|could not get across the road]");
        t.day();
        t.open();
        t.say("{H} had a dream. {H.He} wanted to see {goal}, because {reason}.", "{H} wanted to travel to {goal}, because {reason}.");
        t.paragraph();
        t.say(
                "{day} {H} packed a small bag with {#foods} and set off.",
                "{day} {H.he} said goodbye to {E} and set off with {#foods} in {H.his} bag.");
        t.sky();
        t.say(
                "after a while, {H.he} met {F.who}. “Where are you going?” asked {F}.",
                "at the first corner, {F.who} was sitting on a fence. “Where are you going?” {F.he} asked.");
        t.say(
                "“to {goal},” said {H}. “May I come with you?” asked {F}, and so they went on together.",
                "“I want to see {goal},” said {H}. “Then I will come along,” said {F}. “Two are better than one.”");
        t.say(
                "on the road, they saw {first} that {need}. {H} stopped and helped it.",
                "soon they came to {first} that {need}. “Let us help,” said {F}.");
        t.detail(
                "“thank you,” it said in a thin voice. “I will not forget this.”",
                "“you are very kind,” it whispered. “One day, I will help you, too.”");
        t.paragraph();
        t.detail(
                "they walked over hills and through valleys until their feet hurt.",
                "they walked and walked, and the road did not end.",
                "they crossed a bridge, and a wood, and three green hills.");
        t.say("then the road split in two. “Left or right?” asked {F}. They did not know.", "when it got dark, they did not know which way to go.");
        t.say(
                "“go where the [moss is thick|grass is soft|little white stones are],” said a thin voice. It was {first}!",
                "there was {first} again! “I know the way,” it said. “Follow me.”");
        t.detail("so they took the right path, and they slept under a {#tree}.", "they did as they were told, and soon the path got wider.");
        t.say(
                "in the morning, they climbed the last hill, and there it was!",
                "the next day, they came around a corner, and their mouths fell open.");
        t.say("“{goal}!” {#cried} {H}. It was more beautiful than {H.he} had ever dreamed.", "there it was, {goal}, shining in the sun.");
        t.paragraph();
        t.detail("they sat there for a long time and did not say a word.", "they stayed until the evening and ate the rest of their food.");
        t.detail("“thank you for coming with me,” said {H}.", "“the best thing was that you were with me,” said {H} to {F}.");
        t.say("when they came home, {E} was waiting at the gate, and they had a lot to tell.", "then they walked home, and {E} hugged them both.");
        t.close(
                "{H} learned that every long way begins with one small step.",
                "and {H} knew now that even the smallest friend can show you the way.",
                "the way had been long, but with a friend it had felt short.",
                "“where shall we go next?” asked {F}, and {H} laughed.");
    }
}
