# SPDX-License-Identifier: Apache-2.0
"""Programs whose losses, targets, inputs and outputs are in lists, tuples and dicts within each other, for whatever `keras`
is: make_structures.py asks Keras for their numbers, and tests/python/test_structures.py holds Keratin's against them."""
import collections

import numpy as np
from fitted import data, settle

Pair = collections.namedtuple("Pair", ["first", "second"])


def heads(keras, structure):
    """A model of three outputs, in that structure of their numbers."""
    x = keras.Input((3,), name="x")
    outputs = [keras.layers.Dense(units, name=name)(x) for units, name in ((1, "one"), (2, "two"), (1, "three"))]
    return keras.Model(x, packed(structure, outputs))


def packed(structure, values):
    """The structure with values in place of their numbers."""
    if isinstance(structure, dict):
        return {key: packed(part, values) for key, part in structure.items()}
    if isinstance(structure, (list, tuple)):
        parts = [packed(part, values) for part in structure]
        return type(structure)(*parts) if hasattr(structure, "_fields") else type(structure)(parts)
    return values[structure]


def leaves(structure):
    if isinstance(structure, dict):
        return [leaf for key in sorted(structure) for leaf in leaves(structure[key])]
    return [leaf for part in structure for leaf in leaves(part)] if isinstance(structure, (list, tuple)) else [structure]


def trained(model, structure, loss, loss_weights=None, weighted=False):
    """What two epochs give: their numbers by name, the weights, predictions in their order."""
    targets = [data(8, 1, seed=3), data(8, 2, seed=4), data(8, 1, seed=5)]
    settle(model)
    model.compile("sgd", loss=loss, loss_weights=loss_weights)
    x, y = data(8, 3), packed(structure, targets)
    weights = None if not weighted else np.linspace(0.5, 2, 8).astype("float32")
    history = model.fit(x, y, batch_size=4, epochs=2, shuffle=False, verbose=0, sample_weight=weights).history
    found = {f"history {name}": values for name, values in history.items()}
    found.update({f"evaluated {name}": value for name, value in model.evaluate(x, y, verbose=0, return_dict=True).items()})
    found.update({f"weight {i}": weight for i, weight in enumerate(model.get_weights())})
    predicted = model.predict(x, verbose=0)
    found["type"] = type(predicted).__name__
    found.update({f"predicted {i}": value for i, value in enumerate(leaves(predicted))})
    return found


def apart(keras):
    """A loss of any structure: the mean distance of all that it holds."""
    def loss(y_true, y_pred):
        total = 0
        for truth, guess in zip(leaves(y_true), leaves(y_pred)):
            total += keras.ops.mean(keras.ops.abs(truth - guess), axis=-1)
        return total

    return loss


def lists(keras):
    return trained(heads(keras, [0, 1, 2]), [0, 1, 2], ["mse", ["mae", "mse"], ["mae"]])


def of_a_list(keras):
    return trained(heads(keras, [0, 1, 2]), [0, 1, 2], (apart(keras), ["mse", None, "mae"]), (0.5, [2.0, 1.0, 0.25]))


def tuples(keras):
    return trained(heads(keras, (0, 1, 2)), (0, 1, 2), ("mse", ("mae",), ("mae", "mse")))


def named_tuple(keras):
    x = keras.Input((3,), name="x")
    y = Pair(*(keras.layers.Dense(1, name=name)(x) for name in ("one", "two")))
    structure = Pair(0, 2)
    return trained(keras.Model(x, y), structure, [apart(keras), Pair("mse", "mae")])


def dicts(keras):
    structure = {"b": 0, "a": 1, "c": 2}
    return trained(heads(keras, structure), structure, [apart(keras), {"a": "mse", "c": ["mae", "mse"]}])


def some_of_a_dict(keras):
    structure = {"b": 0, "a": 1, "c": 2}
    return trained(heads(keras, structure), structure, {"c": ["mae"]})


def deep(keras):
    structure = {"a": (0, 1), "b": {"c": 2, "d": [0]}}
    return trained(heads(keras, structure), structure, {"a": [apart(keras), (None, "mse")], "b": {"c": "mae", "d": ["mse"]}})


def weighted_deep(keras):
    structure = {"a": (0, 2), "b": 2}
    return trained(heads(keras, structure), structure, {"a": [apart(keras), ("mae", "mse")], "b": "mse"},
                   {"a": [0.5, (2.0, 0.25)], "b": 3.0})


def inputs(keras):
    """Inputs in dicts within each other, and a model within a model."""
    a, b, c = (keras.Input((n,), name=name) for n, name in ((1, "a"), (2, "b"), (3, "c")))
    total = keras.layers.Add()([keras.layers.Dense(2, name=f"of_{x.name}")(x) for x in (a, b, c)])
    inner = keras.Model({"first": a, "rest": [b, {"last": c}]}, {"sum": total, "pair": (total * 2, total)})
    settle(inner)
    given = {"first": data(4, 1), "rest": [data(4, 2, seed=2), {"last": data(4, 3, seed=3)}]}
    found = {f"called {i}": np.asarray(value) for i, value in enumerate(leaves(inner(given)))}
    found.update({f"predicted {i}": value for i, value in enumerate(leaves(inner.predict(given, verbose=0)))})
    x = {"first": keras.Input((1,)), "rest": [keras.Input((2,)), {"last": keras.Input((3,))}]}
    outer = keras.Model(x, inner(x)["pair"])
    found.update({f"outer {i}": np.asarray(value) for i, value in enumerate(outer(given))})
    found["types"] = [type(inner(given)["pair"]).__name__, type(outer(given)).__name__, type(outer.output_shape).__name__,
                      type(keras.Model.from_config(outer.get_config())(given)).__name__]
    inner.compile("sgd", loss={"sum": "mse", "pair": ("mae", None)})
    y = data(4, 2, seed=9)
    history = inner.fit(given, {"sum": y, "pair": (y, y)}, epochs=2, verbose=0, batch_size=2, shuffle=False).history
    found.update({f"history {name}": values for name, values in history.items()})
    return found


PROGRAMS = {program.__name__: program for program in (lists, of_a_list, tuples, named_tuple, dicts, some_of_a_dict, deep, weighted_deep, inputs)}
