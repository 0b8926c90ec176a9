# SPDX-License-Identifier: Apache-2.0
"""What throws, and a model that it is given to."""
import copy

import numpy as np
from state import state

from keratin import Sequential, layers

X = np.random.default_rng(0).integers(0, 300, size=(12, 3))
Y = np.random.default_rng(1).random((12, 1)).astype("float32")


class Mine(Exception):
    pass


def throws(*args, **kwargs):
    raise Mine("from here")


def made(loss="mse", metrics=(), optimizer="adam"):
    """Trained for a step, so that the optimizer has a state to lose. Three ids of 300 a sample: most rows of
    the table have missed steps."""
    model = Sequential([layers.Embedding(300, 4, input_length=3), layers.Flatten(), layers.Dense(1)])
    model.compile(optimizer, loss, metrics=list(metrics))
    model.train_on_batch(X, Y)
    return model


def steps(model, count, size=4):
    """The model after so many more steps of `size` samples."""
    other = copy.deepcopy(model)
    other.compile(other.optimizer, "mse")  # what threw is not called here
    other._core.set_optimizer_weights(model._core.get_optimizer_weights())
    for i in range(count):
        other.train_on_batch(X[size * i:size * i + size], Y[size * i:size * i + size])
    return state(other)
