# SPDX-License-Identifier: Apache-2.0
"""Configs of functional models: from Keras, to Keras, and what no config may be."""
import importlib.util
import json
import os
import pathlib
import subprocess
import sys
import zipfile

import numpy as np
import pytest
from golden_files import array_of

import keratin as keras
from keratin import layers, ops

HOME = pathlib.Path(__file__).parents[2]
GOLDEN = json.loads((HOME / "tests/golden/functional.json").read_text())["cases"]


def graph_of(config):
    """What is said of the calls: all but the options of layers."""
    entries = [{key: value for key, value in entry.items() if key in ("class_name", "name", "inbound_nodes")}
               for entry in config["layers"]]
    text = json.dumps([entries, config["input_layers"], config["output_layers"]])
    # A tensor of a backend is written as one of NumPy's, and training=False, which says nothing, not at all.
    return json.loads(text.replace("__tensor__", "__numpy__").replace('"training": false', ""))


def values_in(structure):
    if isinstance(structure, dict):
        return [value for key in sorted(structure) for value in values_in(structure[key])]
    return [x for value in structure for x in values_in(value)] if isinstance(structure, (list, tuple)) else [structure]


@pytest.mark.parametrize("case", [case for case in GOLDEN if "weights" in case], ids=lambda case: case["what"])
def test_models_of_keras_give_its_numbers_and_its_graphs(case):
    config = case["json"]["config"]
    model = keras.models.Functional.from_config(
        config, mask_policy="keras3")
    model.set_weights([array_of(weight) for weight in case["weights"]])
    inputs = [array_of(x) for x in case["inputs"]]
    found = values_in(model(dict(zip(model.input_names, inputs)) if isinstance(model.input, dict) else
                            inputs if len(inputs) > 1 else inputs[0]))
    for got, wanted in zip(found, case["outputs"], strict=True):
        np.testing.assert_allclose(got, array_of(wanted), rtol=1e-5, atol=1e-5)
    assert graph_of(model.get_config()) == graph_of(config)


def towers():
    user, film = (keras.Input((1,), dtype="int32", name=name) for name in ("user", "film"))
    u, f = (layers.Flatten()(layers.Embedding(7, 4)(x)) for x in (user, film))
    x = layers.Concatenate()([u, f, layers.Multiply()([u, f])])
    return keras.Model([user, film], [layers.Dense(1)(x), layers.Dot(axes=1)([u, f])])


def operators():
    x, n = keras.Input((4,), name="x"), keras.Input((3,), dtype="int32", name="n")
    scores = ops.softmax(ops.concatenate([x[:, 1:3] * 2, 0.1 - x[..., :1]], axis=-1))
    mask = ops.not_equal(n, 0)
    pooled = layers.GlobalAveragePooling1D()(layers.Embedding(5, 2)(n), mask=mask)
    return keras.Model({"x": x, "n": n}, {"a": scores, "b": [pooled, ops.sum(ops.cast(mask, "float32"), axis=1)]})


def nested():
    x = keras.Input((4,), name="x")
    inner = keras.Model(x, [layers.Dense(3)(x), layers.Dense(4)(x)])
    row = keras.Sequential([keras.Input((3,)), layers.Dense(3)])
    a = keras.Input((4,), name="a")
    first = inner(a)
    second = inner(first[1])
    return keras.Model([a], [row(row(second[0])), inner(second[1])[1]])


def masked():
    words = keras.Input((5,), dtype="int32", name="words")
    x = layers.Dropout(0.5)(layers.Embedding(6, 3, mask_zero=True)(words))
    return keras.Model(words, layers.Dense(2)(layers.GlobalAveragePooling1D()(x)))


def cut():
    model = masked()
    inner = model.layers[-2].output
    return keras.Model(inner, layers.Dense(1)(inner))


MODELS = (towers, operators, nested, masked, cut)


def data_for(model):
    rng = np.random.default_rng(0)
    return [rng.integers(1, 5, (3, *x.shape[1:])).astype("int32") * (np.arange(x.shape[-1], dtype="int32") < 3) if x.dtype == "int32" else
            rng.normal(size=(3, *x.shape[1:])).astype("float32") for x in model.inputs]


def given(model, data):
    return dict(zip(model.input_names, data)) if isinstance(model.input, dict) else data if len(data) > 1 else data[0]


@pytest.mark.parametrize("make", MODELS, ids=lambda make: make.__name__)
def test_json_goes_there_and_back(make):
    model = make()
    again = keras.models.model_from_json(model.to_json())
    assert json.loads(again.to_json()) == json.loads(model.to_json())
    again.set_weights(model.get_weights())
    x = given(model, data_for(model))
    for got, wanted in zip(values_in(again(x)), values_in(model(x)), strict=True):
        np.testing.assert_array_equal(got, wanted)


