# SPDX-License-Identifier: Apache-2.0
"""Losses, targets, inputs and outputs in lists, tuples and dicts within each other: with Keras's numbers
(tests/golden/structure_programs.py), and what is wrong with them."""
import json
import pathlib
import pickle
import sys
import warnings

import keratin
from golden_files import array_of
import numpy as np
import pytest
from keratin import layers

FOLDER = pathlib.Path(__file__).parents[1] / "golden"
sys.path.insert(0, str(FOLDER))
from structure_programs import PROGRAMS, apart, data, heads, trained  # noqa: E402

CASES = {case["name"]: case["found"] for case in json.loads((FOLDER / "structures.json").read_text())["cases"]}


def value_of(golden):
    if isinstance(golden, dict) and "shape" in golden:
        return array_of(golden)
    return golden


@pytest.mark.parametrize("name", PROGRAMS)
def test_as_in_keras(name):
    keratin.backend.clear_session()
    found, wanted = PROGRAMS[name](keratin), CASES[name]
    assert sorted(found) == sorted(wanted)
    for key, golden in wanted.items():
        if isinstance(golden, (str, list)) and not isinstance(golden[0], float):
            assert found[key] == golden, key
        else:  # two epochs of float32: some roundings of numbers near 1
            np.testing.assert_allclose(found[key], value_of(golden), rtol=2e-5, atol=2e-6, err_msg=key)


def test_a_pickle_goes_on():
    structure = {"a": (0, 1), "b": 2}
    model = heads(keratin, structure)
    trained(model, structure, {"a": ("mse", ["mae", "mse"]), "b": ["mae", "mse"]})
    other = pickle.loads(pickle.dumps(model))
    x, y = data(8, 3), {"a": (data(8, 1), data(8, 2)), "b": data(8, 1)}
    for one in (model, other):
        one.train_on_batch(x, y)
    for mine, its in zip(model.get_weights(), other.get_weights()):
        np.testing.assert_array_equal(mine, its)


def test_batches_and_validation_have_the_structure_too():
    structure = {"a": (0, 1), "b": {"c": 2}}
    x, y = data(8, 3), {"a": (data(8, 1, seed=1), data(8, 2, seed=2)), "b": {"c": data(8, 1, seed=3)}}
    histories = []
    for given in ("arrays", "batches"):
        model = heads(keratin, structure)
        model.set_weights([np.full(weight.shape, 0.25, "float32") for weight in model.weights])
        model.compile("sgd", {"a": [apart(keratin), ("mse", None)], "b": {"c": "mae"}})
        batches = [({"x": x[i:i + 4]}["x"], {"a": tuple(part[i:i + 4] for part in y["a"]), "b": {"c": y["b"]["c"][i:i + 4]}})
                   for i in (0, 4)]
        fit = dict(x=x, y=y, validation_data=(x, y), batch_size=4) if given == "arrays" else dict(
            x=iter(batches), validation_data=(x, y), validation_batch_size=4, steps_per_epoch=2)
        histories.append(model.fit(**fit, shuffle=False, verbose=0).history)
    assert histories[0] == histories[1] and "val_a_loss" in histories[0]


def test_steps_of_ones_own_see_the_structure():
    seen = []

    class Watched(keratin.Model):
        def train_step(self, data):
            (x, y) = data
            seen.append((type(x["rest"]), sorted(x), type(y["a"]), sorted(y)))
            return super().train_step(data)

    a, b = keratin.Input((2,), name="a"), keratin.Input((2,), name="b")
    total = layers.Add(name="total")([a, b])
    outputs = {"a": (layers.Dense(1, name="one")(total), layers.Dense(1, name="two")(total)), "b": layers.Dense(1, name="three")(total)}
    x = {"first": data(8, 2), "rest": [data(8, 2, seed=1)]}
    y = {"a": (data(8, 1), data(8, 1, seed=2)), "b": data(8, 1, seed=3)}
    found = []
    for cls in (keratin.Model, Watched):
        keratin.backend.clear_session()
        model = cls({"first": a, "rest": [b]}, outputs)
        model.set_weights([np.full(weight.shape, 0.25, "float32") for weight in model.weights])
        model.compile("sgd", {"a": [apart(keratin), ("mse", None)], "b": "mae"})
        found.append((model.fit(x, y, batch_size=4, epochs=2, shuffle=False, verbose=0).history["loss"], model.get_weights()))
    assert seen[0] == (list, ["first", "rest"], tuple, ["a", "b"]) and len(seen) == 4
    assert found[0][0] == pytest.approx(found[1][0], rel=1e-6)
    for mine, its in zip(found[0][1], found[1][1]):
        np.testing.assert_allclose(mine, its, rtol=1e-6)


