# SPDX-License-Identifier: Apache-2.0
"""Projections and configs of every constraint."""
from golden import array, keras, np, write

rng = np.random.default_rng(7)
c = keras.constraints
SHAPES = [(4, 3), (6,), (2, 3, 4), (2, 2, 3, 2), ()]
AXES = {(4, 3): [0, 1, -1, -2, (0, 1), None], (6,): [0, -1], (2, 3, 4): [0, 1, 2, (0, 1), (0, 2), (1, 2), -3],
        (2, 2, 3, 2): [(0, 1, 2), (1, 3), 3], (): [None]}

cases = []


def add(constraint, w):
    w = w.astype(np.float32)
    config = constraint.get_config()
    if isinstance(config.get("axis"), tuple):  # JAX wants the tuple, a file has the list
        config["axis"] = list(config["axis"])
    cases.append({"class_name": type(constraint).__name__, "config": config, "w": array(w), "projected": array(constraint(w))})


for shape in SHAPES:
    for axis in AXES[shape]:
        w = rng.normal(size=shape, scale=1.5)
        if w.size > 5:
            w.reshape(-1)[:2] = 0
        add(c.MaxNorm(axis=axis), w)
        add(c.MaxNorm(max_value=0.75, axis=axis), w)
        add(c.UnitNorm(axis=axis), w)
        add(c.MinMaxNorm(axis=axis), w)
        add(c.MinMaxNorm(min_value=1.5, max_value=2.5, rate=0.3, axis=axis), w)
    add(c.NonNeg(), rng.normal(size=shape))
add(c.MaxNorm(), np.zeros((3, 2)))
add(c.UnitNorm(axis=1), np.array([[0, 0], [1e-6, 1e-6], [3e4, 4e4]]))
names = sorted(keras.src.constraints.ALL_OBJECTS_DICT.keys() - {"Constraint", "constraint"})
write("constraints", cases, by_name={name: c.serialize(c.get(name)) for name in names},
      with_list=c.serialize(c.MaxNorm(axis=[0, 1])), with_tuple=c.serialize(c.MaxNorm(axis=(0, 1))))
