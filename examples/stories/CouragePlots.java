package stories;

import java.util.List;
import java.util.function.Consumer;

/// Stories of being afraid, of trying again, and of telling the truth.
final class CouragePlots {
    static final List<Consumer<Tale>> CHILDREN = List.of(CouragePlots::theTruth);
    static final List<Consumer<Tale>> ANYBODY = List.of(
            CouragePlots::fear, CouragePlots::learning, CouragePlots::contest, CouragePlots::storm, CouragePlots::lostInTheWoods, CouragePlots::kite);

    private CouragePlots() {}

    static void fear(Tale t) {
        t.let(
                "fear, sight, help, first, done",
                "the dark / when the light went out, {H.he} saw [strange shapes|long shadows] on the wall / a little lamp shaped like a [star|moon|mushroom]"
                        + " / looked at the shadows. They were only a chair and a coat / slept all night without waking up",
                "thunder / when the sky went boom, {H.he} hid under the bed / a funny song to sing / sang the song very softly while the sky rumbled"
                        + " / stood at the window and watched the storm",
                "deep water / when the others swam in the lake, {H.he} stayed on the shore / a ring to hold on to / put one foot into the water, and then the other one"
                        + " / swam all the way to the little island",
                "high places / when the others went up the tall ladder, {H.he} stayed on the ground / a strong hand to hold / went up one step, and then another one"
                        + " / stood at the very top and looked out over the land",
                "big dogs / when a dog barked, {H.he} ran away / a [cookie|biscuit] to give to the dog / held out {H.his} hand and let the dog sniff it"
                        + " / stroked the dog, and it wagged its tail",
                "singing in front of others / when [everyone|everybody] looked at {H.him}, {H.he} could not make a sound / a smooth little stone for {H.his} pocket"
                        + " / sang one line to {H.his} [teddy bear|pillow|mirror] / sang the whole song, and [everyone|everybody] clapped",
                "the old bridge / when the others walked across it, {H.he} stood still and shook / a rope to hold on to / took one small step, and then one more"
                        + " / walked all the way to the other side",
                "the big slide / when it was {H.his} turn, {H.he} always went back down the ladder / a promise to wait at the bottom / sat down at the top and counted to three"
                        + " / went down with a loud, happy shout");
        t.day();
        t.open();
        t.say(
                "but {H} was afraid of {fear}.",
                "there was just one problem: {H} was afraid of {fear}.",
                "{H} had a secret. {H.He} was afraid of {fear}.");
        t.detail("{sight}.");
        t.paragraph();
        t.say("{day} {H} told {E} about it.", "{day} {E} asked, “What is the matter, {H}?”", "{day} {E} found {H} crying.");
        t.say("“I am scared of {fear},” {H} said {#sadly}.", "“I want to be brave, but I am afraid of {fear},” said {H}.");
        t.detail(
                "{E} did not laugh. “When I was little, I was afraid, too,” {E.he} said.",
                "“everybody is afraid of something,” said {E}.",
                "{E} took {H.him} in {E.his} arms. “Being brave does not mean that you are never afraid,” {E.he} said.");
        t.detail(
                "“being brave means that you try, even when your knees shake.”",
                "“you do not have to do it all at once. Take one small step.”",
                "“take a deep breath and count to three. Then try just a little bit.”");
        t.say("and {E} gave {H} {help}.", "then {E} gave {H.him} {help}.");
        t.paragraph();
        t.say(
                "[that evening|the next day|a few days later], {H} wanted to try.",
                "“I will try,” said {H}.",
                "{H} thought about it for a long time. Then {H.he} was ready.");
        t.detail(
                "{H.his} heart went bump, bump, bump.",
                "{H.his} knees were shaking [a little|].",
                "{H.he} took a deep breath.",
                "at first, {H.he} wanted to run away. But {H.he} stayed.");
        t.say("{H.he} {first}.");
        t.detail("nothing bad happened!", "that was not so bad!", "it was not as scary as {H.he} had thought.");
        t.detail("“I can do it!” {H.he} whispered.", "“look, I am doing it!” {H.he} {#cried}.", "“you are doing very well,” said {E}.");
        t.say("in the end, {H} {done}.", "and then {H} {done}!", "a week later, {H} {done}.");
        t.paragraph();
        t.detail(
                "{E} was so proud of {H.him}.",
                "{H} was {#joy}.",
                "“you see? You were brave all along,” said {E}.",
                "{H} felt [ten feet tall|as strong as a bear|very brave].");
        t.close(
                "{H} learned that you can be afraid and brave at the same time.",
                "from that day on, {H} was not so afraid of {fear} anymore.",
                "and whenever something seemed scary, {H.he} took a deep breath and one small step.",
                "now {H} knew that the first step is always the hardest.");
    }