def test_sample_weights_go_to_each_loss():
    model = heads(keratin, (0, 1, 2))
    model.compile("sgd", [apart(keratin), ("mse", None, "mae")])
    x, y = data(8, 3), (data(8, 1), data(8, 2), data(8, 1))
    weights = np.array([0, 0, 0, 0, 1, 1, 1, 1], "float32")
    np.testing.assert_allclose(model.evaluate(x, y, sample_weight=weights, verbose=0)[0],
                               0.5 * model.evaluate(x[4:], tuple(part[4:] for part in y), verbose=0)[0], rtol=1e-6)
    with pytest.raises(ValueError, match="one sample_weight for all"):
        model.evaluate(x, y, sample_weight=(weights, weights, 1 - weights), verbose=0)


def test_errors_leave_the_model_as_it_was():
    x, y = data(8, 3), {"a": (data(8, 1), data(8, 2)), "b": data(8, 1)}
    model = heads(keratin, {"a": (0, 1), "b": 2})
    model.compile("sgd", {"a": [apart(keratin), ("mae", None)], "b": ["mae", "mse"]})
    before = model.evaluate(x, y, verbose=0)
    for loss, weights, error, words in (
            ({"a": ("mse", "mae"), "d": "mse"}, None, KeyError, "can't be found in either the model's output"),
            ({"a": [apart(keratin), {"c": "mse"}]}, None, KeyError, "can't be found in the model's output"),
            ({"a": ["mse", ("mae", "mse")]}, None, ValueError, "'mean_squared_error' is of one output"),
            ({"a": [keratin.losses.Huber(), ("mae", "mse")]}, None, ValueError, "is of one output"),
            ({"a": [apart(keratin), ("mae", "mse")]}, [1.0], ValueError, "got 3 losses and 1 weights"),
            ({"a": [None, (None, None)]}, None, ValueError, "there is no loss among them"),
            ({"a": ["mse", ("no such", "mse")]}, None, ValueError, "no such")):
        with pytest.raises(error, match=words):
            model.compile("sgd", loss, weights)
    with pytest.raises(ValueError, match="different structures"):
        model.fit(x, {"a": y["a"]}, verbose=0)
    with pytest.raises(ValueError, match="needs y|different structures"):
        model.fit(x, {"a": (y["a"][0], None), "b": None}, verbose=0)
    assert model.evaluate(x, y, verbose=0) == before

    def angry(y_true, y_pred):
        raise RuntimeError("in the loss")
    other = heads(keratin, [0, 1, 2])
    other.compile("sgd", [angry, ["mse", "mse", "mse"], "mae"])
    weights = other.get_weights()
    with pytest.raises(RuntimeError, match="in the loss"):
        other.fit(x, [data(8, 1), data(8, 2), data(8, 1)], verbose=0)
    for mine, its in zip(weights, other.get_weights()):
        np.testing.assert_array_equal(mine, its)


def test_inputs_that_do_not_fit():
    a, b = keratin.Input((2,), name="a"), keratin.Input((2,), name="b")
    model = keratin.Model({"a": a, "b": b}, layers.Subtract()([a, b]))
    x = {"a": data(4, 2), "b": data(4, 2, seed=1)}
    with pytest.warns(UserWarning, match="^The structure of `inputs` doesn't match the expected structure"):
        np.testing.assert_array_equal(model({**x, "c": data(4, 2)}), x["a"] - x["b"])
    with pytest.warns(UserWarning, match="doesn't match the expected structure"):
        np.testing.assert_array_equal(model.predict([x["a"], x["b"]], verbose=0), x["a"] - x["b"])
    with pytest.warns(UserWarning, match="doesn't match the expected structure"):
        np.testing.assert_array_equal(model.predict({**x, "c": data(4, 2)}, verbose=0), x["a"] - x["b"])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.predict(x, verbose=0)
        keratin.Model([a, b], layers.Subtract()([a, b])).predict((x["a"], x["b"]), verbose=0)
    with pytest.raises(ValueError, match=r"Missing: \['b'\]"):
        model({"a": x["a"]})
    turned = keratin.Model({"b": b, "a": a}, layers.Subtract()([a, b]))
    with pytest.raises(ValueError, match="doesn't match the expected structure"):
        turned([x["a"], x["b"]])
    deep = keratin.Model([a, {"b": b}], layers.Subtract()([a, b]))
    np.testing.assert_array_equal(deep([x["a"], {"b": x["b"]}]), x["a"] - x["b"])
    with pytest.raises(ValueError, match="doesn't match the expected structure"):
        deep([x["a"], x["b"], x["b"]])


