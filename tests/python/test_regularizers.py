# SPDX-License-Identifier: Apache-2.0
import copy
import pickle

import numpy as np
import pytest

from keratin import regularizers


def test_penalties():
    x = np.array([[1.0, -2.0], [3.0, 0.5]], dtype="float32")
    assert regularizers.L1(0.1)(x) == pytest.approx(0.65, rel=1e-6)
    assert regularizers.L2(0.1)(x) == pytest.approx(0.1 * np.square(x).sum(), rel=1e-6)
    assert regularizers.L1L2(0.1, 0.2)(x) == pytest.approx(0.65 + 0.2 * np.square(x).sum(), rel=1e-6)


def test_names():
    assert isinstance(regularizers.get("l2"), regularizers.L2)
    assert regularizers.get("l1_l2").get_config() == {"l1": 0.01, "l2": 0.01}
    assert regularizers.get(None) is None
    assert regularizers.get(regularizers.L1).l1 == 0.01
    with pytest.raises(ValueError, match="Did you mean 'l2'"):
        regularizers.get("l22")
    with pytest.raises(ValueError, match="Could not interpret regularizer"):
        regularizers.get(3)


@pytest.mark.parametrize("cls", [regularizers.L1, regularizers.L2, regularizers.L1L2, regularizers.OrthogonalRegularizer])
def test_round_trips(cls):
    first = next(iter(cls().get_config()))
    original = cls(**{first: 0.25})
    for other in [cls.from_config(original.get_config()), pickle.loads(pickle.dumps(original)), copy.copy(original),
                  copy.deepcopy(original), regularizers.deserialize(regularizers.serialize(original))]:
        assert type(other) is cls
        assert other.get_config() == original.get_config()
        assert getattr(other, first) == 0.25
    assert regularizers.serialize(original)["module"] == "keras.regularizers"


def test_options_are_fixed():
    regularizer = regularizers.L2(0.1)
    with pytest.raises(AttributeError, match="fixed"):
        regularizer.l2 = 3
    with pytest.raises(ValueError, match=r"\[L2\]"):
        regularizers.L2(-1)
