# SPDX-License-Identifier: Apache-2.0
"""Recurrent layers in Python: what C++ does with them is tested there, beside Keras's numbers."""
import copy
import json
import pathlib
import pickle
import threading

import numpy as np
import pytest

import keratin
from golden_files import array_of
from keratin import layers

RNG = np.random.default_rng(7)
X = RNG.normal(size=(6, 5, 4)).astype("float32")
CLASSES = [layers.SimpleRNN, layers.LSTM, layers.GRU]


def states_of(cls):
    return 2 if cls is layers.LSTM else 1


@pytest.mark.parametrize("cls", CLASSES)
def test_states_go_on(cls):
    """Half a sequence, then the other half from the states behind it, is the whole."""
    layer = cls(3, return_sequences=True, return_state=True)
    whole, *last = layer(X)
    first, *states = layer(X[:, :2])
    second, *end = layer(X[:, 2:], initial_state=states)
    np.testing.assert_array_equal(np.concatenate([first, second], axis=1), whole)
    assert len(states) == len(last) == states_of(cls)
    for a, b in zip(last, end):
        np.testing.assert_array_equal(a, b)
    if states_of(cls) == 1:  # Keras: one state needs no list
        np.testing.assert_array_equal(layer(X[:, 2:], initial_state=states[0])[0], second)


@pytest.mark.parametrize("cls", CLASSES)
def test_encoder_and_decoder(cls):
    """Keras's functional way to hand states on; the gradient goes back through them."""
    source, target = keratin.Input((None, 4), name="source"), keratin.Input((None, 4), name="target")
    encoder, decoder = cls(3, return_state=True, name="encoder"), cls(3, return_sequences=True, name="decoder")
    _, *states = encoder(source)
    model = keratin.Model([source, target], layers.Dense(1)(decoder(target, initial_state=states)))
    model.compile(keratin.optimizers.SGD(0.5), "mse")
    before = encoder.get_weights()
    y = np.ones((6, 5, 1), "float32")
    losses = [model.train_on_batch([X, X[:, ::-1]], y) for _ in range(20)]
    assert losses[-1] < losses[0]
    assert all(np.any(a != b) for a, b in zip(before, encoder.get_weights()))
    again = keratin.Model.from_config(model.get_config())
    again.set_weights(model.get_weights())
    np.testing.assert_array_equal(again.predict([X, X]), model.predict([X, X]))
    _, *given = encoder(X)
    by_hand = decoder(X, initial_state=given)
    inner = keratin.Model(model.input, model.get_layer("decoder").output)
    np.testing.assert_allclose(inner.predict([X, X]), by_hand, rtol=1e-6)


@pytest.mark.parametrize("cls", CLASSES)
def test_a_mask_is_used_and_goes_on(cls):
    ids = np.array([[1, 2, 0, 0], [3, 0, 0, 0], [0, 2, 0, 1], [0, 0, 0, 0]])
    def model(*behind):
        keratin.utils.set_random_seed(3)
        made = keratin.Sequential([layers.Embedding(5, 3, mask_zero=True), cls(4, return_sequences=True), *behind])
        made.build((None, None))
        return made
    two = model(cls(2))
    short = two.predict(ids[:2, :2])
    np.testing.assert_array_equal(two.predict(ids)[:2], short)
    np.testing.assert_array_equal(two.predict(ids[:2, ::-1][:, ::-1]), short)
    keras3 = model(cls(2))
    keras3.mask_policy = "keras3"  # the second layer sees no mask there
    assert np.any(keras3.predict(ids)[:2] != short)


@pytest.mark.parametrize("cls", CLASSES)
def test_copies_go_on_as_the_layer_would(cls):
    layer = cls(3, dropout=0.3, recurrent_dropout=0.3, return_state=True)
    layer(X, training=True)
    others = [copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))]
    wanted = layer(X, training=True)[0]
    assert np.any(wanted != layer(X)[0])
    for other in others:
        np.testing.assert_array_equal(other(X, training=True)[0], wanted)


