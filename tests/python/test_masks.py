# SPDX-License-Identifier: Apache-2.0
"""The mask that goes along with what a layer returns. Expected values from Keras 3.16 on PyTorch."""
import copy
import pickle
import warnings

import numpy as np
import pytest

import keratin
from keratin import layers, losses, metrics

IDS = np.array([[1, 2, 0, 0], [3, 0, 0, 0]])
ROWS = np.arange(15, dtype=np.float32).reshape(5, 3)
MASK = [[True, True, False, False], [True, False, False, False]]
OTHER = np.array([[True, True, True, False], [True, True, False, False]])
STEPS = np.zeros((2, 4, 3), np.float32)


@pytest.fixture
def x():
    return layers.Embedding(5, 3, mask_zero=True, weights=[ROWS])(IDS)


def mask_of(array):
    mask = getattr(array, "_keras_mask", None)
    return None if mask is None else mask.tolist()


def pooled(array, **mask):
    return layers.GlobalAveragePooling1D()(array, **mask).tolist()


def test_the_next_layer_takes_it(x):
    assert mask_of(x) == MASK and isinstance(x, np.ndarray)
    assert pooled(x) == [[4.5, 5.5, 6.5], [9, 10, 11]]
    assert pooled(x, mask=OTHER) == [[3, 4, 5], [4.5, 5.5, 6.5]], "a mask that is given wins"
    assert layers.GlobalSumPooling1D()(x).tolist() == [[9, 11, 13], [9, 10, 11]]


@pytest.mark.parametrize("layer", [
    layers.Dropout(0.5), layers.SpatialDropout1D(0.5), layers.Dense(2), layers.Activation("relu"), layers.Activation("linear")])
def test_layers_pass_it_on(x, layer):
    assert mask_of(layer(x)) == MASK
    assert mask_of(layer(x, training=True)) == MASK
    assert mask_of(layer(STEPS, mask=np.array(MASK))) == MASK
    assert mask_of(layer(STEPS)) is None
    assert mask_of(layer(np.asarray(x))) is None


def test_masking_makes_another(x):
    assert mask_of(layers.Masking()(x)) == [[True] * 4] * 2  # row 0 of the table is not 0
    assert mask_of(layers.Masking(mask_value=3.0)(STEPS + 3)) == [[False] * 4] * 2
    assert mask_of(layers.GlobalAveragePooling1D()(x)) is None


@pytest.mark.parametrize("layer", [layers.Flatten(), layers.Reshape((2, 6)), layers.GlobalMaxPooling1D()])
def test_a_layer_that_cannot_carry_it_warns(x, layer):
    with pytest.warns(UserWarning, match="mask"):
        assert mask_of(layer(x)) is None
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        layer(np.asarray(x))
    with pytest.raises(TypeError, match="mask"):
        layer(STEPS, mask=np.array(MASK))


@pytest.mark.parametrize("what", [
    lambda x: x + 1, lambda x: 1 + x, lambda x: -x, lambda x: x * x, lambda x: x[:], lambda x: x[:1], lambda x: x[0], lambda x: x[..., 0],
    np.asarray, np.array, np.copy, lambda x: x.copy(), lambda x: x.reshape(2, 12), lambda x: x.T, lambda x: x.astype("float64"),
    lambda x: np.concatenate([x, x]), np.exp, lambda x: np.add(x, 1), lambda x: x.mean(axis=-1), np.mean, np.transpose,
    keratin.ops.abs, keratin.ops.transpose, keratin.ops.convert_to_numpy, keratin.ops.convert_to_tensor,
    lambda x: keratin.ops.reshape(x, (2, 12)), copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x)),
    lambda x: np.where(x > 3, x, 0), lambda x: list(x)[0], lambda x: np.ascontiguousarray(x), lambda x: x.view(),
    lambda x: np.frombuffer(x, np.float32), lambda x: np.add(x, 1, out=np.empty_like(x))])
def test_what_is_made_of_it_has_none(x, what):
    assert mask_of(what(x)) is None
    assert mask_of(x) == MASK


def test_it_can_be_changed_in_place(x):
    y = x
    x[0, 0] = 0
    assert mask_of(y) == MASK and pooled(y)[0] == [3, 3.5, 4]
    np.add(x, 1, out=x)
    assert pooled(x)[0] == [4, 4.5, 5]
    x._keras_mask = OTHER
    assert mask_of(layers.Dropout(0.1)(x)) == OTHER.tolist()
    x._keras_mask = OTHER[:, :2]
    with pytest.raises(ValueError, match="mask"):
        layers.Dropout(0.1)(x)


