# SPDX-License-Identifier: Apache-2.0
"""Architectures of every Keras, through keratin.models.model_from_json."""
import json
import pathlib
import warnings

import numpy as np
import pytest

import keratin

GOLDEN = pathlib.Path(__file__).parents[1] / "golden" / "saving"


def keras2(layers, version="2.1.2", class_name="Sequential"):
    return json.dumps({"class_name": class_name, "config": layers, "keras_version": version, "backend": "tensorflow"})


EMBEDDING = {"class_name": "Embedding", "config": {
    "name": "embedding_1", "trainable": True, "batch_input_shape": [None, 4], "dtype": "float32", "input_dim": 10, "output_dim": 3,
    "embeddings_initializer": {"class_name": "RandomUniform", "config": {"minval": -0.05, "maxval": 0.05, "seed": None}},
    "embeddings_regularizer": None, "activity_regularizer": None, "embeddings_constraint": None, "mask_zero": True,
    "input_length": 4}}
DENSE = {"class_name": "Dense", "config": {
    "name": "d", "trainable": True, "units": 2, "activation": "hard_sigmoid", "use_bias": True,
    "kernel_initializer": {"class_name": "VarianceScaling", "config": {"scale": 1.0, "mode": "fan_avg", "distribution": "uniform", "seed": None}},
    "bias_initializer": {"class_name": "Zeros", "config": {}}, "kernel_regularizer": None, "bias_regularizer": None,
    "activity_regularizer": None, "kernel_constraint": None, "bias_constraint": None}}
FLATTEN = {"class_name": "Flatten", "config": {"name": "f", "trainable": True, "data_format": "channels_last"}}


@pytest.mark.parametrize("times", [0, 1, 2])
def test_keras2_list_of_layers(times):
    text = keras2([EMBEDDING, FLATTEN, DENSE])
    for _ in range(times):
        text = json.dumps(text)
    model = keratin.models.model_from_json(text)
    assert model.mask_policy == "keras2"
    assert model.input_shape == (None, 4)
    table, kernel, bias = model.get_weights()
    x = np.array([[1, 2, 0, 9]])
    wanted = np.clip(0.2 * (table[x].reshape(1, -1) @ kernel + bias) + 0.5, 0, 1)
    np.testing.assert_allclose(model.predict(x, verbose=0), wanted, rtol=1e-6, atol=1e-7)


def test_mask_policy_goes_with_the_text():
    for policy in ("strict", "keras3", "keras2"):
        model = keratin.Sequential([keratin.layers.Input((4,)), keratin.layers.Embedding(9, 2),
                                    keratin.Sequential([keratin.layers.Input((4, 2)), keratin.layers.Dense(2)], mask_policy=policy)],
                                   mask_policy=policy)
        again = keratin.models.model_from_json(model.to_json())
        assert again.mask_policy == policy and again.layers[1].mask_policy == policy
        assert keratin.saving.deserialize_keras_object(keratin.saving.serialize_keras_object(model)).mask_policy == policy
    assert keratin.models.model_from_json(json.dumps({"class_name": "Sequential", "config": {"layers": []}})).mask_policy == "keras3"


def test_a_class_of_ones_own_in_an_old_file():
    class Twice(keratin.layers.Layer):
        def call(self, x):
            return x * 2

    entry = {"class_name": "Custom>Twice", "config": {"name": "t", "trainable": True, "dtype": "float32"}}
    text = keras2({"name": "m", "layers": [{"class_name": "InputLayer", "config": {
        "batch_input_shape": [None, 2], "dtype": "float32", "sparse": False, "ragged": False, "name": "i"}}, entry]}, "2.9.0")
    model = keratin.models.model_from_json(text, custom_objects={"Twice": Twice})
    np.testing.assert_array_equal(model.predict(np.array([[1.0, 2.0]]), verbose=0), [[2, 4]])
    with pytest.raises(ValueError, match=r'Twice'):
        keratin.models.model_from_json(text)


@pytest.mark.parametrize("missing", ["Conv1D", "LSTM", "Lambda", "NoSuchThing"])
def test_a_missing_layer_is_named_with_its_place(missing):
    layers = {"name": "m", "layers": [EMBEDDING, {"class_name": missing, "config": {"name": "it", "activation": "relu"}}]}
    known = hasattr(keratin.layers, missing)
    if known:
        pytest.skip(f"{missing} is there")
    with pytest.raises((ValueError, TypeError), match=rf'config\["config"\]\["layers"\]\[2\].*{missing}|{missing}.*\["layers"\]\[2\]'):
        keratin.models.model_from_json(keras2(layers, "2.9.0"))


