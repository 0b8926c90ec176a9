# SPDX-License-Identifier: Apache-2.0
"""A step of `fit` in real Keras with keratin.keras.Embedding and with Keras's own layer.

    KERAS_BACKEND=torch PYTHONPATH=build/python/python .venv/parity/bin/python bench/one_line.py [V ...]

Embedding-pooling-Dense, batch 256 x 20 ids, D = 64, Adam. Medians of single steps, of rounds that take turns; the last
column is the step of the same model at V = 1,000.
"""
import sys
import time

import keras
import numpy as np

from keratin.keras import Embedding

WIDTH, BATCH, LENGTH = 64, 256, 20


class Clock(keras.callbacks.Callback):
    """Seconds from the end of one batch to that of the next."""

    def __init__(self):
        super().__init__()
        self.times, self.last = [], None

    def on_epoch_begin(self, epoch, logs=None):
        self.last = None

    def on_train_batch_end(self, batch, logs=None):
        now = time.perf_counter()
        if self.last is not None:
            self.times.append(now - self.last)
        self.last = now


def model(layer, rows):
    made = keras.Sequential([layer(rows, WIDTH), keras.layers.GlobalAveragePooling1D(), keras.layers.Dense(1)])
    made.compile("adam", "mse")
    return made


def medians(rows, layers, rounds, steps):
    dice = np.random.default_rng(0)
    clocks = {name: Clock() for name in layers}
    models = {name: model(layer, rows) for name, layer in layers.items()}
    for turn in range(rounds + 1):
        for name, made in models.items():
            count = BATCH * (steps if name == "ours" or rows < 10**5 else max(3, steps // 10))
            inputs, targets = dice.integers(0, rows, (count, LENGTH)), dice.normal(size=(count, 1)).astype("float32")
            made.fit(inputs, targets, batch_size=BATCH, verbose=0, callbacks=[clocks[name]] if turn else [])
    return {name: np.median(clock.times) for name, clock in clocks.items()}


if __name__ == "__main__":
    sizes = [int(float(size)) for size in sys.argv[1:]] or [10**6]
    small = medians(1000, {"ours": Embedding}, 3, 60)["ours"]
    print(f"{keras.backend.backend()}, V = 1,000: {1e3 * small:.2f} ms")
    for size in sizes:
        layers = {"stock": keras.layers.Embedding, "ours": Embedding}
        both = medians(size, layers, 4, 60)
        print(f"{keras.backend.backend()}, V = {size:,}: Keras {1e3 * both['stock']:.1f} ms, with Keratin {1e3 * both['ours']:.2f} ms, "
              f"{both['stock'] / both['ours']:.1f}x; {both['ours'] / small:.2f}x of V = 1,000")
