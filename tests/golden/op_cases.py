# SPDX-License-Identifier: Apache-2.0
"""How make_ops*.py ask Keras: the outputs of one of its operations, and the slopes of its inputs."""
import os

os.environ["JAX_ENABLE_X64"] = "1"  # before Keras: int64 stays that, and float64 is the reference

from golden import array, keras, np, write  # noqa: E402, F401

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
from keras.src.ops import core, linalg, math, nn, numpy  # noqa: E402

rng = np.random.default_rng(10)


def floats(*shape, scale=2.0):
    """Numbers that differ, so that nothing has two largest elements by chance."""
    return np.round(rng.normal(scale=scale, size=shape), 3).astype(np.float32)


def ints(*shape, low=-4, high=5, dtype="int32"):
    return rng.integers(low, high, size=shape).astype(dtype)


def class_of(name):
    return next(getattr(module, name) for module in (numpy, nn, math, core, linalg) if hasattr(module, name))


def case(name, inputs, config=None, *, function=None, as_list=False, smooth=True, repeat=None, scale=None,
         exact=True):
    """One case of the operation `name` (Keras's class). `function` stands for it where Keras's class
    cannot be called alone; `as_list`: it takes its inputs as one list.

    smooth: the function has no corner and no pole within 1/4 of the inputs, and central differences may
    be taken. repeat: the inputs (numbers) that may be repeated along their first axis together, for large
    and for empty inputs; without it all that are no scalars. scale: the size of the terms that the outputs
    are made of, where that is more than the outputs and the inputs show. exact=False: float64 gives something
    else here (1 - epsilon), and is no reference."""
    config = config or {}
    inputs = [np.asarray(x) for x in inputs]
    if function is None:
        operation = class_of(name)(**{k: tuple(v) if isinstance(v, list) else v for k, v in config.items()})
        function = operation.call

    def call(*x):
        y = function(list(x)) if as_list else function(*x)
        return tuple(y) if isinstance(y, (list, tuple)) else (y,)

    y, slopes, g = differentiated(call, inputs, None)
    wide = [x.astype(np.float64) if x.dtype == np.float32 and exact else x for x in inputs]
    y64, slopes64, _ = differentiated(call, wide, g)
    # What becomes float64 here (uint64 with int32) is float32 in Keras as its users run it.
    y = [a.astype(np.float32) if a.dtype == np.float64 else a for a in y]
    entry = {"class_name": name, "config": config, "inputs": [array(x) for x in inputs], "y": [array(a) for a in y],
             "g": [array(a) for a in g], "dx": [None if a is None else array(a) for a in slopes],
             "y64": [narrow(a, b) for a, b in zip(y64, y)],
             "dx64": [None if a is None else narrow(a, b) for a, b in zip(slopes64, slopes)],
             "smooth": smooth, "repeat": [i for i, x in enumerate(inputs) if x.ndim] if repeat is None else repeat}
    if scale is not None:
        entry["scale"] = scale
    return entry


def narrow(a, like):
    with np.errstate(over="ignore"):
        return array(np.asarray(a).astype(like.dtype))


def differentiated(call, inputs, g):
    """Outputs, the slopes of the float inputs by sum(g * outputs), and g, which is drawn where it is None."""
    by = [i for i, x in enumerate(inputs) if x.dtype.kind == "f"]

    def of(*floating):
        x = [jnp.asarray(x) for x in inputs]
        for i, value in zip(by, floating):
            x[i] = value
        return call(*x)

    y, pull = jax.vjp(of, *[jnp.asarray(inputs[i]) for i in by])
    y = [np.asarray(a) for a in y]
    if g is None:
        g = [floats(*a.shape, scale=1) for a in y]
    upper = [jnp.asarray(b, a.dtype) if a.dtype.kind == "f" else np.zeros(a.shape, jax.dtypes.float0)
             for a, b in zip(y, g)]
    slopes = [None] * len(inputs)
    if any(a.dtype.kind == "f" for a in y):
        for i, slope in zip(by, pull(tuple(upper))):
            slopes[i] = np.asarray(slope)
    return y, slopes, g
