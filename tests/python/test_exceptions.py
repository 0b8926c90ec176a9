# SPDX-License-Identifier: Apache-2.0
"""Losses, metrics and schedules that users write may throw, and may call the model that calls them: the exception comes out as it
went in, and the model is as it was after its last step, to the bit."""
import copy
import gc
import sys
import threading
import weakref

import numpy as np
import pytest
from state import assert_same, state
from throwing import X, Y, Mine, made, steps, throws

from keratin import callbacks, layers, losses, metrics, optimizers


class Loss(losses.Loss):
    """Mean squares, until told to throw."""
    throws_in = None

    def call(self, y_true, y_pred):
        if self.throws_in == "call":
            throws()
        return np.mean((y_true - y_pred) ** 2, axis=-1)

    def gradient(self, y_true, y_pred):
        if self.throws_in == "gradient":
            throws()
        return 2 * (y_pred - y_true) / y_pred.shape[-1]


class Metric(metrics.Metric):
    throws_in = None

    def __init__(self, name="mine"):
        super().__init__(name=name)
        self.seen = self.add_variable(shape=(), initializer="zeros", name="seen")

    def update_state(self, y_true, y_pred, sample_weight=None):
        if self.throws_in == "update_state":
            throws()
        self.seen.assign_add(1.0)

    def result(self):
        if self.throws_in == "result":
            throws()
        return self.seen.numpy()

    def reset_state(self):
        if self.throws_in == "reset_state":
            throws()
        super().reset_state()


class Schedule(optimizers.schedules.LearningRateSchedule):
    throws_in = None

    def __call__(self, step):
        if self.throws_in == "call":
            throws()
        return 0.01


OWN = [(Loss, "call"), (Loss, "gradient"), (Metric, "update_state"), (Metric, "result"), (Metric, "reset_state"),
       (Schedule, "call")]


def with_own(cls):
    own = cls()
    if cls is Loss:
        return own, made(loss=own)
    if cls is Metric:
        return own, made(metrics=[own])
    return own, made(optimizer=optimizers.Adam(own))


@pytest.mark.parametrize("cls, method", OWN)
@pytest.mark.parametrize("train", [lambda m: m.fit(X, Y, shuffle=False, verbose=0), lambda m: m.train_on_batch(X, Y)],
                         ids=["fit", "train_on_batch"])
def test_losses_metrics_and_schedules(cls, method, train, request):
    own, model = with_own(cls)
    before, wanted = state(model), steps(model, 1, size=12)
    if not request.node.callspec.id.startswith("fit"):  # fit asks for an epoch's numbers after its steps
        wanted = before
    own.throws_in = method
    with pytest.raises(Mine, match="from here") as caught:
        train(model)
    assert caught.traceback[-1].name == "throws"
    assert_same(model, wanted if method == "result" else before)
    own.throws_in = None
    train(model)
    assert np.isfinite(model.get_weights()[0]).all()


@pytest.mark.parametrize("cls, method", OWN)
def test_losses_metrics_and_schedules_after_a_step(cls, method):
    """Armed after the first batch: the steps before the one in which it throws stay, whole. A metric's result is
    asked for after each step when there are callbacks, reset_state before the next epoch."""
    own, model = with_own(cls)
    twin = with_own(cls)[1]
    twin.set_weights(model.get_weights())
    twin._core.set_optimizer_weights(model._core.get_optimizer_weights())
    for i in range({"result": 2, "reset_state": 3}.get(method, 1)):
        twin.train_on_batch(X[4 * i:4 * i + 4], Y[4 * i:4 * i + 4])

    def arm(batch, logs):
        own.throws_in = method

    with pytest.raises(Mine):
        model.fit(X, Y, batch_size=4, epochs=2, shuffle=False, verbose=0,
                  callbacks=[callbacks.LambdaCallback(on_train_batch_end=arm)])
    assert_same(model, state(twin))


@pytest.mark.parametrize("values", [None, "text", np.zeros(5), np.full(12, "a"), object(), [[1, 2], [3]], np.zeros((12, 2))],
                         ids=["None", "str", "other size", "strings", "object", "ragged", "wide"])
