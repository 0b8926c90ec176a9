# SPDX-License-Identifier: Apache-2.0
"""The layer whose table grows as keys come: in fit, in files, in copies."""
import copy
import pickle

import numpy as np
import pytest

import keratin
from keratin import layers

WIDE = 2**40  # keys that no table of fixed ids has


def model_of(optimizer="adam", strings=False, **options):
    keys = keratin.Input((3,), dtype="string" if strings else "int64")
    layer = layers.DynamicEmbedding(4, embeddings_initializer=keratin.initializers.RandomUniform(seed=7), name="of_keys", **options)
    hidden = layers.GlobalAveragePooling1D()(layer(keys))
    model = keratin.Model(keys, layers.Dense(1, kernel_initializer="ones", name="out")(hidden))
    model.compile(optimizer, "mse")
    return model, layer


def batches(count=6, size=8, high=20, seed=3):
    random = np.random.default_rng(seed)
    return random.integers(0, high, (count * size, 3)) * WIDE - 5, random.normal(size=(count * size, 1)).astype("float32")


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adagrad"])
def test_it_trains_as_an_embedding_of_fixed_ids(optimizer):
    x, y = batches()
    model, layer = model_of(optimizer)
    model.fit(x, y, batch_size=8, epochs=3, shuffle=False, verbose=0)
    rows = {}
    ids = np.array([[rows.setdefault(int(key), len(rows) + 1) for key in row] for row in x])
    keys = keratin.Input((3,), dtype="int64")
    table = layers.Embedding(2**31, 4, embeddings_initializer=keratin.initializers.RandomUniform(seed=7), rows_drawn="on_demand")
    fixed = keratin.Model(keys, layers.Dense(1, kernel_initializer="ones")(layers.GlobalAveragePooling1D()(table(keys))))
    fixed.compile(optimizer, "mse")
    fixed.fit(ids, y, batch_size=8, epochs=3, shuffle=False, verbose=0)
    np.testing.assert_array_equal(model.predict(x, verbose=0), fixed.predict(ids, verbose=0))
    np.testing.assert_array_equal(layer.keys(), list(rows))
    np.testing.assert_array_equal(layer.find(x), ids)
    assert layer.embeddings.shape == (len(rows) + 1, 4)
    assert layer.times(list(rows)).sum() == 3 * x.size


def test_only_training_inserts():
    x, y = batches()
    model, layer = model_of()
    model.predict(x, verbose=0), model.evaluate(x, y, verbose=0), model(x), layer(x)
    assert len(layer.keys()) == 0
    layer.trainable = False
    model.compile("adam", "mse")
    model.fit(x, y, verbose=0)
    assert len(layer.keys()) == 0
    assert len(np.unique(model.predict(x, verbose=0))) == 1  # the row of unknown keys
    layer(x, training=True)
    layer.trainable = True
    layer(x, training=True)
    assert len(layer.keys()) == len(np.unique(x))


def test_a_step_that_fails_leaves_nothing_behind():
    x, y = batches()
    model, layer = model_of()
    model.train_on_batch(x[:8], y[:8])
    before = layer.keys(), layer.times(x), layer.embeddings.numpy(), model.predict(x, verbose=0)

    def fails(y_true, y_pred):
        raise RuntimeError("no")

    model.compile("adam", fails)
    with pytest.raises(RuntimeError):
        model.train_on_batch(x, y)
    for one, now in zip(before, (layer.keys(), layer.times(x), layer.embeddings.numpy(), model.predict(x, verbose=0))):
        np.testing.assert_array_equal(one, now)
    model.compile("sgd", "mse")
    model.train_on_batch(x, y)
    assert len(layer.keys()) == len(np.unique(x))