    static void learning(Tale t) {
        t.let(
                "skill, fail, tip, success",
                "ride a bike / {H.he} fell into the grass / look ahead, not at your feet / rode all the way down the road",
                "whistle / only air came out / make your lips small and round, and blow gently / whistled a whole song",
                "tie a bow / it fell apart / make two ears like a rabbit, and then cross them / tied the most beautiful bow",
                "skate on the ice / {H.he} landed on {H.his} bottom / bend your knees a little / danced across the ice",
                "fly a kite / it crashed into the ground / wait for the wind, and then run / watched the kite dance high in the sky",
                "catch a ball / it flew past {H.his} hands / keep your eyes on the ball / caught the ball ten times in a row",
                "play the flute / it squeaked like a mouse / blow softly, as if you were cooling soup / played a sweet little song",
                "bake bread / it came out as hard as a stone / let the dough rest before you bake it / took a soft, golden bread out of the oven",
                "walk on stilts / {H.he} fell over at once / take small steps and look at the trees / walked all around the house",
                "make a paper bird / it looked like an old shoe / fold slowly, one line at a time / made a bird that could really fly",
                "jump rope / the rope got stuck around {H.his} feet / jump when you hear the rope touch the ground / jumped twenty times without stopping");
        t.day();
        t.open();
        t.say(
                "there was one thing {H} wanted more than anything: to learn how to {skill}.",
                "{H} wanted to learn how to {skill}.",
                "all {H.his} friends could {skill}, but {H} could not.");
        t.paragraph();
        t.say(
                "{day} {H.he} tried it for the first time.",
                "{day} {H} said, “Today I will learn how to {skill}!”",
                "{day} {H} went {P.to} to try it.");
        t.say("but {fail}.", "{H.he} tried very hard, but {fail}.");
        t.detail("{H.he} tried again, and {fail} once more.", "{H.he} tried a second time and a third time. Each time, {fail}.");
        t.say(
                "“I will never learn it!” {H.he} {#cried}.",
                "“I give up,” {H} said {#sadly}.",
                "{H} was so angry that {H.he} stamped {H.his} foot.",
                "“this is too hard for me,” said {H}.");
        t.paragraph();
        t.say("{F.who} had seen [it|everything].", "{F.who} came over and sat down next to {H.him}.", "just then, {F.who} came by.");
        t.say(
                "“do not give up,” said {F}. “[It took me a long time, too|I could not do it at first, either].”",
                "“do you know how often I tried before I could {skill}? A hundred times!” said {F}.",
                "“shall I tell you a secret?” asked {F}. “Nobody can do it the first time.”");
        t.say("“here is a tip: {tip}.”", "“let me help you. Remember this: {tip},” {F.he} said.");
        t.detail("{H} dried {H.his} tears and [nodded|tried again].", "{H} stood up again.", "“all right,” said {H}. “One more time.”");
        t.say("every day, {H.he} practiced a little.", "they practiced all [afternoon|week].", "{H.he} practiced in the morning and in the evening.");
        t.detail("some days were good, and some days were not.", "each day, it went a little better.", "slowly, it got easier.");
        t.paragraph();
        t.say("and then, one day, {H} {success}!", "at last, {H} {success}!", "and what do you think happened? {H} {success}!");
        t.detail("“I did it! I did it!” {H.he} {#cried}.", "“look at me, {F}!” {#cried} {H}.", "{F} clapped and {#cried}, “Hooray!”");
        t.detail("{H} ran home to tell {E}.", "{E} was very proud of {H.him}.", "{H} was {#joy}.");
        t.close(
                "{H} learned that you only fail when you stop trying.",
                "now {H} knew that practice makes things easy.",
                "and when somebody else wanted to learn it, {H} said, “Do not give up. I will help you.”",
                "after that, whenever something was hard, {H} said to {H.himself}, “I just cannot do it yet.”");
    }

