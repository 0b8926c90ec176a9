# SPDX-License-Identifier: Apache-2.0
"""Penalties, gradients and configs of every regularizer."""
from golden import array, keras, np, write

import jax  # noqa: E402

rng = np.random.default_rng(5)
r = keras.regularizers
OBJECTS = [r.L1(), r.L1(0.3), r.L2(), r.L2(0.25), r.L1L2(), r.L1L2(l1=0.1, l2=0.2), r.L1L2(l2=0.5),
           r.OrthogonalRegularizer(), r.OrthogonalRegularizer(0.5, mode="columns"), r.OrthogonalRegularizer(2.0)]


def inputs(matrix_only):
    yield rng.normal(size=(5, 4))
    yield rng.normal(size=(3, 7)) * 10
    with_zeros = rng.normal(size=(4, 3))
    with_zeros[1] = 0
    with_zeros[2, 1] = 0
    yield with_zeros
    if not matrix_only:
        yield rng.normal(size=(9,))
        yield rng.normal(size=(2, 3, 4))
        yield np.array([0.0, -0.0, 1e-30, -1e-30, 1e4])


cases = []
for regularizer in OBJECTS:
    for x in inputs(isinstance(regularizer, r.OrthogonalRegularizer)):
        x = x.astype(np.float32)
        penalty, gradient = jax.value_and_grad(lambda x: regularizer(x))(x)
        cases.append({"serialized": r.serialize(regularizer), "x": array(x), "penalty": float(penalty),
                      "gradient": array(gradient)})
names = sorted(keras.src.regularizers.ALL_OBJECTS_DICT.keys() - {"Regularizer", "regularizer"})
write("regularizers", cases, by_name={name: r.serialize(r.get(name)) for name in names})
