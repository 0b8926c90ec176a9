# SPDX-License-Identifier: Apache-2.0
"""functional.json: functional models as Keras 3 writes them, with weights, inputs and outputs; and for every op of
ops.json and its siblings a model of that op alone."""
import inspect
import json

import numpy as np
from golden import FOLDER, array, keras, write
from keras.src.ops import core, linalg, math, nn
from keras.src.ops import numpy as knp

L, ops = keras.layers, keras.ops


def ids(name, *shape):
    return keras.Input(shape, dtype="int32", name=name)


def two_towers():
    user, film = ids("user", 1), ids("film", 1)
    u, f = (L.Flatten()(L.Embedding(7, 4)(x)) for x in (user, film))
    x = L.Concatenate()([u, f, L.Multiply()([u, f])])
    rating = L.Dense(1, name="rating")(L.Dropout(0.2)(L.Dense(3, "relu")(x)))
    return keras.Model([user, film], [rating, L.Activation("sigmoid", name="seen")(L.Dot(axes=1)([u, f]))], name="towers")


def shared():
    a, b = ids("a", 3), ids("b", 3)
    table, dense = L.Embedding(7, 4, name="table"), L.Dense(4, name="twice")
    late = L.Flatten()(table(b))
    early = L.Flatten()(table(a))
    return keras.Model([a, b], L.Add()([dense(L.Dense(4)(dense(L.Dense(4)(early)))), L.Dense(4)(late)]))


def nested():
    x = keras.Input((4,), name="x")
    inner = keras.Model(x, [L.Dense(3)(x), L.Dense(2)(x)], name="inner")
    row = keras.Sequential([L.Input((3,)), L.Dense(3)], name="row")
    a, b = keras.Input((4,), name="a"), keras.Input((4,), name="b")
    first, second = inner(a), inner(b)
    deep = keras.Model([a, b], [row(row(first[0])), L.Add()([first[1], second[1]])], name="deep")
    p, q = keras.Input((4,), name="p"), keras.Input((4,), name="q")
    return keras.Model({"p": p, "q": q}, {"one": deep([p, q]), "two": [deep([q, p])[0]]})


def masked():
    words = ids("words", 5)
    vectors = L.Embedding(9, 4, mask_zero=True)(words)
    plain = L.Embedding(9, 4)(words)
    return keras.Model(words, [L.GlobalAveragePooling1D()(vectors),
                               L.GlobalAveragePooling1D()(plain, mask=ops.not_equal(words, 0)),
                               L.GlobalAveragePooling1D()(L.Dropout(0.5)(plain, training=False))])


def operators():
    x, n = keras.Input((4,), name="x"), ids("n", 3)
    y = ops.sum(2 * x + 0.1, axis=1, keepdims=True)
    z = ops.concatenate([x[:, 1:3], x[..., None, 0], ops.max(x, axis=-1, keepdims=True)], axis=-1)
    parts = ops.split(z, 2, axis=1)
    w = ops.where(x > 0, x, np.array([[1.0, 2.0, 3.0, 4.0]], "float32"))
    t = ops.take(ops.convert_to_tensor(np.arange(10, dtype="float32").reshape(5, 2)), n, axis=0)
    c = ops.cast(ops.equal(n, 2), "float32")
    r = ops.relu(ops.reshape(ops.matmul(x, np.ones((4, 2), "float32")), (-1, 2, 1)))
    return keras.Model([x, n], [y, parts[1], w, ops.sum(t, axis=(1, 2)), c, r, ops.full_like(n, 3), x / 3 - 1])


def structures():
    a, b, c = ids("a", 2), ids("b", 2), ids("c", 2)
    table = L.Embedding(5, 2, name="table")
    return keras.Model({"z": a, "y": [b, c]}, [[L.Flatten()(table(a))], {"k": L.Add()([table(b), table(c)])}])


def in_one_list():
    x = keras.Input((3,), name="x")
    return keras.Model([x], [L.Dense(2)(x)])


def unused():
    x, y = keras.Input((3,), name="x"), keras.Input((2,), name="y")
    return keras.Model([x, y], L.Dense(2)(x))


def case(make):
    keras.utils.clear_session()
    keras.utils.set_random_seed(1)
    model = make()
    rng = np.random.default_rng(2)
    for weight in model.weights:
        weight.assign(rng.normal(size=weight.shape).astype("float32"))
    inputs = [rng.integers(0, 5, (2, *x.shape[1:])).astype("int32") if x.dtype == "int32" else
              rng.normal(size=(2, *x.shape[1:])).astype("float32") for x in model.inputs]
    outputs = keras.tree.flatten(model(keras.tree.pack_sequence_as(model._inputs_struct, inputs)))
    return {"what": make.__name__, "json": json.loads(model.to_json()), "weights": [array(w) for w in model.get_weights()],
            "inputs": [array(x) for x in inputs], "outputs": [array(y) for y in outputs]}


def op_case(golden):
    """A model of one op, its options given to the class or the call as Keras has it; None where Keras has no such class."""
    name = golden["class_name"]
    cls = next((vars(m)[name] for m in (knp, nn, core, math, linalg)
                if name in vars(m) and vars(m)[name].__module__ == m.__name__), None)
    if cls is None:
        return None
    keras.utils.clear_session()
    given = inspect.signature(cls.__init__).parameters
    options = {key: value for key, value in golden["config"].items() if key in given}
    rest = {key: value for key, value in golden["config"].items() if key not in given}
    values = [keras.Input(batch_shape=x["shape"], dtype=x["dtype"], name=f"x{i}") for i, x in enumerate(golden["inputs"])]
    args = [list(values)] if name in ("Concatenate", "Stack") else list(values)
    if "key" in rest:
        rest["key"] = keras.saving.deserialize_keras_object(rest["key"])
    if name == "SliceUpdate":
        args.insert(1, rest.pop("start_indices"))
    elif name == "Pad":
        rest.setdefault("constant_values", None)  # as keras.ops.pad calls it
    elif name == "Isclose":
        args += [rest.pop("rtol", 1e-5), rest.pop("atol", 1e-8)]  # likewise
    else:
        args += [rest.pop(key) for key in ("fill_value", "key", "start_indices") if key in rest]
    out = cls(**{k: tuple(v) if isinstance(v, list) and k in ("newshape", "shape", "axis") else v for k, v in options.items()})(
        *args, **rest)
    flat = keras.tree.flatten(out)
    return {"what": name, "json": json.loads(keras.Model(values, flat).to_json()),
            "specs": [{"shape": list(x.shape), "dtype": x.dtype} for x in flat]}


def op_cases():
    seen, cases = set(), []
    for file in ("ops", "ops_nn", "ops_axes", "ops_numpy"):
        for golden in json.loads((FOLDER / f"{file}.json").read_text())["cases"]:
            key = (golden["class_name"], *sorted(golden["config"]))
            if key in seen:
                continue
            try:
                made = op_case(golden)
            except Exception as error:  # Keras refuses some inputs of unusual types or shapes: the next case of the op
                print(golden["class_name"], golden["config"], type(error).__name__, str(error)[:150].replace("\n", " "))
                continue
            seen.add(key)
            if made is not None:
                cases.append(made)
    return cases


models = (two_towers, shared, nested, masked, operators, structures, in_one_list, unused)
write("functional", [case(make) for make in models] + op_cases())
