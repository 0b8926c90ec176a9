# SPDX-License-Identifier: Apache-2.0
"""keratin.EmbeddingTable: the table alone. Its numbers are those of the dense optimizer on the whole table."""
import copy
import os
import pickle
import threading

import numpy as np
import pytest

import keratin
from keratin import initializers, optimizers

ROWS, WIDTH = 40, 6


def table(**options):
    return keratin.EmbeddingTable(ROWS, WIDTH, initializers.RandomUniform(seed=3), **options)


def numbers(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


@pytest.mark.parametrize("precision", ["float32", "bfloat16", "float16"])
def test_rows_are_those_of_the_layer(precision):
    layer = keratin.layers.Embedding(ROWS, WIDTH, initializers.RandomUniform(seed=3), precision=precision)
    ids = np.array([[3, 7], [39, 3]])
    for dtype in ("int32", "int64", "uint8", "float32"):
        np.testing.assert_array_equal(table(precision=precision).lookup(ids.astype(dtype)), layer(ids))
    assert table().lookup(7).shape == (WIDTH,)
    assert table().lookup(np.zeros((0, 3), int)).shape == (0, 3, WIDTH)


class Speaks:
    """An array as other libraries hand it over."""

    def __init__(self, array):
        self.array = array

    def __dlpack__(self, **options):
        return self.array.__dlpack__(**options)

    def __dlpack_device__(self):
        return self.array.__dlpack_device__()


def test_out_is_the_callers():
    made = table()
    out = np.full((2, WIDTH), np.nan, "float32")
    assert made.lookup([1, 2], out=out) is out
    np.testing.assert_array_equal(out, made.get_weights()[0][1:3])
    other = np.empty((2, WIDTH), "float32")
    made.lookup(Speaks(np.array([1, 2])), out=Speaks(other))
    np.testing.assert_array_equal(other, out)
    fixed = np.empty((2, WIDTH), "float32")
    fixed.setflags(write=False)
    for wrong in (np.empty((2, WIDTH)), np.empty((WIDTH, 2), "float32").T, fixed, [[0.0] * WIDTH] * 2):
        with pytest.raises(TypeError, match="out must be a writable float32 array"):
            made.lookup([1, 2], out=wrong)
    with pytest.raises(ValueError, match=r"out must have shape \(2, 6\). Received: \(3, 6\)"):
        made.lookup([1, 2], out=np.empty((3, WIDTH), "float32"))


@pytest.mark.parametrize("combiner", ["sum", "mean", "max"])
def test_bags(combiner):
    made = table()
    rows = made.get_weights()[0]
    ids, offsets = [4, 9, 4, 0, 1], [0, 3, 3, 5]
    found = made.lookup_pooled(ids, offsets, combiner=combiner)
    expected = [getattr(rows[ids[a:b]].astype("float64"), combiner)(0) if a < b else np.zeros(WIDTH)
                for a, b in zip(offsets, offsets[1:])]
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-9)  # a few sums of float32
    if combiner == "sum":
        weights = np.array([1, 2, 3, 4, 5], "float32")
        expected = [(rows[ids[a:b]] * weights[a:b, None]).sum(0) for a, b in zip(offsets, offsets[1:])]
        np.testing.assert_allclose(made.lookup_pooled(ids, offsets, weights), expected, rtol=1e-6, atol=1e-8)


def dense(made, steps, optimizer):
    """The table after these steps, each taken on a weight of its size with a gradient of its size."""
    weight = keratin.Variable(made.get_weights()[0], name="embeddings")
    optimizer.build([weight])
    for ids, gradient in steps:
        whole = np.zeros((ROWS, WIDTH), "float32")
        np.add.at(whole, ids, gradient)
        optimizer.apply([whole])
    return weight.numpy()


@pytest.mark.parametrize("make", [
    lambda: optimizers.SGD(0.1, momentum=0.9), lambda: optimizers.Adam(0.1), lambda: optimizers.AdamW(0.1),
    lambda: optimizers.RMSprop(0.1), lambda: optimizers.Adam(0.1, clipnorm=0.5), lambda: optimizers.Adam(0.1, clipvalue=0.5),
    lambda: optimizers.Adagrad(0.1, use_ema=True), lambda: optimizers.Adam(0.1, gradient_accumulation_steps=2)])
