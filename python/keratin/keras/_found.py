# SPDX-License-Identifier: Apache-2.0
"""Which Keras there is, and which of its backends."""
import importlib

try:
    import keras
except ImportError as error:
    raise ImportError("keratin.keras puts Keratin's table into real Keras, and there is none here: install keras (3.12 to "
                      "3.16) with torch, jax or tensorflow. Without Keras, keratin.layers.Embedding is the layer.") from error

if tuple(int(part) for part in keras.__version__.split(".")[:2]) < (3, 12):
    raise ImportError(f"keratin.keras is for Keras 3.12 to 3.16. Found: keras {keras.__version__}")

NAME = keras.backend.backend()
_BACKENDS = {"torch": "_torch", "jax": "_jax", "tensorflow": "_tensorflow"}

if NAME not in _BACKENDS:
    raise ImportError(f"keratin.keras works where Keras runs on torch, jax or tensorflow. Keras's backend here is {NAME!r}.")

backend = importlib.import_module(f"keratin.keras.{_BACKENDS[NAME]}")


def check_backend():
    """Refuses a backend that has changed since this module was imported."""
    now = keras.config.backend()
    if now != NAME:
        raise RuntimeError(f"[Embedding] keratin.keras was imported where Keras ran on {NAME}; now it runs on {now}. A "
                           "process that changes the backend must import keratin.keras behind the change.")
