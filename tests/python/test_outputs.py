# SPDX-License-Identifier: Apache-2.0
"""Layers of many classes, the losses they are made of, and what draws their classes."""
import json
import pathlib
import pickle

import numpy as np
import pytest

import keratin
from keratin import layers, ops, random

GOLDEN = json.loads((pathlib.Path(__file__).parents[1] / "golden" / "sampled.json").read_text())
CLASSES = 300


def array_of(golden):
    return np.array(golden["data"], golden["dtype"]).reshape(golden["shape"])


@pytest.mark.parametrize("case", GOLDEN["cases"])
def test_losses_of_tensorflow(case):
    weights, biases, inputs = (keratin.Variable(array_of(case[name])) for name in ("weights", "biases", "inputs"))
    labels, drawn = array_of(case["labels"]), [array_of(one) for one in case["sampled_values"]]
    function = getattr(ops, case["loss"])
    with keratin.GradientTape() as tape:
        y = function(weights, biases if case["biased"] else None, labels, inputs, len(drawn[0]), len(weights.numpy()),
                     labels.shape[1], drawn, **case["options"])
        total = ops.sum(y * array_of(case["slopes"]))
    # The tolerances are those of src/keratin/layers/outputs/outputs_test.cc, which says why.
    np.testing.assert_allclose(y.numpy(), array_of(case["y"]), rtol=5e-6, atol=5e-6)
    for variable, wanted in zip((weights, biases, inputs), case["gradients"]):
        if variable is not biases or case["biased"]:
            np.testing.assert_allclose(tape.gradient(total, variable), array_of(wanted), rtol=2e-5, atol=1e-5)
            break  # a tape answers once; C++ has compared the others


def test_losses_draw_what_they_are_not_given():
    weights, inputs, labels = np.ones((9, 2), np.float32), np.ones((3, 2), np.float32), [[1], [2], [8]]
    for loss in (ops.sampled_softmax_loss, ops.nce_loss):
        drawn = random.log_uniform_candidate_sampler(labels, 1, 4, True, 9, seed=3)
        np.testing.assert_array_equal(loss(weights, None, labels, inputs, 4, 9, seed=3),
                                      loss(weights, None, labels, inputs, 4, 9, sampled_values=drawn))
        for wrong in (dict(num_classes=8), dict(num_true=2), dict(labels=[1, 2, 8]),
                      dict(sampled_values=drawn, num_sampled=5), dict(sampled_values=drawn[:2])):
            with pytest.raises(ValueError):
                loss(**{**dict(weights=weights, biases=None, labels=labels, inputs=inputs, num_sampled=4, num_classes=9), **wrong})
        with pytest.raises(IndexError):
            loss(weights, None, [[1], [2], [9]], inputs, 4, 9)
        with pytest.raises(ValueError, match="symbolic"):
            loss(weights, None, labels, keratin.Input((2,)), 4, 9)


