# SPDX-License-Identifier: Apache-2.0
"""Sequences, labels, seeds, names. Keras: `keras.utils`."""
from operator import index as _index

import numpy as np

from keratin import _core
from keratin.keras_tensor import KerasTensor as _KerasTensor
from keratin.saving import (CustomObjectScope, custom_object_scope, deserialize_keras_object, get_custom_objects,
                            get_registered_name, get_registered_object, register_keras_serializable,
                            serialize_keras_object)
from keratin.utils.py_dataset import PyDataset
from keratin.utils.model_visualization import model_to_dot, plot_model
from keratin.utils.progbar import Progbar
from keratin.utils.samples import pack_x_y_sample_weight, unpack_x_y_sample_weight
from keratin.utils.text_dataset import text_dataset_from_directory
from keratin.utils.timeseries_dataset import timeseries_dataset_from_array
from keratin.utils.warmstart import warmstart_embedding_matrix

__all__ = ["CustomObjectScope", "Progbar", "PyDataset", "Sequence", "clear_session", "custom_object_scope", "deserialize_keras_object",
           "get_custom_objects", "get_registered_name", "get_registered_object", "is_keras_tensor", "model_to_dot", "normalize",
           "pack_x_y_sample_weight", "pad_sequences", "plot_model", "register_keras_serializable", "serialize_keras_object",
           "set_random_seed",
           "text_dataset_from_directory", "timeseries_dataset_from_array", "to_categorical",
           "unpack_x_y_sample_weight", "warmstart_embedding_matrix"]

Sequence = PyDataset


def set_random_seed(seed):
    """Makes what is drawn without a seed afterwards the same in every run: also `random`'s and NumPy's numbers.

    Args:
        seed: an integer, from 0 to 2^32 - 1.
    """
    if not isinstance(seed, (int, np.integer)) or isinstance(seed, bool):
        raise ValueError(
            "Expected `seed` argument to be an integer. "
            f"Received: seed={seed!r} (of type {type(seed)})")
    import random
    np.random.seed(seed)
    random.seed(seed)
    _core.set_random_seed(seed)


def clear_session(free_memory=True):
    """Automatic names start again: the next Dense is "dense".

    Args:
        free_memory: whether memory that is kept for the next arrays is given back (`config.release_kept_memory`).
    """
    _core.reset_auto_names()
    if free_memory:
        _core.release_kept_memory()


def is_keras_tensor(x):
    """Whether `x` is symbolic: what `Input` gives, and what layers and ops give for it.

    Example:

    >>> keratin.utils.is_keras_tensor(keratin.Input((3,)))
    True

    Args:
        x: any object.
    """
    return isinstance(x, _KerasTensor) and x._core.is_symbolic


def pad_sequences(sequences, maxlen=None, dtype="int32", padding="pre", truncating="pre", value=0.0):
    """Sequences of different lengths as one array.

    Example:

    >>> keratin.utils.pad_sequences([[1], [2, 3], [4, 5, 6]])
    array([[0, 0, 1],
           [0, 2, 3],
           [4, 5, 6]], dtype=int32)

    Args:
        sequences: a list of lists of numbers (or of vectors of one length).
        maxlen: the length they get; None: that of the longest.
        dtype: the type of the array.
        padding: "pre" or "post": where `value` is put.
        truncating: "pre" or "post": where a sequence that is too long loses elements.
        value: what short ones are filled with.

    Returns:
        An array of shape (number of sequences, length).
    """
    if not hasattr(sequences, "__len__"):
        raise ValueError("`sequences` must be iterable.")
    if maxlen is not None and not hasattr(maxlen, "__index__"):
        raise TypeError(f"[pad_sequences] maxlen must be an integer or None. Received: {maxlen!r}")
    for name, option in (("padding", padding), ("truncating", truncating)):
        if not isinstance(option, str):
            raise TypeError(f"[pad_sequences] {name} must be 'pre' or 'post'. Received: {option!r}")
    if isinstance(value, str):
        raise TypeError(f"[pad_sequences] value must be a number. Received: {value!r}")
    return _core.pad_sequences(sequences, maxlen if maxlen is None else _index(maxlen), np.dtype(dtype).name, padding, truncating, value)


def to_categorical(x, num_classes=None):
    """Labels as rows of zeros with a one in the place of the label.

    Example:

    >>> keratin.utils.to_categorical([0, 2, 1])
    array([[1., 0., 0.],
           [0., 0., 1.],
           [0., 1., 0.]], dtype=float32)

    Args:
        x: integers from 0 to num_classes - 1.
        num_classes: how many there are; None: as many as the largest label says.

    Returns:
        A float32 array with one more axis than `x` (a last axis of 1 counts as none).
    """
    return _core.to_categorical(x, num_classes)


def normalize(x, axis=-1, order=2):
    """`x` with its lines along `axis` divided by their norms; lines of zeros stay.

    Args:
        x: an array.
        axis: the axis that the lines lie along.
        order: of the norm, as in `numpy.linalg.norm`.
    """
    x = np.asarray(x)
    norms = np.linalg.norm(x, order, axis, keepdims=True)
    return x / np.where(norms == 0, np.ones_like(norms), norms)
