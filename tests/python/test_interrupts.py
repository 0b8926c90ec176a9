# SPDX-License-Identifier: Apache-2.0
"""Ctrl-C ends a long call within 200 ms and leaves a model that can be used; other threads run meanwhile."""
import pathlib
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from sampled import drawn
from state import assert_same, state

import keratin
from keratin import Sequential, callbacks, layers

HERE = pathlib.Path(__file__).parent

# Each prints "ready", is interrupted in run(), says when it noticed, and then goes on with the model.
PROGRAM = """
import signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # whatever the test's own shell has set
sys.path.insert(0, {folder!r})
import numpy as np
import keratin
from keratin import layers
from state import state
rng = np.random.default_rng(0)

def model(rows=1000, width=16):
    keratin.utils.set_random_seed(1)
    m = keratin.Sequential([layers.Embedding(rows, width), layers.GlobalAveragePooling1D(),
                            layers.Dense(64, activation="relu"), layers.Dense(1)])
    m.compile("adam", "mse", metrics=["mae"])
    m.build((None, 10))
    return m

def unbuilt(rows):
    m = keratin.Sequential([layers.Embedding(rows, 32, rows_drawn="at_once"), layers.GlobalAveragePooling1D(), layers.Dense(1)])
    m.compile("adam", "mse")
    return m

def data(samples, rows=1000):
    return rng.integers(0, rows, (samples, 10)), rng.random((samples, 1)).astype("float32")

def asleep():
    # Steps that are taken one by one: the rows do not come to rest, and what is drawn on demand cannot be swept.
    m = keratin.Sequential([layers.Embedding(400000, 64, rows_drawn="on_demand"), layers.GlobalAveragePooling1D(),
                            layers.Dense(1)])
    m.compile(keratin.optimizers.Nadam(beta_1=0.9999), "mse")
    x, y = data(60000, 400000)
    m.train_on_batch(x, y)
    for _ in range(260): m.train_on_batch(x[:1], y[:1])
    return m, x, y

{setup}
print("ready", flush=True)
try:
    run()
except KeyboardInterrupt:
    print(time.monotonic(), flush=True)
m.fit(x[:64], y[:64], verbose=0)
assert np.isfinite(m.predict(x[:64])).all()
print("usable", flush=True)
"""
SETUPS = {
    "fit": "m = model(); x, y = data(100000)\ndef run(): m.fit(x, y, epochs=1000, verbose=0)",
    "fit, a bar": "import contextlib, io\nm = model(); x, y = data(100000)\n"
        "def run():\n  with contextlib.redirect_stdout(io.StringIO()): m.fit(x, y, epochs=1000)",
    "fit, batches of a generator": "m = model(); x, y = data(320)\n"
        "def run(): m.fit((((x[:32], y[:32])) for _ in iter(int, 1)), verbose=0)",
    "fit, one large batch": "m = model(width=64); x, y = data(200000)\n"
        "def run(): m.fit(x, y, epochs=1000, batch_size=len(x), verbose=0)",
    "fit, a large epoch's new order": "m = model(width=4); x = np.zeros((10**7, 10), 'int32'); y = np.zeros((10**7, 1), 'float32')\n"
        "def run(): m.fit(x, y, verbose=0)",
    "fit, validation": "m = model(); x, y = data(300000)\n"
        "def run(): m.fit(x[:32], y[:32], validation_data=(x, y), epochs=1000, verbose=0)",
    "evaluate": "m = model(); x, y = data(300000)\ndef run():\n  while True: m.evaluate(x, y, verbose=0)",
    "predict": "m = model(); x, y = data(300000)\ndef run():\n  while True: m.predict(x)",
    "predict, one large batch": "m = model(width=64); x, y = data(300000)\ndef run():\n  while True: m.predict(x, batch_size=len(x))",
    "fit, which draws a table": "m = model(); x, y = data(64)\n"
        "def run(): unbuilt(10**7).fit(x, y, epochs=10**6, verbose=0)",
    "fit of batches, which draws a table": "m = model(); x, y = data(64)\n"
        "def run(): unbuilt(10**7).fit((((x[:32], y[:32])) for _ in iter(int, 1)), verbose=0)",
    "predict, which draws a table": "m = model(); x, y = data(64)\ndef run(): unbuilt(3 * 10**7).predict(x)",
    "a table": "m = model(); x, y = data(64)\ndef run(): unbuilt(3 * 10**7).layers[0].build()",
    "a model": "m = model(); x, y = data(64)\ndef run(): unbuilt(3 * 10**7).build((None, 10))",
    "a table of 16 bits": "m = model(); x, y = data(64)\n"
        "def run(): layers.Embedding(3 * 10**7, 32, rows_drawn='at_once', precision='bfloat16').build()",
    "an orthogonal kernel": "m = model(); x, y = data(64)\n"
        "def run(): layers.Dense(3000, kernel_initializer='orthogonal')(np.ones((1, 2000), 'float32'))",
    "a draw": "m = model(); x, y = data(64)\ndef run(): keratin.random.normal((10**4, 10**5))",
    "weights of rows that slept": "m, x, y = asleep()\ndef run(): m.layers[0].get_weights()",
    "optimizer of rows that slept": "m, x, y = asleep()\ndef run(): [np.array(v) for v in m.optimizer.variables]",
    "predict, rows that slept": "m, x, y = asleep()\ndef run(): m.predict(x, verbose=0)",
    "fit, rows that slept": "m, x, y = asleep()\ndef run(): m.fit(x, y, batch_size=len(x), verbose=0)",
    "train_on_batch": "m = model(); x, y = data(128)\ndef run():\n  while True: m.train_on_batch(x, y)",
}
# A model of ROWS * 128 bytes, and files of it in FOLDER.
FILES = """
m = model(); x, y = data(64)
def of(value):
    made = keratin.Sequential([layers.Embedding({rows}, 32, embeddings_initializer=keratin.initializers.Constant(value))])
    made.build((None, 10))
    return made
large, other = of(1.0), of(2.0)
large.save_weights({folder!r} + "/a.weights.h5")
def run():
    while True: {call}
"""
FILE_CALLS = {  # each for as long as nobody interrupts
    "save_weights": "other.save_weights({folder!r} + '/a.weights.h5')",
    "save": "other.save({folder!r} + '/a.keras')",
    "save, .h5": "other.save({folder!r} + '/a.h5')",
    "load_weights": "other.load_weights({folder!r} + '/a.weights.h5', mmap=False)",
}