def test_a_sequential_of_several_inputs():
    class Parts(layers.Layer):
        def call(self, inputs):
            return {key: 2 * value for key, value in inputs.items()} if isinstance(inputs, dict) else list(inputs)

    x = {"a": data(3, 2), "b": data(3, 2)}
    model = keratin.Sequential([Parts()])
    assert sorted(model(x)) == ["a", "b"]
    np.testing.assert_array_equal(model(x)["a"], 2 * x["a"])
    assert type(keratin.Sequential([Parts()])([x["a"], x["b"]])) is list

    class Silent(layers.Layer):
        def call(self, inputs):
            return inputs + 1.0

        def compute_output_spec(self, *args, **kwargs):
            raise NotImplementedError

    np.testing.assert_array_equal(keratin.Sequential([Silent()])(x["a"]), x["a"] + 1)

    class Asking(layers.Layer):
        def call(self, inputs, training):
            return inputs

    with pytest.raises(ValueError, match="can only have a single positional argument.*Asking.*training"):
        keratin.Sequential([Asking()]).build((None, 2))


def test_configs_that_mean_something_else():
    from keratin.saving import deserialize_keras_object, register_keras_serializable
    dense = {"class_name": "Dense", "module": "keras.layers", "config": {"units": 1}}
    with pytest.raises(ValueError, match="resolved to a Keras built-in"):
        deserialize_keras_object({**dense, "registered_name": "shop>Dense"})
    with pytest.raises(ValueError, match="resolved to a Keras built-in"):
        deserialize_keras_object({"class_name": "function", "module": "builtins", "registered_name": "other", "config": "relu"})
    assert deserialize_keras_object({**dense, "registered_name": "Dense"}).units == 1
    model = {"class_name": "Sequential", "module": "keras", "config": {"layers": [dense]}}
    with pytest.raises(ValueError, match="must be a dictionary containing the 'name' and 'layers' keys"):
        deserialize_keras_object(model)
    with pytest.raises(ValueError, match="Expected a dictionary containing a 'config' key"):
        deserialize_keras_object({**model, "config": {"name": "s", "layers": [dense, {}]}})

    @register_keras_serializable("test_structures")
    def squared_of_structures(x):
        return x * x

    for name in ("squared_of_structures", "test_structures>squared_of_structures"):  # Keras 3.6 wrote the first
        config = {"class_name": "function", "module": "builtins", "registered_name": "function", "config": name}
        assert deserialize_keras_object(config) is squared_of_structures


def test_several_losses_of_one_output_all_count():
    model = keratin.Sequential([keratin.Input((3,)), layers.Dense(1, name="one")])
    model.compile("sgd", ["mse", keratin.losses.MeanAbsoluteError(name="far")], [1.0, 0.5])
    x, y = data(8, 3), data(8, 1, seed=2)
    apart_by = model.predict(x, verbose=0) - y
    mse, mae = np.mean(apart_by ** 2), np.mean(np.abs(apart_by))
    found = model.evaluate(x, y, verbose=0, return_dict=True)
    assert found == pytest.approx({"loss": mse + 0.5 * mae, "mse_loss": mse, "far_loss": mae}, rel=1e-5)
    kernel = model.get_weights()[0]
    model.train_on_batch(x, y)
    slope = x.T @ (2 * apart_by + 0.5 * np.sign(apart_by)) / 8
    np.testing.assert_allclose(model.get_weights()[0], kernel - 0.01 * slope, rtol=1e-5, atol=1e-6)
