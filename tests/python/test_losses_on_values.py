# SPDX-License-Identifier: Apache-2.0
"""Losses, regularizers and activations on values that a tape records, and losses that read weights."""
import json
import pathlib

import numpy as np
import pytest

import keratin
from golden_files import array_of
from keratin import _core, activations, layers, losses, ops, optimizers, regularizers
from keratin.keras_tensor import KerasTensor

GOLDEN = pathlib.Path(__file__).parents[1] / "golden" / "losses.json"
CASES = json.loads(GOLDEN.read_text())["cases"] if GOLDEN.exists() else []


def differentiated(function, x, slope=None):
    """What a function of a recorded value gives, and the derivative of sum(slope * of it)."""
    recording = _core.Recording(True)
    source = KerasTensor._of(recording.watch(x))
    recording.enter()
    try:
        y = function(source)
    finally:
        recording.exit()
    assert type(y) is KerasTensor and y._core.is_recorded
    return y.numpy(), recording.gradients(y._core, slope, [source._core])[0]


# Numbers of Keras 3.16 on JAX; the tolerances are those of src/keratin/losses/losses_test.cc, which says why.
@pytest.mark.parametrize("case", [pytest.param(case, id=f"{case['class_name']}-{i}") for i, case in enumerate(CASES)])
def test_losses_of_keratin_on_a_recorded_value(case):
    y_true, y_pred = array_of(case["y_true"]), array_of(case["y_pred"])
    for run in case["runs"]:
        loss = getattr(losses, case["class_name"])(**case["options"], reduction=run["reduction"])
        mask, weight = array_of(run.get("mask")), array_of(run.get("sample_weight"))
        value, gradient = differentiated(lambda x: loss(y_true, x, sample_weight=weight, mask=mask), y_pred)
        loss_of_keras = array_of(run["loss"])
        np.testing.assert_allclose(value, loss_of_keras, rtol=2e-6, atol=1e-6 * max(1, np.abs(loss_of_keras).max(initial=0)))
        if run.get("gradient"):
            wanted = array_of(run["gradient"])
            far = np.abs(loss_of_keras).max(initial=0) > 1e4
            np.testing.assert_allclose(gradient, wanted, rtol=2e-6,
                                       atol=(0.016 if far else 1e-6) * np.abs(wanted).max(initial=0) + 1e-7)


@pytest.mark.parametrize("loss", [losses.MeanSquaredError(reduction=None), losses.mean_squared_error])
def test_values_that_are_not_reduced_have_a_slope_each(loss):
    x, slope = np.float32([[1, 2], [3, 5]]), np.float32([1, 10])
    value, gradient = differentiated(lambda p: loss(np.zeros((2, 2)), p), x, slope)
    np.testing.assert_array_equal(value, [2.5, 17])
    np.testing.assert_array_equal(gradient, [[1, 2], [30, 50]])  # of mean(p**2): p


def test_weights_of_values_that_are_not_reduced():
    x, weight = np.float32([[1, 2], [3, 5]]), np.float32([3, 0])
    loss = losses.MeanSquaredError(reduction=None)
    value, gradient = differentiated(lambda p: loss(np.zeros((2, 2)), p, weight), x, np.float32([1, 10]))
    np.testing.assert_array_equal(value, [7.5, 0])
    np.testing.assert_array_equal(gradient, [[3, 6], [0, 0]])


