# SPDX-License-Identifier: Apache-2.0
"""What several threads share: models, and what models share with each other."""
import subprocess
import sys
import threading
import time
from concurrent import futures

import numpy as np
import pytest

import keratin
from keratin import Sequential, callbacks, layers, optimizers

X = np.random.default_rng(0).integers(0, 50, (64, 4))
Y = np.ones((64, 1), "float32")


def pair():
    """A model that is trained, and another one with the same table."""
    table = layers.Embedding(50, 3)
    model = Sequential([table, layers.Flatten(), layers.Dense(1)])
    model.compile(optimizers.Adam(0.01), "mse", metrics=[keratin.metrics.MeanSquaredError(name="m")])
    model.train_on_batch(X, Y)
    other = Sequential([table, layers.Flatten(), layers.Dense(2), layers.Dense(1)])
    other.compile("sgd", "mse")
    other.build((None, 4))
    return model, other


WAITING = {
    "predict": lambda model, other: other.predict(X),
    "call": lambda model, other: other(X),
    "fit": lambda model, other: other.fit(X, Y, verbose=0),
    "evaluate": lambda model, other: other.evaluate(X, Y, verbose=0),
    "add": lambda model, other: Sequential().add(model.layers[0]),
    "compile": lambda model, other: other.compile(model.optimizer, "mse"),
    "layer": lambda model, other: model.layers[0](X),
    "layer.get_weights": lambda model, other: model.layers[0].get_weights(),
    "layer.set_weights": lambda model, other: model.layers[2].set_weights(model.layers[2].get_weights()),
    "layer.trainable": lambda model, other: setattr(model.layers[0], "trainable", True),
    "numpy": lambda model, other: WEIGHTS[0].numpy(),
    "assign": lambda model, other: WEIGHTS[1].assign(np.zeros((12, 1))),
    "constraint": lambda model, other: setattr(WEIGHTS[1], "constraint", "non_neg"),
    "schedule": lambda model, other: setattr(model.optimizer, "learning_rate",
                                             optimizers.schedules.ExponentialDecay(0.1, 10, 0.9)),
    "apply": lambda model, other: model.optimizer.apply([np.zeros(v.shape, "f") for v in WEIGHTS], WEIGHTS),
    "optimizer.set_weights": lambda model, other: model.optimizer.set_weights(model.optimizer.get_weights()),
    "metric": lambda model, other: model._compiled_with["metrics"][0].reset_state(),
}
WEIGHTS = []


def other_thread(name, model, other):
    """A thread that uses them as `name` says, what went wrong in it, and whether it is done."""
    failed, done = [], threading.Event()

    def use():
        try:
            WAITING[name](model, other)
        except BaseException as error:
            failed.append(error)
        done.set()

    return threading.Thread(target=use, daemon=True), failed, done


@pytest.mark.parametrize("name", WAITING)
def test_who_shares_something_with_a_model_waits_for_its_step(name):
    model, other = pair()
    WEIGHTS[:] = model.weights
    thread, failed, done = other_thread(name, model, other)
    waited = []

    def loss(y_true, y_pred):
        if not waited:
            thread.start()
            waited.append(not done.wait(0.1))
        return keratin.ops.mean(keratin.ops.square(y_true - y_pred), -1)

    model.compile(model.optimizer, loss, metrics=model._compiled_with["metrics"])
    model.fit(X, Y, epochs=2, verbose=0)
    thread.join(30)
    assert waited == [True] and done.is_set() and not failed


@pytest.mark.parametrize("name", WAITING)
def test_other_threads_may_use_it_all_during_a_callback_which_waits_for_them(name):
    model, other = pair()
    WEIGHTS[:] = model.weights
    thread, failed, done = other_thread(name, model, other)

    def start(batch, logs):
        if batch == 0:
            thread.start()
            assert done.wait(30)

    model.fit(X, Y, verbose=0, callbacks=[callbacks.LambdaCallback(on_train_batch_end=start)])
    assert done.is_set() and not failed
    assert model.optimizer.iterations >= 3


HOOKS = [name for name in dir(callbacks.Callback) if name.startswith("on_")]


@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_may_wait_for_other_threads(hook):
    model, _ = pair()
    seen = []

    def wait(self, *args, **kwargs):
        with futures.ThreadPoolExecutor(1) as pool:
            seen.append(pool.submit(model.predict, X[:3], verbose=0).result(30).shape)

    callback = type("Waits", (callbacks.Callback,), {hook: wait})()
    model.fit(X, Y, verbose=0, validation_data=(X, Y), callbacks=[callback])
    model.evaluate(X, Y, verbose=0, callbacks=[callback])
    model.predict(X, verbose=0, callbacks=[callback])
    assert seen and set(seen) == {(3, 1)}


@pytest.mark.parametrize("method", ["fit", "evaluate", "predict"])
def test_a_generator_may_wait_for_other_threads(method):
    model, _ = pair()

    def batches():
        with futures.ThreadPoolExecutor(1) as pool:
            for _ in range(3):
                assert pool.submit(model.predict, X[:3]).result(30).shape == (3, 1)
                pool.submit(model.set_weights, model.get_weights()).result(30)
                yield X, Y

    getattr(model, method)(batches(), verbose=0)