def test_two_calls_in_one_step_share_the_new_keys():
    layer = layers.DynamicEmbedding(2)
    left, right = keratin.Input((1,), dtype="int64"), keratin.Input((1,), dtype="int64")
    model = keratin.Model([left, right], layers.Flatten()(layers.Add()([layer(left), layer(right)])))
    model.compile("sgd", "mse")
    model.train_on_batch([np.array([[5], [6]]), np.array([[6], [7]])], np.ones((2, 2)))
    np.testing.assert_array_equal(layer.keys(), [5, 6, 7])
    np.testing.assert_array_equal(layer.times([5, 6, 7]), [1, 2, 1])


def test_admission_and_eviction():
    model, layer = model_of(min_frequency=2, max_tokens=4, eviction="least_used")
    model.train_on_batch(np.array([[1, 1, 2]]), np.ones((1, 1)))
    np.testing.assert_array_equal(layer.keys(), [1])
    model.train_on_batch(np.array([[1, 2, 3], [3, 1, 1]]), np.ones((2, 1)))
    np.testing.assert_array_equal(layer.keys(), [1, 2, 3])
    model.train_on_batch(np.array([[9, 9, 1]]), np.ones((1, 1)))  # 2 and 3 came as often: 2 lies lower
    np.testing.assert_array_equal(layer.keys(), [1, 9, 3])
    bounded = layers.DynamicEmbedding(2, min_frequency=3, max_waiting=100)
    bounded.build((None, 1))
    bounded.insert(np.repeat([1, 2], 2))
    for begin in range(1000, 2000, 50):
        bounded.insert(np.arange(begin, begin + 50))
    assert np.count_nonzero(bounded.times(np.arange(1000, 2000))) <= 100
    np.testing.assert_array_equal(bounded.times([1, 2]), [2, 2])  # came oftener: these wait on
    bounded.insert([1])
    np.testing.assert_array_equal(bounded.keys(), [1])


def test_masks_and_strings():
    model, layer = model_of(strings=True)
    words = np.array([["a", "b", "a"], ["", "ü", "b"]], object)
    model.fit(words, np.ones((2, 1)), verbose=0)
    assert list(layer.keys()) == ["a", "b", "", "ü"]
    masked = layers.DynamicEmbedding(2, mask_zero=True)
    np.testing.assert_array_equal(masked.compute_mask(np.array([[0, WIDE]])), [[False, True]])
    np.testing.assert_array_equal(masked.compute_mask(np.array([["", "a"]])), [[False, True]])
    with pytest.raises(ValueError, match="its keys are strings. Received: integers"):
        layer.find([1])
    with pytest.raises(ValueError, match="keys must be integers or strings"):
        masked(np.ones((1, 2), "float32"))


def same(model, other, x, y):
    """They are the same, and stay so when they are trained on."""
    for _ in range(2):
        np.testing.assert_array_equal(other.predict(x, verbose=0), model.predict(x, verbose=0))
        np.testing.assert_array_equal(other.layers[1].keys(), model.layers[1].keys())
        np.testing.assert_array_equal(other.layers[1].times(x), model.layers[1].times(x))
        for one in (model, other):
            one.fit(x[::-1], y, batch_size=8, shuffle=False, verbose=0)
        x = np.concatenate([x, x + WIDE * 30 if x.dtype != object else x])
        y = np.concatenate([y, y])


@pytest.mark.parametrize("strings", [False, True])
@pytest.mark.parametrize("form", ["m.keras", "w.weights.h5", "w.safetensors", "w.npz", "w.weights.json"])
def test_files_have_rows_keys_and_counts(tmp_path, form, strings):
    x, y = batches()
    if strings:
        x = x.astype(str).astype(object)
    options = dict(min_frequency=3, num_oov_indices=2, strings=strings, max_tokens=60, eviction="oldest")
    model, layer = model_of(**options)
    model.fit(x, y, batch_size=8, verbose=0)
    layer.forget(x[0, :1])
    if form == "m.keras":
        model.save(tmp_path / form)
        return same(model, keratin.saving.load_model(tmp_path / form), x, y)
    model.save_weights(tmp_path / form, **(dict(max_shard_size=1) if form.endswith("json") else {}))
    other, _ = model_of(**options)
    other.fit(x[:4], y[:4], verbose=0)  # which keys it had does not matter
    other.load_weights(tmp_path / form)
    np.testing.assert_array_equal(other.predict(x, verbose=0), model.predict(x, verbose=0))
    np.testing.assert_array_equal(other.layers[1].keys(), layer.keys())
    np.testing.assert_array_equal(other.layers[1].times(x), layer.times(x))


