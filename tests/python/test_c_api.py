# SPDX-License-Identifier: Apache-2.0
"""The interface for C (keratin/c/keratin.h) by ctypes: it gives what the Python package gives."""
import ctypes
import json
import pathlib

import numpy as np
import pytest

import keratin

LIBRARY = pathlib.Path(keratin._core.__file__).parents[2] / "libkeratin.so"
GOLDEN = pathlib.Path(__file__).parents[1] / "golden" / "saving"
pytestmark = pytest.mark.skipif(not LIBRARY.is_file(), reason="the package is not that of a build of the shared library")
INT64, FLOAT32 = 7, 9


class Options(ctypes.Structure):
    _fields_ = [("size", ctypes.c_size_t), ("rows", ctypes.c_int64), ("width", ctypes.c_int64), ("initializer", ctypes.c_char_p),
                ("has_seed", ctypes.c_int), ("seed", ctypes.c_int64), ("regularizer", ctypes.c_char_p),
                ("constraint", ctypes.c_char_p), ("precision", ctypes.c_int32), ("rows_drawn", ctypes.c_int32),
                ("nearest_rounding", ctypes.c_int), ("weights", ctypes.c_void_p), ("memory", ctypes.c_void_p),
                ("storage", ctypes.c_char_p), ("name", ctypes.c_char_p)]


class Ids(ctypes.Structure):
    _fields_ = [("data", ctypes.c_void_p), ("count", ctypes.c_size_t), ("dtype", ctypes.c_int32)]


class Bags(ctypes.Structure):
    _fields_ = [("ids", Ids), ("offsets", ctypes.c_void_p), ("offset_count", ctypes.c_size_t), ("weights", ctypes.c_void_p),
                ("weight_count", ctypes.c_size_t), ("pooling", ctypes.c_int32)]


class Tensor(ctypes.Structure):
    _fields_ = [("data", ctypes.c_void_p), ("dtype", ctypes.c_int32), ("shape", ctypes.POINTER(ctypes.c_int64)),
                ("rank", ctypes.c_size_t)]


@pytest.fixture(scope="module")
def c():
    library = ctypes.CDLL(str(LIBRARY))
    library.keratin_last_error.restype = library.keratin_version.restype = ctypes.c_char_p
    library.keratin_outputs_count.restype = library.keratin_model_input_count.restype = ctypes.c_size_t
    return library


def ok(c, status):
    assert status == 0, c.keratin_last_error().decode()


def ids_of(array):
    return Ids(array.ctypes.data, array.size, INT64)


def floats(array):
    return ctypes.c_void_p(array.ctypes.data), ctypes.c_size_t(array.size)


def test_table(c):
    ours = keratin.EmbeddingTable(30, 4, keratin.initializers.RandomUniform(seed=5))
    optimizer = keratin.optimizers.Adam(0.1, clipnorm=1.0)
    table, adam = ctypes.c_void_p(), ctypes.c_void_p()
    options = Options(size=ctypes.sizeof(Options), rows=30, width=4, has_seed=1, seed=5)
    ok(c, c.keratin_table_make(ctypes.byref(options), ctypes.byref(table)))
    config = json.dumps({"class_name": "Adam", "config": {"learning_rate": 0.1, "clipnorm": 1.0}}).encode()
    ok(c, c.keratin_optimizer_make(config, ctypes.byref(adam)))
    ids, offsets = np.array([3, 7, 3, 29]), np.array([0, 1, 4])
    bags = Bags(ids_of(ids), offsets.ctypes.data, 3, None, 0, 1)
    for step in range(5):
        gradient = np.random.default_rng(step).normal(size=(4, 4)).astype("float32")
        ok(c, c.keratin_table_step(table, adam, ids_of(ids), *floats(gradient), ctypes.c_float(0.5)))
        ours.step(ids, gradient, optimizer, gradient_scale=0.5)
        ok(c, c.keratin_table_step_pooled(table, adam, ctypes.byref(bags), *floats(gradient[:2]), ctypes.c_float(1)))
        ours.step_pooled(ids, offsets, gradient[:2], optimizer, combiner="mean")
    out = np.empty((4, 4), "float32")
    ok(c, c.keratin_table_lookup(table, ids_of(ids), *floats(out)))
    np.testing.assert_array_equal(out, ours.lookup(ids))
    ok(c, c.keratin_table_lookup_pooled(table, ctypes.byref(bags), *floats(out[:2])))
    np.testing.assert_array_equal(out[:2], ours.lookup_pooled(ids, offsets, combiner="mean"))
    whole = np.empty((30, 4), "float32")
    ok(c, c.keratin_table_get_weights(table, *floats(whole)))
    np.testing.assert_array_equal(whole, ours.get_weights()[0])
    ids[1] = 30
    assert c.keratin_table_lookup(table, ids_of(ids), *floats(out)) == 2
    assert "id 30 at position (1,)" in c.keratin_last_error().decode()
    c.keratin_table_free(table)
    c.keratin_optimizer_free(adam)
    assert c.keratin_version().decode() == keratin.__version__


@pytest.mark.parametrize("of_bytes", [False, True])
def test_model(c, of_bytes):
    path = GOLDEN / "row.keras"
    expected = keratin.saving.load_model(path)
    model, outputs, tensor = ctypes.c_void_p(), ctypes.c_void_p(), Tensor()
    if of_bytes:
        whole = path.read_bytes()
        ok(c, c.keratin_model_load_bytes(whole, ctypes.c_size_t(len(whole)), ctypes.byref(model)))
    else:
        ok(c, c.keratin_model_load(str(path).encode(), ctypes.byref(model)))
    name = ctypes.c_char_p()
    ok(c, c.keratin_model_input(model, ctypes.c_size_t(0), ctypes.byref(name), ctypes.byref(tensor)))
    assert (c.keratin_model_input_count(model), tensor.shape[0], tensor.shape[1], tensor.rank) == (1, -1, 5, 2)
    x = np.random.default_rng(0).integers(0, 20, (70, 5))
    given = Tensor(x.ctypes.data, INT64, (ctypes.c_int64 * 2)(*x.shape), 2)
    ok(c, c.keratin_model_predict(model, ctypes.byref(given), ctypes.c_size_t(1), ctypes.c_size_t(0), ctypes.byref(outputs)))
    assert c.keratin_outputs_count(outputs) == 1
    ok(c, c.keratin_outputs_get(outputs, ctypes.c_size_t(0), ctypes.byref(tensor)))
    assert (tensor.dtype, tensor.shape[:2]) == (FLOAT32, [70, 1])
    found = np.ctypeslib.as_array(ctypes.cast(tensor.data, ctypes.POINTER(ctypes.c_float)), (70, 1))
    np.testing.assert_array_equal(found, expected.predict(x, verbose=0))
    c.keratin_outputs_free(outputs)
    c.keratin_model_free(model)
