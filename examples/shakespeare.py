# SPDX-License-Identifier: Apache-2.0
"""A small causal transformer over characters, which then writes text of its own.

    shakespeare.py FILE [STEPS]     plain text (tiny-shakespeare of karpathy/char-rnn); 400 steps without a number
"""
import math
import pathlib
import sys

import keratin as keras
import numpy as np
from keratin import layers

LENGTH, WIDTH, HEADS, BLOCKS = 64, 96, 4, 2


class Positions(layers.Layer):
    """Adds a vector for each position, which is learnt."""

    def build(self, shape):
        self.table = self.add_weight(shape=(LENGTH, shape[-1]), initializer="uniform", name="positions")

    def call(self, x):
        return x + self.table[:x.shape[1]]

    def compute_output_shape(self, shape):
        return shape


def block(x):
    y = layers.LayerNormalization()(x)
    x = layers.Add()([x, layers.MultiHeadAttention(HEADS, WIDTH // HEADS)(y, y, use_causal_mask=True)])
    y = layers.Dense(4 * WIDTH, "gelu")(layers.LayerNormalization()(x))
    return layers.Add()([x, layers.Dense(WIDTH)(y)])


def build(characters):
    ids = keras.Input((LENGTH,), dtype="int32", name="characters")
    x = Positions()(layers.Embedding(characters, WIDTH)(ids))
    for _ in range(BLOCKS):
        x = block(x)
    model = keras.Model(ids, layers.Dense(characters, name="next")(layers.LayerNormalization()(x)))
    model.compile(keras.optimizers.AdamW(2e-3, weight_decay=0.01),
                  keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return model


def windows(ids, count, rng):
    """`count` windows from anywhere, and what comes after each of their characters."""
    begin = rng.integers(0, len(ids) - LENGTH - 1, count)[:, None] + np.arange(LENGTH)
    return ids[begin], ids[begin + 1]


def write(model, ids, count, rng, temperature=0.8):
    """`count` characters more, each drawn by its probability."""
    ids = list(ids)
    for _ in range(count):
        seen = np.array([ids[-LENGTH:]])
        logits = model.predict(np.pad(seen, ((0, 0), (0, LENGTH - seen.shape[1]))), verbose=0)[0, seen.shape[1] - 1]
        p = np.exp((logits - logits.max()) / temperature)
        ids.append(int(rng.choice(len(p), p=p / p.sum())))
    return ids


def main(file, steps=400):
    keras.utils.set_random_seed(1)
    rng = np.random.default_rng(1)
    text = pathlib.Path(file).read_text("utf-8")
    characters = sorted(set(text))
    number = {character: k for k, character in enumerate(characters)}
    ids = np.array([number[character] for character in text], "int32")
    train, test = np.split(ids, [len(ids) * 9 // 10])

    model = build(len(characters))
    x, y = windows(train, 32 * int(steps), rng)
    model.fit(x, y, batch_size=32, verbose=2)
    loss = model.evaluate(*windows(test, 512, rng), verbose=0)
    print(f"a character of the last tenth of the text takes {loss / math.log(2):.2f} bits")
    print("".join(characters[k] for k in write(model, [number[c] for c in "ROMEO:\n" if c in number] or [0], 200, rng)))
    return loss


if __name__ == "__main__":
    main(*sys.argv[1:])
