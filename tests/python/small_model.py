# SPDX-License-Identifier: Apache-2.0
"""A small model that was trained, and its data: what tests of wrong input leave as it was."""
import numpy as np

from keratin import Sequential, layers

X = np.random.default_rng(0).integers(0, 50, size=(12, 3))
Y = np.random.default_rng(1).random((12, 1)).astype("float32")


def trained_model():
    """Trained for a step, so that the optimizer has a state to lose."""
    model = Sequential([layers.Embedding(50, 4, input_length=3, name="words"), layers.Flatten(), layers.Dense(1)])
    model.compile("adam", "mse", metrics=["mae"])
    model.fit(X, Y, batch_size=4, verbose=0)
    return model


def dense_model():
    model = Sequential([layers.Dense(1, input_shape=(3,))])
    model.compile("adam", "mse")
    return model