def test_labels_that_are_recorded():
    """Whole numbers have no derivative, nor have the labels of rankings, and it is said."""
    y = np.float32([[1, 2]])
    with pytest.raises(TypeError, match="derivative would be lost"):
        differentiated(lambda x: losses.PairwiseHingeLoss()(x, x), y)
    for loss in (losses.MeanSquaredError(), losses.mean_squared_error):
        value, gradient = differentiated(lambda x: loss(ops.stop_gradient(2 * x), x), y)
        np.testing.assert_allclose(np.sum(gradient), -3)  # p - t, t held
        assert np.mean(value) == 2.5
        value, gradient = differentiated(lambda x: loss(2 * x, x), y)
        np.testing.assert_allclose(gradient, [[1, 2]])  # of x^2 / 2 each
        with pytest.raises(ValueError, match=r"shapes that go together. Received: y_true of shape \(1, 2\) and y_pred of shape \(2, 2\)"):
            differentiated(lambda x: loss(x, np.ones((2, 2), "float32")), y)

    class Own(losses.Loss):
        def call(self, y_true, y_pred):
            return ops.sum(y_true * y_pred, axis=-1)

    assert differentiated(lambda x: Own()(x, x), y)[1].tolist() == [[2, 4]]


class Lasso(losses.Loss):
    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def call(self, y_true, y_pred):
        kernel = self.layer.kernel
        return ops.mean(ops.abs(y_true - y_pred * kernel[0]), axis=-1) + regularizers.L2(0.1)(kernel)


class Whole(losses.MeanSquaredError):
    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def __call__(self, y_true, y_pred, sample_weight=None):
        return super().__call__(y_true, y_pred, sample_weight) + ops.sum(ops.tanh(self.layer.kernel))


def ridge(layer):
    return lambda t, p: ops.mean(ops.square(t - p), axis=-1) + 0.1 * ops.sum(ops.square(layer.kernel))


def again(layer):
    return lambda t, p: losses.Huber()(t, layer(ops.tanh(ops.concatenate([p, t], 1))))


def held(layer):
    return lambda t, p: ops.mean(ops.square(ops.stop_gradient(layer(ops.concatenate([p, t], 1))) - p))


# Keras 3.16 on JAX: the losses of two epochs, kernel, bias, and the loss of evaluate.
@pytest.mark.parametrize("make, history, kernel, bias, evaluated", [
    (ridge, [3.1999998, 1.2743466], [0.37973335, 0.79839998], -0.192, 1.14717376),
    (Lasso, [1.8666668, 1.2102355], [0.53012222, 0.93189996], -0.05766667, 0.84829455),
    (Whole, [4.5231886, 2.2657840], [0.29962498, 0.74893588], -0.18320103, 1.96897745),
    (again, [0.26285836, 0.21711302], [0.90158343, 0.99498004], -0.08049719, 0.18944807),
    (held, [1.6666666, 3.8709071], [1.45659256, 1.51111114], 0.54666668, 14.52454472),
])
def test_losses_that_read_weights_of_the_model(make, history, kernel, bias, evaluated):
    x, y = np.float32([[1, 2], [3, -1], [0.5, 0.5]]), np.float32([[1], [0], [2]])
    layer = layers.Dense(1, kernel_initializer="ones")
    model = keratin.Sequential([keratin.Input((2,)), layer])
    model.compile(optimizers.SGD(0.1), make(layer))
    found = model.fit(x, y, batch_size=3, epochs=2, shuffle=False, verbose=0).history["loss"]
    np.testing.assert_allclose(found, history, rtol=2e-6)
    np.testing.assert_allclose(layer.kernel.numpy()[:, 0], kernel, rtol=2e-6)
    np.testing.assert_allclose(layer.bias.numpy(), [bias], rtol=2e-6)
    assert model.evaluate(x, y, batch_size=3, verbose=0) == pytest.approx(evaluated, rel=2e-6)


def test_a_gradient_of_ones_own_in_a_loss_of_ones_own():
    """What a method `gradient` says is what counts, and where it is part of another loss too."""
    class Odd(losses.Loss):
        def call(self, y_true, y_pred):
            return np.sum(np.square(y_pred), axis=-1)

        def gradient(self, y_true, y_pred):
            return np.full_like(y_pred, 7)

    x, y = np.float32([[1, 2]]), np.zeros((1, 2), np.float32)
    assert differentiated(lambda p: Odd()(y, p), x)[1].tolist() == [[7, 7]]
    assert differentiated(lambda p: 2 * Odd()(y, 3 * p), x)[1].tolist() == [[42, 42]]


