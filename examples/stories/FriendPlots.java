package stories;

import java.util.List;
import java.util.function.Consumer;

/// Stories of friends.
final class FriendPlots {
    static final List<Consumer<Tale>> CHILDREN = List.of();
    static final List<Consumer<Tale>> ANYBODY = List.of(
            FriendPlots::lostAndFound,
            FriendPlots::aNewFriend,
            FriendPlots::sharing,
            FriendPlots::together,
            FriendPlots::theQuarrel,
            FriendPlots::theBoast);

    private FriendPlots() {}

    static void lostAndFound(Tale t) {
        t.let("hidden", "{#spot}").day();
        t.open();
        t.say(
                "{H.his} favorite [thing|thing in the world] was {O.a} that {H.his} {E.kind} had given {H.him}.",
                "{H} had {O.a}, and [{H.he} took {O.it} everywhere|{H.he} loved {O.it} very much|{O.they} {O.was} very dear to {H.him}].",
                "for {H.his} birthday, {H.his} {E.kind} had given {H.him} {O.a}.",
                "{H} [never went|did not go] anywhere without {H.his} {O}.");
        t.paragraph();
        t.say(
                "{day} {H} went {P.to} with {H.his} {O}.",
                "{day} {H} took {H.his} {O} {P.to}.",
                "{day} {H} [was playing|played] {P.in} [until the sun was low|for a long time|all alone].");
        t.sky();
        t.say(
                "but when it was time to go home, the {O.noun} {O.was} gone!",
                "[then|suddenly], {H} saw that the {O} {O.was} [gone|not there anymore]!",
                "when {H} wanted to go home, {H.he} could not find the {O} [anywhere|].",
                "after a while {H.he} looked for {H.his} {O}, but {O.they} {O.was} not there.");
        t.detail(
                "“oh no! Where {O.is} my {O.noun}?” {H} {#cried}.",
                "“my {O.noun}! I have lost my {O.noun}!” {H.he} {#cried}.",
                "{H.he} [felt|was] so sad that {H.he} [began|started] to cry.");
        t.detail(
                "{H.he} looked {#look} and {#look}, but {H.he} [found nothing|could not see {O.it}|did not find {O.it}].",
                "{H.he} looked everywhere, even {#look}.");
        t.paragraph();
        t.say(
                "just then, {F.who} came by.",
                "{H.his} friend {F.who} [heard {H.him}|saw {H.him}] and came [over|closer|running].",
                "{F.who} was [walking|passing] nearby and saw how sad {H} was.");
        t.say("“what is wrong, {H}?” {F} asked.", "“why are you sad?” asked {F}.", "“what happened?” asked {F}.");
        t.say(
                "“I have lost my {O},” {H} said {#sadly}.",
                "“I cannot find my {O.noun} [anywhere|],” said {H}.",
                "“my {O.noun} {O.is} gone, and I do not know where to look,” said {H}.");
        t.say(
                "“do not worry. [I will help you|Let us look together|Two can see more than one],” said {F}.",
                "“[let us|let's] look for {O.it} together,” {F} said {#happily}.",
                "“where did you [have|see] {O.it} last?” asked {F}. {H} thought about it, and they walked back [the same way|slowly].");
        t.detail(
                "they [looked|searched] and [looked|searched], and at last {F} saw something {hidden}.",
                "[soon|after some time|before long], {F} found something {hidden}.",
                "{F} had [sharp|good] eyes. There was something {hidden}!");
        t.say(
                "it was the {O}!",
                "“{O.is} {O.this} your {O.noun}?” asked {F}. “Yes!” {#cried} {H}.",
                "there {O.they} {O.was}, a little dirty but safe!");
        t.paragraph();
        t.say(
                "{H} hugged {H.his} friend. “Thank you, {F}!” {H.he} said.",
                "{H} was {#joy}. “Thank you, thank you!” {H.he} {#cried}.",
                "{H} [jumped|danced] for joy and thanked {F} [again and again|many times].");
        t.maybe(50, "they [played {#game}|shared {#treat}|walked home together] [until it got dark|and laughed a lot].");
        t.close(
                "from that day on, {H} [took good care of|always looked after] {H.his} {O.noun}.",
                "{H} had learned that a good friend is [better|worth more] than any {O.noun}.",
                "that night, {H} put the {O.noun} next to {H.his} bed and was glad to have a friend like {F}.",
                "and {H} never forgot how {F} had helped {H.him}.",
                "{H} learned that it is easier to find something when a friend helps you look.");
    }

