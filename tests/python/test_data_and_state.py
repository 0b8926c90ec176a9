# SPDX-License-Identifier: Apache-2.0
"""What fit, evaluate and predict make of no data, of texts that are all padding, and of what they refuse."""
import numpy as np
import pytest
from state import assert_same, state

import keratin
from keratin import Sequential, layers

X = np.random.default_rng(0).integers(1, 50, size=(12, 3))
Y = np.random.default_rng(1).random((12, 1)).astype("float32")


def model(dropout=0.0):
    keratin.utils.set_random_seed(3)
    model = Sequential([layers.Embedding(50, 4, input_length=3), layers.Flatten(), layers.Dropout(dropout, seed=7),
                        layers.Dense(1)])
    model.compile("adam", "mse", metrics=["mae"])
    return model


# -- no data ---------------------------------------------------------------------------------------

class Sequence:
    """As Keras's PyDataset, or a list of batches."""

    def __init__(self, length=0):
        self.length = length

    def __len__(self):
        return self.length

    def __getitem__(self, index):
        return X, Y


class Loader:
    """As torch's DataLoader: starts anew at each pass, and may know its length."""

    def __init__(self, passes=()):
        self.passes = list(passes)

    def __iter__(self):
        return iter([(X, Y)] * (self.passes.pop(0) if self.passes else 0))


NOTHING = {"a generator": lambda: iter([]), "a sequence": Sequence, "a loader": Loader}


@pytest.mark.parametrize("nothing", [pytest.param(make, id=name) for name, make in NOTHING.items()])
def test_no_batches_are_an_error(nothing):
    trained = model()
    trained.fit(X, Y, verbose=0)
    calls = []
    watch = keratin.callbacks.LambdaCallback(on_train_begin=lambda logs: calls.append(logs),
                                             on_epoch_begin=lambda epoch, logs: calls.append(logs))
    before = state(trained)
    for call in (lambda: trained.fit(nothing(), verbose=0, callbacks=[watch]),
                 lambda: trained.evaluate(nothing(), verbose=0),
                 lambda: trained.predict(nothing()),
                 lambda: trained.fit(X, Y, validation_data=nothing(), verbose=0, callbacks=[watch]),
                 lambda: trained.fit(Sequence(2), validation_data=nothing(), verbose=0, callbacks=[watch])):
        with pytest.raises(ValueError, match="the data gave no batch"):
            call()
        assert_same(trained, before)
        assert calls == []


@pytest.mark.parametrize("call", [
    lambda m, x, y: m.fit(x, y, verbose=0), lambda m, x, y: m.evaluate(x, y, verbose=0), lambda m, x, y: m.predict(x),
    lambda m, x, y: m.train_on_batch(x, y), lambda m, x, y: m.test_on_batch(x, y),
    lambda m, x, y: m.predict_on_batch(x), lambda m, x, y: m.fit(X, Y, validation_data=(x, y), verbose=0),
    lambda m, x, y: m.fit(iter([(x, y)]), verbose=0)],
    ids=["fit", "evaluate", "predict", "train_on_batch", "test_on_batch", "predict_on_batch", "validation", "batch"])
def test_empty_arrays_are_an_error(call):
    trained = model()
    trained.fit(X, Y, verbose=0)
    before = state(trained)
    with pytest.raises(ValueError, match="the data are empty"):
        call(trained, X[:0], Y[:0])
    assert_same(trained, before)


@pytest.mark.parametrize("steps", [None, 3])
def test_a_generator_that_is_used_up_ends_the_run(steps):
    with pytest.warns(UserWarning, match="The data are used up"):
        history = model().fit(iter([(X, Y)] * 3), epochs=3, steps_per_epoch=steps, verbose=0)
    assert history.epoch == [0] and len(history.history["loss"]) == 1 and history.history["loss"][0] > 0


def test_a_loader_that_has_nothing_later_ends_the_run():
    with pytest.warns(UserWarning, match="The data are used up"):
        history = model().fit(Loader([2, 2, 0]), epochs=5, verbose=0)
    assert history.epoch == [0, 1]


def test_validation_that_is_used_up_gives_no_numbers():
    with pytest.warns(UserWarning, match="The data are used up"):
        history = model().fit(X, Y, epochs=3, validation_data=iter([(X, Y)] * 2), verbose=0)
    assert len(history.history["loss"]) == 3 and len(history.history["val_loss"]) == 1


def test_the_first_batch_is_not_lost():
    """It is looked for before the run begins."""
    seen = []

    def batches(count):
        for i in range(count):
            seen.append(i)
            yield X, Y

    one, other = model(), model()
    one.fit(batches(3), verbose=0, validation_data=batches(2))
    other.fit(Sequence(1), verbose=0)  # as a check that a pass is as long as it says
    assert seen == [0, 0, 1, 2, 1] and int(other.optimizer.iterations) == 1
    assert int(one.optimizer.iterations) == 3
    assert len(one.predict(iter([(X,), (X[:5],)]))) == 17


# -- nothing but padding ------------------------------------------------------------------------------

