# SPDX-License-Identifier: Apache-2.0
"""Arrays that are wrong: the exception a Keras user expects, and the model as it was."""
import array
import copy
import threading
import time

import numpy as np
import pytest
from small_model import X, Y, trained_model
from state import assert_same, state

import keratin
from keratin import Sequential, layers


@pytest.fixture
def model():
    return trained_model()


# How data get in: each takes x, y and sample_weight.
CALLS = {
    "fit": lambda m, x, y, w=None: m.fit(x, y, sample_weight=w, verbose=0),
    "fit, validation": lambda m, x, y, w=None: m.fit(X, Y, validation_data=(x, y, w), shuffle=False, verbose=0),
    "fit, batches": lambda m, x, y, w=None: m.fit(iter([(x, y, w)]), verbose=0),
    "evaluate": lambda m, x, y, w=None: m.evaluate(x, y, sample_weight=w, verbose=0),
    "evaluate, batches": lambda m, x, y, w=None: m.evaluate(iter([(x, y, w)]), verbose=0),
    "train_on_batch": lambda m, x, y, w=None: m.train_on_batch(x, y, w),
    "test_on_batch": lambda m, x, y, w=None: m.test_on_batch(x, y, w),
}
ONLY_X = {
    "predict": lambda m, x, y=None, w=None: m.predict(x),
    "predict, small batches": lambda m, x, y=None, w=None: m.predict(x, batch_size=1),
    "predict, batches": lambda m, x, y=None, w=None: m.predict(iter([(x,)])),
    "predict_on_batch": lambda m, x, y=None, w=None: m.predict_on_batch(x),
    "call": lambda m, x, y=None, w=None: m(x),
    "layer": lambda m, x, y=None, w=None: m.layers[0](x),
}
every_call = pytest.mark.parametrize("call", [pytest.param(f, id=name) for name, f in {**CALLS, **ONLY_X}.items()])
every_call_with_y = pytest.mark.parametrize("call", [pytest.param(f, id=name) for name, f in CALLS.items()])

OBJECTS = np.empty((12, 3), object)
OBJECTS[:] = 1
NOT_NUMBERS = {
    "objects": OBJECTS,
    "strings": np.full((12, 3), "7"),
    "bytes": np.full((12, 3), b"7"),
    "dates": np.full((12, 3), "2020-01-01", "datetime64[D]"),
    "durations": np.ones((12, 3), "timedelta64[s]"),
    "complex": np.ones((12, 3), "complex64"),
    "records": np.ones((12, 3), [("a", "int32"), ("b", "float32")]),
    "void": np.ones((12, 3), "V4"),
    "list of strings": [["1", "2", "3"]] * 12,
    "list of None": [[None, None, None]] * 12,
    "ragged list": [[1, 2, 3], [1, 2]],
}


@every_call
@pytest.mark.parametrize("x", [pytest.param(x, id=name) for name, x in NOT_NUMBERS.items()])
def test_x_of_no_numbers(model, call, x):
    before = state(model)
    with pytest.raises(ValueError, match="must hold numbers or bools|inhomogeneous"):
        call(model, x, Y[:len(x)])
    assert_same(model, before)


@every_call_with_y
@pytest.mark.parametrize("bad", [pytest.param(x, id=name) for name, x in NOT_NUMBERS.items() if len(x) == 12])
def test_y_and_weights_of_no_numbers(model, call, bad):
    before = state(model)
    with pytest.raises(ValueError, match=r"\[(y|validation_data)\] an array must hold numbers or bools"):
        call(model, X, bad)
    with pytest.raises(ValueError, match=r"\[(sample_weight|validation_data)\] an array must hold numbers or bools"):
        call(model, X, Y, bad)
    assert_same(model, before)


@every_call
@pytest.mark.parametrize("x", [object(), print, type, "text", {1, 2}, 1 + 2j],
                         ids=["object", "function", "class", "str", "set", "complex"])
def test_x_that_is_no_array(model, call, x):
    before = state(model)
    with pytest.raises((TypeError, ValueError)):
        call(model, x, Y)
    assert_same(model, before)


@every_call
def test_x_that_is_missing(model, call):
    before = state(model)
    with pytest.raises((ValueError, TypeError), match="missing|null|None"):
        call(model, None, Y)
    assert_same(model, before)