def test_regularizers_on_a_recorded_value():
    x = np.float32([[1, -2], [3, 4]])
    value, gradient = differentiated(regularizers.L1L2(0.5, 0.25), x)
    assert value == 0.5 * 10 + 0.25 * 30
    np.testing.assert_array_equal(gradient, 0.5 * np.sign(x) + 0.5 * x)


@pytest.mark.parametrize("name", [name for name, _ in _core.Activation.names()])
def test_activations_on_values(name):
    """On arrays they are tested elsewhere; the derivative is that of C++."""
    function, x = getattr(activations, name), np.float32([[0.3, -0.7, 1.2, 0.1], [0.9, 0.4, -1.1, -3]])
    options = {"threshold": 0.5, "default_value": 0.1} if name == "threshold" else {}
    core = _core.Activation.deserialize({"class_name": name, "config": options})
    wanted = core(x)
    symbolic = function(keratin.Input((4,)), **options)
    assert symbolic._core.is_symbolic and symbolic.shape == (None, *wanted.shape[1:])
    if name == "linear":
        return
    slope = np.linspace(1, 2, wanted.size, dtype=np.float32).reshape(wanted.shape)
    value, gradient = differentiated(lambda x: function(x, **options), x, slope)
    np.testing.assert_allclose(value, wanted, rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(gradient, core.gradient(x, wanted, slope), rtol=2e-6, atol=1e-6)


def test_an_activation_with_options_on_values():
    steep = activations.deserialize({"class_name": "leaky_relu", "config": {"negative_slope": 0.5}})
    assert differentiated(steep, np.float32([-1, 2]))[1].tolist() == [0.5, 1]
    assert differentiated(lambda x: activations.relu(x, max_value=1.5), np.float32([1, 2]))[1].tolist() == [1, 0]


def test_symbolic_values_are_refused_in_words():
    with pytest.raises(TypeError, match="no elements before the model runs"):
        regularizers.L2()(keratin.Input((2,)))


def test_weights_in_a_pass_are_values():
    """By hand: 2 x of L2, 1 where relu passes, x of the mean of two squares, 1 of the second element."""
    weight = keratin.Variable(np.float32([-1, 2]))
    with keratin.GradientTape() as tape:
        loss = regularizers.L2(1.0)(weight) + ops.sum(activations.relu(weight))
        loss = loss + losses.MeanSquaredError()(np.zeros(2, "float32"), weight) + weight[1]
    assert float(loss.numpy()) == 5 + 2 + 2.5 + 2
    np.testing.assert_array_equal(tape.gradient(loss, [weight])[0], [-3, 8])


def test_options_that_are_equal_and_not_the_same():
    assert not np.signbit(ops.nan_to_num([np.nan], nan=0.0)[0]) and np.signbit(ops.nan_to_num([np.nan], nan=-0.0)[0])
    assert ops.max(np.int32([1]), initial=2).dtype == "int32" and ops.where(np.bool_([1, 0]), True, False).dtype == "bool"


class Squares(losses.Loss):
    def call(self, y_true, y_pred):
        return ops.mean(ops.square(y_true - y_pred), axis=-1)


class Endpoint(layers.Layer):
    """Labels are an input. Keras's guide on training has such a layer."""

    def __init__(self, loss):
        super().__init__()
        self.loss = loss
        self.seen = keratin.metrics.Sum(name="seen")

    def call(self, y_true, y_pred, sample_weight=None):
        self.add_loss(self.loss(y_true, y_pred, sample_weight))
        self.seen.update_state(ops.ones_like(y_pred))
        return y_pred


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("loss", [losses.MeanSquaredError(), losses.MeanSquaredError(reduction="sum"), Squares(), Squares(reduction="sum")])
def test_a_loss_within_a_layer_of_a_graph(loss, weighted):
    inputs = [keratin.Input((2,)), keratin.Input((2,))] + [keratin.Input(())] * weighted
    endpoint = Endpoint(loss)
    model = keratin.Model(inputs, endpoint(inputs[1], layers.Dense(2, kernel_initializer="ones")(inputs[0]), *inputs[2:]))
    assert endpoint.seen.result() == 0  # what is made to see shapes counts nothing
    model.compile("sgd")
    x, y, weight = np.float32([[1, 2], [3, 4], [0, 1]]), np.float32([[3, 5], [7, 8], [0, 0]]), np.float32([1, 2, 3])[:2 + weighted]
    rows = len(weight)
    each = ((y - x.sum(1, keepdims=True)) ** 2).mean(1)[:rows] * (weight if weighted else 1)
    data = [x[:rows], y[:rows]] + [weight] * weighted
    wanted = each.sum() if loss.reduction == "sum" else each.mean()
    assert model.evaluate(data, verbose=0, return_dict=True)["loss"] == wanted
    assert model.fit(data, verbose=0).history["loss"] == [wanted]
    assert (model.get_weights()[0] != 1).any()


def test_a_loss_is_a_node_of_a_graph():
    x = keratin.Input((4,))
    y = layers.Dense(4, kernel_initializer="ones")(x)
    values, loss = losses.mean_squared_error(x, y), losses.MeanAbsoluteError()(x, y)
    own = Squares(reduction=None)(x, y)
    assert (values.shape, loss.shape, own.shape) == ((None,), (), (None,))
    found = keratin.Model(x, [values, loss, own]).predict(np.ones((2, 4)), verbose=0)
    for value, wanted in zip(found, ([9, 9], 3, [9, 9])):
        np.testing.assert_array_equal(value, wanted)


def test_a_loss_in_a_graph_has_a_derivative_by_its_labels():
    x = keratin.Input((4,))
    y = layers.Dense(4, kernel_initializer="ones")(x)
    model = keratin.Model(x, losses.mean_squared_error(y, x))
    model.compile("sgd", "mse")
    model.fit(np.ones((2, 4)), np.ones(2), verbose=0)
    np.testing.assert_allclose(model.get_weights()[0], np.full((4, 4), 1 - 0.01 * 2 * 8 * 6 / 4), rtol=1e-6)
    model = keratin.Model(x, losses.PairwiseHingeLoss(reduction=None)(y, x))
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match="y_true depends on weights"):
        model.fit(np.ones((2, 4)), np.ones((2, 4)), verbose=0)


