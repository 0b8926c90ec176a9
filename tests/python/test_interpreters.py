# SPDX-License-Identifier: Apache-2.0
"""Several interpreters in one process, forks, an interpreter without the GIL: keratin works there or says no."""
import multiprocessing
import os
import subprocess
import sys
import sysconfig

import numpy as np
import pytest

import keratin


def test_another_interpreter_is_refused_clearly():
    """The module has one state a process (its thread pool, NumPy's functions), as NumPy has: an ImportError."""
    interpreters = pytest.importorskip("_xxsubinterpreters")
    program = """if True:
        import _xxsubinterpreters as interpreters
        import keratin
        other = interpreters.create()
        try:
            interpreters.run_string(other, '''if True:
                try:
                    from keratin import _core
                    print("imported")
                except ImportError as error:
                    print("ImportError:", error)
            ''')
        finally:
            interpreters.destroy(other)
        import numpy as np
        print(keratin.layers.Embedding(5, 2)(np.array([1])).shape)
    """
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "ImportError:" in done.stdout and "interpreter" in done.stdout
    assert done.stdout.endswith("(1, 2)\n"), "the first interpreter goes on"
    assert interpreters


def test_without_the_gil():
    """A build of Python without the GIL takes it back when it imports the module, and says so (a RuntimeWarning)."""
    if not sysconfig.get_config_var("Py_GIL_DISABLED"):
        pytest.skip("this Python has the GIL")
    assert sys._is_gil_enabled()


def _child(queue):
    model = keratin.Sequential([keratin.layers.Embedding(50, 4), keratin.layers.GlobalAveragePooling1D(), keratin.layers.Dense(1)])
    model.compile("adam", "mse")
    model.fit(np.ones((640, 3), int), np.ones((640, 1)), verbose=0)
    queue.put(float(model.predict(np.ones((1, 3), int))[0, 0]))


def test_spawned_processes():
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    process = context.Process(target=_child, args=(queue,))
    process.start()
    assert np.isfinite(queue.get(timeout=60))
    process.join()
    assert process.exitcode == 0


def test_a_fork_before_any_work():
    """The threads of the library start with its first work: a child that is forked before has its own."""
    program = """if True:
        import os, numpy as np, keratin
        child = os.fork()
        model = keratin.Sequential([keratin.layers.Embedding(5000, 16), keratin.layers.Flatten(), keratin.layers.Dense(1)])
        model.compile("adam", "mse")
        model.fit(np.ones((2000, 3), int), np.ones((2000, 1)), verbose=0)
        if child == 0:
            os._exit(7)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    """
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert done.stdout == "7\n", done.stderr


def test_import_is_quick_and_needs_numpy_alone():
    program = """if True:
        import sys
        import numpy
        before = set(sys.modules)
        import keratin
        others = {name.split(".")[0] for name in set(sys.modules) - before}
        print(sorted(others - set(sys.stdlib_module_names) - {"keratin", "_xxsubinterpreters"}))
    """
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert done.stdout == "[]\n", done.stdout + done.stderr
