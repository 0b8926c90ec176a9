# SPDX-License-Identifier: Apache-2.0
"""keras.ops of classes and statistics, with their slopes: tests/golden/op_cases.py says how."""
from op_cases import case, floats, ints, np, rng, write

cases = []


def probabilities(*shape):
    p = rng.uniform(0.2, 1, shape)
    return np.round(p / p.sum(-1, keepdims=True), 3).astype(np.float32)


for config in ({"num_classes": 4, "axis": -1, "dtype": "float32"}, {"num_classes": 4, "axis": 0, "dtype": "int32"},
               {"num_classes": 4, "axis": 1, "dtype": "bool"}):
    cases.append(case("OneHot", [ints(3, 2, low=-1, high=6)], config, repeat=[0] if config["axis"] else []))
cases.append(case("OneHot", [np.array(2, "uint8")], {"num_classes": 3, "axis": -1, "dtype": "float32"}))
for axis, shape in ((-1, (3, 2)), (-1, (4,)), (0, (3, 2)), (1, (2, 3)), (-1, (2, 3, 2))):
    cases.append(case("MultiHot", [ints(*shape, low=-1, high=6)], {"num_classes": 5, "axis": axis, "dtype": "float32"},
                      repeat=[0] if axis == -1 and len(shape) > 1 else []))

BOUNDS = np.array([0, 1e-8, 1, 0.5, 0.999, 1e-3, -0.5, 1.5], np.float32)
for logits in (False, True):
    config = {"from_logits": logits}
    target = rng.uniform(0, 1, (2, 3)).astype(np.float32)
    output = floats(2, 3) if logits else rng.uniform(0.35, 0.65, (2, 3)).astype(np.float32)
    cases.append(case("BinaryCrossentropy", [target, output], config))
    cases.append(case("BinaryCrossentropy", [ints(2, 3, low=0, high=2), output], config))
    far = np.array([0, 1, -1, 30, -30, 200, -200, np.nan], np.float32)
    cases.append(case("BinaryCrossentropy", [np.array([0, 1, 1, 1, 1, 0, 0, 1], np.float32), far if logits else BOUNDS],
                      config, smooth=False, exact=logits))
    for axis, shape in ((-1, (3, 4)), (1, (2, 3, 2)), (0, (4, 2)), (-1, (5,))):
        config = {"from_logits": logits, "axis": axis}
        output = floats(*shape) if logits else (np.abs(floats(*shape)) + 1).astype(np.float32)
        classes = shape[axis]
        cases.append(case("CategoricalCrossentropy", [probabilities(*shape), output], config,
                          repeat=[0, 1] if axis in (-1, 1) and len(shape) > 1 else []))
        rest = [n for i, n in enumerate(shape) if i != axis % len(shape)]
        if axis == -1:  # Keras on JAX checks the shape as if it were that
            cases.append(case("SparseCategoricalCrossentropy", [ints(*rest, low=0, high=classes), output], config,
                              repeat=[0, 1] if rest else []))
    config = {"from_logits": logits, "axis": -1}
    hot = np.eye(4, dtype=np.float32)[[0, 3, 1]]
    output = np.array([[1, 0, 0, 0], [0.2, 0.3, 0.5, 0], [0, 0, 0, 0]] if not logits else
                      [[100, 0, 0, 0], [-200, 3, 2, 1], [np.nan, 1, 2, 3]], np.float32)
    cases.append(case("CategoricalCrossentropy", [hot, output], config, smooth=False, exact=logits))
    cases.append(case("CategoricalCrossentropy", [0 * hot, output], config, smooth=False, exact=logits))
    cases.append(case("SparseCategoricalCrossentropy", [np.array([[0], [3], [1]]), output], config, smooth=False,
                      exact=logits))
    cases.append(case("SparseCategoricalCrossentropy", [np.array([-1, 4, 0]), abs(floats(3, 4))], config))

cases.append(case("Copy", [floats(2, 3)]))
cases.append(case("Copy", [ints(2, 3, dtype="uint8")]))

cases.append(case("Digitize", [np.array([-1, 0, 0.5, 1, 7, np.nan], np.float32), np.array([0, 1, 3], np.float32)],
                  smooth=False, repeat=[0]))
cases.append(case("Digitize", [ints(2, 3), np.array([0, 2])], repeat=[0]))

said = np.array([[1, 2, 0, 0], [3, 3, 1, 2], [2, 4, 2, 3]], "int32")
for mask_index, labels in ((0, [2, 3, 4]), (4, [1, 2, 1]), (0, [0, 1, 2])):
    for steps in ([7, 6, 7], [3, 5, 0]):
        # A sequence too short for its labels is 1e5 away, where float32 sees no slope.
        fits = all(n >= m + (m > 1) for n, m in zip(steps, labels))
        cases.append(case("CTCLoss", [said, floats(3, 7, 5), np.array(labels, "int32"), np.array(steps, "int32")],
                          {"mask_index": mask_index}, smooth=fits, repeat=[0, 1, 2, 3]))
write("ops_nn", cases)
