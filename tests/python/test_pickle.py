# SPDX-License-Identifier: Apache-2.0
"""Models pickle and copy with everything that training goes on with: to the bit as without."""
import copy
import gc
import os
import pathlib
import pickle
import subprocess
import sys

import numpy as np
import pytest
from state import assert_same, state

import keratin
from keratin import Sequential, callbacks, initializers, layers, losses, metrics, optimizers

RNG = np.random.default_rng(0)
X = RNG.integers(0, 3000, size=(64, 3))
Y = RNG.random((64, 1)).astype("float32")

COPIES = {"pickle": lambda m: pickle.loads(pickle.dumps(m)), "old pickle": lambda m: pickle.loads(pickle.dumps(m, 2)),
          "deepcopy": copy.deepcopy}
every_copy = pytest.mark.parametrize("how", [pytest.param(f, id=name) for name, f in COPIES.items()])


def made(optimizer="adam", **embedding):
    # 3000 rows, 3 ids a sample: most rows miss most steps, and have them applied when they are read.
    model = Sequential([
        layers.Embedding(3000, 4, input_length=3, **embedding), layers.SpatialDropout1D(0.3), layers.Flatten(),
        layers.Dense(3, activation="relu"), layers.Dropout(0.5, seed=3), layers.Dense(1)])
    model.compile(optimizer, "mse", metrics=["mae"])
    return model


def train(model, count, start=0):
    for i in range(start, start + count):
        at = 8 * (i % 8)
        model.train_on_batch(X[at:at + 8], Y[at:at + 8])


OPTIMIZERS = {
    "sgd": lambda: optimizers.SGD(0.1), "momentum": lambda: optimizers.SGD(0.1, momentum=0.9, nesterov=True),
    "adam": lambda: optimizers.Adam(0.01), "amsgrad": lambda: optimizers.Adam(0.01, amsgrad=True),
    "adamw": lambda: optimizers.AdamW(0.01, weight_decay=0.01), "rmsprop": lambda: optimizers.RMSprop(0.01, momentum=0.5),
    "adagrad": lambda: optimizers.Adagrad(0.1), "adadelta": lambda: optimizers.Adadelta(1.0),
    "adamax": lambda: optimizers.Adamax(0.01), "nadam": lambda: optimizers.Nadam(0.01), "ftrl": lambda: optimizers.Ftrl(0.1),
    "lion": lambda: optimizers.Lion(0.001), "lamb": lambda: optimizers.Lamb(0.01),
    "adafactor": lambda: optimizers.Adafactor(0.1), "muon": lambda: optimizers.Muon(0.01),
    "schedule free": lambda: optimizers.ScheduleFreeAdamW(0.01), "ema": lambda: optimizers.Adam(0.01, use_ema=True, ema_momentum=0.9),
    "accumulation": lambda: optimizers.Adam(0.01, gradient_accumulation_steps=3),
    "schedule": lambda: optimizers.Adam(optimizers.schedules.ExponentialDecay(0.01, 5, 0.9)),
    "function": lambda: optimizers.SGD(rate),
}


def rate():
    return 0.05


@every_copy
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_training_goes_on_to_the_bit(optimizer, how):
    model = made(OPTIMIZERS[optimizer]())
    train(model, 21)
    other = how(model)
    assert_same(other, state(model))
    train(model, 39, 21), train(other, 39, 21)
    assert_same(other, state(model))
    assert model.predict(X).tobytes() == other.predict(X).tobytes()
    # Each on its own now.
    before = state(other)
    train(model, 1)
    assert_same(other, before)


@every_copy
def test_a_sum_of_gradients_under_way(how):
    """Between two moves a sum is kept as Keras keeps it, a tensor: that a row was in it with a gradient of zeros
    (dropout) is lost, and its missed steps are rounded another way. Both are float32: 2^-24 of each step."""
    model = made(OPTIMIZERS["accumulation"]())
    train(model, 20)
    other = how(model)
    assert_same(other, state(model))
    train(model, 40, 20), train(other, 40, 20)
    for a, b in zip(model.get_weights(), other.get_weights()):
        np.testing.assert_allclose(a, b, rtol=0, atol=13 * 0.01 * 2**-20)  # 13 moves of 0.01 or so


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_pickle_is_no_more_than_a_look_at_the_weights(optimizer):
    """The model that was pickled goes on as one whose weights were read; one that nobody looked at rounds the
    steps that its rows missed in one go, and so may differ in the last bits."""
    keratin.utils.set_random_seed(7)
    pickled = made(OPTIMIZERS[optimizer]())
    keratin.utils.set_random_seed(7)
    read = made(OPTIMIZERS[optimizer]())
    train(pickled, 20), train(read, 20)
    pickle.dumps(pickled), read.get_weights()
    train(pickled, 20, 20), train(read, 20, 20)
    assert_same(pickled, state(read))


