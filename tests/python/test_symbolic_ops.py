# SPDX-License-Identifier: Apache-2.0
"""keratin.ops on KerasTensors: the model that a node is in gives what NumPy gives."""
import numpy as np
import pytest

import keratin as keras
from keratin import ops

V = np.linspace(0.3, 2.9, 24).reshape(2, 3, 4).astype(np.float32)
W = np.linspace(-1, 1, 8).reshape(4, 2).astype(np.float32)

UNARY = ("exp expm1 log log1p log2 sqrt rsqrt sin cos tanh sinh cosh arctan reciprocal erf sigmoid relu softplus log_sigmoid abs "
         "absolute negative square sign floor ceil round logical_not isnan isfinite stop_gradient softmax log_softmax sort "
         "argsort flip zeros_like ones_like").split()
BINARY = ("add subtract multiply divide true_divide power mod floor_divide maximum minimum logaddexp equal not_equal greater "
          "greater_equal less less_equal logical_and logical_or squared_difference divide_no_nan").split()
REDUCED = "sum mean max min prod var std logsumexp argmax argmin any all norm".split()

CASES = {name: getattr(ops, name) for name in UNARY}
for name in BINARY:
    function = getattr(ops, name)
    CASES[name] = lambda x, f=function: f(x, ops.multiply(x, 0.7))
    CASES[f"{name} with a number"] = lambda x, f=function: f(x, 1.5)
    CASES[f"{name} of a number"] = lambda x, f=function: f(2, x)
for name in REDUCED:
    function = getattr(ops, name)
    CASES[f"{name} along an axis"] = lambda x, f=function: f(x, axis=-1)
    CASES[f"{name} keepdims"] = lambda x, f=function: f(x, axis=1, keepdims=True)
CASES.update({
    "norm of order infinity": lambda x: ops.norm(x, ord=np.inf, axis=-1),
    "clip": lambda x: ops.clip(x, 0.5, 1.5),
    "where": lambda x: ops.where(ops.greater(x, 1), x, 0.0),
    "cumsum": lambda x: ops.cumsum(x, axis=1),
    "take": lambda x: ops.take(x, np.array([2, 0]), axis=1),
    "take_along_axis": lambda x: ops.take_along_axis(x, np.zeros((1, 3, 1), np.int32), axis=-1),
    "expand_dims": lambda x: ops.expand_dims(x, 1),
    "squeeze": lambda x: ops.squeeze(ops.expand_dims(x, 1), 1),
    "transpose": lambda x: ops.transpose(x, (0, 2, 1)),
    "swapaxes": lambda x: ops.swapaxes(x, 1, 2),
    "moveaxis": lambda x: ops.moveaxis(x, 1, 2),
    "reshape": lambda x: ops.reshape(x, (-1, 12)),
    "broadcast_to": lambda x: ops.broadcast_to(ops.sum(x, axis=-1, keepdims=True), (2, 3, 4)),
    "concatenate": lambda x: ops.concatenate([x, ops.multiply(x, 2)], axis=-1),
    "stack": lambda x: ops.stack([x, x], axis=1),
    "split": lambda x: ops.split(x, 2, axis=-1),
    "repeat": lambda x: ops.repeat(x, 2, axis=1),
    "tile": lambda x: ops.tile(x, (1, 2, 1)),
    "pad": lambda x: ops.pad(x, ((0, 0), (1, 0), (0, 2))),
    "matmul": lambda x: ops.matmul(x, W),
    "dot": lambda x: ops.dot(x, W),
    "cast": lambda x: ops.cast(x, "int32"),
    "one_hot": lambda x: ops.one_hot(ops.argmax(x, axis=-1), 4),
    "convert_to_tensor": ops.convert_to_tensor,
})


@pytest.mark.parametrize("case", CASES)
def test_a_model_gives_what_numpy_gives(case):
    function = CASES[case]
    x = keras.Input((3, 4))
    wanted, given = function(V), keras.Model(x, function(x))(V)
    for want, got in zip(wanted if isinstance(wanted, list) else [wanted], given if isinstance(given, list) else [given]):
        assert np.shape(got) == np.shape(want)
        # Functions like exp differ from NumPy's by some units in the last place, sums by their order.
        np.testing.assert_allclose(got, want, rtol=2e-6, atol=1e-6)


@pytest.mark.parametrize("cut", [lambda x: x[:, 0], lambda x: x[:, 1:, ::2], lambda x: x[..., None], lambda x: x[:, -1, 1],
                                 lambda x: x @ W, abs], ids=str)
def test_operators(cut):
    x = keras.Input((3, 4))
    np.testing.assert_allclose(keras.Model(x, cut(x))(V), cut(V), rtol=2e-6)


def test_the_size_of_the_batch_is_open():
    x = keras.Input((3, 4))
    assert ops.shape(x) == (None, 3, 4) and ops.mean(x, axis=1).shape == (None, 4)
    assert ops.concatenate([x, x], axis=1).shape == (None, 6, 4)


def test_what_cannot_be_says_so():
    x = keras.Input((3,))
    with pytest.raises(ValueError, match="matmul"):
        ops.matmul(x, np.ones((4, 2)))
    with pytest.raises(NotImplementedError, match="'nuc' of matrices is not there on a symbolic value"):
        ops.norm(x, ord="nuc")
    with pytest.raises(TypeError, match="no elements"):
        ops.convert_to_numpy(x)


def test_operations_are_trained_through():
    ids = keras.Input((2,), dtype="int32")
    vectors = keras.layers.Embedding(3, 2, weights=[np.arange(6.0).reshape(3, 2)])(ids)
    model = keras.Model(ids, ops.sum(ops.square(vectors), axis=(1, 2)))
    model.compile(keras.optimizers.SGD(0.1), lambda y_true, y_pred: y_pred)
    model.train_on_batch(np.array([[1, 1]]), np.zeros(1))
    # d/dv of v^2 + v^2 is 4 v: the row 2 3 moves by -0.4 of itself, and no other does.
    np.testing.assert_allclose(model.get_weights()[0], [[0, 1], [1.2, 1.8], [4, 5]], rtol=1e-6)
