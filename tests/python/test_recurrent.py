# SPDX-License-Identifier: Apache-2.0
"""Recurrent layers in Python: what C++ does with them is tested there, beside Keras's numbers."""
import copy
import pickle

import numpy as np
import pytest

import keratin
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
            (dict(units=2, stateful=True), "stateful is not there yet"),
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
