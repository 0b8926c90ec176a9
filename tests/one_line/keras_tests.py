# SPDX-License-Identifier: Apache-2.0
"""A plugin of pytest: Keras's own tests with keratin.keras.Embedding in the place of its layer.

    python tests/keras_suite/fetch.py  # prints the folder of Keras's source, 3.15.1
    cd THAT_FOLDER && KERAS_BACKEND=torch PYTHONPATH=.:.../build/python/python:.../tests/one_line \\
      python -m pytest -p keras_tests -q keras/src/layers/core/embedding_test.py keras/src/models keras/src/trainers

An environment with the backend and pytest; docs/guides/one-line.md has what came out.
"""
import keras
from keras.src import layers
from keras.src.layers.core import embedding

from keratin.keras import Embedding

for module in (keras.layers, layers, embedding):
    module.Embedding = Embedding
