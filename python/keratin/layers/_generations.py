# SPDX-License-Identifier: Apache-2.0
"""The positional arguments of Embedding behind the fourth, in which Keras 2 and Keras 3 differ:

    Keras 2   activity_regularizer, embeddings_constraint, mask_zero, input_length, sparse
    Keras 3   embeddings_constraint, mask_zero, weights, lora_rank, lora_alpha, quantization_config

The types of the values tell: a constraint, a regularizer and a bool are not the same.
"""
import numpy as np

from keratin import _core, quantizers


def _is_bool(value):
    return isinstance(value, (bool, np.bool_))


def _is_of(concept_name):
    """True for None, an object, a class, a name or a config of that concept."""

    def check(value):
        concept = getattr(_core, concept_name)
        if value is None or isinstance(getattr(value, "_core", None), concept):
            return True
        if isinstance(value, type):
            return getattr(value, "_concept", None) is concept
        if isinstance(value, (str, dict)):
            try:
                concept.deserialize(value)
                return True
            except ValueError:
                return False
        return False

    return check


def _is_length(value):
    return value is None or (isinstance(value, (int, tuple, list, np.integer)) and not _is_bool(value))


def _is_weights(value):
    return value is None or hasattr(value, "__array__") or isinstance(value, (list, tuple))


def _is_rank(value):
    return value is None or (isinstance(value, (int, np.integer)) and not _is_bool(value))


def _is_number(value):
    return value is None or (isinstance(value, (int, float, np.number)) and not _is_bool(value))


def _is_quantization(value):
    return value is None or isinstance(value, (dict, quantizers.QuantizationConfig))


def _is_false(value):
    return _is_bool(value) and not value


_KERAS_2 = (("activity_regularizer", _is_of("Regularizer")), ("embeddings_constraint", _is_of("Constraint")),
            ("mask_zero", _is_bool), ("input_length", _is_length), ("sparse", _is_false))
_KERAS_3 = (("embeddings_constraint", _is_of("Constraint")), ("mask_zero", _is_bool), ("weights", _is_weights),
            ("lora_rank", _is_rank), ("lora_alpha", _is_number), ("quantization_config", _is_quantization))


def named(values):
    """The positional `values` behind embeddings_regularizer, by name."""
    fits = []
    for generation in (_KERAS_2, _KERAS_3):
        if len(values) <= len(generation) and all(check(v) for v, (_, check) in zip(values, generation)):
            fits.append({name: v for v, (name, _) in zip(values, generation)})
    # Both fit only a lone None, which means the same to both.
    if fits:
        return fits[0]
    raise TypeError(
        "[Embedding] the positional arguments behind embeddings_regularizer are neither those of Keras 2 "
        "(activity_regularizer, embeddings_constraint, mask_zero, input_length) nor those of Keras 3 "
        f"(embeddings_constraint, mask_zero, weights): give them by name. Received: {values!r}")
