# SPDX-License-Identifier: Apache-2.0
"""What a user writes may know the model that calls it: a circle, which Python's collector frees."""
import gc
import pickle
import weakref

import numpy as np
import pytest

import keratin
from keratin import Sequential, layers, ops, optimizers

X = np.array([[1, 2], [3, 4]])
Y = np.ones((2, 1), "float32")


def squares(y_true, y_pred):
    return ops.mean(ops.square(y_true - y_pred), axis=-1)


def made(activation=None, **options):
    return Sequential([layers.Embedding(9, 3, **options), layers.Flatten(), layers.Dense(1, activation=activation)])


def bound_method():
    class Task:
        def __init__(self):
            self.model = made()
            self.model.compile("adam", self.loss)

        def loss(self, y_true, y_pred):
            return squares(y_true, y_pred)

    return Task().model


def loss_function():
    model = made()
    model.compile("adam", lambda y_true, y_pred: squares(y_true, y_pred) * bool(model.name))
    return model


def loss_class():
    class Mine(keratin.losses.Loss):
        def call(self, y_true, y_pred):
            return squares(y_true, y_pred) * bool(self.model.name)

    loss = Mine()
    loss.model = made()
    loss.model.compile("adam", loss)
    return loss.model


def metric_function():
    model = made()
    model.compile("adam", "mse", metrics=[lambda y_true, y_pred: squares(y_true, y_pred) * bool(model.name)])
    return model


def metric_class():
    class Mine(keratin.metrics.Metric):
        def update_state(self, y_true, y_pred, sample_weight=None):
            assert self.model.name

        def result(self):
            return 1.0

        def reset_state(self):
            pass

    metric = Mine()
    metric.model = made()
    metric.model.compile("adam", "mse", weighted_metrics=[metric])
    return metric.model


def regularizer():
    model = made(embeddings_regularizer=lambda w: ops.sum(ops.square(w)) * bool(model.name))
    model.compile("adam", "mse")
    return model


def constraint():
    model = made(embeddings_constraint=lambda w: np.clip(w, -1, 1) * bool(model.name))
    model.compile("adam", "mse")
    return model


def initializer():
    model = made(embeddings_initializer=lambda shape, dtype=None: np.ones(shape) * bool(model.name))
    model.compile("adam", "mse")
    return model


def activation():
    model = made(activation=lambda x: ops.tanh(x) * bool(model.name))
    model.compile("adam", "mse")
    return model


def rate():
    model = made()
    model.compile(optimizers.SGD(lambda: 0.1 * bool(model.name)), "mse")
    return model


def rate_set_later():
    model = made()
    model.compile("sgd", "mse")
    model.optimizer.learning_rate = lambda: 0.1 * bool(model.name)
    return model


def schedule():
    class Mine(optimizers.schedules.LearningRateSchedule):
        def __call__(self, step):
            return 0.1 * bool(self.model.name)

    mine = Mine()
    mine.model = made()
    mine.model.compile(optimizers.SGD(mine), "mse")
    return mine.model


def of_a_weight():
    model = made()
    model.build((None, 2))
    model.layers[2].kernel.constraint = lambda w: w * bool(model.name)
    model.layers[0].embeddings.regularizer = lambda w: ops.sum(w) * 0.1 * bool(model.name)
    model.compile("adam", "mse")
    return model


CIRCLES = [bound_method, loss_function, loss_class, metric_function, metric_class, regularizer, constraint, initializer,
           activation, rate, rate_set_later, schedule, of_a_weight]


@pytest.mark.parametrize("make", CIRCLES)
def test_a_circle_is_freed(make):
    model = make()
    gc.collect()  # takes nothing that is still called
    model.fit(X, Y, verbose=0)
    model.evaluate(X, Y, verbose=0)
    model.predict(X)
    model.fit(X, Y, verbose=0)
    gone = [weakref.ref(value) for value in (model, model._core, *model.layers, *model.weights, model.optimizer)
            if type(value).__weakrefoffset__]
    assert len(gone) > 3
    del model
    gc.collect()
    assert [ref() for ref in gone] == [None] * len(gone)


def test_without_a_circle_nothing_waits_for_the_collector():
    """A table may be large: it goes with the last reference."""
    gc.collect()
    gc.disable()
    try:
        model = made(embeddings_constraint=lambda w: np.clip(w, -1, 1))
        model.compile("adam", squares, metrics=[squares])
        model.train_on_batch(X, Y)  # fit leaves a history, which knows the model
        gone = [weakref.ref(value) for value in (model, *model.layers, model.optimizer)]
        del model
        assert [ref() for ref in gone] == [None] * len(gone)
    finally:
        gc.enable()


def test_a_weight_outlives_its_layer():
    """It keeps what the layer was given for it."""
    layer = layers.Dense(2, kernel_constraint=lambda w: np.clip(w, -0.1, 0.1), kernel_regularizer=lambda w: ops.sum(w * 0.0))
    layer.build((None, 3))
    layer.bias.constraint = lambda w: np.clip(w, 0.5, 0.6)
    kernel, bias = layer.weights
    del layer
    gc.collect()
    optimizers.SGD(1.0).apply([np.ones((3, 2), "f"), np.ones(2, "f")], [kernel, bias])
    assert abs(kernel.numpy()).max() <= np.float32(0.1)
    np.testing.assert_array_equal(bias.numpy(), np.full(2, 0.5, "f"))


@pytest.mark.parametrize("how", [lambda layer: layers.serialize(layer) and layer, lambda layer: pickle.loads(pickle.dumps(layer))])
def test_copies_call_it_too(how):
    layer = how(layers.Dense(2, activation=np.tanh, kernel_initializer=ones))
    model = Sequential([layer])
    del layer
    gc.collect()
    np.testing.assert_allclose(model.predict(np.ones((1, 3))), np.tanh([[3.0, 3.0]]), rtol=1e-6)


def ones(shape, dtype=None):
    return np.ones(shape, dtype)