@every_call
@pytest.mark.parametrize("bad, error, text", [
    (50, IndexError, r"layer 'words': id 50 at position \(5, 2\) is outside \[0, 50\)"),
    (-1, IndexError, r"layer 'words': id -1 at position \(5, 2\) is outside \[0, 50\)"),
    (2**62, IndexError, rf"id {2**62} at position"),
    (1.5, ValueError, r"the id at position \(5, 2\) is not an integer. Received: 1.5"),
    (np.nan, ValueError, r"the id at position \(5, 2\) is not an integer. Received: nan"),
    (np.inf, IndexError, r"id inf at position"),
])
def test_ids_that_no_row_has(model, call, bad, error, text):
    x = X.astype(type(bad))
    x[5, 2] = bad
    before = state(model)
    if "small batches" in str(call):  # its positions are the batch's
        text = text.replace(r"(5, 2\)", "")
    with pytest.raises(error, match=text):
        call(model, x, Y)
    assert_same(model, before)


@pytest.mark.parametrize("dtype", ["bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
                                   "float16", "float32", "float64", "longdouble"])
@pytest.mark.parametrize("order", ["<", ">"])
def test_integral_ids_of_every_type_are_the_same_rows(model, dtype, order):
    x = (X % 2).astype(np.dtype(dtype).newbyteorder(order))
    np.testing.assert_array_equal(model.predict(x), model.predict(X % 2))


def test_float_ids_are_never_rounded():
    # Keras: the default Input is float32, and 2^24 + 1 fetches row 2^24.
    for x in (np.array([[0.999999]], "float32"), np.array([[1e-30]]), np.array([[-0.5]], "float16"), [[0.1]]):
        with pytest.raises(ValueError, match="not an integer"):
            layers.Embedding(50, 4)(x)
    table = layers.Embedding(2**24 + 2, 1, rows_drawn="on_demand")
    np.testing.assert_array_equal(table(np.array([2.0**24 + 1])), table(np.array([2**24 + 1])))


# -- layout ---------------------------------------------------------------------------------------

def _misaligned(a):
    raw = np.zeros(a.nbytes + 1, "uint8")
    view = raw[1:].view(a.dtype).reshape(a.shape)
    view[...] = a
    assert not view.flags.aligned
    return view


def _read_only(a):
    a = a.copy()
    a.flags.writeable = False
    return a


LAYOUTS = {
    "Fortran order": np.asfortranarray,
    "reversed": lambda a: a[::-1].copy()[::-1],
    "every second": lambda a: np.repeat(a, 2, axis=0)[::2],
    "columns of a wider one": lambda a: np.concatenate([a, a], axis=1)[:, :a.shape[1]],
    "transposed": lambda a: a.T.copy().T,
    "misaligned": _misaligned,
    "other byte order": lambda a: a.astype(a.dtype.newbyteorder()),
    "read-only": _read_only,
    "list": lambda a: a.tolist(),
    "tuple": lambda a: tuple(map(tuple, a.tolist())),
    "memoryview": memoryview,
    "matrix": lambda a: np.asarray(a).view(np.matrix),
    "subclass": lambda a: a.view(type("Mine", (np.ndarray,), {})),
    "memory of bytes": lambda a: np.frombuffer(a.tobytes(), a.dtype).reshape(a.shape),
}


@pytest.mark.parametrize("layout", [pytest.param(f, id=name) for name, f in LAYOUTS.items()])
def test_every_layout_gives_the_same_bits(layout):
    results = []
    for x, y in ((X, Y), (layout(X), layout(Y))):
        keratin.utils.set_random_seed(5)
        model = Sequential([layers.Embedding(50, 4, input_length=3), layers.Flatten(), layers.Dense(1)])
        model.compile("adam", "mse")
        model.fit(x, y, epochs=2, batch_size=5, verbose=0)
        results.append((state(model), model.predict(x).tobytes(), model.layers[0](x).tobytes()))
    assert results[0] == results[1]


def test_read_only_arrays_stay_as_they_are(model):
    x, y, w = _read_only(X), _read_only(Y), _read_only(np.ones(12, "float32"))
    kept = x.tobytes(), y.tobytes(), w.tobytes()
    model.fit(x, y, sample_weight=w, epochs=2, verbose=0)
    model.set_weights([_read_only(weight) for weight in model.get_weights()])
    assert kept == (x.tobytes(), y.tobytes(), w.tobytes())


