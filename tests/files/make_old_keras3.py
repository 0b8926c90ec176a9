# SPDX-License-Identifier: Apache-2.0
"""Makes tests/golden/saving/keras_36_*: models of Keras 3.6, with what it predicts, and predicts after three more steps.

    pip install --no-deps --target V keras==3.6.0 && PYTHONPATH=V KERAS_BACKEND=torch .venv/parity/bin/python tests/files/make_old_keras3.py
"""
import pathlib
import sys

import keras
import numpy as np

HERE = pathlib.Path(__file__).parents[1] / "golden" / "saving"
L = keras.layers


def ids(rows, steps, seed):
    return np.random.default_rng(seed).integers(1, 20, (rows, steps)).astype("int32")


def nadam():
    """Nadam: its product stands in front of the slots."""
    return keras.Sequential([L.Input((6,)), L.Embedding(20, 3), L.Flatten(), L.Dense(1)]), ids(8, 6, 4)


def masked():
    """A mask is an op between layers; bins have a type of their own."""
    a, b = L.Input((6,)), L.Input((3,))
    x = L.LSTM(3)(L.Embedding(20, 4, mask_zero=True)(a))
    y = L.Embedding(4, 2)(L.Discretization([0.25, 0.5, 0.75])(b))
    return keras.Model([a, b], L.Dense(1)(L.Concatenate()([x, L.Flatten()(y)]))), [ids(8, 6, 5) * (ids(8, 6, 6) > 4), ids(8, 3, 7) / 20]


OPTIMIZERS = {"nadam": keras.optimizers.Nadam(0.01), "masked": keras.optimizers.Adam(0.01)}
for make in [one for one in (nadam, masked) if not sys.argv[1:] or one.__name__ in sys.argv[1:]]:
    keras.utils.set_random_seed(5)
    model, x = make()
    y = np.random.default_rng(6).normal(size=(8, 1)).astype("float32")
    model.compile(OPTIMIZERS[make.__name__], "mse")
    model.fit(x, y, batch_size=8, epochs=2, shuffle=False, verbose=0)
    found = {"y": y, "predicted": model.predict(x, verbose=0)}
    for i, array in enumerate(x if isinstance(x, list) else [x]):
        found[f"x{i}"] = array
    model.save(HERE / f"keras_36_{make.__name__}.keras")
    model.save(HERE / f"keras_36_{make.__name__}.h5")
    model.fit(x, y, batch_size=8, epochs=3, shuffle=False, verbose=0)
    found["trained"] = model.predict(x, verbose=0)
    np.savez_compressed(HERE / f"keras_36_{make.__name__}.npz", **found)
