"""Makes trained/: what Hugging Face's tokenizers learn from corpus.txt, and the ids it then gives to a thousand random strings.

    python make_trained.py        # with tokenizers 0.23.2

corpus.txt is kept; its documents are separated by a line <|end_of_text|>.
"""

import json
import os
import random

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "trained")
BEGIN, END = "<|begin_of_text|>", "<|end_of_text|>"

corpus = open(os.path.join(HERE, "corpus.txt"), encoding="utf8", newline="").read()

tokenizer = Tokenizer(models.BPE())
tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
tokenizer.decoder = decoders.ByteLevel()
trainer = trainers.BpeTrainer(
    vocab_size=900, special_tokens=[BEGIN, END], initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
)
tokenizer.train_from_iterator(corpus.split("\n" + END + "\n"), trainer)
tokenizer.post_processor = processors.TemplateProcessing(
    single=[BEGIN, "$A"], pair=[BEGIN, "$A", BEGIN, "$B:1"], special_tokens=[(BEGIN, tokenizer.token_to_id(BEGIN))]
)
tokenizer.save(os.path.join(HERE, "tokenizer.json"))

rng = random.Random(42)
words = corpus.split()
pieces = [
    lambda: rng.choice(words),
    lambda: " " * rng.randint(1, 5),
    lambda: rng.choice(["\n", "\n\n", "\t", "\r\n", " \n ", "\u00a0", "\u3000", "\u2028", "\u0085"]),
    lambda: str(rng.randint(0, 10 ** rng.randint(1, 9))),
    lambda: chr(rng.randint(0, 31)),
    lambda: chr(rng.choice([127, 0x80, 0x9F, 0xAD, 0x200B, 0x200D, 0xFEFF, 0xFFFD, 0xE000])),
    lambda: rng.choice(["👩‍👩‍👧", "🙂", "🇩🇪", "👍🏽", "é", "e\u0301", "中文", "русский", "עברית", "한국어", "ไทย", "𝔘", "ß", "½", "²", "Ⅷ", "٣"]),
    lambda: rng.choice(list("'\"!?.,;:-_()[]{}<>|/\\@#$%^&*+=~`")) * rng.randint(1, 3),
    lambda: rng.choice(["don't", "I'll", "WE'RE", "it's", "'s", " 've", "they'd", BEGIN, END, "<|", "|>"]),
    lambda: "".join(chr(rng.randint(0x20, 0x7E)) for _ in range(rng.randint(1, 8))),
    lambda: "".join(chr(rng.choice([rng.randint(0xA0, 0xD7FF), rng.randint(0x10000, 0x1FFFF)])) for _ in range(rng.randint(1, 3))),
    lambda: rng.choice("ab") * rng.randint(1, 9),
]
cases = []
for _ in range(1000):
    text = "".join(rng.choice(pieces)() + rng.choice(["", " "]) for _ in range(rng.randint(0, 5)))
    cases.append({"text": text, "ids": tokenizer.encode(text, add_special_tokens=False).ids})
with open(os.path.join(HERE, "cases.json"), "w", encoding="ascii") as out:
    out.write("[\n" + ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases) + "\n]\n")