def test_losses_and_metrics_take_it(x):
    plain = np.asarray(x)
    assert losses.MeanSquaredError()(STEPS, x) == pytest.approx(55.66667175292969, rel=1e-6)
    assert losses.MeanSquaredError()(STEPS, plain) == pytest.approx(21.916667938232422, rel=1e-6)
    assert losses.MeanSquaredError()(STEPS, x, mask=np.ones((2, 4), bool)) == pytest.approx(21.916667938232422, rel=1e-6)
    assert losses.mean_squared_error(STEPS, x).tolist() == losses.mean_squared_error(STEPS, plain).tolist()
    assert metrics.MeanSquaredError()(STEPS, x) == pytest.approx(55.66666793823242, rel=1e-6)
    assert metrics.Mean()(x[..., 0]) == 2.25

    class Own(losses.Loss):
        def call(self, y_true, y_pred):
            return keratin.ops.mean(keratin.ops.square(y_true - y_pred), axis=-1)

    assert Own()(STEPS, x) == pytest.approx(55.66667175292969, rel=1e-6)
    counted = metrics.TruePositives()
    counted.update_state(np.ones_like(x), x / x.max())
    assert counted.result() == 6, "Keras: counts take no mask"


def test_models_take_it_and_give_it(x):
    ones = lambda: layers.Dense(3, kernel_initializer="ones")
    model = keratin.Sequential([ones(), layers.GlobalAveragePooling1D()])
    assert model(x).tolist() == [[16.5] * 3, [30] * 3]
    assert model(np.asarray(x)).tolist() == [[9.75] * 3] * 2
    assert model(np.asarray(x), mask=OTHER).tolist() == model(x, mask=OTHER).tolist() == [[12] * 3, [16.5] * 3]
    assert model.predict(x).tolist() == [[9.75] * 3] * 2, "Keras: data have none"
    assert mask_of(keratin.Sequential([ones()])(x)) == MASK
    assert mask_of(keratin.Sequential([layers.Embedding(5, 3, mask_zero=True), ones()])(IDS)) == MASK
    flat = keratin.Sequential([layers.Flatten()])
    with pytest.raises(ValueError, match="flatten.*was given a mask"):
        flat(x)
    flat.mask_policy = "keras3"
    assert mask_of(flat(x)) is None


def test_a_loss_of_ones_own_in_a_model():
    class Own(losses.Loss):
        def call(self, y_true, y_pred):
            return keratin.ops.mean(keratin.ops.square(y_true - y_pred), axis=-1)

    model = keratin.Sequential([layers.Embedding(5, 3, mask_zero=True, weights=[ROWS])])
    model.compile("sgd", Own())
    assert model.test_on_batch(IDS, STEPS) == pytest.approx(55.66667175292969, rel=1e-6)


def test_numpys_masked_arrays_are_refused_where_something_is_masked():
    masked = np.ma.array([[1, 2]], mask=[[0, 1]])
    layer = layers.Embedding(5, 2)
    for call in (layer, lambda x: keratin.Sequential([layer]).predict(x)):
        with pytest.raises(ValueError, match="masked array.*filled"):
            call(masked)
        assert call(masked.filled(0)).shape == call(np.ma.array([[1, 2]])).shape == (1, 2, 2)


class Split(layers.Layer):
    def call(self, x):
        return keratin.ops.split(x, 2, axis=1)

    def compute_mask(self, x, mask=None):
        return None if mask is None else keratin.ops.split(mask, 2, axis=1)


class Reversed(layers.Dense):
    def compute_mask(self, x, mask=None):
        return None if mask is None else ~mask


class Narrow(layers.Conv1D):
    def compute_mask(self, x, mask=None):
        return mask


class Whole(keratin.Model):
    def call(self, x):
        return x + 1

    def compute_mask(self, x, mask=None):
        return mask


def test_a_class_with_a_compute_mask_of_its_own_passes_masks(x):
    first, second = Split()(x)
    assert (mask_of(first), mask_of(second)) == ([row[:2] for row in MASK], [row[2:] for row in MASK])
    assert mask_of(Reversed(2)(x)) == [[not step for step in row] for row in MASK]
    for layer in (Narrow(2, 1), Whole()):
        assert layer.supports_masking and mask_of(layer(x)) == MASK
    ids = keratin.Input((4,), dtype="int32")
    embedded = layers.Embedding(5, 3, mask_zero=True, weights=[ROWS])(ids)
    model = keratin.Model(ids, [layers.GlobalAveragePooling1D()(half) for half in Split()(embedded)])
    first, second = model.predict(IDS, verbose=0)
    np.testing.assert_allclose(first, [ROWS[1:3].mean(0), ROWS[3]])
    np.testing.assert_array_equal(second, np.zeros((2, 3)))  # no step counts