def test_losses_that_return_no_values(values):
    class Wrong(Loss):
        def call(self, y_true, y_pred):
            return np.zeros(12) if self.throws_in is None else values

    own = Wrong()
    model = made(loss=own)
    before = state(model)
    own.throws_in = "here"
    with pytest.raises((ValueError, TypeError)):
        model.fit(X, Y, sample_weight=np.ones(12), verbose=0)
    with pytest.raises((ValueError, TypeError)):
        model.train_on_batch(X, Y, np.ones(12))
    assert_same(model, before)


@pytest.mark.parametrize("gradient", [None, "text", np.zeros((11, 1)), np.zeros((12, 2)), np.full((12, 1), "a"), object()],
                         ids=["None", "str", "short", "wide", "strings", "object"])
def test_losses_whose_gradient_is_none(gradient):
    class Wrong(Loss):
        def gradient(self, y_true, y_pred):
            return np.zeros((12, 1)) if self.throws_in is None else gradient

    own = Wrong()
    model = made(loss=own)
    before = state(model)
    own.throws_in = "here"
    with pytest.raises((ValueError, TypeError)):
        model.fit(X, Y, verbose=0)
    assert_same(model, before)


@pytest.mark.parametrize("result", [None, "text", object(), np.full(2, "a")], ids=["None", "str", "object", "strings"])
def test_metrics_that_have_no_result(result):
    class Wrong(Metric):
        def result(self):
            return 0.0 if self.throws_in is None else result

    own = Wrong()
    model = made(metrics=[own])
    before = state(model)
    own.throws_in = "here"
    with pytest.raises((ValueError, TypeError)):
        model.train_on_batch(X, Y)
    assert_same(model, before)


@pytest.mark.parametrize("rate", [None, "text", [0.1, 0.2], object()], ids=["None", "str", "list", "object"])
def test_schedules_that_give_no_rate(rate):
    class Wrong(Schedule):
        def __call__(self, step):
            return 0.01 if self.throws_in is None else rate

    own = Wrong()
    model = made(optimizer=optimizers.Adam(own))
    before = state(model)
    own.throws_in = "here"
    with pytest.raises((ValueError, TypeError)):
        model.fit(X, Y, verbose=0)
    own.throws_in = None
    assert_same(model, before)


def test_custom_losses_see_arrays_of_their_own():
    """What a loss or metric writes to its arguments, or keeps, changes no model."""
    kept = []

    class Scribbles(Loss):
        def call(self, y_true, y_pred):
            values = super().call(y_true, y_pred)
            kept.append((y_true, y_pred))
            return values

    model = made(loss=Scribbles())
    y = Y.copy()
    model.fit(X, y, verbose=0)
    del model
    gc.collect()
    for arrays in kept:
        for array in arrays:
            array.sum()  # its memory is still there
    np.testing.assert_array_equal(y, Y)


# -- recursion ------------------------------------------------------------------------------------

FORBIDDEN = {
    "fit": lambda m: m.fit(X, Y, verbose=0), "evaluate": lambda m: m.evaluate(X, Y, verbose=0),
    "train_on_batch": lambda m: m.train_on_batch(X, Y), "test_on_batch": lambda m: m.test_on_batch(X, Y),
    "compile": lambda m: m.compile("sgd", "mse"), "add": lambda m: m.add(layers.Dense(1)), "pop": lambda m: m.pop(),
    "build": lambda m: m.build((None, 3)), "set_weights": lambda m: m.set_weights(m.get_weights()),
    "reset_metrics": lambda m: m.reset_metrics(),
}


@pytest.mark.parametrize("name", FORBIDDEN)
@pytest.mark.parametrize("cls, method", [pair for pair in OWN if pair[0] is not Schedule])
def test_losses_and_metrics_may_not_change_their_model(cls, method, name, monkeypatch):
    own, model = with_own(cls)
    before = state(model)
    own.throws_in = method
    monkeypatch.setattr(sys.modules[__name__], "throws", lambda: FORBIDDEN[name](model))
    with pytest.raises(RuntimeError, match="There it may only predict"):
        model.train_on_batch(X, Y)
    assert_same(model, before)
    assert len(model.layers) == 3
    own.throws_in = None
    model.train_on_batch(X, Y)


