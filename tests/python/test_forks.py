# SPDX-License-Identifier: Apache-2.0
"""Children of a process whose threads work, and the end of the interpreter while they do."""
import subprocess
import sys
import time

import numpy as np
import pytest

import keratin

X = np.random.default_rng(0).integers(0, 50, (64, 4))
Y = np.ones((64, 1), "float32")


# -- forks ----------------------------------------------------------------------------------------

FORK = """
import os, sys, threading, time
import numpy as np
import keratin
from keratin import layers
rng = np.random.default_rng(0)
x, y = rng.integers(0, 1000, (4096, 10)), np.ones((4096, 1), 'float32')
def new():
    model = keratin.Sequential([layers.Embedding(1000, 32), layers.Flatten(), layers.Dense(64), layers.Dense(1)])
    model.compile('adam', 'mse')
    model.build((None, 10))
    return model
model, other = new(), new()
def forever():
    while True:
        {work}
for _ in range(2):
    threading.Thread(target=forever, daemon=True).start()
time.sleep(0.3)
codes = []
for _ in range(10):
    time.sleep(0.01)
    child = os.fork()
    if child == 0:
        import signal
        signal.alarm(20)
        code = 1
        try:
            other.fit(x, y, verbose=0)
            assert np.isfinite(other.predict(x)).all()
            code = 2
            {child}
            code = 3
        except RuntimeError as error:
            code = 4 if 'forked' in str(error) else 5
        finally:
            os._exit(code)
    codes.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
print(sorted(set(codes)))
os._exit(0)
"""


@pytest.mark.skipif("asan" in keratin._core.__file__, reason="the sanitizer's own allocator (before LLVM 17) does not "
                    "survive a fork while another thread is in it")
@pytest.mark.parametrize("work, child, codes", [
    ("model.predict(x)", "model.predict(x); model.fit(x, y, verbose=0)", {3}),
    ("model.predict(x[:1])", "model.predict(x); model.set_weights(model.get_weights())", {3}),
    ("model.fit(x, y, verbose=0)", "model.predict(x)", {3, 4}),
    ("model.train_on_batch(x, y)", "model.train_on_batch(x, y)", {3, 4}),
    ("model.layers[0].embeddings.numpy()", "model.predict(x)", {3}),
])
def test_the_child_of_a_fork_works_or_says_why_not(work, child, codes):
    """Another model works there. One that another thread was changing is an error; one that was read works."""
    program = FORK.format(work=work, child=child)
    parent = subprocess.run([sys.executable, "-W", "ignore", "-c", program], capture_output=True, text=True, timeout=300)
    assert parent.returncode == 0, parent.stderr
    assert set(eval(parent.stdout)) <= codes


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