    static void contest(Tale t) {
        t.let(
                "contest, prepare, trouble, fix",
                "race / ran up and down the hill / {F} [tripped|fell] over a root and hurt {F.his} foot / helped {F} up, and they walked to the end together",
                "singing contest / sang every morning / {F} forgot the words of {F.his} song / sang along softly until {F} remembered",
                "drawing contest / drew a picture every day / {F} had no paint left / gave {F} half of {H.his} colors",
                "baking contest / baked a new cake every day / {F} dropped {F.his} eggs on the floor / gave {F} three of {H.his} own eggs",
                "sandcastle contest / built castles by the sea / a big wave washed away the castle of {F} / helped {F} build a new one",
                "boat race / tried {H.his} little boat on the pond / the sail of {F}'s boat tore apart / gave {F} a piece of cloth for a new sail",
                "kite contest / flew {H.his} kite on the hill / the string of {F}'s kite broke / tied the string together again",
                "dancing contest / danced in {H.his} room / {F} was too scared to go on the stage / took {F} by the hand and danced with {F.him}");
        t.day();
        t.open();
        t.paragraph();
        t.say(
                "{day} {H} heard that there would be a {contest} [in the village|{P.in}|on Sunday].",
                "every year, there was a big {contest} in the village.",
                "{day} {N} said, “There will be a {contest} next week!”");
        t.detail("the [winner|best one] would get a {#big} golden [cup|medal|bell|star].", "the prize was {#treat} and a golden [cup|medal|star].");
        t.say("{H} wanted to win. {H.He} {prepare}.", "“I want to win,” said {H}, and {H.he} {prepare}.", "{H} {prepare} to be ready.");
        t.maybe(60, "{H.his} friend {F.who} wanted to win, too.", "{F.who} was also very good.");
        t.paragraph();
        t.say("at last, the great day came.", "then the day of the contest came.", "when the day came, {H} was [so excited|very excited].");
        t.detail(
                "[everyone|everybody] [from the village|] was there to watch.",
                "{E} sat in the first row and waved.",
                "there were flags and music and many happy faces.");
        t.detail("“good luck, {F}!” said {H}. “Good luck!” said {F}.", "“ready, steady, go!” {#cried} {N}.");
        t.say("everything went well, but then {trouble}.", "but then something went wrong: {trouble}!");
        t.detail("“oh no!” {F} {#cried}.", "{F} began to cry.", "{F} did not know what to do.");
        t.say(
                "{H} thought, “If I stop now, I will not win.” But {F} was {H.his} friend.",
                "{H} saw it and did not know what to do. {H.He} wanted the prize so much!",
                "now {H} could win easily. But was that right?");
        t.say("{H.he} thought about it only for a moment. Then {H.he} {fix}.", "then {H.he} made up {H.his} mind. {H.He} {fix}.");
        t.say("“thank you,” said {F}. “You are a true friend.”", "“why are you helping me?” asked {F}. “Because you are my friend,” said {H}.");
        t.paragraph();
        t.say("in the end, somebody else won the contest.", "in the end, {F} won, and {H} came second.", "neither of them won.");
        t.say(
                "but {N} had seen everything and gave {H} a special prize for [being kind|having a kind heart].",
                "but everybody clapped for {H}, because they had seen what {H.he} did.",
                "but {H} was not sad. {E} hugged {H.him} and said, “For me, you are the winner.”");
        t.close(
                "{H} learned that a friend is worth more than a prize.",
                "that evening, {H} and {F} shared {#treat} and were very happy.",
                "“winning is nice,” said {H}, “but helping feels even better.”",
                "and {H} knew that {H.he} had done the right thing.");
    }

