# SPDX-License-Identifier: Apache-2.0
"""The parts of a batch, as programs write them."""
from keratin._refusal import shown


def unpack_x_y_sample_weight(data):
    """(x, y, sample_weight) of what `train_step` is given: x, (x,), (x, y) or (x, y, sample_weight)."""
    if isinstance(data, list):
        data = tuple(data)
    if not isinstance(data, tuple):
        return data, None, None
    if not 1 <= len(data) <= 3:
        raise ValueError("Data is expected to be in format `x`, `(x,)`, `(x, y)`, or `(x, y, sample_weight)`, "
                         f"found: {shown(data)}")
    return (*data, None, None)[:3]


def pack_x_y_sample_weight(x, y=None, sample_weight=None):
    """What a source of batches gives to `fit`: x, (x, y) or (x, y, sample_weight). x alone is in a tuple where it is a list."""
    if y is None:
        return (x,) if isinstance(x, (tuple, list)) else x
    return (x, y) if sample_weight is None else (x, y, sample_weight)
