# SPDX-License-Identifier: Apache-2.0
"""From a message to how likely it is spam, in one model and one file: the vocabulary is a layer of it.

    sms_spam.py FILE [EPOCHS]     ham or spam, a tab and a message a line (the SMS Spam Collection)
"""
import pathlib
import sys
import tempfile

import keratin as keras
import numpy as np
from keratin import layers


def read(file):
    lines = [line.split("\t", 1) for line in pathlib.Path(file).read_text("utf-8").split("\n") if "\t" in line]
    return np.array([[text] for _, text in lines]), np.array([[label == "spam"] for label, _ in lines], "float32")


def build():
    words = layers.TextVectorization(max_tokens=8000, ngrams=2, output_mode="int")
    model = keras.Sequential([
        keras.Input((1,), dtype="string"),
        words,
        layers.Embedding(8000, 32, mask_zero=True),
        layers.GlobalAveragePooling1D(),
        layers.Dense(1, "sigmoid"),
    ])
    model.compile(keras.optimizers.Adam(1e-2), "binary_crossentropy",
                  metrics=["accuracy", keras.metrics.Precision(name="precision"), keras.metrics.Recall(name="recall")])
    return model, words


def main(file, epochs=6):
    keras.utils.set_random_seed(1)
    x, y = read(file)
    order = np.random.default_rng(1).permutation(len(x))
    x, y = x[order], y[order]
    held_out = len(x) // 5
    model, words = build()
    words.adapt(x[held_out:])
    model.fit(x[held_out:], y[held_out:], batch_size=32, epochs=int(epochs), verbose=2)
    _, accuracy, precision, recall = model.evaluate(x[:held_out], y[:held_out], verbose=0)
    print(f"{held_out} messages held out: {accuracy:.1%} right; of what it calls spam {precision:.1%} is, "
          f"of the spam it finds {recall:.1%}")

    with tempfile.TemporaryDirectory() as folder:
        model.save(f"{folder}/spam.keras")
        again = keras.saving.load_model(f"{folder}/spam.keras")
    for message in ("You have WON a free prize! Call 09061701461 now", "are you coming home for dinner"):
        print(f"{again.predict(np.array([[message]]), verbose=0)[0, 0]:4.0%} spam: {message}")
    return accuracy


if __name__ == "__main__":
    main(*sys.argv[1:])
