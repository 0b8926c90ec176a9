# SPDX-License-Identifier: Apache-2.0
"""What a model is, to the bit: for tests that it is as it was."""
import numpy as np


def state(model):
    """Every weight and the optimizer's state, as bytes with their shapes; order as in Keras."""
    arrays = [*model.get_weights(), *model._core.get_optimizer_weights()]
    return [(array.shape, array.dtype.str, array.tobytes()) for array in arrays]


def assert_same(model, before):
    after = state(model)
    assert len(after) == len(before)
    for i, (a, b) in enumerate(zip(after, before)):
        assert a == b, f"array {i} of shape {a[0]} is not as it was"


def bits(array):
    """The bits of an array, so that NaN equals NaN and 0 does not equal -0."""
    return np.ascontiguousarray(array).tobytes()