def interrupted(setup, after=0.3):
    """How long it took from the signal to the exception, in seconds."""
    program = PROGRAM.format(setup=setup, folder=str(HERE))
    child = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        if child.stdout.readline() != "ready\n":
            pytest.fail(child.communicate(timeout=60)[1])
        time.sleep(after)
        sent = time.monotonic()
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=60)
    finally:
        child.kill()
    assert child.returncode == 0, err
    noticed, usable = out.split()
    assert usable == "usable"
    return float(noticed) - sent


def limit():
    """A build with sanitizers, or without optimisation, is slow, not late; .ci/run measures the one that users run."""
    return 2.0 if any(folder in keratin._core.__file__ for folder in ("/build/asan/", "/build/dev/")) else 0.2


@pytest.mark.parametrize("name", drawn(SETUPS))
def test_ctrl_c_is_noticed_within_200_ms(name):
    # The machine may be busy with others: the best of three.
    times = []
    for attempt in range(3):
        times.append(interrupted(SETUPS[name], after=0.3 + 0.1 * attempt))
        if times[-1] < limit():
            return
    assert min(times) < limit(), times


@pytest.mark.parametrize("name", FILE_CALLS)
def test_ctrl_c_with_files_is_noticed_within_200_ms(name, tmp_path, rows=2**20):  # 128 MB; by hand 2**23
    times = []
    for attempt in range(3):
        setup = FILES.format(rows=rows, folder=str(tmp_path), call=FILE_CALLS[name].format(folder=str(tmp_path)))
        times.append(interrupted(setup, after=0.1 + 0.15 * attempt))
        # A file is the old one or the new one, and nothing stands beside it.
        assert sorted(path.name for path in tmp_path.iterdir()) in (["a.weights.h5"], ["a.keras", "a.weights.h5"], ["a.h5", "a.weights.h5"])
        again = Sequential([layers.Embedding(rows, 32)])
        again.build((None, 10))
        for path in tmp_path.iterdir():
            again.load_weights(path)
            numbers = again(np.array([[0, rows // 2, rows - 1]]))
            assert (numbers == numbers[0, 0, 0]).all() and numbers[0, 0, 0] in (1.0, 2.0)
        if times[-1] < limit():
            return
    assert min(times) < limit(), times


EXACT = """
import itertools
m = model(); x, y = data(4096)
twin = model()
def run(): m.fit(x, y, epochs=100000, batch_size={batch_size}, shuffle=False, verbose=0)
check = {batch_size}
"""


@pytest.mark.parametrize("batch_size", [32, 4096])
def test_the_step_in_which_it_came_has_left_no_trace(batch_size):
    """After the interrupt the model is, to the bit, one that took as many steps."""
    setup = EXACT.format(batch_size=batch_size)
    program = PROGRAM.split("m.fit(x[:64]")[0] + """
for i in range(m.optimizer.iterations):
    at = i * check % len(x)
    twin.train_on_batch(x[at:at + check], y[at:at + check])
assert m.optimizer.iterations > 0 and state(m) == state(twin)
print("usable", flush=True)
"""
    program = program.format(setup=setup, folder=str(HERE))
    for after in (0.11, 0.17, 0.23):
        child = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            child.stdout.readline()
            time.sleep(after)
            child.send_signal(signal.SIGINT)
            out, err = child.communicate(timeout=60)
        finally:
            child.kill()
        assert "usable" in out, err


def test_weights_that_were_half_drawn_are_drawn_anew():
    setup = """
m = model(); x, y = data(64)
def table():
    return layers.Embedding(5 * 10**6, 32, rows_drawn="at_once", embeddings_initializer=keratin.initializers.RandomNormal(seed=1))
t = table()
def run(): t.build()
"""
    program = PROGRAM.format(setup=setup, folder=str(HERE)).split("m.fit(x[:64]")[0] + """
assert not t.built and t.get_weights() == []
t.build()
other = table()
other.build()
assert t.get_weights()[0].tobytes() == other.get_weights()[0].tobytes()
print("usable", flush=True)
"""
    child = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        child.stdout.readline()
        time.sleep(0.1)
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=60)
    finally:
        child.kill()
    assert "usable" in out, err


def test_ctrl_c_while_another_thread_has_the_model():
    setup = """
import threading
m = model(); x, y = data(1000000)
def run():
    # Ends with the process: it is in C++ all the time.
    threading.Thread(target=lambda: m.fit(x, y, epochs=1, batch_size=256, verbose=0), daemon=True).start()
    time.sleep(0.1)
    m.fit(x[:2], y[:2], verbose=0)  # waits for the end of the other's: who only reads gets in between two batches
    raise SystemExit("did not wait")
"""
    assert min(interrupted(setup) for _ in range(2)) < (0.2 if "asan" not in keratin._core.__file__ else 2.0)


# -- the GIL --------------------------------------------------------------------------------------


def model_and_data(samples):
    model = Sequential([layers.Embedding(1000, 64), layers.GlobalAveragePooling1D(), layers.Dense(64), layers.Dense(1)])
    model.compile("adam", "mse")
    x = np.random.default_rng(0).integers(0, 1000, (samples, 10))
    return model, x, np.ones((samples, 1), "float32")


@pytest.mark.parametrize("call", [
    lambda m, x, y: m.fit(x, y, batch_size=len(x), verbose=0), lambda m, x, y: m.train_on_batch(x, y),
    lambda m, x, y: m.evaluate(x, y, batch_size=len(x), verbose=0), lambda m, x, y: m.predict(x, batch_size=len(x)),
    lambda m, x, y: m.predict_on_batch(x), lambda m, x, y: m(x), lambda m, x, y: m.layers[0](x)],
    ids=["fit", "train_on_batch", "evaluate", "predict", "predict_on_batch", "model", "layer"])
def test_other_threads_run_meanwhile(call):
    """One call that stays in C++: with the GIL held nobody would count while it lasts."""
    model, x, y = model_and_data(60000)
    model.train_on_batch(x[:32], y[:32])
    ticks, running = [], threading.Event()

    def tick():
        while running.is_set():
            ticks.append(time.monotonic())
            time.sleep(0.001)

    for _ in range(5):  # the machine may be busy with others
        running.set()
        thread = threading.Thread(target=tick)
        thread.start()
        began = time.monotonic()
        call(model, x, y)
        ended = time.monotonic()
        running.clear()
        thread.join()
        # Well inside: the call converts its arguments with the GIL.
        length = ended - began
        if sum(began + 0.2 * length < at < began + 0.8 * length for at in ticks) >= 2:
            return
    assert False, "no other thread ran during the call"


def test_two_threads_want_one_model():
    """fit on two threads at once: one after the other, none lost; predictions in between see whole steps."""
    model, x, y = model_and_data(256)
    model.train_on_batch(x, y)
    failed = []

    def run(work):
        try:
            for _ in range(10):
                work()
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=run, args=(work,)) for work in
               [lambda: model.fit(x, y, verbose=0)] * 2 + [lambda: model.predict(x)] * 2 + [lambda: model.evaluate(x, y, verbose=0)]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert model.optimizer.iterations == 1 + 2 * 10 * 8
    assert np.isfinite(model.predict(x)).all()


def test_predictions_do_not_wait_for_each_other():
    """A callback of one prediction waits until another one has ended: with a lock it would wait for ever."""
    model, x, y = model_and_data(64)
    inside, done = threading.Event(), threading.Event()

    def wait(batch, logs):
        inside.set()
        assert done.wait(30)

    thread = threading.Thread(target=lambda: model.predict(x, callbacks=[callbacks.LambdaCallback(on_predict_batch_end=wait)]))
    thread.start()
    assert inside.wait(30)
    model.predict(x)
    done.set()
    thread.join()
