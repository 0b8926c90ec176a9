# SPDX-License-Identifier: Apache-2.0
"""What users write may throw, and may call the model that calls it: the exception comes out as it went in,
and the model is as it was after its last step, to the bit."""
import copy
import gc
import sys
import threading
import warnings
import weakref

import numpy as np
import pytest
from state import assert_same, state

import keratin
from keratin import Sequential, callbacks, layers, losses, metrics, optimizers

X = np.random.default_rng(0).integers(0, 300, size=(12, 3))
Y = np.random.default_rng(1).random((12, 1)).astype("float32")


class Mine(Exception):
    pass


def throws(*args, **kwargs):
    raise Mine("from here")


def made(loss="mse", metrics=(), optimizer="adam"):
    """Trained for a step, so that the optimizer has a state to lose. Three ids of 300 a sample: most rows of
    the table have missed steps."""
    model = Sequential([layers.Embedding(300, 4, input_length=3), layers.Flatten(), layers.Dense(1)])
    model.compile(optimizer, loss, metrics=list(metrics))
    model.train_on_batch(X, Y)
    return model


def steps(model, count, size=4):
    """The model after so many more steps of `size` samples."""
    other = copy.deepcopy(model)
    other.compile(other.optimizer, "mse")  # what threw is not called here
    other._core.set_optimizer_weights(model._core.get_optimizer_weights())
    for i in range(count):
        other.train_on_batch(X[size * i:size * i + size], Y[size * i:size * i + size])
    return state(other)


# -- exceptions of callbacks and generators -------------------------------------------------------

# How many of the three steps of an epoch have been taken when the hook is called.
DONE = {"on_train_begin": 0, "on_epoch_begin": 0, "on_train_batch_begin": 0, "on_train_batch_end": 1, "on_test_begin": 3,
        "on_test_batch_begin": 3, "on_test_batch_end": 3, "on_test_end": 3, "on_epoch_end": 3, "on_train_end": 3}


@pytest.mark.parametrize("hook, done", DONE.items())
@pytest.mark.parametrize("exception", [Mine, KeyboardInterrupt, SystemExit, StopIteration, GeneratorExit, MemoryError])
def test_callbacks_of_fit(hook, done, exception):
    model = made()
    wanted = steps(model, done)

    def throws(*args, **kwargs):
        raise exception("from here")

    with pytest.raises(exception, match="from here") as caught:
        model.fit(X, Y, batch_size=4, shuffle=False, validation_data=(X, Y), verbose=0,
                  callbacks=[callbacks.LambdaCallback(**{hook: throws})])
    assert caught.traceback[-1].name == "throws"
    assert_same(model, wanted)
    model.fit(X, Y, verbose=0)


@pytest.mark.parametrize("hook", ["on_test_begin", "on_test_batch_begin", "on_test_batch_end", "on_test_end"])
def test_callbacks_of_evaluate(hook):
    model = made()
    before = state(model)
    callback = callbacks.LambdaCallback(**{hook: throws})
    with pytest.raises(Mine):
        model.evaluate(X, Y, callbacks=[callback], verbose=0)
    assert_same(model, before)


@pytest.mark.parametrize("hook", ["on_predict_begin", "on_predict_batch_begin", "on_predict_batch_end", "on_predict_end"])
def test_callbacks_of_predict(hook):
    model = made()
    before, wanted = state(model), model.predict(X)
    with pytest.raises(Mine):
        model.predict(X, callbacks=[callbacks.LambdaCallback(**{hook: throws})])
    assert_same(model, before)
    np.testing.assert_array_equal(model.predict(X), wanted)


@pytest.mark.parametrize("at", [0, 1, 2])
def test_generators(at):
    def batches():
        for i in range(3):
            if i == at:
                throws()
            yield X[4 * i:4 * i + 4], Y[4 * i:4 * i + 4]

    class Indexed:
        def __len__(self):
            return 3

        def __getitem__(self, i):
            return throws() if i == at else (X[4 * i:4 * i + 4], Y[4 * i:4 * i + 4])

    for data in (batches, Indexed):
        model = made()
        before, wanted = state(model), steps(model, at)
        for call in (model.evaluate, model.predict):
            with pytest.raises(Mine, match="from here"):
                call(data(), verbose=0)
            assert_same(model, before)
        with pytest.raises(Mine, match="from here"):
            model.fit(data(), epochs=2, verbose=0)
        assert_same(model, wanted)


def test_data_that_fail_before_the_first_batch():
    class NoLength:
        def __len__(self):
            throws()

        def __getitem__(self, i):
            return X, Y

    class NoIterator:
        def __iter__(self):
            throws()

    model = made()
    before = state(model)
    for data in (NoLength(), NoIterator()):
        for call in (model.fit, model.evaluate, model.predict):
            with pytest.raises(Mine):
                call(data, verbose=0)
    assert_same(model, before)


def test_batches_that_are_none():
    model = made()
    for batch in ((X, Y, None, None), (), (None, Y), ("a", Y), (X, "a"), (X, Y[:3]), 3, None, object()):
        before = state(model)
        with pytest.raises((ValueError, TypeError)):
            model.fit(iter([batch]), verbose=0)
        assert_same(model, before)


def test_a_warning_may_be_an_error():
    model = made()
    wanted = steps(model, 1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(UserWarning, match="used up"):
            model.fit(iter([(X[:4], Y[:4])]), epochs=2, verbose=0)
    assert_same(model, wanted)


# -- exceptions of losses, metrics and schedules --------------------------------------------------


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