def test_steps_are_dense(make):
    made = table()
    steps = [(np.array([seed, 3, seed]), numbers(3, WIDTH, seed=seed)) for seed in range(8)]
    expected = dense(made, steps, make())
    optimizer = make()
    for ids, gradient in steps:
        made.step(ids, gradient, optimizer)
    # Steps that rows missed are made up in one, which rounds otherwise: 8 steps, half a unit each.
    np.testing.assert_allclose(made.get_weights()[0], expected, rtol=2e-6, atol=2e-6)


def test_pooled_step_is_that_of_its_parts():
    ids, offsets, weights = [1, 2, 1], [0, 2, 3], [2.0, 3.0, 4.0]
    gradient = numbers(2, WIDTH)
    first, second = table(), table()
    first.step_pooled(ids, offsets, gradient, optimizers.Adam(), weights=weights)
    second.step(ids, gradient[[0, 0, 1]] * np.array(weights, "float32")[:, None], optimizers.Adam())
    np.testing.assert_array_equal(first.get_weights(), second.get_weights())


def test_a_framework_clips_over_all_weights_and_has_the_schedule():
    made, alone = table(), table()
    ids, gradient = np.array([1, 2, 1]), numbers(3, WIDTH)
    unique, rows = made.gradient(ids, gradient)
    assert unique.tolist() == [1, 2]
    np.testing.assert_allclose(rows, [gradient[0] + gradient[2], gradient[1]], rtol=1e-6)
    squared = made.squared_norm(ids, gradient)
    assert squared == pytest.approx(float((rows.astype("float64") ** 2).sum()), rel=1e-12)
    optimizer = optimizers.SGD(0.5)
    made.step(unique, rows, optimizer, learning_rate=0.1, gradient_scale=0.25 / np.sqrt(squared))
    assert float(optimizer.learning_rate) == pytest.approx(0.1)
    alone.step(ids, gradient, optimizers.SGD(0.1, clipnorm=0.25))
    np.testing.assert_allclose(made.get_weights()[0], alone.get_weights()[0], rtol=1e-6)


def test_one_optimizer_for_several_tables_is_built_for_them():
    first, second = table(), table()
    optimizer = optimizers.Adam()
    first.step([1], np.ones((1, WIDTH)), optimizer)
    before = second.get_weights()[0]
    with pytest.raises(ValueError, match="unknown variable 'embedding/embeddings'"):
        second.step([1], np.ones((1, WIDTH)), optimizer, learning_rate=0.3)
    np.testing.assert_array_equal(second.get_weights()[0], before)
    assert (int(optimizer.iterations), float(optimizer.learning_rate)) == (1, np.float32(0.001))
    both = optimizers.Adam(global_clipnorm=0.5)
    variables = [table().variable, table().variable]
    both.build(variables)
    both.apply([keratin.IndexedSlices(np.ones((1, WIDTH), "float32"), np.array([1]), (ROWS, WIDTH))] * 2)
    np.testing.assert_array_equal(*(variable.numpy() for variable in variables))


def test_writes_and_reads():
    made = table()
    made.assign([[4], [5]], np.arange(2 * WIDTH).reshape(2, 1, WIDTH))
    np.testing.assert_array_equal(made.lookup([4, 5]).ravel(), np.arange(2 * WIDTH))
    made.set_weights([np.ones((ROWS, WIDTH))])
    np.testing.assert_array_equal(made.get_weights()[0], np.ones((ROWS, WIDTH)))
    assert made.rows_in_use == ROWS and table(rows_drawn="on_demand").rows_in_use == 0


def test_given_memory():
    memory = numbers(ROWS, WIDTH)
    start = memory.copy()
    made = table(memory=memory)
    made.step([2], np.ones((1, WIDTH)), optimizers.SGD(1.0))
    start[2] -= 1
    np.testing.assert_array_equal(memory, start)
    del memory
    np.testing.assert_array_equal(made.get_weights()[0], start)
    with pytest.raises(TypeError, match="memory must be a writable float32 array"):
        table(memory=start.astype("float64"))
    with pytest.raises(ValueError, match=r"memory must be float32 of shape \(40, 6\)"):
        table(memory=start[1:].copy())


def test_storage(tmp_path):
    made = table(storage=tmp_path / "rows")
    made.step([2], np.ones((1, WIDTH)), optimizers.Adam())
    made.flush()
    expected = made.get_weights()[0]
    del made
    np.testing.assert_array_equal(table(storage=tmp_path / "rows").get_weights()[0], expected)
    with pytest.raises(ValueError, match="no storage"):
        table().flush()