LABELS = json.loads((GOLDEN.parent / "loss_labels.json").read_text())["cases"] if GOLDEN.exists() else []


@pytest.mark.parametrize("of_labels", [pytest.param(case, id=f"{CASES[case['case']]['class_name']}-{case['case']}") for case in LABELS])
def test_labels_that_depend_on_weights(of_labels):
    """Values and derivatives by y_true of Keras 3.16 on JAX."""
    case = CASES[of_labels["case"]]
    y_true, y_pred = np.float32(array_of(case["y_true"])), array_of(case["y_pred"])
    for one in of_labels["runs"]:
        run = case["runs"][one["run"]]
        loss = getattr(losses, case["class_name"])(**case["options"], reduction=run["reduction"])
        mask, weight = array_of(run.get("mask")), array_of(run.get("sample_weight"))
        value, gradient = differentiated(lambda y: loss(y, y_pred, sample_weight=weight, mask=mask), y_true)
        wanted, wanted_gradient = array_of(run["loss"]), array_of(one["gradient"])
        np.testing.assert_allclose(value, wanted, rtol=3e-6, atol=2e-6 * max(1, np.abs(wanted).max(initial=0)))
        size = np.abs(wanted_gradient).max(initial=0)
        np.testing.assert_allclose(gradient, wanted_gradient, rtol=2e-5, atol=2e-6 * max(1, size))
