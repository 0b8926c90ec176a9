# SPDX-License-Identifier: Apache-2.0
"""What word2vec.py and glove.py read, and how vectors of words are judged."""
import collections
import csv
import gzip
import pathlib
import re

import numpy as np


def sentences(folder):
    """The texts of the folder, as lists of lower-case words."""
    folder = pathlib.Path(folder)
    for path in sorted((folder / "clickbait-headlines").glob("*.gz")):
        yield from map(_words, gzip.open(path, "rt", encoding="utf-8"))
    for path in sorted((folder / "banking77").glob("*.csv")):
        with open(path, encoding="utf-8", newline="") as file:
            yield from (_words(row["text"]) for row in csv.DictReader(file))
    for name in ("tiny-shakespeare/input.txt", "sms-spam-collection/SMSSpamCollection",
                 *(f"sentiment-labelled-sentences/{kind}_labelled.txt" for kind in ("amazon_cells", "imdb", "yelp"))):
        text = (folder / name).read_text("utf-8")
        yield from map(_words, text.split("\n\n" if "shakespeare" in name else "\n"))


def _words(text):
    return re.findall("[a-z]+", text.lower())


def vocabulary(texts, least=5):
    """The words that occur so often, by falling frequency, and how often they do."""
    counts = collections.Counter(word for text in texts for word in text)
    kept = [(word, count) for word, count in sorted(counts.items(), key=lambda one: (-one[1], one[0])) if count >= least]
    return [word for word, _ in kept], np.array([count for _, count in kept])


def _ranks(values):
    """Places in order, the mean of those of equals."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return (ends - (counts - 1) / 2)[inverse]


def similarity(folder, name, place, vectors):
    """Spearman's correlation of cosines with what people said, over the pairs of known words, and how many these are."""
    rows = [line.split() for line in (pathlib.Path(folder) / f"word-similarity/{name}.txt").read_text("utf-8").splitlines()]
    rows = [(a.lower(), b.lower(), float(score)) for a, b, score in rows if a.lower() in place and b.lower() in place]
    a, b = (vectors[[place[row[i]] for row in rows]] for i in (0, 1))
    return float(np.corrcoef(_ranks((a * b).sum(-1)), _ranks([row[2] for row in rows]))[0, 1]), len(rows)


def analogies(folder, place, vectors):
    """How many of the questions a : b = c : ? have the right word nearest to b - a + c, and how many are of known words."""
    right = asked = 0
    for path in sorted((pathlib.Path(folder) / "word-analogies").glob("*.txt")):
        for line in path.read_text("utf-8").splitlines():
            words = line.lower().split()
            if len(words) != 4 or not all(word in place for word in words):
                continue
            a, b, c, d = (place[word] for word in words)
            near = vectors @ (vectors[b] - vectors[a] + vectors[c])
            near[[a, b, c]] = -np.inf
            right, asked = right + (near.argmax() == d), asked + 1
    return right, asked


def judge(folder, words, vectors):
    """Prints what the vectors are worth."""
    vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9)
    place = {word: i for i, word in enumerate(words)}
    for name in ("EN-WS-353-ALL", "EN-MEN-TR-3k"):
        correlation, pairs = similarity(folder, name, place, vectors)
        print(f"{name}: correlation {correlation:.3f} over {pairs} pairs")
    right, asked = analogies(folder, place, vectors)
    print(f"analogies: {100 * right / max(1, asked):.2f}% of {asked}")