def test_a_callback_of_predict_may_train_it():
    model, _ = pair()
    trained = callbacks.LambdaCallback()
    trained.on_predict_batch_end = lambda batch, logs=None: model.train_on_batch(X, Y)
    model.predict(X, verbose=0, batch_size=32, callbacks=[trained])
    assert model.optimizer.iterations == 1 + 2


def test_early_stopping_restores_weights_while_others_read():
    model, _ = pair()
    stop = threading.Event()
    thread = threading.Thread(target=lambda: [model.predict(X[:3]) for _ in iter(stop.is_set, True)])
    thread.start()
    model.fit(X, Y, epochs=30, verbose=0, callbacks=[
        callbacks.EarlyStopping(monitor="loss", patience=0, min_delta=1e9, restore_best_weights=True)])
    stop.set()
    thread.join(30)
    assert not thread.is_alive()


def test_between_batches_others_read():
    """Without any callback: a fit of a minute does not keep predictions waiting."""
    model, _ = pair()
    began, ended, count = threading.Event(), threading.Event(), [0]

    def fit():
        began.set()
        model.fit(np.tile(X, (200, 1)), np.tile(Y, (200, 1)), epochs=3, verbose=0)
        ended.set()

    thread = threading.Thread(target=fit)
    thread.start()
    began.wait(30)
    while not ended.is_set():
        model.predict(X[:3])
        count[0] += 1
    thread.join(30)
    assert count[0] > 20


# What waits within a step for a thread that waits for the step: an error, after 5 s, and no hang.
DEADLOCKS = {
    "loss": "model.compile('sgd', lambda a, b: wait() or keratin.ops.mean(a - b, -1)); model.fit(x, y, verbose=0)",
    "metric": "model.compile('sgd', 'mse', metrics=[lambda a, b: wait() or keratin.ops.mean(a - b, -1)]); model.evaluate(x, y, verbose=0)",
    "initializer": "model = keratin.Sequential([layers.Dense(2, kernel_initializer=lambda shape, dtype=None: wait() or np.ones(shape))]); model.predict(x)",
    "constraint": "model.layers[-1].kernel.constraint = lambda w: wait() or w; model.train_on_batch(x, y)",
}
DEADLOCK = """
import sys, time, concurrent.futures as futures
import numpy as np
import keratin
from keratin import layers
x, y = np.ones((8, 4), 'int32'), np.ones((8, 1), 'float32')
model = keratin.Sequential([layers.Embedding(50, 3), layers.Flatten(), layers.Dense(1)])
model.compile('sgd', 'mse')
model.build((None, 4))
def wait():
    with futures.ThreadPoolExecutor(1) as pool:
        pool.submit(lambda: model.predict(x)).result()
try:
    {work}
except RuntimeError as error:
    assert 'both would wait for ever' in str(error), error
    print('an error')
"""


def started(program, works):
    """A child for each work, all at once: what they do is wait."""
    children = {name: subprocess.Popen([sys.executable, "-c", program.format(work=work)], stdout=subprocess.PIPE,
                                       stderr=subprocess.PIPE, text=True) for name, work in works.items()}
    yield children
    for child in children.values():
        child.kill()
        child.wait()


@pytest.fixture(scope="module")
def deadlocks():
    yield from started(DEADLOCK, DEADLOCKS)


@pytest.mark.parametrize("name", DEADLOCKS)
def test_waiting_for_each_other_is_an_error(name, deadlocks):
    out, error = deadlocks[name].communicate(timeout=60)
    assert (deadlocks[name].returncode, out, error) == (0, "an error\n", "")


# Each waits for a step that takes a minute, on the main thread.
WAITS = {
    "predict": "model.predict(x)",
    "set_weights": "model.set_weights(weights)",
    "fit": "model.fit(x, y, verbose=0)",
    "layer": "model.layers[0](x)",
    "numpy": "variable.numpy()",
    "add": "keratin.Sequential().add(model.layers[0])",
}
INTERRUPTED = """
import os, signal, threading, time
import numpy as np
import keratin
from keratin import layers
signal.signal(signal.SIGINT, signal.default_int_handler)
x, y = np.ones((8, 4), 'int32'), np.ones((8, 1), 'float32')
model = keratin.Sequential([layers.Embedding(50, 3), layers.Flatten(), layers.Dense(1)])
model.build((None, 4))
weights, variable = model.get_weights(), model.weights[0]
began = threading.Event()
def loss(a, b):
    began.set()
    time.sleep(4)
    return keratin.ops.mean(a - b, -1)
model.compile('sgd', loss)
threading.Thread(target=lambda: model.fit(x, y, verbose=0), daemon=True).start()
began.wait()
threading.Timer(0.5, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
start = time.monotonic()
try:
    {work}
except KeyboardInterrupt:
    print('interrupted' if time.monotonic() - start < 2 else 'late')
"""


@pytest.fixture(scope="module")
def waits():
    yield from started(INTERRUPTED, WAITS)