def pooled(policy="strict", between=()):
    keratin.utils.set_random_seed(5)
    return Sequential([layers.Embedding(9, 4, mask_zero=True), *between, layers.GlobalAveragePooling1D(),
                       layers.Dense(1, activation="sigmoid")], mask_policy=policy)


TEXTS = np.array([[1, 2, 0], [0, 0, 0], [3, 4, 5], [6, 0, 0]])
LABELS = np.array([1, 0, 1, 0])


@pytest.mark.parametrize("between", [(), (layers.Activation("linear"),)], ids=["in one", "apart"])
@pytest.mark.parametrize("optimizer", ["sgd", "adam", "ftrl"])
def test_a_text_of_padding_alone_trains(between, optimizer):
    model = pooled(between=[layer._clone() for layer in between])
    model.compile(optimizer, "binary_crossentropy", metrics=["accuracy"])
    before = model.predict(TEXTS)
    history = model.fit(TEXTS, LABELS, epochs=3, batch_size=2, verbose=0, validation_data=(TEXTS, LABELS))
    assert np.isfinite([*history.history.values()]).all()
    assert all(np.isfinite(weight).all() for weight in model.get_weights())
    np.testing.assert_allclose(before[1], 0.5)  # sigmoid(0 @ kernel + 0)


def test_a_mean_of_no_steps_has_no_gradient():
    model = pooled()
    model.compile("sgd", "mse")
    model.build((None, 3))
    table = model.get_weights()[0]
    model.train_on_batch(TEXTS[1:2], LABELS[1:2])
    np.testing.assert_array_equal(model.get_weights()[0], table)
    assert not np.array_equal(model.get_weights()[2], [0])  # the bias moves


@pytest.mark.parametrize("policy", ["keras3", "keras2"])
@pytest.mark.parametrize("between", [(), (layers.Activation("linear"),)], ids=["in one", "apart"])
def test_the_other_policies_are_as_keras(policy, between):
    y = pooled(policy, [layer._clone() for layer in between]).predict(TEXTS)
    assert np.isnan(y[1]) and np.isfinite(y[[0, 2, 3]]).all()


def test_layers_called_by_hand():
    mask, x = np.array([[False, False], [True, False]]), np.full((2, 2, 3), 2, "float32")
    np.testing.assert_array_equal(layers.GlobalAveragePooling1D()(x, mask=mask), [[0] * 3, [2] * 3])
    np.testing.assert_array_equal(layers.GlobalSumPooling1D()(x, mask=mask), [[0] * 3, [2] * 3])


def test_losses_and_metrics_over_nothing_are_zero():
    ones = np.ones((2, 3), "float32")
    for weight in (dict(sample_weight=np.zeros(2)), dict(mask=np.zeros(2, bool))):
        assert keratin.losses.MeanSquaredError()(ones, 2 * ones, **weight) == 0
    assert keratin.losses.MeanSquaredError(reduction="mean_with_sample_weight")(ones, 2 * ones, np.zeros(2)) == 0
    for name in ("MeanSquaredError", "Mean", "BinaryAccuracy", "Precision", "CosineSimilarity"):
        metric = getattr(keratin.metrics, name)()
        metric.update_state(ones, **({} if name == "Mean" else {"y_pred": ones}), sample_weight=np.zeros(2))
        assert metric.result() == 0


# -- ids -------------------------------------------------------------------------------------------------

WIDE = layers.Embedding(2**24 + 2, 1, rows_drawn="on_demand")


@pytest.mark.parametrize("dtype", ["longdouble", "float64", "uint32", "uint64", "int64"])
def test_ids_above_2_to_the_24_are_exact(dtype):
    np.testing.assert_array_equal(WIDE(np.array([2**24 + 1], dtype)), WIDE([2**24 + 1]))
    assert WIDE(np.array([2**24 + 1], dtype)) != WIDE([2**24])


def test_ids_above_2_to_the_53_are_exact():
    far = layers.Embedding(2**60, 1, rows_drawn="on_demand")
    for dtype in ("longdouble", "uint64", "int64"):
        np.testing.assert_array_equal(far(np.array([2**53 + 1], "int64").astype(dtype)), far([2**53 + 1]))


@pytest.mark.parametrize("value", [np.longdouble(1) + np.longdouble(1e-12), np.nextafter(np.longdouble(1), 2),
                                   np.nextafter(np.longdouble(1), 0), np.longdouble(2) ** 30 + np.longdouble(2) ** -30,
                                   np.longdouble("1e-4000"), np.longdouble("nan"), np.longdouble("1e4000")])
def test_long_doubles_that_are_no_ids(value):
    with pytest.raises((ValueError, IndexError), match="is not an integer|is outside"):
        WIDE(np.array([value]))


def test_long_doubles_are_rounded_once():
    third = np.array([[np.longdouble(1) / 3, np.longdouble(0.25)]])
    dense = layers.Dense(2, kernel_initializer="identity")
    np.testing.assert_array_equal(dense(third), third.astype("float32"))
    np.testing.assert_array_equal(dense(np.asfortranarray(third)[:, ::-1]), third[:, ::-1].astype("float32"))
    assert keratin.layers.Activation("linear")(np.longdouble(2.5)) == 2.5