@every_copy
@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
def test_rounding_by_chance_goes_on(precision, how):
    model = made(precision=precision)
    train(model, 20)
    other = how(model)
    assert_same(other, state(model))
    train(model, 20, 20), train(other, 20, 20)
    assert_same(other, state(model))


@every_copy
def test_fit_goes_on(how):
    """With dropout, shuffling from one seed, and the rate that a callback has changed."""
    model = made()
    plateau = callbacks.ReduceLROnPlateau("loss", patience=1, min_delta=10, factor=0.5)
    model.fit(X, Y, epochs=4, callbacks=[plateau], verbose=0)
    assert model.optimizer.learning_rate < 0.001
    other = how(model)
    histories = []
    for each in (model, other):
        keratin.utils.set_random_seed(11)
        histories.append(each.fit(X, Y, epochs=3, validation_split=0.25, verbose=0).history)
    assert histories[0] == histories[1]
    assert_same(other, state(model))


@every_copy
def test_what_stands_in_no_config(how):
    model = made(optimizers.AdamW(0.01, weight_decay=0.5))
    model.layers[3].weights[1].trainable = False
    model.layers[5].trainable = False
    model.optimizer.exclude_from_weight_decay(var_list=[model.layers[3].kernel], var_names=["bias"])
    train(model, 3)
    other = how(model)
    assert not other.layers[3].weights[1].trainable and not other.layers[5].trainable
    train(model, 3, 3), train(other, 3, 3)
    assert_same(other, state(model))
    undecayed = how(made())
    assert undecayed.optimizer._not_decayed == ([], [])


@every_copy
def test_models_that_know_little_yet(how):
    for model in [Sequential(), Sequential([layers.Dense(2)]), made(), Sequential([layers.Dense(2)], name="m", mask_policy="keras3")]:
        other = how(model)
        assert other.name == model.name and other.built == model.built and other.compiled == model.compiled
        assert other.get_config() == model.get_config() and other.mask_policy == model.mask_policy
    compiled = Sequential([layers.Dense(1)])
    compiled.compile("adam", "mse")
    other = how(compiled)
    other.fit(np.ones((4, 2)), np.ones(4), verbose=0)
    assert not compiled.built


def test_copy_shares_layers():
    model = made()
    train(model, 1)
    other = copy.copy(model)
    assert other.layers[0] is model.layers[0] or other.layers[0]._core is model.layers[0]._core


def test_a_pickle_is_read_in_another_process(tmp_path):
    model = made()
    train(model, 5)
    (tmp_path / "model").write_bytes(pickle.dumps(model))
    np.save(tmp_path / "x.npy", X), np.save(tmp_path / "y.npy", Y)
    program = """if True:
        import pickle, sys, numpy as np
        model = pickle.load(open("model", "rb"))
        x, y = np.load("x.npy"), np.load("y.npy")
        for i in range(5, 15):
            model.train_on_batch(x[8 * (i % 8):8 * (i % 8) + 8], y[8 * (i % 8):8 * (i % 8) + 8])
        pickle.dump([*model.get_weights(), *model._core.get_optimizer_weights()], open("after", "wb"))
    """
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=True, timeout=60,
                   env={**os.environ, "PYTHONPATH": os.path.abspath(pathlib.Path(keratin.__file__).parents[1])})
    train(model, 10, 5)
    after = pickle.loads((tmp_path / "after").read_bytes())
    assert [(a.shape, a.dtype.str, a.tobytes()) for a in after] == state(model)


STANDING = ["sgd", "momentum", "adam", "amsgrad", "rmsprop", "adagrad", "adadelta", "adamax", "nadam", "lion", "schedule"]


@every_copy
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
@pytest.mark.parametrize("optimizer", STANDING)
def test_rows_drawn_on_demand(how, optimizer, precision):
    model = made(OPTIMIZERS[optimizer](), rows_drawn="on_demand", precision=precision)
    assert how(model).layers[0].rows_in_use == 0
    train(model, 5)
    other = how(model)
    assert other.layers[0].rows_in_use == model.layers[0].rows_in_use == len(np.unique(X[:40]))
    assert_same(other, state(model))
    for each in (model, other):
        train(each, 10, 5)  # rows that both have, and rows that neither had
    assert_same(other, state(model))
    every = np.arange(3000).reshape(1000, 3)
    np.testing.assert_array_equal(other.predict(every), model.predict(every))


@pytest.mark.parametrize("optimizer", ["adamw", "ftrl"])
def test_rows_that_were_never_drawn_and_have_moved(optimizer):
    model = made(OPTIMIZERS[optimizer](), rows_drawn="on_demand")
    train(model, 2)
    for how in COPIES.values():
        with pytest.raises(ValueError, match="moved rows that were never drawn"):
            how(model)
    train(model, 2)