def test_samplers():
    given = dict(true_classes=[[1, 3], [0, 2]], num_true=2, num_sampled=4, unique=True, range_max=6)
    for sampler, more in ((random.uniform_candidate_sampler, {}), (random.log_uniform_candidate_sampler, {}),
                          (random.learned_unigram_candidate_sampler, {}),
                          (random.fixed_unigram_candidate_sampler, dict(unigrams=[1, 2, 3, 4, 5, 6]))):
        drawn, of_true, of_drawn = sampler(**given, **more, seed=2)
        assert drawn.dtype == np.int64 and len(set(drawn)) == 4 and set(drawn) <= set(range(6))
        assert of_true.shape == (2, 2) and of_drawn.shape == (4,) and of_true.dtype == of_drawn.dtype == np.float32
        np.testing.assert_array_equal(drawn, sampler(**given, **more, seed=2)[0])
        generator = keratin.random.SeedGenerator(1)
        assert any((sampler(**given, **more, seed=generator)[0] != drawn).any() for _ in range(5))
        for wrong in (dict(num_true=1), dict(num_sampled=7), dict(num_sampled=0), dict(range_max=0), dict(true_classes=[1, 2]),
                      dict(true_classes=[[1.5, 2.0]])):
            with pytest.raises((ValueError, IndexError)):
                sampler(**{**given, **more, **wrong})
        with pytest.raises(IndexError):
            sampler(**{**given, **more, "true_classes": [[1, 6]]})
    counts = np.ones(6, int)
    _, of_true, _ = random.learned_unigram_candidate_sampler(**{**given, "unique": False}, counts=counts)
    np.testing.assert_allclose(of_true, 4 / 6, rtol=1e-6)
    assert counts.tolist() == [2, 2, 2, 2, 1, 1]
    _, of_true, _ = random.learned_unigram_candidate_sampler(**{**given, "unique": False}, counts=counts)
    np.testing.assert_allclose(of_true, 4 * 2 / 10, rtol=1e-6)
    for wrong in (np.ones(6), np.ones(6, "uint8"), [1] * 6):
        with pytest.raises(TypeError, match="counts must be an array of int64"):
            random.learned_unigram_candidate_sampler(**given, counts=wrong)


def test_shares_that_are_small_beside_others():
    draw = lambda unigrams, unique=False, number=1: random.fixed_unigram_candidate_sampler(
        [[1, 2]], 2, number, unique, 3, unigrams=unigrams)
    for unigrams in ([1e12, 1e-3, 2e-3], [1e17, 1, 3]):
        np.testing.assert_allclose(draw(unigrams)[1], [np.array(unigrams[1:]) / sum(unigrams)], rtol=1e-6)
    with pytest.raises(ValueError, match="not so many classes to draw: 1"):  # the others are lost beside the first
        draw([1, 1e-300, 1e-300], unique=True, number=2)


def test_a_label_that_is_never_drawn():
    x, y = np.ones((2, 3), "float32"), np.array([0, 1])
    for make in (layers.SampledSoftmax, layers.NCE):
        layer = make(3, num_sampled=1, sampler="fixed_unigram", unigrams=[0, 1, 1])
        with pytest.raises(ValueError, match="class 0 is a label, but is never drawn"):
            layer(x, y, training=True)
        layer = make(3, num_sampled=1, sampler="fixed_unigram", unigrams=[0, 1, 1], subtract_log_q=False)
        assert np.isfinite(layer(x, y, training=True)).all()


def the_loss(y_true, y_pred):
    return y_pred


def every_layer():
    yield layers.SampledSoftmax(CLASSES, num_sampled=40, seed=1, name="large")
    yield layers.SampledSoftmax(CLASSES, num_sampled=40, sampler="learned_unigram", unique=False, seed=1, name="large")
    yield layers.NCE(CLASSES, num_sampled=40, sampler="uniform", seed=1, name="large")
    yield layers.HierarchicalSoftmax(CLASSES, counts=np.arange(1, CLASSES + 1), name="large")
    yield layers.AdaptiveLogSoftmaxWithLoss(CLASSES, cutoffs=[30, 100], div_value=2.0, name="large")


def models_on(layer):
    """A model that is trained, of ids and the class that follows, and one that gives all classes."""
    words, label = keratin.Input((2,), dtype="int32"), keratin.Input((), dtype="int64")
    hidden = layers.Flatten()(layers.Embedding(CLASSES, 8)(words))
    training = keratin.Model([words, label], layer(hidden, label))
    training.compile(keratin.optimizers.Adam(0.05), the_loss)
    return training, keratin.Model(words, layer(hidden))


