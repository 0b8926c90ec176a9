# SPDX-License-Identifier: Apache-2.0
"""Arguments that Keras takes in more than one form. The numbers are Keras 3.16's, on JAX."""
import numpy as np
import pytest

import keratin
from keratin import Sequential, layers

X, Y = np.array([[1, 2]] * 4), np.full((4, 1), 9.0)


def model(**compiled):
    model = Sequential([keratin.Input((2,)), layers.Embedding(5, 2, embeddings_initializer="ones"), layers.Flatten(),
                        layers.Dense(1, kernel_initializer="ones", name="d")])
    model.compile(**{"optimizer": "sgd", "loss": "mse", **compiled})
    return model


@pytest.mark.parametrize("weight, losses", [
    (None, [25.0, 16.483598709106445, 9.991111755371094]),
    ([None], [25.0, 16.483598709106445, 9.991111755371094]),
    (0.5, [12.5, 10.305802345275879, 8.343951225280762]),
    ([0.5], [12.5, 10.305802345275879, 8.343951225280762]),
    ((0.5,), [12.5, 10.305802345275879, 8.343951225280762]),
    ({"d": 0.5}, [12.5, 10.305802345275879, 8.343951225280762]),
    (-1.0, [-25.0, -34.339603424072266, -44.78489685058594]),
    (0.0, [0.0, 0.0, 0.0])])
def test_loss_weights(weight, losses):
    history = model(loss_weights=weight).fit(X, Y, epochs=2, verbose=0, validation_data=(X, Y)).history
    np.testing.assert_allclose(history["loss"], losses[:2], rtol=2e-6)
    np.testing.assert_allclose(history["val_loss"], losses[1:], rtol=2e-6)


def test_loss_weights_are_those_of_the_loss_alone():
    np.testing.assert_allclose(model(loss_weights=0.5, metrics=["mse"]).evaluate(X, Y, verbose=0), [12.5, 25.0])
    weighted = model(loss_weights=[0.5])
    assert weighted.train_on_batch(X, Y) == 12.5 and weighted.test_on_batch(X, Y) == pytest.approx(10.305802)
    config = weighted.get_compile_config()
    assert config["loss_weights"] == [0.5]
    again = model()
    again.compile_from_config(config)
    assert again.evaluate(X, Y, verbose=0) == 12.5


@pytest.mark.parametrize("weights, error, text", [
    ([2, 3], ValueError, "got 1 losses and 2 weights"), ([], ValueError, "got 1 losses and 0 weights"),
    ("x", ValueError, "loss_weights"), ([object()], TypeError, "loss_weights")])
def test_loss_weights_that_are_wrong(weights, error, text):
    with pytest.raises(error, match=text):
        model(loss_weights=weights)


@pytest.mark.parametrize("freq, validated", [(1, 3), (2, 1), ([1, 3], 2), ((2,), 1), ({1, 3}, 2), (range(1, 3), 2), ([], 0),
                                             ([0], 0), ([1.0, 1.5], 1), (np.int64(2), 1), ([7], 0)])
def test_validation_freq(freq, validated):
    history = model().fit(X, Y, epochs=3, verbose=0, validation_data=(X, Y), validation_freq=freq).history
    assert len(history["loss"]) == 3 and len(history.get("val_loss", [])) == validated


@pytest.mark.parametrize("freq", [1.5, "x", None, {1.5: 2}.items, 0, -1])
def test_validation_freq_that_is_wrong(freq):
    with pytest.raises(ValueError, match="validation_freq"):
        model().fit(X, Y, verbose=0, validation_data=(X, Y), validation_freq=freq)


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "nadam"])
def test_iterations_can_be_set(optimizer):
    trained = model(optimizer=optimizer)
    trained.fit(X, Y, verbose=0)
    count = trained.optimizer.iterations
    assert count == 1
    weights = trained.get_weights()
    count.assign(10)
    assert trained.optimizer.iterations == 10 == trained.optimizer.variables[0].numpy()
    np.testing.assert_array_equal(np.concatenate([w.ravel() for w in trained.get_weights()]),
                                  np.concatenate([w.ravel() for w in weights]))
    trained.fit(X, Y, verbose=0)
    assert trained.optimizer.iterations == 11
    trained.optimizer.iterations.assign_add(2)
    assert trained.optimizer.iterations.numpy() == 13
    for bad in (-1, 1.5, "x"):
        with pytest.raises((TypeError, ValueError)):
            trained.optimizer.iterations.assign(bad)
    assert trained.optimizer.iterations == 13


