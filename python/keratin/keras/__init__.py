# SPDX-License-Identifier: Apache-2.0
"""Keratin's table inside real Keras: one changed line.

Example:

>>> from keratin.keras import Embedding  # in place of keras.layers.Embedding
>>> model = keras.Sequential([Embedding(10_000_000, 64), keras.layers.LSTM(128), keras.layers.Dense(1)])
>>> model.compile("adam", "mse")

Rows and optimizer slots live in Keratin, and a step costs what its ids cost; all else is Keras's: layers, compile, fit,
callbacks, files. `import keratin` does not bring it, and it brings Keras, of which Keratin has nothing else
(docs/guides/one-line.md).
"""
from keratin.keras import _found  # first: it may refuse
from keratin.keras.embedding import Embedding
from keratin.keras.models import accelerate, restore

__all__ = ["Embedding", "accelerate", "restore"]