def test_copies():
    x, y = batches()
    model, layer = model_of(min_frequency=2)
    model.fit(x, y, batch_size=8, verbose=0)
    same(model, pickle.loads(pickle.dumps(model)), x, y)
    same(model, copy.deepcopy(model), x, y)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(layer)).keys(), layer.keys())
    assert len(keratin.models.clone_model(model).layers[1].get_config()) == len(layer.get_config())


def test_callbacks_bring_it_back(tmp_path):
    x, y = batches()
    model, _ = model_of(min_frequency=2)
    best = keratin.callbacks.ModelCheckpoint(tmp_path / "best.keras", monitor="loss")
    model.fit(x, y, batch_size=8, epochs=4, shuffle=False, verbose=0, callbacks=[best])
    other = keratin.saving.load_model(tmp_path / "best.keras")
    np.testing.assert_array_equal(other.predict(x, verbose=0), model.predict(x, verbose=0))

    class Stops(keratin.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            if epoch == 1:
                raise KeyboardInterrupt

    broken, _ = model_of(min_frequency=2)
    backup = tmp_path / "backup"
    with pytest.raises(KeyboardInterrupt):
        broken.fit(x, y, batch_size=8, epochs=4, shuffle=False, verbose=0,
                   callbacks=[keratin.callbacks.BackupAndRestore(backup), Stops()])
    again, _ = model_of(min_frequency=2)
    again.fit(x, y, batch_size=8, epochs=4, shuffle=False, verbose=0, callbacks=[keratin.callbacks.BackupAndRestore(backup)])
    np.testing.assert_array_equal(again.layers[1].keys(), model.layers[1].keys())
    np.testing.assert_array_equal(again.predict(x, verbose=0), model.predict(x, verbose=0))


def test_files_that_do_not_fit_change_nothing(tmp_path):
    x, y = batches()
    model, layer = model_of()
    model.fit(x, y, verbose=0)
    model.save_weights(tmp_path / "w.npz")
    arrays = dict(np.load(tmp_path / "w.npz"))
    name = next(name for name in arrays if name.endswith("/keys"))
    before = layer.keys(), model.predict(x, verbose=0)
    for wrong in (arrays[name][::-1], arrays[name] - 1, arrays[name][:, :3], np.concatenate([arrays[name]] * 2)):
        np.savez(tmp_path / "wrong.npz", **{**arrays, name: wrong})
        with pytest.raises(ValueError):
            model.load_weights(tmp_path / "wrong.npz")
        np.testing.assert_array_equal(layer.keys(), before[0])
        np.testing.assert_array_equal(model.predict(x, verbose=0), before[1])


def test_what_does_not_go_together_is_refused():
    for wrong in (dict(output_dim=0), dict(max_tokens=1), dict(num_oov_indices=0), dict(min_frequency=0), dict(max_waiting=0),
                  dict(eviction="random"), dict(embeddings_initializer="orthogonal")):
        with pytest.raises(ValueError):
            layers.DynamicEmbedding(**{"output_dim": 2, **wrong}).build((None, 1))
    with pytest.raises(ValueError, match="not built yet"):
        layers.DynamicEmbedding(2).find([1])


def pooled(pooling, *between, **options):
    keys = keratin.Input((4,), dtype="int64")
    layer = layers.DynamicEmbedding(3, embeddings_initializer=keratin.initializers.RandomNormal(seed=3), **options)
    x = layer(keys)
    for one in between:
        x = one(x)
    model = keratin.Model(keys, layers.Dense(1, kernel_initializer="ones")(pooling(x)))
    model.compile(keratin.optimizers.Adam(0.1), "mse")
    return model, layer


KEYS, TARGETS = np.array([[5, 9, 5, -1], [0, 9, 2**40, 7], [8, 8, 0, 5], [1, 2, 3, 4]]), np.array([[1.0], [2.0], [0.5], [-1.0]])


@pytest.mark.parametrize("pooling, padded", [(layers.GlobalAveragePooling1D, False), (layers.GlobalAveragePooling1D, True),
                                             (layers.GlobalMaxPooling1D, False), (layers.GlobalSumPooling1D, True)])
def test_a_pooling_behind_it_gives_the_same_without_the_vectors(pooling, padded):
    results = []
    for between in ((), (layers.Identity(),)):  # what stands between wants the vectors
        model, layer = pooled(pooling(), *between, mask_zero=padded)
        history = model.fit(KEYS, TARGETS, epochs=3, batch_size=2, shuffle=False, verbose=0).history["loss"]
        results.append((history, layer.keys().tolist(), layer.embeddings.numpy(), model.predict(KEYS[::-1], verbose=0)))
    for one, other in zip(*results):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
@pytest.mark.parametrize("by_chance", [True, False])
def test_rows_of_16_bits(precision, by_chance, tmp_path):
    options = dict(precision=precision, stochastic_rounding=by_chance)
    model, layer = pooled(layers.GlobalAveragePooling1D(), **options)
    exact, _ = pooled(layers.GlobalAveragePooling1D())
    for one in (model, exact):
        one.fit(KEYS, TARGETS, epochs=4, shuffle=False, verbose=0)
    rows = layer.embeddings.numpy()
    if precision == "float16":
        np.testing.assert_array_equal(rows, rows.astype("float16").astype("float32"))
    else:
        assert not (rows.view("uint32") & 0xFFFF).any()
    # Five roundings of one part in 128 or 1024, of numbers below 1, beside steps of 0.1 that follow them.
    np.testing.assert_allclose(rows, exact.layers[1].embeddings.numpy(), atol=0.1 if precision == "bfloat16" else 0.02)
    assert layers.deserialize(layers.serialize(layer)).precision == precision and layer.stochastic_rounding is by_chance
    model.save(tmp_path / "m.keras")
    others = [pickle.loads(pickle.dumps(model)), keratin.saving.load_model(tmp_path / "m.keras")]
    model.fit(KEYS, TARGETS, epochs=2, shuffle=False, verbose=0)
    for other in others[:1] if by_chance else others:  # a file does not say how often was rounded
        other.fit(KEYS, TARGETS, epochs=2, shuffle=False, verbose=0)
        np.testing.assert_array_equal(other.layers[1].embeddings.numpy(), layer.embeddings.numpy())
    with pytest.raises(ValueError, match="precision must be 'float32'"):
        layers.DynamicEmbedding(3, precision="float8")


@pytest.mark.parametrize("strings", [False, True])
def test_padding_is_masked_within_models(strings, tmp_path):
    keys = keratin.Input((3,), dtype="string" if strings else "int64")
    layer = layers.DynamicEmbedding(2, mask_zero=True)
    model = keratin.Model(keys, layers.GlobalAveragePooling1D()(layer(keys)))
    given = np.array([["a", "", ""], ["b", "a", ""]], object) if strings else np.array([[4, 0, 0], [WIDE, 4, 0]])
    layer.insert(given)
    vectors = layer(given)
    wanted = np.stack([vectors[0, 0], vectors[1, :2].mean(0)])
    model.save(tmp_path / "m.keras")
    for one in (model, copy.deepcopy(model), keratin.saving.load_model(tmp_path / "m.keras")):
        np.testing.assert_allclose(one.predict(given, verbose=0), wanted, rtol=1e-6)
