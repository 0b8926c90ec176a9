# SPDX-License-Identifier: Apache-2.0
"""What does a customer of a bank want, of 77 things? Words through a convolution and attention.

    bank_questions.py FOLDER [EPOCHS]     with train.csv and test.csv, text and category (banking77 of PolyAI)
"""
import csv
import pathlib
import sys

import keratin as keras
import numpy as np
from keratin import layers


def read(file):
    with open(file, encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    return np.array([[row["text"]] for row in rows]), [row["category"] for row in rows]


def build(categories):
    words = layers.TextVectorization(max_tokens=4000)
    texts = keras.Input((1,), dtype="string", name="text")
    x = layers.Embedding(4000, 128)(words(texts))
    x = layers.Dropout(0.3)(x)
    # What stands around a word, and then which words matter to each other. Padding is a word like others here.
    x = layers.Conv1D(128, 3, padding="same", activation="relu")(x)
    x = layers.LayerNormalization()(layers.Add()([x, layers.MultiHeadAttention(4, 32, dropout=0.1)(x, x)]))
    x = layers.Dropout(0.3)(layers.GlobalMaxPooling1D()(x))
    model = keras.Model(texts, layers.Dense(categories, "softmax", name="category")(x))
    model.compile(keras.optimizers.Adam(2e-3), "sparse_categorical_crossentropy",
                  metrics=["accuracy", keras.metrics.SparseTopKCategoricalAccuracy(3, name="among_3")])
    return model, words


def main(folder, epochs=6):
    keras.utils.set_random_seed(1)
    (x, of_x), (test, of_test) = (read(pathlib.Path(folder) / f"{part}.csv") for part in ("train", "test"))
    categories = sorted(set(of_x))
    number = {category: k for k, category in enumerate(categories)}
    order = np.random.default_rng(1).permutation(len(x))
    x, y = x[order], np.array([number[of_x[i]] for i in order])
    model, words = build(len(categories))
    words.adapt(x)
    model.fit(x, y, batch_size=32, epochs=int(epochs), verbose=2)
    _, accuracy, among_3 = model.evaluate(test, np.array([number[category] for category in of_test]), verbose=0)
    print(f"{len(test)} questions of the test: {accuracy:.1%} right, {among_3:.1%} among the first three")
    for question in ("Somebody stole my card!", "why was i charged for taking out cash", "do you take apple pay"):
        p = model.predict(np.array([[question]]), verbose=0)[0]
        print(f"{question:40} {', '.join(categories[k] for k in p.argsort()[:-4:-1])}")
    return accuracy


if __name__ == "__main__":
    main(*sys.argv[1:])