@pytest.mark.parametrize("cls", CLASSES)
def test_shapes_and_attributes(cls):
    layer = cls(3, return_sequences=True, return_state=True, activation="relu")
    assert layer.compute_output_shape((None, 5, 4)) == ((None, 5, 3), *((None, 3),) * states_of(cls))
    layer(X)
    gates = {"SimpleRNN": 1, "LSTM": 4, "GRU": 3}[cls.__name__]
    assert layer.kernel.shape == (4, 3 * gates) and layer.recurrent_kernel.shape == (3, 3 * gates)
    assert [weight.path for weight in layer.weights] == [
        f"{layer.name}/{layer.name.rstrip('_0123456789')}_cell/{name}" for name in ("kernel", "recurrent_kernel", "bias")]
    assert layer.units == 3 and layer.return_state is True
    mask = np.array([[True, True, False, True, False]] * 6)
    found = layer.compute_mask(X, mask)
    np.testing.assert_array_equal(found[0], mask)
    assert found[1:] == [None] * states_of(cls)


@pytest.mark.parametrize("cls", CLASSES)
def test_what_is_refused(cls):
    for options, message in (
            (dict(units=0), "units must be positive"), (dict(units=2.0), "must be a positive integer"),
            (dict(units=2, implementation=3), "implementation"), (dict(units=2, nothing=1), "Unrecognized"),
            (dict(units=2, activation="glu"), "must keep the shape")):
        with pytest.raises(ValueError, match=message):
            cls(**options)
    if cls is not layers.SimpleRNN:
        with pytest.raises(ValueError, match="cuDNN"):
            cls(2, use_cudnn=True)
    layer = cls(2)
    for x, states in ((X[0], None), (X, [X[:, 0]] * 3), (X, [X[:, 0, :3]] * states_of(cls))):
        with pytest.raises(ValueError):
            layer(x, initial_state=states)
    with pytest.raises(ValueError, match="time dimension is undefined"):
        cls(2, unroll=True)(keratin.Input((None, 4)))
    np.testing.assert_array_equal(cls(2, unroll=True, kernel_initializer="ones", recurrent_initializer="ones")(X),
                                  cls(2, kernel_initializer="ones", recurrent_initializer="ones")(X))


@pytest.mark.parametrize("cls", CLASSES)
def test_stateful_layers_begin_where_the_batch_before_ended(cls):
    layer, plain = cls(3, stateful=True, return_sequences=True), cls(3, return_sequences=True)
    plain.build(X.shape)
    first = layer(X[:, :2])
    plain.set_weights(layer.get_weights())
    whole = plain(X)
    np.testing.assert_array_equal(np.concatenate([first, layer(X[:, 2:])], 1), whole)
    assert len(layer.states) == states_of(cls) and len(layer.weights) == 3
    assert np.any(layer(X) != whole)
    layer.reset_state()
    assert not np.any(layer.states[0])
    np.testing.assert_array_equal(layer(X), whole)
    other = pickle.loads(pickle.dumps(layer))  # a copy begins anew
    np.testing.assert_array_equal(other(X), whole)
    layer.reset_states()
    given = [np.ones((6, 3), "float32")] * states_of(cls)
    layer(X, initial_state=given)
    np.testing.assert_array_equal(layer(X), plain(X, initial_state=[
        np.asarray(state) for state in cls_states(plain, X, given)]))
    with pytest.raises(ValueError, match="stateful, for batches of 6"):
        layer(X[:2])
    with pytest.raises(ValueError, match="batch size must be known"):
        cls(3, stateful=True)(keratin.Input((5, 4)))
    assert plain.states is None


def cls_states(layer, x, given):
    """The states behind x."""
    other = type(layer).from_config({**layer.get_config(), "return_state": True})
    other.build(x.shape)
    other.set_weights(layer.get_weights())
    return other(x, initial_state=given)[1:]


