# SPDX-License-Identifier: Apache-2.0
"""keras.random in Python. The numbers are those of Keras 3.16 on JAX."""
import numpy as np
import pytest

from keratin import random


@pytest.mark.parametrize("shape, axis, expected", [
    ((6,), 0, [1, 3, 5, 2, 0, 4]),
    ((3, 4), 0, [[8, 9, 6, 3], [0, 1, 2, 11], [4, 5, 10, 7]]),
    ((3, 4), 1, [[1, 3, 2, 0], [6, 5, 4, 7], [9, 8, 11, 10]]),
    ((2, 3, 4), -1, [[[1, 3, 2, 0], [6, 5, 4, 7], [9, 8, 11, 10]],
                     [[15, 12, 13, 14], [19, 17, 16, 18], [23, 21, 20, 22]]]),
])
def test_shuffle(shape, axis, expected):
    x = np.arange(np.prod(shape)).reshape(shape)
    np.testing.assert_array_equal(random.shuffle(x, axis=axis, seed=3), expected)
    assert random.shuffle(np.zeros((0, 3)), axis=axis % 2).shape == (0, 3)


@pytest.mark.parametrize("draw", [random.uniform, random.normal, random.truncated_normal])
def test_types_of_integers_are_refused(draw):
    with pytest.raises(ValueError, match="floating point `dtype`"):
        draw((2,), dtype="int32")


def test_a_shape_may_be_a_number():
    np.testing.assert_allclose(random.uniform(3, seed=1), [0.13620758, 0.68262076, 0.8059528], rtol=1e-6)
    assert random.normal(2).shape == random.truncated_normal(2).shape == random.randint(2, 0, 5).shape == (2,)
