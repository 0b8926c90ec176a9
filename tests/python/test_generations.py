# SPDX-License-Identifier: Apache-2.0
"""Architectures of every Keras, through keratin.models.model_from_json."""
import json

import numpy as np
import pytest

import keratin


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


@pytest.mark.parametrize("missing", ["Conv1D", "LSTM", "Lambda", "TFOpLambda", "NoSuchThing"])
def test_a_missing_layer_is_named_with_its_place(missing):
    layers = {"name": "m", "layers": [EMBEDDING, {"class_name": missing, "config": {"name": "it", "activation": "relu"}}]}
    known = hasattr(keratin.layers, missing)
    if known:
        pytest.skip(f"{missing} is there")
    with pytest.raises((ValueError, TypeError), match=rf'config\["config"\]\["layers"\]\[2\].*{missing}|{missing}.*\["layers"\]\[2\]'):
        keratin.models.model_from_json(keras2(layers, "2.9.0"))