@pytest.mark.parametrize("dtype", ["bfloat16", "float16", "float8_e4m3fn", "int4"])
def test_small_types(dtype):
    ml_dtypes = pytest.importorskip("ml_dtypes")
    table = layers.Embedding(50, 4)
    try:
        ids = np.array([3, 1]).astype(np.dtype(getattr(ml_dtypes, dtype, dtype)))
        got = table(ids)
    except ValueError as error:
        assert dtype.startswith(("float8", "int4")) and "must hold numbers" in str(error)
        return
    np.testing.assert_array_equal(got, table([3, 1]))
    if dtype.endswith("float16"):
        with pytest.raises(ValueError, match="not an integer"):
            table((ids / 2).astype(ids.dtype))


# -- what is refused leaves all as it was ------------------------------------------------------------------

BAD_X = np.array([[1, 2, 50]])


@pytest.mark.parametrize("refused", [
    lambda m: m(BAD_X, training=True), lambda m: m(np.ones((1, 9)), training=True), lambda m: m(BAD_X),
    lambda m: m.train_on_batch(BAD_X, Y[:1]), lambda m: m.train_on_batch(X, np.ones((12, 7))),
    lambda m: m.test_on_batch(BAD_X, Y[:1]), lambda m: m.fit(BAD_X, Y[:1], verbose=0), lambda m: m.fit(X, Y[:3], verbose=0),
    lambda m: m.fit(iter([(BAD_X, Y[:1])]), verbose=0), lambda m: m.fit(X, Y, batch_size=0, verbose=0),
    lambda m: m.fit(X, Y, validation_data=(BAD_X, Y[:1]), verbose=0),
    lambda m: m.fit(X, Y, validation_data=iter([(BAD_X[:0], Y[:0])]), verbose=0),
    lambda m: m.evaluate(BAD_X, Y[:1], verbose=0), lambda m: m.predict(BAD_X),
    lambda m: m.layers[0](BAD_X, training=True), lambda m: m.layers[2](object(), training=True)],
    ids=["call", "call, shape", "call, no training", "train_on_batch", "train_on_batch, y", "test_on_batch", "fit",
         "fit, y", "fit, batches", "fit, batch_size", "fit, validation", "fit, validation batches", "evaluate", "predict",
         "layer", "dropout"])
def test_what_is_refused_moves_no_chance(refused):
    drawn = []
    for bad in (None, refused):
        trained = model(dropout=0.5)
        trained.fit(X, Y, verbose=0)
        before = state(trained)
        if bad is not None:
            with pytest.raises((ValueError, IndexError, TypeError)):
                bad(trained)
            assert_same(trained, before)
        drawn.append([trained(X, training=True), trained.layers[2](np.ones((4, 4)), training=True),
                      keratin.random.normal((3,)), keratin.layers.Dropout(0.5)(np.ones(9), training=True)])
        trained.fit(X, Y, verbose=0, batch_size=4)
        drawn[-1] += trained.get_weights()
    for without, with_ in zip(*drawn):
        np.testing.assert_array_equal(without, with_)


@pytest.mark.parametrize("refused", [
    lambda m: m(BAD_X), lambda m: m(BAD_X, training=True), lambda m: m.predict(BAD_X), lambda m: m.fit(BAD_X, Y[:1], verbose=0),
    lambda m: m.train_on_batch(BAD_X, Y[:1]), lambda m: m.fit(iter([(BAD_X, Y[:1])]), verbose=0),
    lambda m: m.predict(iter([(BAD_X,)])), lambda m: m.evaluate(BAD_X, Y[:1], verbose=0)])
def test_what_is_refused_builds_nothing(refused):
    model = Sequential([layers.Embedding(50, 4), layers.Flatten(), layers.Dense(1)])
    model.compile("sgd", "mse")
    with pytest.raises(IndexError):
        refused(model)
    assert not model.built
    assert model.predict(X[:, :2]).shape == (12, 1)  # of another length than the refused


def test_a_refused_draw_uses_up_no_seed():
    for generator in (True, False):
        keratin.utils.set_random_seed(4)
        seed = keratin.random.SeedGenerator(5) if generator else None
        first = keratin.random.uniform((3,), seed=seed)
        keratin.utils.set_random_seed(4)
        seed = keratin.random.SeedGenerator(5) if generator else None
        for refused in (lambda: keratin.random.uniform((-1,), seed=seed), lambda: keratin.random.uniform("a", seed=seed),
                        lambda: keratin.random.randint((2,), 5, 3, seed=seed),
                        lambda: keratin.random.randint((2,), 0, 300, dtype="int8", seed=seed),
                        lambda: keratin.random.uniform((2,), dtype="int32", seed=seed),
                        lambda: keratin.random.uniform((2,), minval="a", seed=seed)):
            with pytest.raises((TypeError, ValueError)):
                refused()
        np.testing.assert_array_equal(keratin.random.uniform((3,), seed=seed), first)
