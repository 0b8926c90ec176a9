# SPDX-License-Identifier: Apache-2.0
"""Loading does with what is open: a program that may open, run and connect to nothing once the file is open still loads it."""
import os
import pathlib
import platform
import signal
import subprocess
import sys

import pytest

import keratin
from keratin import layers

# Calls of the kernel on x86-64 that end the process: open, openat, openat2, creat, execve, execveat, socket, connect.
PROGRAM = """
import ctypes, struct, sys
import numpy as np
import keratin
from keratin import _core, saving
path, other, what = sys.argv[1:]
saving.load_model(other)  # what Python imports by the way, it has imported
data = open(path, "rb").read()
model, mapped = saving.load_model(path), _core.open_saved(path)
expected = [weight.copy() for weight in model.get_weights()]
model.set_weights([weight * 0 for weight in expected])
x = np.zeros((2, 3), "int32")
model.predict(x)

def statement(code, yes, no, value):
    return struct.pack("HBBI", code, yes, no, value)

refused = [2, 257, 437, 85, 59, 322, 41, 42]
program = [statement(0x20, 0, 0, 0)]  # the number of the call
program += [statement(0x15, len(refused) - i, 0, call) for i, call in enumerate(refused)]
program += [statement(0x06, 0, 0, 0x7FFF0000), statement(0x06, 0, 0, 0x80000000)]  # allowed, or the process ends
code = ctypes.create_string_buffer(b"".join(program))
struct_of_filter = struct.pack("HxxxxxxP", len(program), ctypes.addressof(code))
libc = ctypes.CDLL(None, use_errno=True)
assert libc.prctl(38, 1, 0, 0, 0) == 0  # PR_SET_NO_NEW_PRIVS
assert libc.prctl(22, 2, struct_of_filter, 0, 0) == 0, ctypes.get_errno()  # PR_SET_SECCOMP, a filter

if what == "opens": open(path)
if what == "bytes": again = saving.load_model(data)
if what == "mapped":
    saving.saving_api._core.open_saved = lambda _: mapped
    again = saving.load_model(path)
if what == "weights":
    saving.saving_api._core.open_saved = lambda _: mapped
    again = model
    again.load_weights(path)
for weight, wanted in zip(again.get_weights(), expected): assert (weight == wanted).all()
again.predict(x)
again.fit(x, np.zeros((2, 1)), verbose=0)
print("loaded", flush=True)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux") or platform.machine() != "x86_64",
                    reason="the numbers of the kernel's calls are those of Linux on x86-64")
@pytest.mark.parametrize("what", ["opens", "bytes", "mapped", "weights"])
def test_loading_opens_runs_and_connects_to_nothing(tmp_path, what):
    model = keratin.Sequential([layers.Embedding(5000, 16, input_length=3, mask_zero=True), layers.Dropout(0.5),
                                layers.GlobalAveragePooling1D(), layers.Dense(1)])
    model.compile("adam", "mse", metrics=["mae"])
    model.build((None, 3))
    for path in ("m.keras", "other.keras"):
        model.save(tmp_path / path)
    folder = os.path.abspath(pathlib.Path(keratin.__file__).parents[1])
    child = subprocess.run([sys.executable, "-c", PROGRAM, str(tmp_path / "m.keras"), str(tmp_path / "other.keras"), what],
                           env={**os.environ, "PYTHONPATH": folder}, capture_output=True, text=True, timeout=120, check=False)
    if what == "opens":  # that the filter is one
        assert child.returncode == -signal.SIGSYS
    else:
        assert child.stdout == "loaded\n", (child.returncode, child.stderr)
