# SPDX-License-Identifier: Apache-2.0
"""Vectors of words, from how often they stand near each other: GloVe.

    glove.py FOLDER [EPOCHS [SEED]]

FOLDER as of word2vec.py. 20 epochs without a number. J. Pennington, R. Socher, C. Manning, "GloVe: global vectors for word
representation", 2014.
"""
import sys

import keratin as keras
import numpy as np
from keratin import layers
from words import judge, sentences, vocabulary

WIDTH, WINDOW, BATCH = 64, 10, 1024
MOST, POWER = 100, 0.75  # the weight of a pair that is counted x times: (x / MOST) ** POWER, 1 at most


def counted(texts, size):
    """Pairs of words (row, column), and the sum of 1 / distance over the places where they are near each other."""
    sums = {}
    keys, shares = [], []
    for text in texts:
        for distance in range(1, min(WINDOW, len(text) - 1) + 1):
            a, b = text[:-distance].astype("int64"), text[distance:].astype("int64")
            keys += [a * size + b, b * size + a]
            shares += [np.full(2 * len(a), 1 / distance)]
    keys, shares = np.concatenate(keys), np.concatenate(shares)
    pairs, inverse = np.unique(keys, return_inverse=True)
    sums = np.bincount(inverse, shares)
    return pairs // size, pairs % size, sums


def build(size, seed):
    parts, products, biases = [], [], []
    for name in ("words", "contexts"):
        ids = keras.Input((), dtype="int32", name=name)
        drawn = keras.initializers.RandomUniform(-0.5 / WIDTH, 0.5 / WIDTH, seed=seed + len(parts))
        parts.append(ids)
        products.append(layers.Embedding(size, WIDTH, embeddings_initializer=drawn)(ids))
        biases.append(layers.Embedding(size, 1, embeddings_initializer="zeros")(ids))
    model = keras.Model(parts, layers.Add()([layers.Dot(1)(products), *biases]))
    model.compile(keras.optimizers.Adam(5e-3), "mse")
    return model


def main(folder, epochs=20, seed=1):
    texts = list(sentences(folder))
    words, _ = vocabulary(texts)
    place = {word: i for i, word in enumerate(words)}
    rows, columns, sums = counted([np.array([place[word] for word in text if word in place]) for text in texts], len(words))
    keras.utils.set_random_seed(seed)
    model = build(len(words), seed)
    logs = model.fit([rows, columns], np.log(sums), sample_weight=np.minimum(1, (sums / MOST) ** POWER), batch_size=BATCH,
                     epochs=epochs, verbose=0)
    print(f"{len(words)} words, {len(sums)} pairs, loss {logs.history['loss'][-1]:.4f}")
    tables = [layer.get_weights()[0] for layer in model.layers if isinstance(layer, layers.Embedding) and layer.output_dim == WIDTH]
    judge(folder, words, tables[0] + tables[1])


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(sys.argv[1], *map(int, sys.argv[2:4]))