    static void storm(Tale t) {
        t.let("shelter", "[a hollow tree|a small cave|an old barn|a little hut|a wooden shed]")
                .let("song", "[a funny song|an old song|a song about the sun|a counting song]")
                .day();
        t.open();
        t.paragraph();
        t.say(
                "{day} {H} and {F.who} were playing {P.in}.",
                "{day} {H} met {F.who} {P.in} to play {#game}.",
                "{day} {H} and {H.his} friend {F.who} went for a long walk.");
        t.detail("at first, the sun was shining.", "it was warm, and they had a lot of fun.", "they did not look at the sky.");
        t.say(
                "but then dark clouds came, and the wind began to blow.",
                "suddenly, the sky turned dark gray, and a cold wind blew.",
                "then the sky grew dark, and the leaves began to shake.");
        t.say(
                "big drops of rain fell [on their heads|from the sky].",
                "the rain came down [harder and harder|like a waterfall].",
                "soon it was raining so hard that they could not see the path.");
        t.detail("“boom!” went the thunder.", "there was a flash of light, and then a loud boom!", "the thunder was so loud that the ground shook.");
        t.paragraph();
        t.say("“I am scared!” {#cried} {F}.", "“I want to go home!” {F} {#cried}.", "{F} was so afraid that {F.he} could not move.");
        t.say("{H} was scared, too, but {H.he} [took {F} by the hand|thought quickly].", "{H} looked around. {H.He} had to think fast.");
        t.say("“look, there is {shelter}! Come with me!” {H.he} {#cried}.", "not far away, {H.he} saw {shelter}. “Quick, in there!” {H.he} said.");
        t.say("they ran [as fast as they could|through the rain] and crept inside.", "they ran inside. It was small, but it was dry.");
        t.detail("they sat close together to keep warm.", "{H} put {H.his} [jacket|scarf|arm] around {H.his} friend.");
        t.say(
                "“let us sing {song},” said {H}, and they sang until the thunder was far away.",
                "to feel better, they sang {song}, louder than the storm.",
                "“count with me after the light,” said {H}. “One, two, three. You see? The storm is going away.”");
        t.paragraph();
        t.say("[at last|after some time|little by little], the rain stopped.", "then it grew quiet. The storm was over.");
        t.say(
                "when they came out, there was a [beautiful|wonderful|big] rainbow in the sky.",
                "the sun came back, and a rainbow stood over the [hills|trees|fields].");
        t.detail("“oh, how beautiful!” said {F}.", "“look at all the colors!” {#cried} {F}.", "every leaf was shining like glass.");
        t.say(
                "{E} came running" + " and hugged them both. “[I was so worried|I am so glad that you are safe]!” {E.he} said.",
                "at home, {E} gave them dry clothes and {#treat}.",
                "at home, {E} wrapped them in warm blankets.");
        t.close(
                "{H} and {F} learned that even the worst storm passes.",
                "after that day, {F} was not so afraid of storms, because {H} was {F.his} friend.",
                "and they never forgot to look at the sky before a long walk.",
                "{H} learned that helping a friend makes you brave.");
    }

    static void lostInTheWoods(Tale t) {
        t.let("lure", "[a blue butterfly|a yellow butterfly|a little white bird|a red squirrel|a shiny dragonfly|a tiny green frog]")
                .day();
        t.let("promise", "[stay on the path|stay close to me|do not go into the woods alone|come back before dark]");
        t.open();
        t.paragraph();
        t.say(
                "{day} {H} went to the woods with {E}.",
                "{day} {E} and {H} went into the forest to look for [berries|mushrooms|nuts|flowers].",
                "{day} {H} wanted to visit {N} on the other side of the woods.");
        t.say("“please {promise},” said {E}. “I promise,” said {H}.", "“{H}, please {promise},” {E} said. {H} nodded.");
        t.say(
                "but soon {H} saw {lure}.",
                "but then {H.he} saw {lure} between the trees.",
                "{H.he} really wanted to be good. But then there was {lure}.");
        t.say(
                "“oh, how pretty!” said {H}, and {H.he} followed it.",
                "{H} forgot {H.his} promise and ran after it.",
                "“just a few steps,” {H.he} thought, and {H.he} went after it.");
        t.detail("it went left, and it went right, and then it was gone.", "deeper and deeper {H.he} went, until it was gone.");
        t.paragraph();
        t.say(
                "{H} looked around. All the trees looked the same.",
                "now {H} did not know where {H.he} was.",
                "where was the path? {H} could not see it anymore.");
        t.say("“{E}! {E}!” {H.he} {#cried}, but nobody answered.", "{H.he} called and called, but only the wind answered.");
        t.detail("it was getting dark, and {H} was cold and hungry.", "an owl hooted, and {H.he} got scared.", "a tear rolled down {H.his} cheek.");
        t.say(
                "then {H.he} remembered what {E} had told {H.him}: “If you get lost, stay where you are.”",
                "“I must not run around,” {H.he} thought. “{E} will look for me.”");
        t.say(
                "so {H.he} sat down under a {#tree} and sang as loudly as {H.he} could.",
                "{H} sat down on a log and waited. From time to time, {H.he} called out.",
                "{H.he} sat on a big stone and whistled, again and again.");
        t.paragraph();
        t.say("after a long time, a light came through the trees.", "at last, {H.he} heard steps.", "then there was a voice. “{H}! Where are you?”");
        t.say("it was {E} with a lantern!", "{E} had heard {H.him}!", "{E} and {F.who} had been looking for {H.him} everywhere.");
        t.say(
                "{H} ran into {E.his} arms. “I am so sorry,” {H.he} said. “I did not keep my promise.”",
                "“I am sorry that I did not listen,” {H} said and cried a little.");
        t.detail(
                "“I am just glad that I found you,” said {E}.",
                "“I was very worried,” said {E}. “But you were clever to stay in one place.”",
                "{E} held {H.him} tight. “You are safe now,” {E.he} said.");
        t.detail(
                "hand in hand, they walked home.",
                "at home, there was {#treat} for {H.him}.",
                "then they went home together through the dark woods.");
        t.close(
                "{H} learned that a promise must be kept.",
                "from that day on, {H} always listened to {E}.",
                "and {H} never left the path again.",
                "next time, when {H.he} saw something pretty, {H.he} only waved and stayed on the path.");
    }