_IN_KERAS = """
import json, os, sys
os.environ.setdefault("KERAS_BACKEND", "torch")
import keras, numpy as np
folder = sys.argv[1]
for name in sys.argv[2:]:
    model = keras.models.model_from_json(open(f"{folder}/{name}.json").read())
    given = np.load(f"{folder}/{name}.npz")
    model.set_weights([given[f"w{i}"] for i in range(len([k for k in given if k[0] == "w"]))])
    inputs = [given[f"x{i}"] for i in range(len(model.inputs))]
    outputs = model(keras.tree.pack_sequence_as(model._inputs_struct, inputs))
    np.savez(f"{folder}/{name}.out.npz", *[keras.ops.convert_to_numpy(y) for y in keras.tree.flatten(outputs)])
"""


def python_with_keras():
    if importlib.util.find_spec("keras") is not None:
        return sys.executable
    beside = HOME / ".venv/parity/bin/python"
    if not beside.exists():
        pytest.skip("there is no Keras here: ./dev parity installs it in .venv/parity")
    return str(beside)


def test_keras_reads_what_keratin_writes(tmp_path):
    """The truth is what Keras computes from our file; layers of at most 12 products lie in rounding of it."""
    python = python_with_keras()
    found = {}
    for make in MODELS:
        model = make()
        x = data_for(model)
        (tmp_path / f"{make.__name__}.json").write_text(model.to_json())
        np.savez(tmp_path / f"{make.__name__}.npz", **{f"w{i}": w for i, w in enumerate(model.get_weights())},
                 **{f"x{i}": value for i, value in enumerate(x)})
        found[make.__name__] = values_in(model(given(model, x)))
    env = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    done = subprocess.run([python, "-c", _IN_KERAS, str(tmp_path), *found], capture_output=True, text=True, env=env)
    assert done.returncode == 0, done.stderr[-3000:]
    for name, outputs in found.items():
        keras_outputs = np.load(tmp_path / f"{name}.out.npz")
        assert len(keras_outputs.files) == len(outputs)
        for i, output in enumerate(outputs):
            np.testing.assert_allclose(output, keras_outputs[f"arr_{i}"], rtol=1e-5, atol=1e-5)


def test_a_call_in_training_stays_one():
    x = keras.Input((64,))
    model = keras.Model(x, layers.Dropout(0.5)(x, training=True))
    ones = np.ones((1, 64), "float32")
    for one in (model, keras.models.model_from_json(model.to_json())):
        assert (one.predict(ones, verbose=0) == 0).any()
    assert model.get_config()["layers"][1]["inbound_nodes"][0]["kwargs"] == {"training": True}


@pytest.mark.parametrize("change, words", [
    (lambda c: c["layers"][1].update(inbound_nodes=[{"args": [], "kwargs": {}}]), 'config["layers"][1]["inbound_nodes"][0]'),
    (lambda c: c["layers"][1]["inbound_nodes"][0]["args"][0]["config"].update(keras_history=["y", 0, 0]), "there is no layer 'y'"),
    (lambda c: c["layers"][1]["inbound_nodes"][0]["args"][0]["config"].update(keras_history=["d", 0, 0]), "circle"),
    (lambda c: c.update(output_layers=["d", 0, 1]), 'config["output_layers"]'),
    (lambda c: c.update(output_layers=["d", 2**62, 0]), "layer 'd' has 1 call"),
    (lambda c: c["layers"].append(c["layers"][1]), "two layers of the name 'd'"),
    (lambda c: c.pop("input_layers"), "'input_layers' is missing"),
    (lambda c: c["layers"].append(3), 'config["layers"][2]'),
    (lambda c: c["layers"][1].update(module="keras.src.ops.numpy"), "unknown operation: 'Dense'"),
    (lambda c: c["layers"][1]["inbound_nodes"][0].update(kwargs={"foo": 1}), 'config["layers"][1]["inbound_nodes"][0]'),
])
def test_what_is_wrong_has_a_place(change, words):
    x = keras.Input((3,), name="x")
    config = json.loads(json.dumps(keras.Model(x, layers.Dense(2, name="d")(x)).get_config()))
    change(config)
    with pytest.raises(ValueError) as caught:
        keras.models.Functional.from_config(config)
    assert words in str(caught.value), caught.value
    assert len(str(caught.value)) <= 2000


def test_a_published_model_loads():
    """A recommender from a public repository, as Keras 3 saved it."""
    file = HOME.parent / "shared/models/ncf-keras3/ncf_model.keras"
    if not file.exists():
        pytest.skip("../shared/models is not here")
    config = zipfile.ZipFile(file).read("config.json").decode()
    model = keras.models.model_from_json(config)
    assert graph_of(model.get_config())[0] == graph_of(json.loads(config)["config"])[0]
    assert model.predict([np.array([[1], [2]]), np.array([[3], [4]])], verbose=0).shape == (2, 1)


def test_models_within_models_do_not_multiply_without_end():
    x = keras.Input((3,), name="x")
    model = keras.Model(x, layers.Flatten()(x))
    with pytest.raises(ValueError, match="would be more than 262144 operations"):
        for _ in range(30):
            model = keras.Model(x, model(model(x)))


def test_a_model_in_a_row_of_layers_has_a_config():
    row = keras.Sequential([keras.Input((3,)), keras.Sequential([keras.Input((3,)), layers.Dense(2)]), layers.Dense(1)])
    again = keras.models.model_from_json(row.to_json())
    assert json.loads(again.to_json()) == json.loads(row.to_json())
