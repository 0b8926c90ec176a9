# SPDX-License-Identifier: Apache-2.0
"""From which language does a surname come? Its characters through an Embedding and a GRU.

    names_to_languages.py FOLDER [EPOCHS]     a file LANGUAGE.txt a language, a name a line (names of spro/practical-pytorch)
"""
import pathlib
import sys

import keratin as keras
import numpy as np
from keratin import layers


def read(folder):
    """Names, the number of each one's language, and the languages."""
    files = sorted(pathlib.Path(folder).glob("*.txt"))
    pairs = [(name, k) for k, file in enumerate(files) for name in file.read_text("utf-8").split("\n") if name.strip()]
    return [name for name, _ in pairs], np.array([k for _, k in pairs]), [file.stem for file in files]


def build(languages):
    characters = layers.TextVectorization(standardize="lower", split="character")
    model = keras.Sequential([
        keras.Input((1,), dtype="string"),
        characters,
        layers.Embedding(100, 32, mask_zero=True),  # of at most 100 characters
        layers.Bidirectional(layers.GRU(48)),
        layers.Dropout(0.3),
        layers.Dense(languages, "softmax"),
    ])
    model.compile(keras.optimizers.Adam(3e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model, characters


def main(folder, epochs=8):
    keras.utils.set_random_seed(1)
    names, y, languages = read(folder)
    order = np.random.default_rng(1).permutation(len(names))
    x, y = np.array(names)[order, None], y[order]
    held_out = len(x) // 10
    model, characters = build(len(languages))
    characters.adapt(x[held_out:])
    model.fit(x[held_out:], y[held_out:], batch_size=64, epochs=int(epochs), verbose=2)
    accuracy = model.evaluate(x[:held_out], y[:held_out], verbose=0)[1]
    print(f"{held_out} names held out: {accuracy:.1%} are known")
    for name in ("Yamamoto", "Kowalczyk", "O'Sullivan", "Papadopoulos", "Rossi"):
        p = model.predict(np.array([[name]]), verbose=0)[0]
        print(f"{name:14} {languages[p.argmax()]} {p.max():.0%}")
    return accuracy


if __name__ == "__main__":
    main(*sys.argv[1:])
