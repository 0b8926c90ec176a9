# SPDX-License-Identifier: Apache-2.0
"""Several inputs and outputs in training, with the numbers of tests/golden/make_heads.py."""
import copy
import json
import pathlib
import pickle

import keratin
from golden_files import array_of
import numpy as np
import pytest
from keratin import layers

GOLDEN = json.loads((pathlib.Path(__file__).parent.parent / "golden" / "heads.json").read_text())
INPUTS, OUTPUTS = ["user", "film"], ["rating", "seen"]


X, Y, WEIGHTS = ([array_of(entry) for entry in GOLDEN[name]] for name in ("x", "y", "weights"))


def two_heads():
    user, film = (keratin.Input((1,), name=name) for name in INPUTS)
    shared, other = (layers.Dense(1, use_bias=False, name=name) for name in "ab")
    rating = layers.Activation("linear", name="rating")(shared(user) + other(film))
    model = keratin.Model([user, film], [rating, layers.Activation("linear", name="seen")(shared(film))])
    for layer, value in ((shared, GOLDEN["a"]), (other, GOLDEN["b"])):
        layer.set_weights([np.array([[value]], "float32")])
    return model


FORMS = {
    "list": lambda names, entries: list(entries),
    "tuple": lambda names, entries: tuple(entries),
    "dict": lambda names, entries: dict(reversed(list(zip(names, entries)))),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("case", GOLDEN["cases"], ids=lambda case: case["name"])
def test_they_train_as_in_keras(case, form):
    def formed(names, entries):
        return entries if entries is None or isinstance(entries, str) else FORMS[form](names, entries)

    model = two_heads()
    model.compile(keratin.optimizers.SGD(0.1), **{
        name: formed(OUTPUTS, case[name]) for name in ("loss", "loss_weights", "metrics", "weighted_metrics")})
    x, y = formed(INPUTS, X), formed(OUTPUTS, Y)
    sample_weight = {None: None, "one": WEIGHTS[0], "each": formed(OUTPUTS, WEIGHTS)}[case["sample_weight"]]
    history = model.fit(x, y, batch_size=4, shuffle=False, verbose=0, sample_weight=sample_weight, **case["fit"])
    tolerance = {"rtol": 4e-6, "atol": 4e-6}
    assert sorted(history.history) == sorted(case["history"])
    for name, values in case["history"].items():
        np.testing.assert_allclose(history.history[name], values, err_msg=name, **tolerance)
    evaluated = model.evaluate(x, y, batch_size=4, verbose=0, return_dict=True, sample_weight=sample_weight)
    assert list(evaluated) == sorted(case["evaluate"])
    for name, value in case["evaluate"].items():
        np.testing.assert_allclose(evaluated[name], value, err_msg=name, **tolerance)
    batch = model.train_on_batch(formed(INPUTS, [a[:4] for a in X]), formed(OUTPUTS, [a[:4] for a in Y]), return_dict=True)
    for name, value in case["train_on_batch"].items():
        np.testing.assert_allclose(batch[name], value, err_msg=name, **tolerance)
    for outputs in (model.predict(x), model.predict(x, batch_size=4), model.predict_on_batch(x)):
        assert isinstance(outputs, list) and len(outputs) == 2
        for output, expected in zip(outputs, case["predict"]):
            np.testing.assert_allclose(output, array_of(expected), rtol=1e-5, atol=1e-5)


def test_batches_are_in_the_same_forms():
    def batches():
        for first in range(0, 11, 4):
            x, y = ([a[first:first + 4] for a in arrays] for arrays in (X, Y))
            yield (dict(zip(INPUTS, x)), tuple(y)) if first else (tuple(x), dict(zip(OUTPUTS, y)))

    model, other = two_heads(), two_heads()
    for each in (model, other):
        each.compile("sgd", ["mse", "mae"])
    expected = model.fit(X, Y, batch_size=4, shuffle=False, verbose=0, validation_data=(X, Y)).history
    validation = tuple(X), dict(zip(OUTPUTS, Y))
    assert other.fit(list_of(batches()), verbose=0, validation_data=validation, validation_batch_size=4).history == expected
    for of_arrays, of_batches in zip(model.predict(X), other.predict(list_of(batches()))):
        np.testing.assert_array_equal(of_arrays, of_batches)


class list_of:
    """A Sequence of batches."""

    def __init__(self, batches):
        self.batches = list(batches)

    def __len__(self):
        return len(self.batches)

    def __getitem__(self, index):
        return self.batches[index]


@pytest.mark.parametrize("x, y, text", [
    (X[0], Y, "the model has 2 inputs, user, film"),
    ([*X, X[0]], Y, "Received: 3 tensors"),
    ({"user": X[0], "fim": X[1]}, Y, "unknown input: 'fim'. Did you mean 'film'"),
    ({"user": X[0]}, Y, "x has no 'film'"),
    (X, {"rating": Y[0], "sen": Y[1]}, "unknown output: 'sen'. Did you mean 'seen'"),
    (X, Y[:1], "the model has 2 outputs, rating, seen"),
    ([X[0], X[1][:3]], Y, "the same number of samples"),
    (X, None, "output 'rating' needs y"),
])
def test_what_does_not_fit_is_said(x, y, text):
    model = two_heads()
    model.compile("sgd", "mse")
    before = model.get_weights()
    with pytest.raises(ValueError, match=text):
        model.fit(x, y, verbose=0)
    assert model.get_weights() == before


@pytest.mark.parametrize("options, text", [
    ({"loss": {"rating": "mse", "sean": "mae"}}, "unknown output in loss: 'sean'. Did you mean 'seen'"),
    ({"loss": ["mse"] * 3}, "loss must have an entry for each of the 2 outputs"),
    ({"loss": "mse", "metrics": ["mae"]}, "metrics of 2 outputs must be named"),
    ({"loss": "mse", "metrics": {"sen": "mae"}}, "unknown output in metrics"),
    ({"loss": "mse", "loss_weights": [0.5]}, "must match the number of losses, got 2 losses and 1 weights"),
    ({"loss": "mse", "loss_weights": {"sen": 0.5}}, r"\[compile\] unknown output in loss_weights: 'sen'. Did you mean 'seen'"),
    ({"loss": "mse", "loss_weights": {"seen": 0.5}}, r"\[compile\] loss_weights does not name the output 'rating'"),
])
def test_compile_refuses_what_names_no_output(options, text):
    with pytest.raises(ValueError, match=text):
        two_heads().compile("sgd", **options)


def test_outputs_without_a_loss():
    model = two_heads()
    model.compile("sgd", [None, "mse"])
    assert model.metrics_names == ["loss"]
    assert model.test_on_batch(X, Y[1]) == model.test_on_batch(X, Y)


def test_dicts_give_the_names():
    inner = two_heads()
    model = keratin.Model(dict(zip("ab", inner.inputs)), {"r": inner.outputs[0], "s": inner.outputs[1]})
    model.compile("sgd", {"r": "mse", "s": "mae"}, metrics={"s": ["mse"]})
    assert model.metrics_names == ["loss", "r_loss", "s_loss", "s_mse"]
    history = model.fit({"a": X[0], "b": X[1]}, {"s": Y[1], "r": Y[0]}, verbose=0).history
    assert list(history) == ["loss", "r_loss", "s_loss", "s_mse"]
    outputs = model.predict({"b": X[1], "a": X[0]})
    assert list(outputs) == ["r", "s"]
    for name, expected in zip("rs", inner.predict(X)):
        np.testing.assert_array_equal(outputs[name], expected)
    with pytest.raises(ValueError, match="a dict of inputs or outputs has names as keys. Received: 1"):
        keratin.Model({1: inner.inputs[0], 2: inner.inputs[1]}, inner.outputs)


def test_copies_of_merges():
    inputs = [keratin.Input((3,), name=name) for name in INPUTS]
    model = keratin.Model(inputs, layers.Dense(1)(layers.Dot(axes=1)(inputs)))
    model.compile("adam", "mse")
    x, y = [np.ones((4, 3)), np.arange(12.0).reshape(4, 3)], np.ones((4, 1))
    model.fit(x, y, verbose=0)
    for other in (pickle.loads(pickle.dumps(model)), copy.deepcopy(model)):
        assert other.evaluate(x, y, verbose=0) == model.evaluate(x, y, verbose=0)
        assert other.train_on_batch(x, y) == copy.deepcopy(model).train_on_batch(x, y)
