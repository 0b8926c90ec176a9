# SPDX-License-Identifier: Apache-2.0
"""Values and gradients of every activation: Keras in float32, and the same functions in float64."""
import os

os.environ["JAX_ENABLE_X64"] = "1"  # before Keras, which settles its types when it is imported

from golden import array, keras, np, write  # noqa: E402

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
from keras.src.activations import ALL_OBJECTS_DICT  # noqa: E402

rng = np.random.default_rng(3)

# The corners of all the pieces, the usual range, and far out.
CORNERS = [0, 0.25, 0.5, 1, 1.5, 2, 3, 6]
FAR = [7, 10, 20, 50, 80, 100, 1000]
ELEMENTS = np.array(
    sorted({s * v for v in CORNERS + FAR for s in (1, -1)}) + list(rng.uniform(-6, 6, 29)), np.float32
).reshape(2, 29)
ELEMENTS[0, 0] = -1000

OPTIONS = {
    "relu": [{}, {"max_value": 2.0}, {"max_value": 6.0}, {"threshold": 1.0}, {"threshold": -1.0},
             {"negative_slope": 0.1}, {"negative_slope": 0.1, "threshold": 1.0},
             {"negative_slope": 0.25, "max_value": 2.0}, {"negative_slope": 0.25, "max_value": 6.0},
             {"negative_slope": 0.1, "max_value": 2.0, "threshold": 0.5}, {"max_value": 2.0, "threshold": -1.0}],
    "leaky_relu": [{}, {"negative_slope": 0.3}],
    "celu": [{}, {"alpha": 0.5}],
    "elu": [{}, {"alpha": 0.5}],
    "squareplus": [{}, {"b": 0.25}],
    "soft_shrink": [{}, {"threshold": 1.5}],
    "hard_shrink": [{}, {"threshold": 1.5}],
    "gelu": [{}, {"approximate": True}],
    "threshold": [{"threshold": 0.5, "default_value": 2.0}],
}
LINES = ["softmax", "log_softmax", "glu", "sparsemax"]


# Keras's tanh and exp round to float32 under its default types: the reference is JAX's.
REFERENCE = {"tanh": jnp.tanh, "exponential": jnp.exp}


def case(name, options, x):
    function = ALL_OBJECTS_DICT[name]

    def both(x, g, function=function):
        y, pull = jax.vjp(lambda x: function(x, **options), x)
        return y, pull(jnp.asarray(g, y.dtype))[0]

    g = rng.normal(size=np.shape(both(jnp.asarray(x), 0 * function(jnp.asarray(x), **options))[0]))
    g = g.astype(np.float32)
    y, dx = both(jnp.asarray(x), g)
    y64, dx64 = both(jnp.asarray(x, jnp.float64), g, REFERENCE.get(name, function))
    assert y.dtype == dx.dtype == np.float32, (name, options, y.dtype)
    assert y64.dtype == np.float64, (name, options, y64.dtype)
    with np.errstate(over="ignore"):
        y64, dx64 = np.asarray(y64, np.float32), np.asarray(dx64, np.float32)
    return {"name": name, "options": options, "x": array(x), "g": array(g), "y": array(y), "dx": array(dx),
            "y64": array(y64), "dx64": array(dx64)}


cases = []
for name in sorted(ALL_OBJECTS_DICT):
    if name in LINES:
        shapes = [({}, (4, 6)), ({}, (8,)), ({"axis": 0}, (4, 3)), ({"axis": 1}, (2, 4, 3)), ({"axis": -2}, (2, 4, 3))]
        for options, shape in shapes:
            cases.append(case(name, options, rng.normal(scale=2, size=shape).astype(np.float32)))
        cases.append(case(name, {}, np.array([[1000, 999, -1000, 0], [1e4, 3, 2, 1], [5, 5.25, 5.5, -80]], np.float32)))
        continue
    for options in OPTIONS.get(name, [{}]):
        cases.append(case(name, options, ELEMENTS))
for name in ALL_OBJECTS_DICT:
    assert keras.activations.serialize(keras.activations.get(name)) in ALL_OBJECTS_DICT
write("activations", cases, names=sorted(ALL_OBJECTS_DICT),
      serialized={name: keras.activations.serialize(keras.activations.get(name)) for name in sorted(ALL_OBJECTS_DICT)})