@pytest.mark.parametrize("options", [{}, {"rows_drawn": "on_demand"}, {"precision": "float16"}])
@pytest.mark.parametrize("copied", [copy.deepcopy, lambda made: pickle.loads(pickle.dumps(made))])
def test_copies(options, copied):
    made = table(**options)
    made.step([1, 2], numbers(2, WIDTH), optimizers.SGD(0.5))
    other = copied(made)
    np.testing.assert_array_equal(other.get_weights()[0], made.get_weights()[0])
    other.step([1], np.ones((1, WIDTH)), optimizers.SGD(0.5))
    assert (other.lookup([1]) != made.lookup([1])).all()


def test_what_is_wrong_changes_nothing():
    made = table()
    optimizer = optimizers.Adam()
    made.step([1], np.ones((1, WIDTH)), optimizer)
    before = made.get_weights()[0]
    ones = np.ones((2, WIDTH))
    for error, words, call in [
            (IndexError, r"table 'embedding': id 40 at position \(1, 0\) is outside", lambda: made.lookup([[1], [40]])),
            (IndexError, "id -1", lambda: made.step([1, -1], ones, optimizer)),
            (IndexError, "id 40", lambda: made.assign([1, 40], ones)),
            (ValueError, "not an integer", lambda: made.lookup([1.5])),
            (ValueError, r"gradient must have shape \(2, 6\). Received: \(1, 6\)", lambda: made.step([1, 2], ones[:1], optimizer)),
            (TypeError, "optimizer must be one of keratin.optimizers. Received: 'adam'", lambda: made.step([1, 2], ones, "adam")),
            (TypeError, "gradient must be given", lambda: made.step([1, 2], None, optimizer)),
            (ValueError, "offsets must begin with 0", lambda: made.lookup_pooled([1, 2], [0, 3])),
            (ValueError, "offsets must not decrease", lambda: made.lookup_pooled([1, 2], [0, 2, 1, 2])),
            (ValueError, "Received: none", lambda: made.lookup_pooled([1, 2], [])),
            (ValueError, "offsets must be integers", lambda: made.lookup_pooled([1, 2], [0.5, 2])),
            (ValueError, "one dimension", lambda: made.lookup_pooled([[1, 2]], [0, 2])),
            (ValueError, "one weight an id", lambda: made.lookup_pooled([1, 2], [0, 2], [1.0])),
            (ValueError, "weights go with a sum", lambda: made.lookup_pooled([1], [0, 1], [1.0], combiner="mean")),
            (ValueError, "combiner must be", lambda: made.step_pooled([1], [0, 1], ones[:1], optimizer, combiner="sqrtn")),
            (ValueError, "weights must be a list", lambda: made.set_weights(before)),
            (ValueError, "schedule", lambda: table().step([1], ones[:1], optimizers.Adam(
                optimizers.schedules.ExponentialDecay(0.1, 10, 0.9)), learning_rate=0.1))]:
        with pytest.raises(error, match=words):
            call()
    np.testing.assert_array_equal(made.get_weights()[0], before)
    assert int(optimizer.iterations) == 1


def test_nan_goes_where_the_formula_takes_it():
    made = table()
    gradient = np.ones((2, WIDTH), "float32")
    gradient[0, 0] = np.nan
    made.step([1, 2], gradient, optimizers.SGD(0.1))
    assert np.argwhere(np.isnan(made.get_weights()[0])).tolist() == [[1, 0]]


def test_threads_look_up_while_one_steps():
    made = table()
    optimizer = optimizers.SGD(0.0)
    expected = made.lookup([1, 2, 3])
    wrong = []

    def look():
        for _ in range(200):
            if not np.array_equal(made.lookup([1, 2, 3]), expected):
                wrong.append(1)

    threads = [threading.Thread(target=look) for _ in range(3)]
    for thread in threads:
        thread.start()
    for _ in range(200):
        made.step([1, 2], np.ones((2, WIDTH)), optimizer)
    for thread in threads:
        thread.join()
    assert not wrong


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_the_child_of_a_fork_goes_on():
    made = table()
    made.step([1], np.ones((1, WIDTH)), optimizers.Adam())
    before = made.lookup([1])
    child = os.fork()
    if child == 0:
        made.step([1], np.ones((1, WIDTH)), optimizers.Adam())
        os._exit(int(np.array_equal(made.lookup([1]), before)))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    np.testing.assert_array_equal(made.lookup([1]), before)