@pytest.mark.parametrize("cls, method", OWN)
def test_losses_metrics_and_schedules_may_predict(cls, method, monkeypatch):
    own, model = with_own(cls)
    twin = copy.deepcopy(model)
    outputs = []
    own.throws_in = method
    monkeypatch.setattr(sys.modules[__name__], "throws", lambda: outputs.append(model.predict(X)))
    wanted = model.predict(X)
    model.train_on_batch(X, Y)
    np.testing.assert_array_equal(outputs[0], wanted)
    twin.train_on_batch(X, Y)
    assert_same(model, state(twin))


def test_callbacks_may_train_their_model():
    """Between two steps the model is idle: what a callback trains comes before the next one."""
    model = made()
    twin = copy.deepcopy(model)

    def train(batch, logs):
        model.fit(X[:2], Y[:2], shuffle=False, verbose=0)
        model.evaluate(X, Y, verbose=0)
        model.predict(X)

    model.fit(X, Y, batch_size=4, shuffle=False, verbose=0, callbacks=[callbacks.LambdaCallback(on_train_batch_end=train)])
    for i in range(3):
        twin.train_on_batch(X[4 * i:4 * i + 4], Y[4 * i:4 * i + 4])
        twin.train_on_batch(X[:2], Y[:2])
    assert_same(model, state(twin))


def test_callbacks_may_compile_and_change_their_model():
    model = made()

    def change(batch, logs):
        model.compile("sgd", "mae", metrics=["mse"])
        if len(model.layers) == 3:
            model.add(layers.Dense(1))

    model.fit(X, Y, batch_size=4, epochs=2, verbose=0, callbacks=[callbacks.LambdaCallback(on_train_batch_end=change)])
    assert len(model.layers) == 4 and model.metrics_names == ["loss", "mse"]
    model.fit(X, Y, verbose=0)


@pytest.mark.parametrize("hook", ["on_epoch_begin", "on_train_batch_end", "on_test_begin"])
def test_endless_recursion_is_an_error(hook):
    model = made()

    def again(*args):
        model.fit(X, Y, validation_data=(X, Y), callbacks=[endless], verbose=0)

    endless = callbacks.LambdaCallback(**{hook: again})
    with pytest.raises(RecursionError):
        model.fit(X, Y, validation_data=(X, Y), callbacks=[endless], verbose=0)
    model.fit(X, Y, verbose=0)
    assert np.isfinite(model.get_weights()[0]).all()


def test_a_generator_may_use_its_model():
    model = made()

    def batches():
        for i in range(3):
            yield X[:4], model.predict(X[:4]) + 1

    model.fit(batches(), verbose=0)

    def inner():
        model.fit(X, Y, verbose=0)
        yield X, Y

    model.fit(inner(), verbose=0)
    endless = (model.fit(endless, verbose=0) for _ in range(2))
    with pytest.raises(ValueError, match="already executing"):
        model.fit(endless, verbose=0)


def test_a_model_may_be_dropped_while_it_trains():
    holder = [made()]
    seen = weakref.ref(holder[0])

    def drop(batch, logs):
        holder.clear()
        gc.collect()

    holder[0].fit(X, Y, batch_size=4, epochs=2, verbose=0, callbacks=[callbacks.LambdaCallback(on_train_batch_end=drop)])
    gc.collect()
    assert not holder and seen() is None


def test_exceptions_on_another_thread():
    """fit on a thread of one's own: its exceptions are that thread's, and the model goes on."""
    model = made()
    before = state(model)
    caught = []

    def run():
        try:
            model.fit(X, Y, verbose=0, callbacks=[callbacks.LambdaCallback(on_train_begin=throws)])
        except Mine as error:
            caught.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert len(caught) == 1
    assert_same(model, before)
    model.fit(X, Y, verbose=0)
