# SPDX-License-Identifier: Apache-2.0
"""Vectors of words, by negative sampling: word2vec.

    word2vec.py FOLDER [EPOCHS [skipgram|cbow [SEED]]]

FOLDER has texts (clickbait-headlines, banking77, tiny-shakespeare, sms-spam-collection, sentiment-labelled-sentences; 0.7 million
words together), and word-similarity and word-analogies, by which the vectors are judged. 5 epochs of skip-grams without numbers.
T. Mikolov et al., "Distributed representations of words and phrases and their compositionality", 2013.
"""
import sys

import keratin as keras
import numpy as np
from keratin import layers
from words import judge, sentences, vocabulary

WIDTH, WINDOW, NEGATIVES, BATCH = 64, 5, 16, 256
GAP = -1  # as wide as a window it keeps texts apart


def thinned(text, counts, rng, threshold=1e-3):
    """The text without many of its most frequent words: each stays with probability sqrt(threshold / frequency)."""
    stays = np.minimum(1, np.sqrt(threshold * counts.sum() / counts))
    return text[(text == GAP) | (rng.random(len(text)) < stays[text])]


def windows(text, rng):
    """The words, and for each its neighbours, up to 1 to WINDOW words away, as (words, 2 WINDOW) ids; GAP where there is none."""
    place = np.flatnonzero(text != GAP)
    offsets = np.array([d for d in range(-WINDOW, WINDOW + 1) if d != 0])
    found = text[place[:, None] + offsets]
    reach = rng.integers(1, WINDOW + 1, len(place))
    found[np.abs(offsets) > reach[:, None]] = GAP
    return text[place], found


def samples(text, rng, kind):
    """What the model reads, and the word that it should expect there. Ids are shifted by one where 0 is padding."""
    centers, around = windows(text, rng)
    if kind == "cbow":
        known = (around != GAP).any(-1)
        return around[known] + 1, centers[known]
    at, _ = np.nonzero(around != GAP)
    return centers[at], around[around != GAP]


def build(counts, kind, seed):
    table = layers.Embedding(len(counts) + (kind == "cbow"), WIDTH, mask_zero=kind == "cbow", name="vectors",
                             embeddings_initializer=keras.initializers.RandomUniform(-0.5 / WIDTH, 0.5 / WIDTH, seed=seed))
    inputs = keras.Input((2 * WINDOW,) if kind == "cbow" else (), dtype="int32")
    vectors = layers.GlobalAveragePooling1D()(table(inputs)) if kind == "cbow" else table(inputs)
    label = keras.Input((), dtype="int32")
    # The negatives are the batch's, the same for all its samples.
    output = layers.NCE(len(counts), NEGATIVES, sampler="fixed_unigram", unigrams=counts, distortion=0.75, unique=False,
                        remove_accidental_hits=True, subtract_log_q=False, use_bias=False, kernel_initializer="zeros", seed=seed)
    model = keras.Model([inputs, label], output(vectors, label))
    # The rate of a mean over the batch: for one sample it is 0.03, word2vec's own.
    model.compile(keras.optimizers.SGD(8.0), loss=lambda y_true, y_pred: y_pred)
    return model, table


def main(folder, epochs=5, kind="skipgram", seed=1):
    texts = list(sentences(folder))
    words, counts = vocabulary(texts)
    place = {word: i for i, word in enumerate(words)}
    gap = [GAP] * WINDOW
    text = np.array(gap + [number for text in texts for number in [place[word] for word in text if word in place] + gap], "int32")
    rng = np.random.default_rng(seed)
    model, table = build(counts, kind, seed)
    for epoch in range(epochs):
        inputs, labels = samples(thinned(text, counts, rng), rng, kind)
        order = rng.permutation(len(labels))
        loss = model.fit([inputs[order], labels[order]], np.zeros(len(labels), "float32"), batch_size=BATCH, shuffle=False,
                         verbose=0).history["loss"][0]
        print(f"epoch {epoch + 1}: {len(labels)} samples, loss {loss:.3f}", flush=True)
    print(f"{len(words)} words, {kind}")
    judge(folder, words, table.get_weights()[0][-len(words):])


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(sys.argv[1], int((sys.argv[2:] or [5])[0]), (sys.argv[3:] or ["skipgram"])[0], int((sys.argv[4:] or [1])[0]))