@pytest.mark.parametrize("layer", list(every_layer()), ids=lambda layer: type(layer).__name__)
def test_learns(layer, tmp_path):
    rng = np.random.default_rng(0)
    words = rng.integers(0, CLASSES, (256, 2))
    labels = words[:, 0]
    training, scores = models_on(layer)
    nothing = np.zeros(256)
    first = training.evaluate([words, labels], nothing, verbose=0)
    training.fit([words, labels], nothing, epochs=15 if not isinstance(layer, layers.NCE) else 60, batch_size=32, verbose=0)
    assert training.evaluate([words, labels], nothing, verbose=0) < 0.7 * first
    found = scores.predict(words, verbose=0)
    assert (found.argmax(-1) == labels).mean() > 0.5
    if isinstance(layer, (layers.HierarchicalSoftmax, layers.AdaptiveLogSoftmaxWithLoss)):
        np.testing.assert_allclose(np.exp(found).sum(-1), 1, atol=1e-5)
        np.testing.assert_allclose(training.predict([words, labels], verbose=0),
                                   -np.take_along_axis(found, labels[:, None], -1)[:, 0], atol=1e-5)
    # A copy goes on as the model does, and files have it.
    copy = pickle.loads(pickle.dumps(training))
    training.save(tmp_path / "model.keras")
    opened = keratin.models.load_model(tmp_path / "model.keras", compile=False)
    np.testing.assert_array_equal(opened.predict([words, labels], verbose=0), training.predict([words, labels], verbose=0))
    for model in (copy, training):
        model.fit([words, labels], nothing, epochs=1, batch_size=32, shuffle=False, verbose=0)
    for one, other in zip(copy.get_weights(), training.get_weights()):
        np.testing.assert_array_equal(one, other)


def test_a_step_moves_the_rows_it_touches():
    layer = layers.NCE(CLASSES, num_sampled=3, sampler="fixed_unigram", unigrams=[1] * 10 + [0] * (CLASSES - 10),
                       subtract_log_q=False, seed=1)
    inputs, label = keratin.Input((4,)), keratin.Input((), dtype="int64")
    model = keratin.Model([inputs, label], layer(inputs, label))
    model.compile("sgd", the_loss)
    before = layer.get_weights()
    model.train_on_batch([np.ones((2, 4)), np.array([250, 299])], np.zeros(2))
    for old, new in zip(before, layer.get_weights()):
        moved = set(np.flatnonzero((old != new).any(-1)))
        assert {250, 299} < moved <= {250, 299, *range(10)} and len(moved) == 5


def test_the_likeliest_class_is_the_largest_of_all():
    layer = layers.AdaptiveLogSoftmaxWithLoss(60, [4, 20], div_value=2.0, head_bias=True)
    x = np.random.default_rng(3).normal(size=(5, 40, 8)).astype("float32") * 3
    with pytest.raises(ValueError, match="not built"):
        layer.predict(x)
    logs = layer(x)
    classes = layer.predict(x)
    assert classes.dtype == "int64" and (classes >= 20).any() and (classes < 4).any()
    np.testing.assert_array_equal(classes, logs.argmax(-1))
    assert layer.predict(x[:0]).shape == (0, 40)
    with pytest.raises(ValueError, match="vectors of 8"):
        layer.predict(x[..., 1:])


def test_refuses():
    layer = layers.SampledSoftmax(5, num_sampled=2)
    x = np.ones((2, 3), np.float32)
    with pytest.raises(IndexError, match=r"^\[SampledSoftmax\] layer .*\[0, 5\)"):
        layer(x, np.array([1, 5]), training=True)
    with pytest.raises(ValueError, match="labels of inputs"):
        layer(x, np.array([1, 2, 3]))
    with pytest.raises(ValueError, match="not an integer"):
        layer(x, np.array([1, 2.5]))
    for make in (lambda: layers.SampledSoftmax(5, 6), lambda: layers.NCE(5, 2, sampler="zipf"), lambda: layers.NCE(5, 2, unigrams=[1]),
                 lambda: layers.HierarchicalSoftmax(1), lambda: layers.HierarchicalSoftmax(3, counts=[1, 2, 0]),
                 lambda: layers.AdaptiveLogSoftmaxWithLoss(5, [5])):
        with pytest.raises(ValueError, match="Received"):
            make()