# Keras 3.16 on JAX: the table's first three rows, the kernel's first weight and the bias after three epochs.
@pytest.mark.parametrize("make, wanted", [
    (lambda: keratin.optimizers.Adam(0.1), [0.66655, 0.30988, 0.55265, 0.24178, -0.78271]),
    (lambda: keratin.optimizers.Nadam(0.1), [0.75068, 0.41018, 0.55895, 0.38017, -0.66297]),
    (lambda: keratin.optimizers.Adam(keratin.optimizers.schedules.ExponentialDecay(0.1, 2, 0.5)),
     [0.98665, 0.96198, 0.97213, 0.95749, -0.04253]),
    (lambda: keratin.optimizers.Ftrl(0.1), [0.19876, 0.65449, 0.78417, 0.69655, -0.23999])])
def test_iterations_can_be_set_before_there_are_variables(make, wanted):
    optimizer = make()
    assert not optimizer.built
    optimizer.iterations.assign(6)
    optimizer.iterations.assign_sub(1)
    model = keratin.Sequential([keratin.Input((2,)), keratin.layers.Embedding(6, 2, embeddings_initializer="ones"),
                                keratin.layers.Flatten(), keratin.layers.Dense(1, kernel_initializer="ones")])
    model.compile(optimizer, "mse")
    model.fit(np.array([[1, 2], [3, 1], [0, 4], [1, 1]]), np.array([[0.0], [1.0], [1.0], [0.0]]), batch_size=1, epochs=3,
              shuffle=False, verbose=0)
    table, kernel, bias = model.get_weights()
    assert optimizer.iterations == 17
    np.testing.assert_allclose([*table[:3, 0], kernel[0, 0], bias[0]], wanted, atol=2e-5)  # of five places


def test_a_schedule_goes_by_the_iterations_that_are_set():
    schedule = keratin.optimizers.schedules.PiecewiseConstantDecay([4], [0.5, 0.125])
    trained = model(optimizer=keratin.optimizers.SGD(schedule))
    trained.fit(X, Y, verbose=0)
    assert trained.optimizer.learning_rate == 0.5
    trained.optimizer.iterations.assign(100)
    assert trained.optimizer.learning_rate == 0.125


@pytest.mark.parametrize("first", [lambda: keratin.Input((2,), batch_size=32), lambda: keratin.Input(batch_shape=(32, 2)),
                                   lambda: layers.InputLayer((2,), batch_size=32)])
def test_a_batch_size_of_the_input_binds_no_data(first):
    sized = Sequential([first(), layers.Embedding(5, 2), layers.Flatten(), layers.Dense(1)])
    assert sized.input_shape == (32, 2) and sized.output_shape == (32, 1)
    sized.compile("sgd", "mse")
    x, y = np.ones((70, 2), int), np.ones((70, 1))
    assert len(sized.fit(x, y, batch_size=32, verbose=0).history["loss"]) == 1
    assert sized.predict(x).shape == sized.predict(x, batch_size=7).shape == sized(x).shape == (70, 1)
    assert sized.evaluate(x, y, verbose=0) == pytest.approx(sized.test_on_batch(x[:5], y[:5]))
    with pytest.raises(ValueError, match=r"expects inputs of shape \(32, 2\)"):
        sized.predict(np.ones((32, 3), int))


@pytest.mark.parametrize("batches", [False, True])
def test_what_the_end_of_a_batch_of_predict_is_told(batches):
    told = []

    class Watch(keratin.callbacks.Callback):
        def on_predict_begin(self, logs=None):
            told.append(logs)

        on_predict_end = on_predict_begin

        def on_predict_batch_begin(self, batch, logs=None):
            told.append((batch, logs))

        def on_predict_batch_end(self, batch, logs=None):
            told.append((batch, logs["outputs"].copy()))
            logs["outputs"][...] = 7  # is the callback's own

    watched = model()
    x = np.array([[0, 1], [2, 3], [4, 0], [1, 1]])
    whole = watched.predict(x)
    data = iter([(x[:3],), (x[3:],)]) if batches else x
    np.testing.assert_array_equal(watched.predict(data, batch_size=3, callbacks=[Watch()]), whole)
    assert told[0] == {} == told[5] and told[1] == (0, {}) and told[3] == (1, {}) and len(told) == 6
    np.testing.assert_array_equal(told[2][1], whole[:3])
    np.testing.assert_array_equal(told[4][1], whole[3:])
