# SPDX-License-Identifier: Apache-2.0
"""Names of people, places and things in messages: a class for every word, by a masked bidirectional LSTM.

    entities.py FOLDER [EPOCHS [VECTORS]]     FOLDER with wnut17train.conll and emerging.test.annotated: a word, a tab and its
                                              tag a line (WNUT 2017); VECTORS of words in GloVe's form, trained elsewhere

Judged by the F1 of whole entities, as the task asks. Hardly a name of the test is in the training text, so that little is found by
words alone: what a word looks like and how it ends are inputs of their own, and so is its vector where there are some.
"""
import pathlib
import re
import sys

import keratin as keras
import numpy as np
from keratin import layers


def read(file):
    """Sentences, each a list of words and a list of tags."""
    sentences = [([], [])]
    for line in file.read_text("utf-8").split("\n"):
        word, _, tag = line.strip().partition("\t")
        if word:
            sentences[-1][0].append(word)
            sentences[-1][1].append(tag.strip())
        elif sentences[-1][0]:
            sentences.append(([], []))
    return [sentence for sentence in sentences if sentence[0]]


def look(word):
    """`@Anna_B2` -> `@Xx_X0`: what a word looks like."""
    shape = re.sub(r"[^\W\d_]", lambda letter: "X" if letter[0].isupper() else "x", re.sub(r"\d", "0", word))
    return re.sub(r"(.)\1+", r"\1", shape)


def padded(sentences):
    """Of each sentence one row: words with "" behind them."""
    longest = max(map(len, sentences))
    return np.array([[*sentence, *[""] * (longest - len(sentence))] for sentence in sentences])


def inputs_of(sentences):
    words = [words for words, _ in sentences]
    return {"word": padded([[word.lower() for word in sentence] for sentence in words]),
            "look": padded([[look(word) for word in sentence] for sentence in words]),
            "ending": padded([[word.lower()[-3:] for word in sentence] for sentence in words])}


def vectors_of(file):
    """A lookup of its words, and a table of their vectors that is not trained."""
    rows = [line.split(" ") for line in file.read_text("utf-8").split("\n") if line]
    lookup = layers.StringLookup(vocabulary=[row[0] for row in rows], mask_token="")
    table = np.array([row[1:] for row in rows], "float32")
    none = np.zeros((2, table.shape[1]), "float32")  # of padding, and of a word that is not there
    return lookup, layers.Embedding(len(rows) + 2, table.shape[1], weights=[np.concatenate([none, table])], mask_zero=True,
                                    trainable=False)


def build(x, tags, vectors=None):
    inputs = {name: keras.Input((None,), dtype="string", name=name) for name in x}
    features = []
    for name, width, tokens in (("word", 64, 8000), ("look", 24, 600), ("ending", 32, 3000)):
        lookup = layers.StringLookup(max_tokens=tokens, mask_token="")
        lookup.adapt(x[name])
        features.append(layers.Embedding(lookup.vocabulary_size(), width, mask_zero=True)(lookup(inputs[name])))
    if vectors:
        lookup, table = vectors_of(vectors)
        features.append(table(lookup(inputs["word"])))
    steps = layers.Dropout(0.4)(layers.Concatenate()(features))
    steps = layers.Bidirectional(layers.LSTM(64, return_sequences=True))(steps)
    steps = layers.Dropout(0.4)(steps)
    model = keras.Model(inputs, layers.TimeDistributed(layers.Dense(tags, "softmax"))(steps))
    model.compile(keras.optimizers.Adam(3e-3), "sparse_categorical_crossentropy")
    return model


def entities(tags):
    """(kind, first, end) of each entity that B- and I- tags of a sentence mark."""
    found, begun = set(), None
    for i, tag in enumerate([*tags, "O"]):
        mark, _, kind = tag.partition("-")
        if begun and (mark != "I" or kind != begun[0]):
            found.add((*begun, i))
            begun = None
        if mark == "B" or (mark == "I" and not begun):
            begun = (kind, i)
    return found


def f1(tags, answers):
    right = sum(len(entities(a) & entities(b)) for a, b in zip(tags, answers))
    precision = right / max(1, sum(len(entities(answer)) for answer in answers))
    recall = right / max(1, sum(len(entities(tag)) for tag in tags))
    return precision, recall, 2 * precision * recall / max(1e-9, precision + recall)


def main(folder, epochs=10, vectors=None):
    keras.utils.set_random_seed(1)
    folder = pathlib.Path(folder)
    train, test = read(folder / "wnut17train.conll"), read(folder / "emerging.test.annotated")
    kinds = sorted({tag for _, tags in train for tag in tags})
    number = {tag: k for k, tag in enumerate(kinds)}
    x = inputs_of(train)
    y = keras.utils.pad_sequences([[number[tag] for tag in tags] for _, tags in train], padding="post",
                                  maxlen=x["word"].shape[1])
    model = build(x, len(kinds), vectors and pathlib.Path(vectors))
    model.fit(x, y[..., None], batch_size=32, epochs=int(epochs), verbose=2)

    best = model.predict(inputs_of(test), verbose=0).argmax(-1)
    answers = [[kinds[k] for k in row[:len(words)]] for row, (words, _) in zip(best, test)]
    precision, recall, score = f1([tags for _, tags in test], answers)
    print(f"{len(test)} messages of the test: F1 {score:.3f} by entity (precision {precision:.3f}, recall {recall:.3f})")
    for (words, _), answer in list(zip(test, answers))[:300:60]:
        print(" ".join(f"{word}[{tag}]" if tag != "O" else word for word, tag in zip(words, answer)))
    return score


if __name__ == "__main__":
    main(*sys.argv[1:])