    static void aNewFriend(Tale t) {
        t.let("play", "{#game}").day();
        t.open();
        t.say(
                "but {H.he} had nobody to play with, and sometimes {H.he} felt lonely.",
                "{H} wished for one thing only: a friend.",
                "{H.he} had [many|a lot of] toys, but no friend to share them with.",
                "{H} had just moved to a new [place|home], and {H.he} did not know anyone there.");
        t.paragraph();
        t.say("{day} {H} went {P.to}.", "{day} {H} [walked|went] {P.to} [all alone|by {H.himself}].", "{day} {H.his} {E.kind} took {H.him} {P.to}.");
        t.sky();
        t.say(
                "there {H.he} saw [somebody|someone] sitting {#spot}. It was {F.who}.",
                "{F.who} was there too, sitting alone {#spot}.",
                "somebody new was there, {#spot}. It was {F.who}.");
        t.detail(
                "{H} wanted to say hello, but {H.he} was [too shy|a little afraid].",
                "{H.his} heart beat fast. What if {F} did not like {H.him}?",
                "“should I say something?” {H} thought. “What if {F.he} laughs at me?”");
        t.detail(
                "then {H.he} took a deep breath and [went|walked] over.",
                "but {H.he} remembered what {H.his} {E.kind} always said: “A smile is a good beginning.”",
                "“be brave,” {H} told {H.himself}.");
        t.say(
                "“hello, I am {H}. What is your name?” {H.he} asked.",
                "“hi! My name is {H},” {H.he} said. “Would you like to play with me?”",
                "“hello,” {H.he} said {#happily}. “Do you want to play {play}?”");
        t.paragraph();
        t.say(
                "{F} looked up and smiled. “[I would love to|Yes, please|Oh yes],” {F.he} said.",
                "{F.his} eyes lit up. “I thought that nobody would ever ask me!” {F.he} said.",
                "“yes!” said {F}. “I was hoping that [someone|somebody] would come.”");
        t.say(
                "so they played {play} until they were tired.",
                "they played {play}, and then {#game}, and they laughed [and laughed|until their bellies hurt].",
                "first they played {play}. Then they sat down and shared a {#food}.");
        t.detail(
                "{F} showed {H} how to {#hobby}.",
                "{H} told {F} a funny story about {H.his} {E.kind}.",
                "they found out that they both liked to {#hobby}.",
                "{F} knew a secret place behind the {#tree}, and {F.he} showed it to {H}.");
        t.detail(
                "when the sun went down, they did not want to go home.",
                "soon it was time to go home.",
                "too soon, {H.his} {E.kind} called {H.him} for dinner.");
        t.detail(
                "“will you come again tomorrow?” asked {F}. “Of course!” said {H}.",
                "“see you tomorrow!” {#cried} {H}.",
                "“can we play again tomorrow?” asked {H}. {F} nodded [happily|and smiled].");
        t.paragraph();
        t.close(
                "from that day on, {H} and {F} were best friends.",
                "{H} went home with a happy heart. {H.He} had found a friend.",
                "{H} was glad that {H.he} had been brave and said hello.",
                "and {H} was never lonely again.",
                "{H} learned that a kind word can be the start of a [great|wonderful] friendship.");
    }