def stateful_model(first=None):
    keratin.utils.set_random_seed(3)
    return keratin.Sequential([*([] if first is None else [first]), layers.LSTM(3, stateful=True, return_sequences=True),
                               layers.Bidirectional(layers.GRU(2, stateful=True)), layers.Dense(1)])


@pytest.mark.parametrize("first", [None, "input"])
def test_stateful_models_in_fit_evaluate_and_predict(first):
    model = stateful_model(first and keratin.Input(batch_shape=(2, 5, 4)))
    model.compile(keratin.optimizers.SGD(0.1), "mse")
    found = model.predict(X, batch_size=2)
    lstm, gru = model.layers[:2]

    def reset():
        lstm.reset_state(), gru.reset_state()

    def by_hand(x):
        return model.layers[2](gru(lstm(x)))
    reset()
    np.testing.assert_array_equal(np.concatenate([by_hand(X[i:i + 2]) for i in (0, 2, 4)]), found)
    assert np.any(model.predict(X, batch_size=2) != found)  # it goes on
    reset()
    np.testing.assert_array_equal(model.predict(X, batch_size=2), found)
    reset()
    np.testing.assert_array_equal(np.concatenate([model.predict_on_batch(X[i:i + 2]) for i in (0, 2, 4)]), found)
    reset()
    y = np.zeros((6, 1), "float32")
    np.testing.assert_allclose(model.evaluate(X, y, batch_size=2, verbose=0), np.mean(found ** 2), rtol=1e-5)
    behind = lstm.states[0].numpy()
    reset()
    model.predict(X, batch_size=2)
    np.testing.assert_array_equal(lstm.states[0].numpy(), behind)
    reset()
    loss = model.train_on_batch(X[:2], y[:2])
    np.testing.assert_allclose(loss, np.mean(found[:2] ** 2), rtol=1e-5)
    assert np.any(lstm.states[0].numpy())
    model.fit(X, y, batch_size=2, shuffle=False, epochs=2, verbose=0)


def test_a_state_keeps_every_batch_apart_among_threads():
    """Predictions of one model from several threads come one after another: what is added up is what all of them fed."""
    model = keratin.Sequential([keratin.Input(batch_shape=(1, 1, 1)), layers.SimpleRNN(
        1, activation=None, use_bias=False, kernel_initializer="ones", recurrent_initializer="ones", stateful=True)])
    ones = np.ones((50, 1, 1), "float32")
    threads = [threading.Thread(target=model.predict, args=(ones,), kwargs=dict(batch_size=1, verbose=0)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert model.layers[0].states[0].numpy() == 200


STATEFUL = json.loads((pathlib.Path(__file__).parents[1] / "golden" / "stateful.json").read_text())


# Numbers of Keras 3.16 on PyTorch. Some 30 roundings of float32 a batch, 12 batches, of numbers up to 1.
@pytest.mark.parametrize("case", STATEFUL["cases"], ids=lambda case: f"{case['class_name']}-{case['wrapped']}-{case['options']}")
def test_stateful_models_are_those_of_keras(case):
    x, y = array_of(STATEFUL["x"]), array_of(STATEFUL["y"])
    layer = getattr(layers, case["class_name"])(2, stateful=True, **case["options"])
    model = keratin.Sequential([keratin.Input(batch_shape=(4, 5, 3)),
                                layers.Bidirectional(layer, "sum") if case["wrapped"] else layer])
    model.compile(keratin.optimizers.SGD(0.1), "mse")
    model.set_weights([array_of(weight) for weight in case["weights"]])
    run = dict(batch_size=4, verbose=0)
    near = dict(rtol=2e-6, atol=2e-6)
    np.testing.assert_allclose(model.fit(x, y, epochs=3, shuffle=False, **run).history["loss"], case["losses"], **near)
    for name in ("first", "second"):
        np.testing.assert_allclose(model.predict(x, **run), array_of(case[name]), **near)
    np.testing.assert_allclose(model.evaluate(x, y, **run), case["evaluated"], **near)
    model.layers[0].reset_state()
    np.testing.assert_allclose(model.predict(x, **run), array_of(case["reset"]), **near)