# -- shapes ---------------------------------------------------------------------------------------

EMPTY = {"no samples": np.zeros((0, 3), "int32"), "no dimension": np.array(3), "empty list": []}


@pytest.mark.parametrize("call", [pytest.param(f, id=n) for n, f in {**CALLS, **ONLY_X}.items()
                                  if n not in ("layer", "call", "predict_on_batch")])
@pytest.mark.parametrize("x", [pytest.param(x, id=name) for name, x in EMPTY.items()])
def test_empty(model, call, x):
    before = state(model)
    with pytest.raises(ValueError, match="empty|samples along its first axis"):
        call(model, x, Y[:0])
    assert_same(model, before)


def test_a_layer_of_nothing_gives_nothing(model):
    assert model.layers[0](np.zeros((0, 3), "int64")).shape == (0, 3, 4)
    assert model(np.zeros((0, 3), "int64")).shape == (0, 1)
    assert layers.Embedding(5, 2)(np.zeros((2, 0), "int64")).shape == (2, 0, 2)


@every_call
@pytest.mark.parametrize("shape", [(12,), (12, 4), (12, 3, 1), (12,) + (1,) * 60], ids=str)
def test_x_of_another_shape(model, call, shape):
    before = state(model)
    if call is ONLY_X["layer"] and len(shape) > 2:
        pytest.skip("an Embedding takes ids of any rank")
    with pytest.raises(ValueError, match="shape"):
        call(model, np.zeros(shape, "int32"), Y)
    assert_same(model, before)


@every_call_with_y
@pytest.mark.parametrize("y, w", [(Y[:11], None), (np.zeros((12, 2), "float32"), None), (np.zeros((12,) + (1,) * 60), None),
                                  (Y, np.ones(11)), (Y, np.ones((12, 5))), (Y, np.ones((12,) + (2,) * 5)), (Y[:0], None),
                                  (Y, np.ones(()))],
                         ids=["short y", "wide y", "deep y", "short w", "wide w", "deep w", "no y", "one w"])
def test_y_and_weights_of_another_shape(model, call, y, w):
    before = state(model)
    trained = copy.deepcopy(model)
    trained.fit(X, Y, shuffle=False, verbose=0)
    with pytest.raises(ValueError, match="shape|samples"):
        call(model, X, y, w)
    # What only the loss can see in validation data comes up after the epoch.
    assert state(model) == before or (call is CALLS["fit, validation"] and state(model) == state(trained))


def test_rank_64_is_fine_where_any_rank_is():
    x = np.zeros((2,) + (1,) * 62, "int32")
    assert layers.Embedding(3, 2)(x).shape == (*x.shape, 2)
    y = np.ones((1,) * 64, "float32")
    assert layers.Flatten()(y).shape == (1, 1)
    assert layers.Activation("relu")(y).shape == y.shape
    deep = np.zeros((1,) * 64, "int32")
    with pytest.raises(ValueError, match="64|dimension"):  # NumPy's limit, one axis more
        layers.Embedding(3, 2)(deep)


def test_sizes_that_no_memory_holds(model):
    # Views of one number: what they would be as a copy is never there.
    before = state(model)
    huge = np.broadcast_to(np.float32(1), (2**45, 3))
    for call in (CALLS["fit"], CALLS["evaluate"], ONLY_X["predict"], ONLY_X["call"]):
        with pytest.raises(MemoryError):
            call(model, huge, Y)
    with pytest.raises(MemoryError):
        model.set_weights([huge] * 3)
    assert_same(model, before)
    with pytest.raises(MemoryError, match=r"\[Tensor\] out of memory: shape \(3, 10000000000000\) of float32 needs "
                                          r"120000000000000 bytes"):
        layers.Dense(10**13).build((None, 3))
    with pytest.raises(MemoryError, match="out of memory"):
        keratin.random.uniform((2**60,))
    with pytest.raises(MemoryError, match="does not fit the memory"):
        layers.Embedding(10**12, 64).get_weights() or _built(layers.Embedding(10**12, 64)).get_weights()
    for make in (lambda: layers.Embedding(2**62, 2**62), lambda: layers.Dense(2**62).build((None, 3)),
                 lambda: keratin.random.uniform((2**32, 2**32, 2**10))):
        with pytest.raises(ValueError, match=r"2\^63"):
            make()


