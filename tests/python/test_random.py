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


SHARES = np.float32([[.1, .2, .3, .4], [.7, .1, .1, .1], [.25, .25, .25, .25]])


def test_categorical():
    logits = np.log(SHARES)
    np.testing.assert_array_equal(random.categorical(logits, 6, seed=1337), [[2, 2, 3, 2, 2, 1], [0, 3, 0, 2, 3, 0], [3, 3, 2, 2, 2, 1]])
    np.testing.assert_array_equal(random.categorical(logits, 6, seed=7), [[1, 3, 2, 1, 2, 2], [0, 2, 1, 0, 0, 0], [0, 0, 0, 3, 1, 2]])
    seed = random.SeedGenerator(5)
    np.testing.assert_array_equal(random.categorical(logits, 3, seed=seed), [[2, 3, 0], [1, 0, 0], [2, 2, 1]])
    np.testing.assert_array_equal(random.categorical(logits, 3, dtype="int64", seed=seed), [[2, 0, 3], [0, 1, 2], [1, 2, 0]])
    assert random.categorical(logits, 1).dtype == "int32" and random.categorical(logits[:0], 2).shape == (0, 2)
    shares = np.stack([np.bincount(row, minlength=4) for row in random.categorical(logits, 20000, seed=2)]) / 20000
    np.testing.assert_allclose(shares, SHARES, atol=4 * np.sqrt(.25 / 20000))  # four standard deviations


@pytest.mark.parametrize("arguments, message", [
    (dict(logits=np.zeros(3), num_samples=2), r"2-D tensor with shape \[batch_size, num_classes\]. Received: logits of shape \(3,\)"),
    (dict(logits=np.zeros((2, 0)), num_samples=2), "must have classes"),
    (dict(logits=np.zeros((2, 3)), num_samples=2, dtype="float32"), "integer `dtype`"),
    (dict(logits=np.zeros((2, 3)), num_samples=-1), "negative"),
])
def test_what_cannot_be_drawn(arguments, message):
    with pytest.raises(ValueError, match=message):
        random.categorical(**arguments)