    static void kite(Tale t) {
        t.let(
                "thing, stuck",
                "kite / in the top of a tall tree",
                "ball / on the roof of the barn",
                "hat / on a high branch",
                "balloon / between two branches",
                "toy plane / on top of the old wall");
        t.let("color", "{#color}");
        t.day();
        t.open();
        t.say("{H.he} had a {color} {thing}.", "{H.he} was very proud of {H.his} {color} {thing}.", "{E} had given {H.him} a {color} {thing}.");
        t.paragraph();
        t.say(
                "{day} {H} took the {thing} outside.",
                "{day} {H} was [playing|running around] with the {thing}.",
                "{day} a strong wind was blowing, and {H} went outside with the {thing}.");
        t.say(
                "up and up it went, and then it got stuck {stuck}.",
                "whoosh! The wind took it away, and it landed {stuck}.",
                "suddenly, the wind pulled it out of {H.his} hands, and it got stuck {stuck}.");
        t.say(
                "“oh no! My {thing}!” {H} {#cried}.",
                "“how will I get it down?” {H} asked {H.himself}.",
                "{H} jumped as high as {H.he} could, but {H.he} could not reach it.");
        t.detail(
                "{H.he} threw a stick at it, but the stick fell down again.",
                "{H.he} shook and shook, but nothing happened.",
                "{H.he} asked the wind to blow it down, but the wind did not listen.");
        t.paragraph();
        t.say(
                "{F.who} came by. “I can [jump|reach] higher than you,” {F.he} said. But {F.he} was not tall enough.",
                "{F.who} tried to help with a long stick, but the stick was too short.");
        t.say(
                "then {N} came along with a ladder, but the ladder was too short, too.",
                "{N} stopped and tried to reach it with an umbrella, but it was too high.");
        t.detail("“it is no use,” said {H} {#sadly}.", "they all looked up and did not know what to do.", "“we will never get it down,” said {F}.");
        t.say(
                "then {H} had an idea. “What if {F} stands on my shoulders, with the stick?”",
                "“wait,” said {F}. “What if I climb on your shoulders and use the stick?”");
        t.say("{H} stood very still, and {F} climbed up.", "so {F} climbed onto {H}'s shoulders, and {N} held them both.");
        t.detail("“a little more to the left,” said {N}.", "they shook a little, but they did not fall.", "“careful, careful!” {#cried} {N}.");
        t.say("{F} reached out, and the {thing} fell down, right into {N}'s arms!", "one push with the stick, and down came the {thing}!");
        t.paragraph();
        t.detail("“hooray!” they all {#cried}.", "{H} laughed and danced around.", "“thank you! Thank you, all of you!” said {H}.");
        t.say(
                "then they took turns playing with it.",
                "“now it is your turn,” said {H}, and {H.he} gave the {thing} to {F}.",
                "{H} let {F} play with it all afternoon.");
        t.close(
                "{H} learned that a good idea and good friends can solve any problem.",
                "alone, they were too small, but together they were tall enough.",
                "after that, {H} always played in the open field, far away from trees and roofs.",
                "and whenever {H} looked at the {thing}, {H.he} had to smile.");
    }

