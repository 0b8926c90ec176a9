# SPDX-License-Identifier: Apache-2.0
"""A table whose rows belong to keys: judged by a table of fixed ids."""
import os
import pathlib
import pickle
import subprocess
import sys
import time

import numpy as np
import pytest

import keratin


def uniform():
    return keratin.initializers.RandomUniform(seed=7)


def table_of(**options):
    return keratin.DynamicEmbeddingTable(4, embeddings_initializer=uniform(), **options)


@pytest.mark.parametrize("precision", ("float32", "bfloat16"))
def test_a_row_trains_as_one_of_a_table_of_fixed_ids(precision):
    rng = np.random.default_rng(0)
    table = table_of(max_tokens=300, precision=precision, stochastic_rounding=False)
    fixed = keratin.EmbeddingTable(300, 4, embeddings_initializer=uniform(), precision=precision, stochastic_rounding=False)
    adam, other = keratin.optimizers.Adam(0.1), keratin.optimizers.Adam(0.1)
    ids = {}
    for step in range(20):
        keys = rng.integers(-10, 10 + 5 * step, (3, 4)) * 10**12
        rows = np.vectorize(lambda key: ids.setdefault(key, len(ids) + 1))(keys)
        np.testing.assert_array_equal(table.insert(keys), rows)
        gradient = rng.standard_normal((3, 4, 4)).astype("float32")
        table.step(keys, gradient, adam)
        fixed.step(rows, gradient, other)
        np.testing.assert_array_equal(table.lookup(keys), fixed.lookup(rows))
    every = np.array(list(ids))
    assert len(table) == len(every)
    np.testing.assert_array_equal(table.keys(), every)
    np.testing.assert_array_equal(table.lookup(every), fixed.lookup(np.arange(1, len(every) + 1)))


def test_keys_of_every_kind():
    for keys in (["b", "a", "b"], np.array(["b", "a", "b"]), np.array(["b", "a", "b"], object), np.array([b"b", b"a", b"b"])):
        table = table_of()
        assert table.insert(keys).tolist() == [1, 2, 1]
        assert list(table.keys()) == ["b", "a"]
        assert table.find(["c", "a"]).tolist() == [0, 2]
    for dtype in ("int8", "uint16", "int32", "int64"):
        assert table_of().insert(np.array([5, 3, 5], dtype)).tolist() == [1, 2, 1]
    with pytest.raises(ValueError, match="its keys are strings. Received: integers"):
        table.insert([1])
    with pytest.raises(ValueError, match="keys must be integers or strings"):
        table_of().insert([1.5])
    assert table_of().insert([]).shape == (0,)


def test_admission_and_what_is_forgotten():
    table = table_of(max_tokens=4, min_frequency=2, eviction="least_used")
    assert table.insert([1, 2, 3]).tolist() == [0, 0, 0] and len(table) == 0
    assert table.insert([1, 2, 3, 1]).tolist() == [1, 2, 3, 1]
    assert table.times([1, 2, 9]).tolist() == [3, 2, 0]
    first = table.lookup([2])
    sgd = keratin.optimizers.SGD(1.0, momentum=0.9)
    table.step([2], np.ones((1, 4)), sgd)
    assert table.insert([4, 4, 1]).tolist() == [0, 2, 1]  # where 2 was
    np.testing.assert_array_equal(table.lookup([4]), first)
    assert table.find([2]).tolist() == [0]
    table.step([4], np.zeros((1, 4)), sgd)  # no momentum is left of 2
    np.testing.assert_array_equal(table.lookup([4]), first)
    table.forget([4, 77])
    assert len(table) == 2 and table.find([4]).tolist() == [0]
    table.evict(1, "oldest")
    assert list(table.keys()) == [1]
    table.evict(5)
    assert len(table) == 0 and table


def test_a_start_from_another_vocabulary():
    table = table_of()
    words, rows = ["x", "y"], np.arange(8.0).reshape(2, 4)
    table.insert(words)
    table.assign(words + ["z"], np.concatenate([rows, rows[:1]]))
    np.testing.assert_array_equal(table.lookup(["y", "x"]), rows[::-1])
    np.testing.assert_array_equal(table.lookup(["z"]), table_of().lookup(["z"]))


