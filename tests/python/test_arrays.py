# SPDX-License-Identifier: Apache-2.0
"""Arrays go in and out without a copy where their layout allows it; whoever speaks the buffer protocol or DLPack
is an array too."""
import array
import ctypes
import gc
import sys
import weakref

import numpy as np
import pytest

import keratin
from keratin import Sequential, layers

TABLE = np.arange(60, dtype="float32").reshape(20, 3)


def address(a):
    return a.__array_interface__["data"][0]


def shared_by(a, data=None):
    """Whether fit reads the very memory of `a` (all zeros): it sees what is written there after it was given."""

    class Writes(keratin.callbacks.Callback):
        def on_train_begin(self, logs=None):
            a[0, 0] = 19

    model = Sequential([layers.Embedding(20, 1, embeddings_initializer="zeros")])
    model.compile("sgd", "mse")
    model.fit(a if data is None else data, np.ones((*a.shape, 1), "float32"), callbacks=[Writes()], verbose=0)
    a[0, 0] = 0
    return bool(model.get_weights()[0][19, 0] != 0)  # only then has row 19 moved


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64"])
def test_arrays_go_in_without_a_copy(dtype):
    a = np.zeros((4, 3), dtype)
    assert shared_by(a)
    assert shared_by(a[1:])
    # Where the layout does not allow it, they are copied once.
    assert not shared_by(np.zeros((4, 6), dtype)[:, ::2])
    assert not shared_by(np.asfortranarray(a))
    if a.itemsize > 1:
        assert not shared_by(a.astype(a.dtype.newbyteorder()))
        raw = np.zeros(a.nbytes + 1, "uint8")[1:].view(dtype).reshape(a.shape)
        assert not shared_by(raw)


@pytest.mark.parametrize("dtype", ["float16", "longdouble", "bool"])
def test_types_that_are_copied(dtype):
    assert not shared_by(np.zeros((4, 3), dtype))


def test_what_comes_out_is_the_tensors_own_memory():
    layer = layers.Embedding(20, 3, weights=TABLE)
    out = layer(np.array([[1, 2]]))
    base = out
    while isinstance(base.base, np.ndarray):
        base = base.base
    assert out.base is not None and not out.flags.owndata  # a capsule of C++ has it
    assert out.flags.writeable and out.flags.c_contiguous and out.flags.aligned
    out[:] = 0
    np.testing.assert_array_equal(layer(np.array([[1]])), TABLE[[[1]]])  # nobody else's

    kept = out[0, 1:]
    seen = out.ctypes.data
    del layer, out, base
    gc.collect()
    assert kept.ctypes.data == seen + 12 and (kept == 0).all()  # the memory lives as long as a view of it


def test_copies_that_are_promised():
    model = Sequential([layers.Embedding(20, 3, weights=TABLE)])
    model.build((None, 1))
    first, second = model.get_weights()[0], model.get_weights()[0]
    assert address(first) != address(second)
    first[:] = -1
    np.testing.assert_array_equal(model.get_weights()[0], TABLE)
    table = TABLE.copy()
    model.set_weights([table])
    table[:] = -1
    np.testing.assert_array_equal(model.get_weights()[0], TABLE)
    x = np.ones((2, 3), "float32")
    for layer in (layers.Flatten(), layers.Activation("linear"), layers.Dropout(0.5), layers.Reshape((3,))):
        assert address(layer(x)) != address(x)
        assert address(Sequential([layer]).predict(x)) != address(x)


def test_inputs_are_let_go():
    class Mine(np.ndarray):
        pass

    model = Sequential([layers.Embedding(20, 3)])
    x = np.zeros((4, 3), "int64").view(Mine)
    seen = weakref.ref(x)
    count = sys.getrefcount(x)
    for _ in range(3):
        model.predict(x), model(x), model.layers[0](x)
    assert sys.getrefcount(x) == count
    del x
    gc.collect()
    assert seen() is None


# -- who else is an array -------------------------------------------------------------------------