    static void sharing(Tale t) {
        t.let("treat", "{#foods}")
                .let("play", "{#game}")
                .let("count", "[five|six|seven|eight|ten|three|four]")
                .day();
        t.open();
        t.paragraph();
        t.say(
                "{day} {H.his} {E.kind} gave {H.him} a basket with {count} {treat}.",
                "{day} {E} gave {H} {count} {treat} [in a bag|on a plate|in a little box].",
                "{day} {H} got {count} sweet {treat} from {E}.");
        t.detail(
                "“these are [all mine|only for me]!” {H} thought, and {H.he} took them {P.to}.",
                "{H.he} [carried|took] them {P.to} and sat down {#spot}.",
                "they smelled so good that {H} wanted to eat them all at once.");
        t.say("soon {F.who} came [by|along].", "after a while, {F.who} sat down next to {H.him}.", "{H.his} friend {F.who} saw {H.him} there.");
        t.say(
                "“[oh|mmm], those {treat} look [very good|so good|delicious]! May I have one?” asked {F}.",
                "“I am so hungry,” said {F}. “Could I have one of your {treat}?”",
                "“will you share your {treat} with me?” {F} asked.");
        t.say(
                "“no, they are mine!” said {H}, and {H.he} held them tight.",
                "{H} shook {H.his} head. “I want to eat them all by myself,” {H.he} said.",
                "{H} did not want to share. “Go and find your own,” {H.he} said.");
        t.detail(
                "{F} looked sad and went away.",
                "{F} did not say a word. {F.He} turned around and walked away slowly.",
                "“oh,” said {F} [quietly|softly], and {F.he} left.");
        t.paragraph();
        t.say(
                "{H} ate one, and then another one. But they did not taste as good as before.",
                "{H} ate the first one all alone, but {H.he} did not feel happy.",
                "now {H} had all the {treat}, but nobody to talk to.");
        t.detail(
                "{H.he} thought of {F}, and {H.his} heart felt heavy.",
                "“that was not kind of me,” {H.he} thought.",
                "{H.he} remembered how {F} had [once|] shared a {#food} with {H.him} [last week|last summer|not long ago].");
        t.say("so {H} jumped up and ran after {H.his} friend.", "{H.he} got up and went to look for {F}.");
        t.say(
                "“I am sorry, {F}. Please [take|have] some of my {treat},” {H.he} said.",
                "“wait, {F}! I was not nice. Let us share them,” {H} {#cried}.",
                "“I am sorry that I was so mean,” said {H}. “Half of them are for you.”");
        t.say(
                "{F} smiled. “Thank you, {H}!”",
                "{F} was {#joy} and gave {H} a hug.",
                "“that is very nice of you,” said {F}, and {F.his} eyes were bright again.");
        t.paragraph();
        t.detail(
                "they sat {#spot} and ate together.",
                "together they ate the {treat} and played {play}.",
                "they ate and talked and laughed [until the evening|all afternoon].");
        t.close(
                "{H} learned that [food|everything] tastes better when you share it.",
                "now {H} knew that sharing makes two friends happy [instead of one|at once].",
                "from then on, whenever {H} had something good, {H.he} shared it.",
                "it was the best snack that {H} had ever had, because a friend was there.");
    }

