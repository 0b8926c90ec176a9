# SPDX-License-Identifier: Apache-2.0
"""Bidirectional and TimeDistributed in Python: what C++ does with them is tested there, beside Keras's numbers."""
import copy
import json
import pathlib
import pickle

import numpy as np
import pytest
from golden_files import array_of

import keratin
from keratin import layers
from keratin.saving.weight_paths import weight_paths

RNG = np.random.default_rng(7)
X = RNG.normal(size=(6, 5, 4)).astype("float32")


def own_swish(x):
    return x * keratin.ops.sigmoid(x)


class Scaled(layers.Layer):
    """A layer of one's own."""

    def build(self, input_shape):
        self.scale = self.add_weight(shape=(input_shape[-1],), initializer="ones", name="scale")

    def call(self, x):
        return x * self.scale * 2


@pytest.mark.parametrize("mode", ["sum", "mul", "ave", "concat", None])
def test_merges_what_both_layers_give(mode):
    layer = layers.Bidirectional(layers.GRU(3, return_sequences=True), merge_mode=mode)
    found = layer(X)
    one, other = layer.forward_layer(X), layer.backward_layer(X)[:, ::-1]
    wanted = {"sum": one + other, "mul": one * other, "ave": (one + other) / 2,
              "concat": np.concatenate([one, other], -1), None: [one, other]}[mode]
    np.testing.assert_array_equal(found, wanted)
    shapes = layer.compute_output_shape(X.shape)
    assert shapes == (found.shape if mode else ((6, 5, 3), (6, 5, 3)))
    symbolic = layer(keratin.Input((5, 4)))
    assert [value.shape for value in (symbolic if mode is None else [symbolic])] == [
        (None, *one.shape[1:]) for one in (wanted if mode is None else [wanted])]


def test_states_go_in_and_out():
    layer = layers.Bidirectional(layers.LSTM(3, return_state=True))
    output, *states = layer(X)
    assert [state.shape for state in states] == [(6, 3)] * 4
    again, *_ = layer(X, initial_state=states)
    one = layer.forward_layer(X, initial_state=states[:2])[0]
    np.testing.assert_array_equal(again[:, :3], one)
    source, target = keratin.Input((None, 4)), keratin.Input((None, 4))
    _, *given = layer(source)
    decoder = layers.Bidirectional(layers.LSTM(3))
    model = keratin.Model([source, target], layers.Dense(1)(decoder(target, initial_state=given)))
    model.compile("sgd", "mse")
    model.train_on_batch([X, X], np.ones((6, 1)))
    other = keratin.Model.from_config(model.get_config())
    other.set_weights(model.get_weights())
    np.testing.assert_array_equal(other.predict([X, X]), model.predict([X, X]))


def models():
    yield [layers.Bidirectional(layers.LSTM(3, return_sequences=True)), layers.TimeDistributed(layers.Dense(2)),
           layers.Bidirectional(layers.GRU(2), backward_layer=layers.GRU(3, go_backwards=True))]
    yield [layers.TimeDistributed(layers.Bidirectional(layers.SimpleRNN(2)), input_shape=(2, 5, 4))]
    yield [layers.TimeDistributed(Scaled())]
    yield [layers.TimeDistributed(keratin.Sequential([layers.Dense(3, "relu"), layers.Dense(2)]))]


@pytest.mark.parametrize("within", [
    lambda: keratin.Sequential([keratin.Input((5, 4)), layers.LSTM(3)]), lambda: functional(5, 4)])