@pytest.mark.parametrize("name", WAITS)
def test_who_waits_for_another_thread_hears_ctrl_c(name, waits):
    out, error = waits[name].communicate(timeout=60)
    assert (waits[name].returncode, out) == (0, "interrupted\n"), error


@pytest.mark.parametrize("name", WAITING)
def test_a_callback_of_fit_may_use_it_all(name):
    model, other = pair()
    WEIGHTS[:] = model.weights
    model.fit(X, Y, verbose=0, callbacks=[callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: WAITING[name](model, other))])
    assert np.isfinite(model.predict(X)).all()


def test_what_is_not_shared_does_not_wait():
    model, _ = pair()
    done = threading.Event()

    def use():
        lonely = pair()[0]
        lonely.fit(X, Y, verbose=0)
        model.optimizer.learning_rate = 0.5  # a number: takes effect in the next step
        assert model.optimizer.learning_rate == 0.5 and model.optimizer.iterations > 0 and model.built
        done.set()

    def start(batch, logs):
        if batch == 0:
            threading.Thread(target=use).start()
            assert done.wait(30)

    model.fit(X, Y, verbose=0, callbacks=[callbacks.LambdaCallback(on_train_batch_end=start)])


def together(*works):
    failed = []

    def run(work):
        try:
            for _ in range(30):
                work()
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not failed and not any(thread.is_alive() for thread in threads)


def test_models_that_share_layers_in_another_order():
    """Each wants what the other has: neither may wait with one of the two in hand."""
    a, b = layers.Dense(4), layers.Dense(4)
    models = [Sequential([a, b]), Sequential([b, a])]
    x = np.ones((64, 4), "float32")
    for model in models:
        model.compile("adam", "mse")
        model.build((None, 4))
    together(*[lambda model=model: model.fit(x, x, verbose=0) for model in models * 2])
    assert [model.optimizer.iterations for model in models] == [2 * 30 * 2] * 2


def test_a_table_of_several_models():
    model, other = pair()
    table = model.layers[0]
    encoder = Sequential([table, layers.Flatten()])
    together(lambda: model.fit(X, Y, verbose=0), lambda: other.fit(X, Y, verbose=0), lambda: encoder.predict(X),
             lambda: table(X), lambda: table.embeddings.numpy())
    assert model.optimizer.iterations == 1 + 30 * 2 and other.optimizer.iterations == 30 * 2
    assert np.isfinite(table.get_weights()[0]).all()


def test_an_optimizer_and_a_weight_in_a_loop_of_ones_own():
    """Plain SGD: every step is there in the end, whatever the threads."""
    weight = keratin.Variable(np.zeros((100, 100), "float32"))
    sgd = optimizers.SGD(1.0)
    sgd.build([weight])

    def work():
        sgd.apply([np.ones((100, 100), "float32")], [weight])
        weight.numpy(), sgd.get_weights(), sgd.variables

    together(*[work] * 4)
    assert sgd.iterations == 4 * 30
    np.testing.assert_array_equal(weight.numpy(), np.full((100, 100), -4.0 * 30))


def test_the_first_calls_of_a_model():
    x = np.ones((3, 50))
    for _ in range(20):
        dense = layers.Dense(8)
        models = [Sequential([dense, layers.Dense(1)]), Sequential([dense])]
        together(lambda: models[0].predict(x), lambda: models[1].predict(x), lambda: dense(x), lambda: dense.weights)
        assert len(dense.weights) == 2


# -- who comes first ------------------------------------------------------------------------------

CHANGES = {
    "set_weights": lambda model: model.set_weights(model.get_weights()),
    "train_on_batch": lambda model: model.train_on_batch(X[:1], Y[:1]),
    "assign": lambda model: model.weights[0].assign(np.zeros((50, 3))),
}


@pytest.mark.parametrize("readers", [4, 16])
@pytest.mark.parametrize("name", CHANGES)
def test_readers_do_not_keep_a_change_out(name, readers):
    model, _ = pair()
    stop, times = threading.Event(), []
    threads = [threading.Thread(target=lambda: [model.predict(X[:1]) for _ in iter(stop.is_set, True)]) for _ in range(readers)]
    for thread in threads:
        thread.start()
    for _ in range(20):
        began = time.monotonic()
        CHANGES[name](model)
        times.append(time.monotonic() - began)
    stop.set()
    for thread in threads:
        thread.join(30)
    assert sorted(times)[10] < 0.5, times  # of which Python's own lock takes 5 ms a thread, at times


def test_changes_do_not_keep_each_other_or_readers_out():
    model, other = pair()
    stop, counts = threading.Event(), [0] * 3
    works = [lambda: model.train_on_batch(X, Y), lambda: other.train_on_batch(X, Y), lambda: model.predict(X[:1])]

    def loop(i):
        while not stop.is_set():
            works[i]()
            counts[i] += 1

    threads = [threading.Thread(target=loop, args=(i,)) for i in range(3)]
    for thread in threads:
        thread.start()
    limit = time.monotonic() + 30
    while min(counts) < 100 and time.monotonic() < limit:
        time.sleep(0.01)
    stop.set()
    for thread in threads:
        thread.join(30)
    assert min(counts) >= 100 and max(counts) < 50 * min(counts), counts