def _built(layer):
    layer.build((None, 1))
    return layer


# -- arrays that others write to ------------------------------------------------------------------


def test_arrays_that_another_thread_changes():
    """Ids that are right and wrong by turns: an error or none, but never a row outside the table."""
    x = np.random.default_rng(2).integers(0, 50, (4096, 3))
    y = np.random.default_rng(3).random((4096, 1)).astype("float32")
    model = Sequential([layers.Embedding(50, 4, input_length=3), layers.Flatten(), layers.Dense(1)])
    model.compile("adam", "mse")
    stop = threading.Event()

    def scribble():
        while not stop.is_set():
            x[:] = 10**15
            time.sleep(0.0003)
            y[:] = 0.5
            x[:] = 7
            time.sleep(0.0003)

    thread = threading.Thread(target=scribble)
    thread.start()
    ended, both, rounds, until = set(), {"well", "refused"}, 0, time.monotonic() + 60
    try:
        # A busy machine may keep the other thread from its turn for long.
        while rounds < 60 or (ended != both and time.monotonic() < until):
            rounds += 1
            for call in (CALLS["fit"], CALLS["train_on_batch"], CALLS["evaluate"], ONLY_X["predict"], ONLY_X["layer"]):
                try:
                    call(model, x, y)
                    ended.add("well")
                except IndexError as error:
                    assert "outside [0, 50)" in str(error)
                    ended.add("refused")
    finally:
        stop.set()
        thread.join()
    assert ended == both
    assert all(np.isfinite(weight).all() for weight in model.get_weights())
    assert np.isfinite(model.predict(X)).all()


def test_memory_in_use_cannot_be_given_back():
    """What grows or shrinks in place may not while fit reads it."""
    x, y = array.array("i", [1] * 64), bytearray(Y[:8].tobytes() * 8)
    seen = []

    class Resizes(keratin.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            for change in (lambda: x.append(1), lambda: y.extend(b"1234")):
                with pytest.raises(BufferError):
                    change()
            seen.append(batch)

    model = Sequential([layers.Embedding(50, 1, input_length=1), layers.Flatten()])
    model.compile("sgd", "mse")
    model.fit(memoryview(x).cast("B").cast("i", (64, 1)), memoryview(y).cast("f", (64, 1)), callbacks=[Resizes()], verbose=0)
    assert seen == [0, 1]
    x.append(1), y.extend(b"1234")  # fit has let go


def test_arrays_that_a_callback_drops_or_changes(model):
    x, y = X.copy(), Y.copy()
    held = {"x": x, "y": y}

    class Drops(keratin.callbacks.Callback):
        def on_train_begin(self, logs=None):
            held.clear()

        def on_train_batch_end(self, batch, logs=None):
            x[:] = -1

    before = state(model)
    with pytest.raises(IndexError, match="id -1"):
        model.fit(x, y, batch_size=6, shuffle=False, callbacks=[Drops()], verbose=0)
    # One batch was trained on before the ids were spoilt.
    assert state(model) != before and model.optimizer.iterations == 4


# -- what speaks for an array ---------------------------------------------------------------------


class Speaks:
    def __init__(self, what, value):
        setattr(type(self), what, lambda *args, **kwargs: value() if callable(value) else value)


def _speaker(what, value):
    return type("Speaks", (Speaks,), {})(what, value)


def _raises():
    raise ZeroDivisionError("mine")


@pytest.mark.parametrize("x, error", [
    (_speaker("__array__", _raises), ZeroDivisionError),
    (_speaker("__array__", 3), ValueError),
    (_speaker("__dlpack__", _raises), (ZeroDivisionError, AttributeError)),
    (_speaker("__array__", lambda: np.full((12, 3), "a")), ValueError),
], ids=["raises", "no array", "dlpack raises", "strings"])
def test_objects_that_speak_for_an_array_badly(model, x, error):
    before = state(model)
    for call in (CALLS["fit"], ONLY_X["predict"], ONLY_X["layer"]):
        with pytest.raises(error):
            call(model, x, Y)
    assert_same(model, before)