def check_saved(numbers, file, is_trained=True):
    """A model that another Keras saved predicts what that predicted, and after three more steps too."""
    with np.load(GOLDEN / numbers) as found:
        x = [found[key] for key in sorted(found) if key.startswith("x")]
        y, predicted, trained = found["y"], found["predicted"], found["trained"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = keratin.saving.load_model(GOLDEN / file)
    x = x if len(x) > 1 else x[0]
    # Some ten float32 roundings of sums of at most 40 products of numbers around 1.
    np.testing.assert_allclose(model.predict(x, verbose=0), predicted, rtol=1e-5, atol=2e-6)
    if is_trained:
        model.fit(x, y, batch_size=8, epochs=3, shuffle=False, verbose=0)
        np.testing.assert_allclose(model.predict(x, verbose=0), trained, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", ["nadam.keras", "nadam.h5", "masked.keras", "masked.h5"])
def test_what_keras_36_saved(name):
    """tests/files/make_old_keras3.py; its .h5 has no state."""
    check_saved(f"keras_36_{name.split('.')[0]}.npz", f"keras_36_{name}", is_trained=name.endswith(".keras"))


@pytest.mark.parametrize("name", ["parts", "in_each_other", "texts", "blind", "nadam", "adafactor", "discretized", "functions"])
def test_what_tf_keras_saved(name):
    """tests/files/make_tf_keras.py, tf.keras 2.21. The state of its SGD has sums without a momentum."""
    check_saved(f"tf_keras_{name}.npz", f"tf_keras_{name}.keras")


def test_an_array_in_the_config_of_an_initializer():
    """Keras writes the values of Constant into the config, and draws the table again from it where there are no weights."""
    table = np.arange(12, dtype="float32").reshape(4, 3) / 8
    for value in (table.tolist(), {"class_name": "__numpy__", "config": {"value": table.tolist(), "dtype": "float64"}}):
        text = keras2({"name": "m", "layers": [{"class_name": "Embedding", "config": {
            "name": "e", "batch_input_shape": [None, 2], "input_dim": 4, "output_dim": 3,
            "embeddings_initializer": {"class_name": "Constant", "config": {"value": value}}}}]}, "2.15.0")
        model = keratin.models.model_from_json(text)
        np.testing.assert_array_equal(model.get_weights()[0], table)
        again = keratin.models.model_from_json(model.to_json())
        np.testing.assert_array_equal(again.get_weights()[0], table)
        np.testing.assert_array_equal(keratin.layers.Embedding.from_config(model.layers[0].get_config())(np.array([[3]]))[0], table[3:])
    with pytest.raises(ValueError, match=r"^\[Constant\]"):
        keratin.initializers.deserialize({"class_name": "Constant", "config": {"value": [[1, 2], [3]]}})
    with pytest.raises(ValueError, match="broadcast"):
        keratin.initializers.deserialize({"class_name": "Constant", "config": {"value": [1, 2]}})((2, 3))


def test_a_constant_array_survives_its_own_files(tmp_path):
    table = np.arange(12, dtype="float32").reshape(4, 3)
    model = keratin.Sequential([keratin.layers.Input((2,)), keratin.layers.Embedding(4, 3, embeddings_initializer=keratin.initializers.Constant(table))])
    for ending in ("keras", "h5"):
        model.save(tmp_path / f"m.{ending}")
        loaded = keratin.saving.load_model(tmp_path / f"m.{ending}")
        np.testing.assert_array_equal(loaded.get_weights()[0], table)
        assert loaded.layers[0].get_config()["embeddings_initializer"]["class_name"] == "Constant"


def test_a_constant_of_more_numbers_than_a_config_has_values(tmp_path):
    """As tf.keras and Keras 3 write pretrained vectors, in HDF5 and in archives; ours hold the same."""
    table = np.random.default_rng(3).normal(size=(11_000, 50)).astype("float32")
    table[7] = 0
    layers = keratin.layers
    model = keratin.Sequential([layers.Input((2,)), layers.Embedding(*table.shape, embeddings_initializer=keratin.initializers.Constant(table))])
    assert np.array_equal(model.get_weights()[0], table)
    for ending in ("keras", "h5"):
        model.save(tmp_path / f"m.{ending}")
        loaded = keratin.saving.load_model(tmp_path / f"m.{ending}")
        assert np.array_equal(loaded.get_weights()[0], table)
    config = json.loads(model.to_json())
    found = config["config"]["layers"][1]["config"]["embeddings_initializer"]["config"]
    np.testing.assert_array_equal(np.array(found["value"], "float32"), table)
    for value in (table.tolist(), {"class_name": "__numpy__", "config": {"value": table.astype("float64").tolist(), "dtype": "float64"}}):
        found["value"] = value
        for text in (json.dumps(config), json.dumps(json.dumps(config))):
            again = keratin.models.model_from_json(text)
            assert np.array_equal(again.get_weights()[0], table)
            assert np.array_equal(keratin.models.model_from_json(again.to_json()).get_weights()[0], table)


def test_weights_of_keras_212_count_layers_twice():
    """Keras 2.12.1's `save_weights("keras_212.weights.h5")` of this model calls the second Dense dense_2."""
    layers = keratin.layers
    model = keratin.Sequential([layers.Input((6,)), layers.Embedding(20, 8), layers.GlobalAveragePooling1D(), layers.Dense(4, "relu"),
                                layers.Dense(1, "sigmoid")])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.load_weights(GOLDEN / "keras_212.weights.h5")
    with np.load(GOLDEN / "keras_212.npz") as wanted:
        for i, weight in enumerate(model.get_weights()):
            np.testing.assert_array_equal(weight, wanted[f"w{i}"])