def test_a_table_that_no_memory_could_hold():
    model = Sequential([layers.Embedding(10**9, 64), layers.GlobalAveragePooling1D(), layers.Dense(1)])
    model.compile("adam", "mse")
    ids = np.array([[0, 10**9 - 1], [5, 123456789]])
    model.fit(ids, np.ones((2, 1)), epochs=3, verbose=0)
    data = pickle.dumps(model)
    assert len(data) < 100_000
    other = pickle.loads(data)
    assert other.layers[0].rows_in_use == 4
    np.testing.assert_array_equal(other.predict(ids + [[1, -1]]), model.predict(ids + [[1, -1]]))
    for each in (model, other):
        each.fit(ids, np.ones((2, 1)), epochs=3, verbose=0, shuffle=False)
    np.testing.assert_array_equal(other.predict(ids), model.predict(ids))


def test_rows_brought_into_use():
    def table():
        layer = layers.Embedding(10, 2, rows_drawn="on_demand")
        layer.build()
        return layer

    use = keratin._core.use_rows
    layer = table()
    use(layer._core, np.array([7, 2]), np.array([[1, 2], [3, 4]], "f"))
    np.testing.assert_array_equal(layer(np.array([2, 7])), [[3, 4], [1, 2]])
    rows = np.zeros((2, 2), "f")
    for other, ids, values, error, text in [
            (layer, [1, 3], rows, ValueError, "has 2"), (table(), [1, 10], rows, IndexError, r"\[0, 10\).*10"),
            (table(), [-1, 3], rows, IndexError, "-1"), (table(), [3, 3], rows, ValueError, "twice"),
            (table(), [1, 2, 3], rows, ValueError, r"\(3, 2\)"), (table(), [1, 2], rows[:, :1], ValueError, r"\(2, 2\)")]:
        before = other.rows_in_use
        with pytest.raises(error, match=text):
            use(other._core, np.array(ids), values)
        assert other.rows_in_use == before


@every_copy
def test_an_initializer_without_a_seed_draws_what_it_would_have(how):
    for initializer in (initializers.RandomNormal(), initializers.get("glorot_uniform"), initializers.Orthogonal()):
        other = how(initializer)
        assert initializer.seed is None and other.seed is None and other.get_config() == initializer.get_config()
        np.testing.assert_array_equal(other((4, 3)), initializer((4, 3)))
        assert not np.array_equal(type(initializer).from_config(initializer.get_config())((4, 3)), initializer((4, 3)))
    layer = layers.Dense(3)
    other = how(layer)
    for each in (layer, other):
        each.build((None, 4))
    np.testing.assert_array_equal(other.get_weights()[0], layer.get_weights()[0])


EVERY_KIND = [
    layers.Embedding(5, 3, mask_zero=True, embeddings_regularizer="l2"), layers.Dense(3, "relu", kernel_constraint="unit_norm"),
    layers.Dropout(0.5), layers.Flatten(), layers.InputLayer((3,)), optimizers.Adam(0.5, clipnorm=1.0),
    optimizers.SGD(optimizers.schedules.CosineDecay(0.1, 10)), losses.Huber(2.0), losses.LossFunctionWrapper(losses.huber, delta=2.0),
    metrics.AUC(num_thresholds=7), metrics.MeanMetricWrapper(losses.mean_squared_error, name="mine"),
    keratin.initializers.RandomNormal(seed=3), keratin.regularizers.L1L2(0.1, 0.2), keratin.constraints.MaxNorm(2),
    keratin.random.SeedGenerator(4), keratin.Variable([1.0, 2.0], name="v"), callbacks.EarlyStopping("loss", patience=3),
    callbacks.ReduceLROnPlateau(factor=0.3), callbacks.CSVLogger("log.csv", append=True), callbacks.TerminateOnNaN(),
    callbacks.SwapEMAWeights(swap_on_epoch=True),
    callbacks.LearningRateScheduler(abs), callbacks.LambdaCallback(on_epoch_end=print), callbacks.History(),
    callbacks.ProgbarLogger(),
]


@every_copy
@pytest.mark.parametrize("thing", EVERY_KIND, ids=lambda thing: type(thing).__name__)
def test_everything_else(thing, how):
    other = how(thing)
    assert type(other) is type(thing) and other is not thing
    if hasattr(thing, "get_config"):
        assert other.get_config() == thing.get_config()
    for name, value in vars(thing).items():
        if name not in ("_core", "_options", "_not_decayed") and isinstance(value, (int, float, str, bool, tuple)):
            assert getattr(other, name) == value, name


def test_copies_keep_nothing_alive():
    import weakref
    model = made()
    train(model, 1)
    other = copy.deepcopy(model)
    seen = weakref.ref(model)
    del model
    gc.collect()
    assert seen() is None
    train(other, 1)
