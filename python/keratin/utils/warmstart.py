# SPDX-License-Identifier: Apache-2.0
"""The table of a vocabulary that has changed. Keras 2: `keras.utils.warmstart_embedding_matrix`."""
import os

import numpy as np

from keratin import _core, initializers
from keratin._custom import core_of
from keratin._refusal import shown


def warmstart_embedding_matrix(base_vocabulary, new_vocabulary, base_embeddings, new_embeddings_initializer="uniform"):
    """The table of a vocabulary that has changed: float32, (len(new_vocabulary), width).

    A key that the base vocabulary has too gets its row of `base_embeddings`, of one that is there twice the last; every
    other the row that the initializer draws for its place.

    Example:

    >>> table = model.layers[0].get_weights()[0]
    >>> new = keratin.utils.warmstart_embedding_matrix(old_words, new_words, table)

    Args:
        base_vocabulary: the keys that the rows of `base_embeddings` are of: strings or integers, in one dimension; or the path
            of a file with a string a line.
        new_vocabulary: likewise, those of the rows that are made.
        base_embeddings: (len(base_vocabulary), width) numbers.
        new_embeddings_initializer: draws the rows of keys that are new.
    """
    base, new = _keys("base_vocabulary", base_vocabulary), _keys("new_vocabulary", new_vocabulary)
    initializer = core_of(_core.Initializer, initializers.get(new_embeddings_initializer))
    return _core.warmstart_embedding_matrix(base, new, base_embeddings, initializer)


def _keys(argument, vocabulary):
    if isinstance(vocabulary, (str, os.PathLike)):
        if not os.path.exists(vocabulary):
            raise ValueError(f"[warmstart_embedding_matrix] the file of {argument}, {shown(vocabulary)}, does not exist.")
        with open(vocabulary, encoding="utf-8") as file:
            vocabulary = file.read().splitlines()
    keys = vocabulary if isinstance(vocabulary, list) else np.asarray(vocabulary)
    if len(np.shape(keys)) != 1 or len(keys) == 0:
        raise ValueError(f"[warmstart_embedding_matrix] {argument} must be keys in one dimension, one at least, or a file of them. "
                         f"Received: {shown(vocabulary)}")
    return keys
