# SPDX-License-Identifier: Apache-2.0
"""What the make_*.py scripts of this folder share: they ask real Keras and write small JSON files.

    python3 -m venv .venv/keras && .venv/keras/bin/pip install keras-nightly==3.16.0.dev2026102704 jax torch
    .venv/keras/bin/python tests/golden/make_activations.py

Keras 3.16 is needed to remake the files, never to use or test Keratin. A file states the versions that
made it. Numbers are written so that they read back to the same float32 (or float64) value.
"""
import json
import os
import pathlib

os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ.setdefault("JAX_PLATFORMS", "cpu")

import numpy as np  # noqa: E402
import keras  # noqa: E402

FOLDER = pathlib.Path(__file__).parent


def array(value):
    """A tensor as {"shape", "dtype", "data"}; tests/support/golden.h reads it back to a Tensor."""
    value = np.asarray(value)
    if value.dtype.kind == "f":
        # The shortest text that reads back the same; JSON has no word for the other three.
        data = [float(str(x)) if np.isfinite(x) else str(x) for x in value.reshape(-1)]
    else:
        whole = value.view(np.int64) if value.dtype == np.uint64 else value  # a Config's integers have a sign
        data = whole.reshape(-1).tolist()
    return {"shape": list(value.shape), "dtype": str(value.dtype), "data": data}


def write(name, cases, **more):
    """Writes tests/golden/<name>.json: the versions, then the cases."""
    backend = keras.backend.backend()
    versions = {"keras": keras.__version__, "backend": backend}
    versions[backend] = __import__("tensorflow" if backend == "tensorflow" else backend).__version__
    document = {"versions": versions, **more, "cases": cases}
    path = FOLDER / f"{name}.json"
    # One case a line: small, and a diff shows which case changed.
    lines = ",\n".join(json.dumps(case) for case in cases)
    head = json.dumps({key: value for key, value in document.items() if key != "cases"})
    path.write_text(head[:-1] + ', "cases": [\n' + lines + "\n]}\n")
    print(f"{path.name}: {len(cases)} cases, {path.stat().st_size} bytes")