@pytest.mark.parametrize("keys", ([5, -1, 5, 9], ["é", "b", "é", ""]))
def test_copies_go_on(keys):
    table = table_of(max_tokens=10, min_frequency=2, eviction="oldest")
    table.insert(keys)
    table.insert(keys[:2])
    table.assign(keys, np.arange(16.0).reshape(4, 4))
    copy = pickle.loads(pickle.dumps(table))
    np.testing.assert_array_equal(copy.lookup(keys), table.lookup(keys))
    for again in (keys, keys[::-1]):
        np.testing.assert_array_equal(copy.insert(again), table.insert(again))
        np.testing.assert_array_equal(copy.lookup(again), table.lookup(again))
    assert list(copy.keys()) == list(table.keys())


def test_what_is_wrong():
    for options in (dict(max_tokens=1), dict(num_oov_indices=0), dict(min_frequency=0), dict(eviction="newest"), dict(eviction=3)):
        with pytest.raises(ValueError):
            table_of(**options)
    with pytest.raises(ValueError):
        keratin.DynamicEmbeddingTable(0)
    table = table_of()
    table.insert([1])
    for shape in ((4,), (1, 3), (2, 4)):
        with pytest.raises(ValueError, match=r"must have shape \(1,4\)|must have shape \(1, 4\)"):
            table.step([1], np.ones(shape), keratin.optimizers.SGD())
    with pytest.raises(ValueError):
        table.evict(-1)
    with pytest.raises(ValueError):
        table.evict(1, None)
    with pytest.raises(AttributeError, match="is fixed"):
        table.max_tokens = 3


def test_warmstart_embedding_matrix(tmp_path):
    base, new = np.arange(6.0).reshape(3, 2), ["d", "b", "a", "b"]
    made = keratin.utils.warmstart_embedding_matrix(["a", "b", "c"], new, base, keratin.initializers.Constant(9))
    np.testing.assert_array_equal(made, [[9, 9], [2, 3], [0, 1], [2, 3]])
    (tmp_path / "words").write_text("a\nb\nc\n")
    drawn = keratin.utils.warmstart_embedding_matrix(tmp_path / "words", new, base, uniform())
    np.testing.assert_array_equal(drawn[0], uniform()((4, 2))[0])
    np.testing.assert_array_equal(drawn[1:], made[1:])
    np.testing.assert_array_equal(keratin.utils.warmstart_embedding_matrix(np.array([3, 4]), (4,), base[:2], "zeros"), base[1:2])
    for wrong in ((["a"], [], base[:1]), ("no-such-file", new, base), (["a"], new, base), ([1], new, base[:1]), ([["a"]], new, base[:1])):
        with pytest.raises(ValueError, match="warmstart_embedding_matrix"):
            keratin.utils.warmstart_embedding_matrix(*wrong)


def test_memory_that_ends_while_it_grows_leaves_it_as_it_was():
    program = """
import resource
import numpy as np
import keratin
table = keratin.DynamicEmbeddingTable(64)
keys, adam = np.arange(100_000), keratin.optimizers.Adam()
table.insert(keys)
table.step(keys[:1000], np.ones((1000, 64), "float32"), adam)
rows, size = table.lookup(keys), len(table)
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + MORE, resource.RLIM_INFINITY))
try:
    table.insert(np.arange(100_000, 500_000))
except MemoryError:
    resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY,) * 2)
    assert len(table) == size
else:
    print("there was enough")
np.testing.assert_array_equal(table.lookup(keys), rows)
table.insert(np.arange(100_000, 100_100))
"""
    environment = {**os.environ, "PYTHONPATH": os.path.abspath(pathlib.Path(keratin.__file__).parents[1])}
    enough = 0
    for more in (100, 150, 200, 300):
        child = subprocess.run([sys.executable, "-c", program.replace("MORE", f"{more} * 2**20")], capture_output=True, text=True,
                               env=environment)
        assert child.returncode == 0, (more, child.stderr)
        enough += "enough" in child.stdout
    assert enough < 4


def test_more_keys_than_rows_in_one_call():
    table = table_of(max_tokens=60_001, eviction="oldest")
    began = time.process_time()
    rows = table.insert(np.arange(150_000))
    assert time.process_time() - began < 3  # a look at all rows for each key: above 10
    np.testing.assert_array_equal(rows[:60_000], np.arange(1, 60_001))
    assert (rows[60_000:] == 0).all()
    full = table_of(max_tokens=3)
    full.insert(np.arange(100))
    assert full.times(np.arange(100)).tolist() == [1, 1] + [0] * 98  # what never gets a row is not kept


@pytest.mark.parametrize("keys", (np.array([2**64 - 1], "uint64"), np.array([b"\xff\xfe"])))
def test_keys_that_are_none(keys):
    with pytest.raises(ValueError, match=r"\[DynamicEmbeddingTable\] keys must be"):
        table_of().insert(keys)