    static void together(Tale t) {
        t.let(
                "load, where",
                "cart full of {#foods} / was stuck in the mud",
                "[round|gray] stone / lay in the middle of the path",
                "pumpkin / would not come out of the ground",
                "log / had fallen across the path",
                "turnip / was stuck deep in the ground",
                "boat / was stuck in the sand",
                "wagon full of wood / was stuck in a hole");
        t.let("size", "[big|huge|large|giant|heavy]").day();
        t.open();
        t.paragraph();
        t.say(
                "{day} {H} [came to|saw] a place where a {size} {load} {where}.",
                "{day} on the way {P.to}, {H} saw that a {size} {load} {where}.",
                "{day} a {size} {load} {where}, and {H} wanted to help.");
        t.say(
                "“I am [strong|big] enough to move it,” {H} said.",
                "“that is easy. I can do it all by myself!” said {H}.",
                "{H} stood firmly on the ground. “One, two, three!” {H.he} {#cried}.");
        t.say(
                "{H.he} pulled and {H.he} pushed, but it did not move.",
                "{H.he} pushed as hard as {H.he} could. Nothing happened.",
                "{H.he} pulled with all {H.his} strength and fell on {H.his} bottom!");
        t.paragraph();
        t.say(
                "then {F.who} came along. “[May|Can] I help you?” {F.he} asked.",
                "{F.who} heard {H.him} [groan|puff] and came to help.",
                "“that looks hard,” said {F.who}. “Let me help you.”");
        t.detail(
                "“you are too small,” said {H}, but {H.he} let {F} try.",
                "“thank you,” said {H}. “It is very heavy.”",
                "{H} was glad. “Yes, please,” {H.he} said.");
        t.detail(
                "they pulled and pushed together. It moved a little, and then it stopped.",
                "together they tried again, and it moved [just a tiny bit|a little].",
                "now they were two, but it was still too heavy.");
        t.say(
                "so they called {E}, and {E} called {N}.",
                "so they called {N}, and {N} brought a long rope.",
                "then {N} came by, and {E} came too.",
                "“we need more [hands|friends],” said {F}, and {F.he} ran to get {E} and {N}.");
        t.detail(
                "a little [mouse|bird|ant|frog] came along, too. “I [may be|am] small, but I want to help!” it said.",
                "even a little [mouse|bird|frog] came to help.");
        t.detail(
                "“all together now! One, two, three!” {#cried} {H}.",
                "they all took a deep breath. “Ready, steady, go!” {F} {#cried}.",
                "“now!” {#cried} {F}, and everybody pulled.");
        t.say(
                "they pulled and pulled, and suddenly the {load} moved!",
                "with a loud [pop|crack|thump], the {load} came free!",
                "slowly, slowly, the {load} began to move, and then it was free!");
        t.paragraph();
        t.detail("everybody [cheered|laughed|clapped].", "they all fell down in a heap and laughed.", "“we did it!” they {#cried}.");
        t.maybe(50, "{E} made {#treat} for [everyone|all of them].", "then they all sat down and ate {#foods}.");
        t.close(
                "{H} learned that many small hands can do a big thing.",
                "“alone I could not do it,” said {H}, “but together we are strong.”",
                "from that day on, {H} was never too proud to ask for help.",
                "{H} had learned that nobody is too small to help.");
    }

    static void theQuarrel(Tale t) {
        t.let("made", "[sandcastle|tree house|snow fort|tower of blocks|little bridge|paper ship|mud castle|tent of blankets]");
        t.let("one, other", "red / blue", "green / yellow", "round / square", "white / purple", "tall / wide", "gold / silver", "pink / orange")
                .day();
        t.open();
        t.say(
                "{H.his} best friend was {F.who}.",
                "{H.he} and {H.his} friend {F.who} did everything together.",
                "{H} and {F.who} were the best of friends.");
        t.paragraph();
        t.say(
                "{day} they wanted to build a {made}.",
                "{day} the two friends met {P.in} to build a {made}.",
                "{day} {H} said, “Let us build a {made}!” {F} liked the idea.");
        t.say("“it must be {one},” said {H}. “No, it must be {other},” said {F}.", "{H} wanted it to be {one}, but {F} wanted it to be {other}.");
        t.say(
                "“{one}!” {#cried} {H}. “{other}!” {#cried} {F}.",
                "“my idea is better,” said {H}. “No, mine is!” said {F}.",
                "they [argued|quarreled] until they were both very angry.");
        t.say(
                "“then I will not play with you anymore!” said {F}, and {F.he} went home.",
                "“I do not need you,” said {H}, and they both went home.",
                "{F} stamped {F.his} foot and walked away.");
        t.paragraph();
        t.detail(
                "at home, {H} sat by the window and felt [sad|bad|lonely].",
                "{H} tried to play alone, but it was no fun at all.",
                "that evening, {H} could not eat {H.his} dinner.");
        t.say(
                "{E} asked {H.him} what was wrong, and {H} told {E.him} everything.",
                "“what is the matter?” asked {E}, and {H} told {E.him} about the quarrel.");
        t.detail(
                "“is being right more important than having a friend?” asked {E}.",
                "“what do you think {F} is feeling now?” asked {E} [softly|gently].",
                "“sometimes two ideas are better than one,” said {E}.",
                "“a friend is [hard to find and|] easy to lose,” said {E}. “Go and talk to {F.him}.”");
        t.paragraph();
        t.say("the next [day|morning], {H} went to {F}'s house.", "{H} thought about it all night. In the morning, {H.he} went to see {F}.");
        t.say(
                "“I am sorry, {F},” said {H}. “I am sorry, too,” said {F}.",
                "“I am sorry that I [shouted|was angry],” {H.he} said. “Me too,” said {F}.",
                "“please forgive me,” said {H}. {F} smiled and [took {H.his} hand|hugged {H.him}].");
        t.say(
                "“what if we make it {one} and {other}?” asked {H}. “That is a great idea!” said {F}.",
                "“let us make one side {one} and the other side {other},” said {F}, and {H} [nodded|agreed].");
        t.say(
                "they worked all day, and it was the most beautiful {made} in the world.",
                "together they built the best {made} that [anyone|anybody] had ever seen.",
                "soon they were laughing again, and the {made} was finished before dinner.");
        t.close(
                "{H} and {F} never forgot that saying sorry [can make things right|mends a friendship].",
                "from that day on, they listened to each other before they got angry.",
                "now they knew that good friends can have different ideas and still be friends.",
                "{H} learned that it takes courage to say sorry.");
    }