def test_a_model_of_each_step_is_trained(within):
    """A model looks at the shape of what it is given: that of a step."""
    steps = np.stack([X, -X], 1)
    model = keratin.Sequential([keratin.Input((2, 5, 4)), layers.TimeDistributed(within()), layers.Flatten(), layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(steps, np.ones((6, 1)), verbose=0)
    assert np.isfinite(model.evaluate(steps, np.ones((6, 1)), verbose=0)) and model.predict(steps).shape == (6, 1)
    words = keratin.Sequential([keratin.Input((3,), dtype="int32"), layers.Embedding(5, 2), layers.GlobalMaxPooling1D()])
    model = keratin.Sequential([keratin.Input((2, 3), dtype="int32"), layers.TimeDistributed(words)])
    with pytest.raises(IndexError, match="5"):
        model.predict(np.full((4, 2, 3), 5))


def functional(*shape):
    x = keratin.Input(shape)
    return keratin.Model(x, layers.GRU(3)(x))


@pytest.mark.parametrize("number", range(4))
def test_models_in_files(number, tmp_path):
    model = keratin.Sequential(list(models())[number])
    x = X if number != 1 else np.stack([X, -X], 1)
    model.compile("adam", "mse")
    before = model.predict(x)
    model.fit(x, np.zeros_like(before), epochs=1, verbose=0)
    for name in ("model.keras", "model.h5"):
        model.save(tmp_path / name)
        other = keratin.saving.load_model(tmp_path / name, custom_objects={"Scaled": Scaled})
        np.testing.assert_array_equal(other.predict(x), model.predict(x))
        if number < 2:  # Keras: what is of one's own, and a model, is built from its config before it is part of another
            assert [w.path for w in other.weights] == [w.path for w in model.weights]
    model.save_weights(tmp_path / "model.weights.h5")
    for copied in (copy.deepcopy(model), pickle.loads(pickle.dumps(model)), keratin.models.clone_model(model)):
        copied.build(x.shape)
        copied.load_weights(tmp_path / "model.weights.h5")
        np.testing.assert_array_equal(copied.predict(x), model.predict(x))


@pytest.mark.parametrize("name", ["within.keras", "within.h5"])
def test_weights_stand_where_keras_has_them(name):
    folder = pathlib.Path(__file__).parent.parent / "golden" / "saving"
    golden = json.loads((folder / "within.json").read_text())
    model = keratin.saving.load_model(folder / name)
    for found, wanted in zip(model.get_weights(), golden["weights"], strict=True):
        np.testing.assert_array_equal(found, array_of(wanted))
    np.testing.assert_allclose(model.predict(array_of(golden["x"])), array_of(golden["answers"]), rtol=1e-5, atol=1e-6)
    places = [f"{path}/vars/{i}" for path, _, weights, _ in weight_paths(model)[0] for i in range(len(weights))]
    assert sorted(places) == sorted(golden["paths"])


def test_functions_of_ones_own_within():
    layer = layers.Bidirectional(layers.LSTM(3, activation=own_swish))
    layer(X)
    config = layers.serialize(layer)
    with keratin.saving.custom_object_scope({"own_swish": own_swish}):
        other = layers.deserialize(config)
    other.build(X.shape)
    other.set_weights(layer.get_weights())
    np.testing.assert_array_equal(other(X), layer(X))
    with pytest.raises(ValueError, match="own_swish"):
        layers.deserialize(config)


def test_weights_and_penalties_are_those_of_the_layers():
    layer = layers.Bidirectional(layers.SimpleRNN(2, kernel_regularizer="l2", name="forward_a"), name="both")
    layer.build((None, 5, 4))
    assert [w.path for w in layer.weights][::3] == ["both/forward_a/simple_rnn_cell/kernel",
                                                    "both/backward_forward_a/simple_rnn_cell/kernel"]
    assert len(layer.losses) == 2
    layer.forward_layer.trainable = False
    assert len(layer.trainable_weights) == 3
    config = layer.get_config()
    assert config["merge_mode"] == "concat" and config["layer"]["config"]["name"] == "forward_a"
    assert config["backward_layer"]["config"]["go_backwards"] is True


def test_masks():
    ids = np.array([[1, 2, 0, 0], [3, 0, 0, 0], [0, 2, 0, 1]])
    model = keratin.Sequential([layers.Embedding(5, 3, mask_zero=True), layers.Bidirectional(layers.GRU(4, return_sequences=True)),
                                layers.TimeDistributed(layers.Dense(3)), layers.Bidirectional(layers.LSTM(2))])
    np.testing.assert_array_equal(model.predict(ids)[:2], model.predict(ids[:2, :2]))
    mask = np.array([[True, False, True, True, False]] * 6)
    layer = layers.Bidirectional(layers.GRU(4, return_sequences=True))
    assert not np.any(layer(X, mask=mask)[:, 1])
    np.testing.assert_array_equal(layer.compute_mask(X, mask), mask)
    none = layers.Bidirectional(layers.GRU(4, return_sequences=True), merge_mode=None)
    assert [one is not None for one in none.compute_mask(X, mask)] == [True, True]


def test_masks_of_elements():
    mask = RNG.random(X.shape) < 0.6
    mask[0, 0] = False  # nothing of a step
    e = np.where(mask, np.exp(X), 0)
    wanted = e / np.maximum(e.sum(-1, keepdims=True), 1e-30)
    for layer in (layers.Softmax(), layers.TimeDistributed(layers.Softmax())):
        np.testing.assert_allclose(layer(X, mask=mask), wanted, rtol=1e-5)
    layer = layers.TimeDistributed(layers.Dense(2))  # which has no use for a mask
    np.testing.assert_array_equal(layer(X, mask=mask), layer(X))
    np.testing.assert_array_equal(layer.compute_mask(X, mask), mask.any(-1))
    with pytest.raises(ValueError, match="leading dimensions of the outputs"):
        layers.Dense(2)(X, mask=mask)
    with pytest.raises(ValueError, match="the mask must be of the steps"):
        layers.GlobalAveragePooling1D()(X, mask=mask)


def test_a_step_sees_no_other():
    layer = layers.TimeDistributed(layers.BatchNormalization())
    layer(X, training=True)
    one = layers.BatchNormalization()
    for step in range(5):
        one(X[:, step], training=True)
    np.testing.assert_allclose(layer.get_weights()[2], one.get_weights()[2], rtol=1e-6)


def test_refused():
    for wrong in (3, None, layers.Dense(2), Scaled(), layers.Bidirectional(layers.GRU(2))):
        with pytest.raises(ValueError, match="Bidirectional.*layer must be"):
            layers.Bidirectional(wrong)
    with pytest.raises(ValueError, match="go_backwards"):
        layers.Bidirectional(layers.GRU(2), backward_layer=layers.GRU(2))
    with pytest.raises(ValueError, match="return_sequences"):
        layers.Bidirectional(layers.GRU(2), backward_layer=layers.GRU(2, go_backwards=True, return_sequences=True))
    with pytest.raises(ValueError, match="merge_mode"):
        layers.Bidirectional(layers.GRU(2), merge_mode="max")
    with pytest.raises(ValueError, match="set_weights"):
        layers.Bidirectional(layers.GRU(2), weights=[np.ones(3)])
    with pytest.raises(ValueError, match="must be a layer"):
        layers.TimeDistributed("dense")
    with pytest.raises(ValueError, match="at least 3"):
        layers.TimeDistributed(layers.Dense(2))(X[0])
    with pytest.raises(AttributeError, match="cannot be set"):
        layers.Bidirectional(layers.GRU(2)).forward_layer = layers.GRU(2)
