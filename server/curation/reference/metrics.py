"""Writes metrics_golden.json: what published programs say of a few captions.

    pip install sacrebleu==2.6.0 pycocoevalcap==1.2 nltk==3.10.4 && python metrics.py

BLEU is sacrebleu's, ROUGE-L and CIDEr-D are pycocoevalcap's, METEOR is NLTK's without synonyms. Texts are split into words
here, so that the measures are compared and not the ways to split.
"""

import json
import pathlib
import random

from nltk.stem import SnowballStemmer
from nltk.translate.meteor_score import single_meteor_score
from pycocoevalcap.cider.cider import Cider
from pycocoevalcap.rouge.rouge import Rouge
from sacrebleu.metrics import BLEU

PAIRS = [
    ("a red dog on a lawn", "a red dog on a lawn"),
    ("a dog runs", "a brown dog runs across the grass"),
    ("the the the the", "the cat is on the mat"),
    ("two people ride bicycles past a yellow house", "a man and a woman cycle past a house"),
    ("a plate of food", "a plate with rice and vegetables on a wooden table"),
    ("birds", "three birds sit on a wire"),
    ("a long description of a street with cars and trees and people who walk", "a street"),
    ("nothing alike", "some other words"),
    ("a cat", "a cat asleep on a sofa beside a window"),
    ("a small boat on a calm lake at dawn", "a small boat lies on a calm lake at dawn"),
    ("dogs running happily in the fields", "a happy dog runs in a field"),
]


def generated():
    """More pairs, of which one is the other with some words changed."""
    rng = random.Random(7)
    vocabulary = "a the red blue dog cat bird house tree boat sits runs stands beside under on near old new green".split()
    for _ in range(60):
        reference = [rng.choice(vocabulary) for _ in range(rng.randint(1, 24))]
        caption = [rng.choice(vocabulary) if rng.random() < 0.3 else word for word in reference]
        caption = caption[: rng.randint(1, len(caption))] + [rng.choice(vocabulary) for _ in range(rng.randint(0, 4))]
        yield " ".join(caption), " ".join(reference)


class NoSynonyms:
    """In the place of WordNet."""

    def synsets(self, word):
        return []


def meteor(caption, reference):
    stemmer = SnowballStemmer("english")
    return single_meteor_score(reference.split(), caption.split(), stemmer=stemmer, wordnet=NoSynonyms())


pairs = PAIRS + list(generated())
captions = {index: [caption] for index, (caption, _) in enumerate(pairs)}
references = {index: [reference] for index, (_, reference) in enumerate(pairs)}
rouge, rouges = Rouge().compute_score(references, captions)
cider, ciders = Cider().compute_score(references, captions)
meteors = [meteor(caption, reference) for caption, reference in pairs]
sentence = BLEU(tokenize="none", effective_order=True)
corpus = BLEU(tokenize="none").corpus_score([caption for caption, _ in pairs], [[reference for _, reference in pairs]])
golden = {
    "corpus": {"bleu": corpus.score / 100, "rouge_l": float(rouge), "cider": float(cider), "meteor": sum(meteors) / len(meteors)},
    "pairs": [
        {
            "caption": caption,
            "reference": reference,
            "bleu": sentence.sentence_score(caption, [reference]).score / 100,
            "rouge_l": float(rouges[index]),
            "cider": float(ciders[index]),
            "meteor": meteors[index],
        }
        for index, (caption, reference) in enumerate(pairs)
    ],
}
path = pathlib.Path(__file__).with_name("metrics_golden.json")
path.write_text(json.dumps(golden, indent=1) + "\n")
