# SPDX-License-Identifier: Apache-2.0
"""Losses, metrics and schedules that users write."""
import copy
import gc
import pickle
import weakref

import numpy as np
import pytest

import keratin
from keratin import losses, metrics, ops, optimizers

X = np.random.RandomState(0).rand(32, 4).astype(np.float32)
Y = np.random.RandomState(1).rand(32, 2).astype(np.float32)


class Squares(losses.Loss):
    def call(self, y_true, y_pred):
        return ops.mean(ops.square(y_true - y_pred), axis=-1)


class SquaresByHand(losses.Loss):
    def call(self, y_true, y_pred):
        return np.mean((y_true - y_pred) ** 2, axis=-1)

    def gradient(self, y_true, y_pred):
        return 2 * (y_pred - y_true) / y_pred.shape[-1]


def squares(y_true, y_pred):
    return np.mean(np.square(y_true - y_pred), axis=-1)


def trained(loss, **kwargs):
    keratin.utils.set_random_seed(3)
    model = keratin.Sequential([keratin.layers.Dense(2)])
    model.compile("sgd", loss=loss, **kwargs)
    history = model.fit(X, Y, epochs=3, batch_size=8, sample_weight=X[:, 0], verbose=0)
    return history.history, model.get_weights()


# Both compute the same formula in float32 and differ in the order of their sums: 1e-6 of numbers below 1.
@pytest.mark.parametrize("loss", [Squares(), SquaresByHand(), squares, lambda t, p: losses.mean_squared_error(t, p)])
def test_a_loss_of_ones_own_trains_as_the_known_one(loss):
    history, weights = trained(loss)
    known_history, known_weights = trained("mse")
    np.testing.assert_allclose(history["loss"], known_history["loss"], rtol=1e-6)
    for a, b in zip(weights, known_weights):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("reduction", ["sum_over_batch_size", "sum", "mean_with_sample_weight", "none", None])
def test_reductions(reduction):
    own, known = Squares(reduction=reduction), losses.MeanSquaredError(reduction=reduction)
    np.testing.assert_allclose(own(Y, X[:, :2], X[:, 2]), known(Y, X[:, :2], X[:, 2]), rtol=1e-5)


def test_an_exception_leaves_the_model_as_it_was():
    class Broken(losses.Loss):
        def call(self, y_true, y_pred):
            raise KeyError("mine")

    model = keratin.Sequential([keratin.layers.Dense(2)])
    model.compile("sgd", loss=Broken())
    model.build((None, 4))
    before = model.get_weights()
    with pytest.raises(KeyError, match="mine"):
        model.fit(X, Y, verbose=0)
    for a, b in zip(before, model.get_weights()):
        np.testing.assert_array_equal(a, b)
    with pytest.raises(NotImplementedError, match="must have a method call"):
        losses.Loss()(Y, Y)


class Largest(metrics.Metric):
    def __init__(self, name="largest"):
        super().__init__(name=name)
        self.seen = self.add_variable(shape=(), initializer="zeros", name="seen")

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.seen.assign(np.maximum(self.seen.numpy(), np.max(np.abs(y_true - y_pred))))

    def result(self):
        return self.seen.numpy()


def test_a_metric_of_ones_own():
    model = keratin.Sequential([keratin.layers.Dense(2)])
    metric = Largest()
    model.compile("sgd", loss="mse", metrics=[metric, lambda t, p: np.abs(t - p).mean(-1), "mae"])
    values = model.evaluate(X, Y, verbose=0, return_dict=True)
    predictions = model.predict(X, verbose=0)
    assert values["largest"] == pytest.approx(np.abs(predictions - Y).max(), rel=1e-6)
    assert values["lambda"] == pytest.approx(values["mae"], rel=1e-6)
    metric.reset_state()
    assert metric.result() == 0


def test_copies_of_metrics_start_anew():
    metric = metrics.Mean()
    metric.update_state([2.0, 4.0])
    for other in (copy.copy(metric), copy.deepcopy(metric), pickle.loads(pickle.dumps(metric))):
        assert other.result() == 0 and metric.result() == 3
    own = pickle.loads(pickle.dumps(Largest()))
    own.update_state(Y, Y + 1)
    assert own.result() == pytest.approx(1)


def test_no_loss_or_metric_keeps_itself_alive():
    for cls in (Squares, Largest):
        made = cls()
        assert made._core is not None
        seen = weakref.ref(made)
        del made
        gc.collect()
        assert seen() is None


def test_a_schedule_of_ones_own():
    class Halving(optimizers.schedules.LearningRateSchedule):
        def __call__(self, step):
            return 0.5 ** step

    variable = keratin.Variable([8.0])
    optimizer = optimizers.SGD(Halving())
    for expected in (7.0, 6.5, 6.25):
        optimizer.apply([np.array([1.0])], [variable])
        assert variable.numpy() == [expected]
    with pytest.raises(TypeError, match="comes from a schedule"):
        optimizer.learning_rate = 0.1
    called = optimizers.SGD(lambda: 0.25)
    called.apply([np.array([1.0])], [variable])
    assert variable.numpy() == [6.0]


def test_learning_rate_is_a_number_that_can_be_set():
    optimizer = optimizers.Adam(0.25)
    assert optimizer.learning_rate == 0.25
    optimizer.learning_rate.assign(0.5)
    assert optimizer.learning_rate == 0.5 and optimizer.get_config()["learning_rate"] == 0.5


# Keras: LossFunctionWrapper.call gives labels and predictions the same rank. Numbers: Keras 3.16 on JAX.
def test_a_function_sees_labels_of_the_rank_of_the_predictions():
    def loss(y_true, y_pred):
        assert np.ndim(y_true) == y_pred.ndim == 2
        return ops.mean(ops.square(y_true - y_pred), axis=-1)

    x = np.arange(8, dtype="float32").reshape(4, 2) / 4
    model = keratin.Sequential([keratin.layers.Dense(1, kernel_initializer="ones")])
    model.compile("sgd", loss)
    y = np.array([0.0, 1, 2, 3])
    assert model.evaluate(x, y, verbose=0) == 0.0625
    assert model.evaluate(x, y, sample_weight=np.array([1.0, 2, 3, 4]), verbose=0) == 0.15625
    history = model.fit(x, np.array([0, 1, 1, 0]), class_weight={0: 0.5, 1: 3.0}, verbose=0).history
    assert history["loss"] == [2.546875]
    assert losses.LossFunctionWrapper(loss)(y[:, None], y) == 0