    static void theBoast(Tale t) {
        t.let(
                "skill, act, fall",
                "run fast / ran around the big tree / did not see a root and fell into the mud",
                "jump far / jumped over the little stream / landed in the middle of the water",
                "climb high / climbed to the top of a tall tree / looked down and was too afraid to move",
                "swim fast / jumped into the water / got tired in the middle of the pond",
                "dance well / turned around and around on a rock / got dizzy and fell into a puddle",
                "balance on one leg / stood on one leg on the fence / lost [{H.his} balance|{H.his} hat and {H.his} balance] and fell into a bush",
                "carry heavy things / lifted a huge basket of stones / could not put it down again without help");
        t.day();
        t.open();
        t.say("{H.he} could {skill}, and {H.he} was very proud of it.", "nobody could {skill} like {H}, and {H.he} told everyone about it.");
        t.detail("“I am the best!” {H.he} said every day. “Nobody is as good as I am.”", "“look at me! I am the best of all!” {H.he} always said.");
        t.paragraph();
        t.say("{day} {F.who} came {P.to}.", "{day} {H} met {F.who} {P.in}.", "{day} {H} and {F.who} were {P.in}.");
        t.say(
                "“watch me, {F}! You will never be as good as I am,” said {H}.",
                "“you cannot do what I can do,” {H} said and laughed at {F}.",
                "“can you {skill}?” asked {H}. “Not very well,” said {F}. {H} laughed.");
        t.detail(
                "{F} felt sad, but {F.he} only said, “Please be careful.”",
                "“it is not nice to say that,” said {F} quietly.",
                "{F} said nothing and looked at the ground.");
        t.say("{H} did not listen. {H.He} {act}, and then {H.he} {fall}!", "to show off, {H} {act}. But then {H.he} {fall}.");
        t.detail("“help! Help me, please!” {H.he} {#cried}.", "“oh no! Somebody help me!” {H} {#cried}.");
        t.paragraph();
        t.say(
                "{F} did not laugh. {F.He} came [running|] at once and helped {H.him}.",
                "{F} could have laughed, but {F.he} did not. {F.He} held out {F.his} hand and helped {H.him}.",
                "{F} ran to {H} and helped {H.him} until {H.he} was safe.");
        t.detail("“are you all right?” asked {F}.", "“are you hurt?” {F} asked.");
        t.detail(
                "{H.his} face turned red. “Yes,” {H.he} said. “Thank you for helping me.”",
                "“I am fine, thank you,” {H} said. {H.He} felt very small now.");
        t.detail("“why did you help me? I was not nice to you,” said {H}.", "“I laughed at you, and you still helped me,” {H} said.");
        t.say(
                "“because that is what friends do,” said {F}.",
                "“everyone needs help sometimes,” said {F} with a smile.",
                "“you would do the same for me,” said {F}.");
        t.say(
                "“I am sorry,” said {H}. “You are the [kindest|best] friend of all.”",
                "“I am sorry for what I said,” said {H}. “Shall I teach you how to {skill}?” “Yes, please!” said {F}.");
        t.paragraph();
        t.close(
                "from that day on, {H} did not boast anymore.",
                "{H} learned that being kind is more important than being the best.",
                "after that, {H} still liked to {skill}, but {H.he} never laughed at others again.",
                "and {H} had learned that pride comes before a fall.");
    }
}