IDS = np.array([[1, 2, 3], [4, 5, 6]])
WANTED = TABLE[IDS]


class Capsule:
    """A CPU array that speaks DLPack and nothing else, as a torch tensor would without NumPy."""

    def __init__(self, a):
        self.a = a

    def __dlpack__(self, **kwargs):
        return self.a.__dlpack__()

    def __dlpack_device__(self):
        return 1, 0  # the CPU


class Interface:
    def __init__(self, a):
        self.kept = a
        self.__array_interface__ = a.__array_interface__


class Array:
    def __init__(self, a):
        self.a = a

    def __array__(self, dtype=None, copy=None):
        return self.a


C_ARRAY = ((ctypes.c_int32 * 3) * 2)(*[(1, 2, 3), (4, 5, 6)])
SPEAKERS = {
    "memoryview": memoryview(IDS),
    "memoryview of array.array": memoryview(array.array("q", IDS.ravel().tolist())).cast("B").cast("q", (2, 3)),
    "ctypes": C_ARRAY,
    "DLPack": Capsule(IDS), "DLPack int32": Capsule(IDS.astype("int32")), "__array__": Array(IDS),
    "__array_interface__": Interface(IDS), "list": IDS.tolist(), "Variable": keratin.Variable(IDS),
}


@pytest.mark.parametrize("name", SPEAKERS)
def test_speakers(name):
    x = SPEAKERS[name]
    layer = layers.Embedding(20, 3, weights=TABLE)
    np.testing.assert_array_equal(layer(x), WANTED)
    model = Sequential([layer])
    np.testing.assert_array_equal(model(x), WANTED)
    np.testing.assert_array_equal(model.predict_on_batch(x), WANTED)
    np.testing.assert_array_equal(model.predict(x), WANTED)


def test_one_dimension_of_array_array():
    layer = layers.Embedding(20, 3, weights=TABLE)
    for code in "bBhHiIlLqQ":
        np.testing.assert_array_equal(layer(array.array(code, [1, 2, 3])), TABLE[1:4])
    for code in "fd":
        np.testing.assert_array_equal(layer(array.array(code, [1, 2, 3])), TABLE[1:4])
    with pytest.raises(ValueError, match="must hold numbers"):  # NumPy takes bytes for text
        layer(b"\1\2")
    np.testing.assert_array_equal(layer(bytearray(b"\1\2")), TABLE[1:3])


def test_speakers_are_not_copied():
    a = np.zeros((4, 3), "int64")
    for data in (Capsule(a), memoryview(a), Array(a), Interface(a)):
        assert shared_by(a, data), data


@pytest.mark.parametrize("returned", [np.array(["2020-01-01"], dtype="M8[D]"), np.array([object()]), np.array([1, 2], ">i4")])
def test_a_subclass_with_an_astype_of_its_own(returned):
    """Only NumPy's own converts: what another one returns may be of any type."""
    class Odd(np.ndarray):
        def astype(self, *args, **kwargs):
            return returned

    np.testing.assert_array_equal(layers.Embedding(20, 3, weights=TABLE)(IDS.astype(">i4").view(Odd)), WANTED)


def test_what_comes_out_speaks_too():
    out = layers.Embedding(20, 3, weights=TABLE)(IDS)
    np.testing.assert_array_equal(np.from_dlpack(out), WANTED)
    assert address(np.from_dlpack(out)) == address(out)
    view = memoryview(out)
    assert view.shape == (2, 3, 3) and view.format == "f" and not view.readonly


def test_torch():
    torch = pytest.importorskip("torch")
    x = torch.tensor(IDS)
    layer = layers.Embedding(20, 3, weights=torch.tensor(TABLE))
    np.testing.assert_array_equal(layer(x), WANTED)
    assert torch.from_dlpack(layer(x)).shape == (2, 3, 3)
    model = Sequential([layer, layers.Flatten(), layers.Dense(1)])
    model.compile("adam", "mse")
    model.fit(x, torch.ones(2, 1), verbose=0)
