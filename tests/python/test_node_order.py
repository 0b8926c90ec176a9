# SPDX-License-Identifier: Apache-2.0
"""The order in which the calls of a graph run, and in which its layers stand in summaries: that of Keras 3.16, which gave
every value here for the same graphs."""
import re

import numpy as np
import pytest

import keratin as keras
from keratin import layers

A = np.array([[1, 2], [3, 6]], "float32")
B = np.array([[10, 0], [30, 4]], "float32")


def added(a, b, shared):
    return keras.Model([a, b], layers.Add()([shared(a), shared(b)]))


def two_outputs(a, b, shared):
    return keras.Model([a, b], [shared(a), shared(b)])


def two_outputs_turned(a, b, shared):
    x, y = shared(a), shared(b)
    return keras.Model([a, b], [y, x])


def deeper_behind(a, b, shared):
    return keras.Model([a, b], layers.Add()([shared(b * 3.0), shared(layers.ReLU()(a + 1.0) - 1.0)]))


def cut_out(a, b, shared):
    x = layers.ReLU()(a)
    y = shared(x)
    return keras.Model([a, b], layers.Add()([y, keras.Model(x, y)(b * 3.0)]))


def cut_out_first(a, b, shared):
    x = layers.ReLU()(a)
    y = shared(x)
    return keras.Model([a, b], layers.Add()([keras.Model(x, y)(b * 3.0), y]))


@pytest.mark.parametrize("graph, after_a_call, after_a_step", [
    (added, [10.5, 2], [13.125, 2.5]),
    (two_outputs, [6, 2.5], [7.5, 3.125]),
    (two_outputs_turned, [10.5, 2], [13.125, 2.5]),
    (deeper_behind, [16, 3.5], [20, 4.375]),
    (cut_out, [30.5, 4], [38.125, 5]),
    (cut_out_first, [16, 3.5], [20, 4.375]),
])
def test_a_layer_called_twice_moves_its_mean_in_kerass_order(graph, after_a_call, after_a_step):
    shared = layers.BatchNormalization(momentum=0.5)
    model = graph(keras.Input((2,)), keras.Input((2,)), shared)
    model([A, B], training=True)
    assert shared.moving_mean.numpy().tolist() == after_a_call
    model.compile("sgd", "mse")
    zeros = np.zeros((2, 2))
    model.train_on_batch([A, B], zeros if len(model.outputs) == 1 else [zeros, zeros])
    assert shared.moving_mean.numpy().tolist() == after_a_step


def inputs_come_late():
    a = keras.Input((4,), name="a")
    x = layers.Dense(4, name="d1")(a)
    b = keras.Input((4,), name="b")
    y = layers.Dense(4, name="d2")(b)
    c = keras.Input((4,), name="c")
    return keras.Model([c, b, a], layers.Add(name="s")([y, x, c]))


def inputs_that_nobody_needs():
    a, b, c = (keras.Input((4,), name=name) for name in "abc")
    return keras.Model([c, a, b], [layers.Dense(4, name="d")(a), layers.Dense(4, name="e")(layers.Dense(4, name="f")(a))])


def an_input_is_an_output():
    a, b = (keras.Input((4,), name=name) for name in "ab")
    return keras.Model([a, b], [b, layers.Dense(4, name="d")(a), a])


def shared_and_called_backwards():
    a, b = (keras.Input((4,), name=name) for name in "ab")
    shared = layers.Activation("relu", name="t")
    y = shared(layers.Dense(4, name="d")(b))
    x = shared(a)
    z = shared(layers.ReLU(name="r")(x))
    return keras.Model([a, b], [y, z, x])


def as_deep_as_its_deepest_call():
    a, b = (keras.Input((4,), name=name) for name in "ab")
    shared, dense = layers.Activation("relu", name="t"), layers.Dense(4, name="d")
    p = dense(shared(a))
    q = shared(dense(dense(b)))
    return keras.Model([a, b], [p, layers.Add(name="s")([q, p])])


def operators_within_a_model_of_a_model():
    """What looks at the shapes of the model within takes no names from the operators around it."""
    a = keras.Input((4,), name="a")
    inner = keras.Model(a, layers.Dense(4, name="d")(a) + a, name="inner")
    b, c = (keras.Input((4,), name=name) for name in "bc")
    p = inner(b)
    q = inner(layers.Dense(4, name="e")(c))
    return keras.Model([c, b], layers.Add(name="s")([p, q + p, p * q]))


@pytest.mark.parametrize("graph, rows", [
    (inputs_come_late, ["b: -", "a: -", "d2: b[0][0]", "d1: a[0][0]", "c: -", "s: d2[0][0], d1[0][0], c[0][0]"]),
    (inputs_that_nobody_needs, ["a: -", "f: a[0][0]", "c: -", "b: -", "d: a[0][0]", "e: f[0][0]"]),
    (an_input_is_an_output, ["a: -", "b: -", "d: a[0][0]"]),
    (shared_and_called_backwards, ["b: -", "d: b[0][0]", "a: -", "t: d[0][0], a[0][0], r[0][0]", "r: t[1][0]"]),
    (as_deep_as_its_deepest_call,
     ["a: -", "t: a[0][0], d[2][0]", "b: -", "d: t[0][0], b[0][0], d[1][0]", "s: t[1][0], d[0][0]"]),
    (operators_within_a_model_of_a_model,
     ["c: -", "b: -", "e: c[0][0]", "inner: b[0][0], e[0][0]", "add_1: inner[1][0], inner[0][0]",
      "multiply: inner[0][0], inner[1][0]", "s: inner[0][0], add_1[0][0], multiply[0][0]"]),
])
def test_rows_of_a_summary_stand_in_kerass_order(graph, rows):
    keras.utils.clear_session()
    lines = []
    graph().summary(print_fn=lines.append, line_length=300)
    cells = [line.split("│")[1:-1] for line in "\n".join(lines).split("\n") if line.startswith("│")]
    seen = [f"{re.sub(' [(].*', '', row[0].strip())}: {row[-1].strip()}" for row in cells]
    assert seen == rows
