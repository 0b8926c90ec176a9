# SPDX-License-Identifier: Apache-2.0
"""Layers of several inputs. What they compute is in tests/golden/merging.json, which C++ tests; here is how they are called."""
import json
import pathlib

import numpy as np
import pytest
from golden_files import array_of

import keratin as keras
from keratin import layers

CASES = json.loads((pathlib.Path(__file__).parents[1] / "golden" / "merging.json").read_text())["cases"]


def pick(names):
    """One case a class and kind of masks."""
    seen = {}
    for case in CASES:
        config = case["layer"]["config"]
        key = (case["layer"]["class_name"], config.get("axis"), str(config.get("axes")), tuple(m is not None for m in case["masks"]))
        if key[0] in names:
            seen.setdefault(key, case)
    return [pytest.param(case, id=" ".join(map(str, key))) for key, case in seen.items()]


NAMES = ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate", "Dot")


@pytest.mark.parametrize("case", pick(NAMES))
def test_arrays_with_masks(case):
    layer = layers.deserialize(case["layer"])
    xs, masks = [array_of(x) for x in case["x"]], [array_of(m) for m in case["masks"]]
    y = layer(xs, mask=masks)
    np.testing.assert_allclose(y, array_of(case["y"]), rtol=2e-6, atol=2e-6)
    mask, want = layer.compute_mask(xs, masks), array_of(case["y_mask"])
    assert (mask is None) == (want is None)
    if want is not None:
        np.testing.assert_array_equal(mask, want)
    assert layer.compute_output_shape([x.shape for x in xs]) == y.shape


@pytest.mark.parametrize("case", pick(NAMES))
def test_functional_models(case):
    """Masks come from Masking, which makes those of the case of inputs that are 0.5 where they leave out."""
    xs = [array_of(x) for x in case["x"]]
    inputs = [keras.Input(x.shape[1:], dtype=str(x.dtype)) for x in xs]
    layer = layers.deserialize(case["layer"])
    if all(m is None for m in case["masks"]):
        model = keras.Model(inputs, layer(inputs))
        np.testing.assert_allclose(model(xs), array_of(case["y"]), rtol=2e-6, atol=2e-6)
        return
    masks = [array_of(m) for m in case["masks"]]
    xs = [x if m is None else np.where(m[..., None], x, np.float32(0.5)) for x, m in zip(xs, masks)]
    values = [x if m is None else layers.Masking(0.5)(x) for x, m in zip(inputs, masks)]
    masked = [x if m is None else np.where(m[..., None], x, np.float32(0)) for x, m in zip(xs, masks)]
    model = keras.Model(inputs, layer(values))
    np.testing.assert_allclose(model(xs), layer(masked, mask=masks), rtol=2e-6, atol=2e-6)


A, B = np.array([[1.0, 2.0]], np.float32), np.array([[3.0, 5.0]], np.float32)


@pytest.mark.parametrize("function, want", [
    (layers.add, [[4, 7]]), (layers.subtract, [[-2, -3]]), (layers.multiply, [[3, 10]]), (layers.average, [[2, 3.5]]),
    (layers.maximum, [[3, 5]]), (layers.minimum, [[1, 2]]), (layers.concatenate, [[1, 2, 3, 5]]), (layers.dot, [[13]])])
def test_functional_forms(function, want):
    np.testing.assert_array_equal(function([A, B]), want)
    inputs = [keras.Input((2,)), keras.Input((2,))]
    y = function(inputs, name="merged")
    assert y.name == "merged" and y.shape == (None, len(want[0]))
    np.testing.assert_array_equal(keras.Model(inputs, y).predict([A, B]), want)


def test_a_model_of_merges_trains():
    rng = np.random.default_rng(0)
    user, film = (keras.Input((1,), dtype="int32", name=name) for name in ("user", "film"))
    u, f = (layers.Flatten()(layers.Embedding(9, 4)(x)) for x in (user, film))
    x = layers.Concatenate()([u, f, layers.Multiply()([u, f]), layers.Dot(axes=1, normalize=True)([u, f])])
    model = keras.Model([user, film], layers.Dense(1)(x))
    model.compile(keras.optimizers.Adam(0.05), "mse")
    ids = [rng.integers(0, 9, (64, 1)) for _ in range(2)]
    y = ((ids[0] + ids[1]) % 3).astype("float32")
    losses = model.fit(ids, y, epochs=30, verbose=0).history["loss"]
    assert losses[-1] < losses[0] / 4
    clone = keras.models.clone_model(model)
    assert [layer.name for layer in clone.layers] == [layer.name for layer in model.layers]


def test_what_is_refused():
    for call in (lambda: layers.Add()(A), lambda: layers.Add().compute_output_shape((2, 3)), lambda: layers.Add().build((2, 3))):
        with pytest.raises(ValueError, match="should be called on a list of inputs"):
            call()
    with pytest.raises(ValueError, match="at least 1 input|some inputs"):
        layers.Add()([])
    with pytest.raises(ValueError, match="exactly 2 inputs"):
        layers.Subtract()([A])
    with pytest.raises(ValueError, match="incompatible shapes"):
        layers.Add().build([(None, 2), (None, 3)])
    with pytest.raises(TypeError, match="a list or an int"):
        layers.Dot(axes="last")
    with pytest.raises(ValueError, match="two elements"):
        layers.Dot(axes=(1, 2, 3))
    with pytest.raises(ValueError, match="should be integers"):
        layers.Dot(axes=(1, 2.5))
    with pytest.raises(TypeError, match="axis must be an integer"):
        layers.Concatenate(axis=1.5)
    add = layers.Add()
    with pytest.raises(ValueError, match="`mask` should be a list"):
        add.compute_mask([A, B], A)
    with pytest.raises(ValueError, match="`inputs` should be a list"):
        add.compute_mask(A, [None, None])
    with pytest.raises(ValueError, match="should have the same length"):
        add.compute_mask([A, B], [None])
    assert add.compute_mask([A, B]) is None and not add.built