    static void theTruth(Tale t) {
        t.let(
                "broken, how, pieces",
                "vase / bumped into the table / lay in pieces on the floor",
                "window / threw the ball too hard / had a big hole in it",
                "cup / ran through the kitchen / broke into three pieces",
                "clock / climbed on the shelf / fell down and stopped ticking",
                "flower pot / jumped around in the hall / fell down and cracked",
                "plate / danced around the table / fell to the floor and broke",
                "lamp / threw a pillow / fell over and broke");
        t.let("look", "[old|big|favorite|beautiful|new|pretty]")
                .let("blame", "[the cat|the dog|the wind|{F}]")
                .day();
        t.open();
        t.paragraph();
        t.say("{day} {H} was playing in the house.", "{day} it was raining, so {H} played inside.", "{day} {H} was alone in the living room.");
        t.detail(
                "“do not run in the house,” {E} had said, but {H} forgot.",
                "{H} knew that {H.he} should be careful inside, but {H.he} was having so much fun.");
        t.say("{H.he} {how}, and {E}'s {look} {broken} {pieces}.", "{H.he} {how}. Crash! {E}'s {look} {broken} {pieces}.");
        t.detail(
                "{H} stood still. “Oh no,” {H.he} whispered.",
                "{H.his} heart almost stopped. It was {E}'s favorite {broken}!",
                "what should {H.he} do now?");
        t.say(
                "{H.he} was so scared that {H.he} ran to {H.his} room and hid under the bed.",
                "{H} closed the door behind {H.him} and did not say a word.",
                "{H} ran away and hid behind the curtain.");
        t.paragraph();
        t.say("soon {E} came [home|in] and saw it. “Who did this?” {E.he} asked.", "“{H}, do you know what happened to my {broken}?” asked {E}.");
        t.say(
                "“it was {blame},” said {H}, but {H.he} could not look at {E.him}.",
                "“I think it was {blame},” {H.he} said, and {H.his} face got hot.");
        t.detail(
                "{E} looked at {H.him} for a long time. “I see,” {E.he} said.",
                "“hmm,” said {E}, and {E.he} began to sweep the floor.",
                "{E} said nothing. That was worse than being shouted at.");
        t.say(
                "all day long, {H} had a bad feeling in {H.his} belly.",
                "at dinner, {H} could not eat. {H.His} belly hurt.",
                "that night, {H} could not sleep.");
        t.detail(
                "“a lie is like a stone in my shoe,” {H.he} thought.",
                "“it is not right that {blame} gets the blame,” {H.he} thought.",
                "the longer {H.he} waited, the worse it felt.");
        t.paragraph();
        t.say(
                "at last, {H.he} went to {E}. “It was me,” {H.he} said {#sadly}. “I broke it, and I am sorry.”",
                "{H.he} went to {E} and said, “I did not tell the truth. I broke the {broken}.”");
        t.say(
                "{E} took {H.him} by the hand. “Thank you for telling me the truth,” {E.he} said.",
                "{E} sat down next to {H.him}. “That was very brave,” {E.he} said.");
        t.detail(
                "“a {broken} can be replaced. But I must be able to trust you.”",
                "“I am a little sad about the {broken}, but I am proud that you told me.”");
        t.detail(
                "together they [cleaned up|put everything in order].",
                "the next day, {H} bought some flowers with {H.his} own money to say sorry.",
                "{H} helped in the kitchen all week to make up for it.");
        t.detail("{H} felt as light as a feather.", "now the bad feeling was gone.", "{H} hugged {E}, and the stone in {H.his} belly was gone.");
        t.close(
                "{H} learned that the truth is always the best way.",
                "from that day on, {H} told the truth, even when it was hard.",
                "and {H} never blamed anybody else again.",
                "{H} had learned that everyone makes mistakes, and that it is brave to say so.");
    }
}
