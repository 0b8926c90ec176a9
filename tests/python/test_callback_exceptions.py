# SPDX-License-Identifier: Apache-2.0
"""Callbacks and generators that users write may throw: the exception comes out as it went in, and the model is as it was after its
last step, to the bit."""
import warnings

import numpy as np
import pytest
from state import assert_same, state
from throwing import X, Y, Mine, made, steps, throws

from keratin import callbacks


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
