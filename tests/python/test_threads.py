# SPDX-License-Identifier: Apache-2.0
"""What several threads share: models, and what models share with each other."""
import subprocess
import sys
import threading
import time

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


@pytest.mark.parametrize("name", WAITING)
def test_who_shares_something_with_a_model_in_fit_waits(name):
    model, other = pair()
    WEIGHTS[:] = model.weights
    failed, done = [], threading.Event()

    def use():
        try:
            WAITING[name](model, other)
        except BaseException as error:
            failed.append(error)
        done.set()

    def start(batch, logs):
        if batch == 0:
            thread.start()
            assert not done.wait(0.1)

    thread = threading.Thread(target=use)
    model.fit(X, Y, verbose=0, callbacks=[callbacks.LambdaCallback(on_train_batch_end=start)])
    thread.join(30)
    assert done.is_set() and not failed


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


# -- the end of the interpreter -------------------------------------------------------------------

AT_EXIT = """
import threading, time
import numpy as np
import keratin
from keratin import layers
model = keratin.Sequential([layers.Embedding(1000, 32), layers.Flatten(), layers.Dense(64), layers.Dense(1)])
model.compile("adam", {loss})
model.build((None, 10))
x, y = np.random.default_rng(0).integers(0, 1000, (20000, 10)), np.ones((20000, 1))
def batches():
    while True:
        yield x[:64], y[:64]
def forever():
    while True:
        {work}
running = threading.Event()
callback = keratin.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: running.set())
for _ in range({threads}):
    threading.Thread(target=forever, daemon=True).start()
time.sleep(0.5)
print("ends")
"""
FOREVER = {
    "fit": "model.fit(x, y, epochs=10**6, verbose=0)",
    "fit, callback": "model.fit(x, y, epochs=10**6, verbose=0, callbacks=[callback])",
    "fit, generator": "model.fit(batches(), steps_per_epoch=10**9, verbose=0)",
    "predict": "model.predict(x)",
    "train_on_batch": "model.train_on_batch(x[:64], y[:64])",
    "layer": "model.layers[0](x)",
    "weights": "model.layers[0].embeddings.numpy()",
}


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("name", FOREVER)
def test_a_daemon_thread_does_not_end_the_process_in_its_place(name, threads):
    loss = "lambda a, b: keratin.ops.mean(keratin.ops.square(a - b), -1)" if "fit" in name else "'mse'"
    began = time.monotonic()
    child = subprocess.run([sys.executable, "-c", AT_EXIT.format(loss=loss, work=FOREVER[name], threads=threads)],
                           capture_output=True, text=True, timeout=60)
    assert (child.returncode, child.stdout, child.stderr) == (0, "ends\n", "")
    assert time.monotonic() - began < 30


def test_the_child_of_a_fork_does_not_wait_for_threads_that_it_has_not():
    program = AT_EXIT.format(loss="'mse'", work=FOREVER["fit"], threads=1).replace('print("ends")', """
import os, sys
child = os.fork()
if child == 0:
    print("child", flush=True)
    sys.exit(0)
began = time.monotonic()
assert os.waitpid(child, 0)[1] == 0
assert time.monotonic() - began < 4
print("ends")""")
    child = subprocess.run([sys.executable, "-W", "ignore", "-c", program], capture_output=True, text=True, timeout=60)
    assert (child.returncode, child.stdout, child.stderr) == (0, "child\nends\n", "")


def test_what_runs_at_exit_itself_may_go_on():
    program = AT_EXIT.format(loss="'mse'", work=FOREVER["fit"], threads=1).replace(
        "import keratin\n", "import atexit\natexit.register(lambda: print(model.predict(x[:1]).shape))\nimport keratin\n", 1)
    child = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert (child.returncode, child.stdout, child.stderr) == (0, "ends\n(1, 1)\n", "")
