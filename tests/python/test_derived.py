# SPDX-License-Identifier: Apache-2.0
"""Classes that users derive from Keratin's: their methods are called, or refused. Numbers: Keras 3.16 on JAX."""
import copy
import gc
import pickle
import weakref

import numpy as np
import pytest

import keratin
from keratin import constraints, initializers, layers, losses, metrics, ops, optimizers, regularizers

X = np.ones((2, 2), "float32")
Y = np.ones((2, 1), "float32")


class Tripled(regularizers.L2):
    def __call__(self, x):
        return 3 * super().__call__(x)


class OneUp(constraints.NonNeg):
    def __call__(self, w):
        return super().__call__(w) + 1


class Twos(initializers.Zeros):
    def __call__(self, shape, dtype=None):
        return super().__call__(shape, dtype) + 2


class DoubledNormal(initializers.RandomNormal):
    def __call__(self, shape, dtype=None):
        return 2 * super().__call__(shape, dtype)


class Quarter(optimizers.schedules.ExponentialDecay):
    def __call__(self, step):
        return super().__call__(step) * 0 + 0.25


class Raised(metrics.MeanSquaredError):
    def result(self):
        return super().result() + 42.0


class OfTheOthers(metrics.Precision):
    def update_state(self, y_true, y_pred, sample_weight=None):
        super().update_state(y_true, 1 - y_pred, sample_weight)


class Hits(metrics.Precision):
    def result(self):
        return self.true_positives[0] * 10


class Distance(metrics.Mean):
    def update_state(self, y_true, y_pred, sample_weight=None):
        super().update_state(ops.abs(y_true - y_pred), sample_weight)


class DoubledAndThree(losses.MeanSquaredError):
    def call(self, y_true, y_pred):
        return 2 * super().call(y_true, y_pred) + 3


class WholeDoubled(losses.MeanSquaredError):
    def __call__(self, y_true, y_pred, sample_weight=None):
        return 2 * super().__call__(y_true, y_pred, sample_weight) + 3


def trained(loss="mse", optimizer=None, y=Y, sample_weight=None, **options):
    """Loss and kernel after one step of 0.1."""
    model = keratin.Sequential([layers.Dense(1, **{"kernel_initializer": "zeros", **options})])
    model.compile(optimizer or optimizers.SGD(0.1), loss=loss)
    history = model.fit(X, y, sample_weight=sample_weight, verbose=0).history
    return history["loss"][0], model.get_weights()[0].ravel()


def test_regularizer():
    loss, kernel = trained(kernel_initializer="ones", kernel_regularizer=Tripled(0.1))
    assert loss == pytest.approx(1.6)
    np.testing.assert_allclose(kernel, [0.74, 0.74], rtol=1e-6)
    assert Tripled(0.1)(X) == pytest.approx(1.2)


def test_regularizers_within_a_loss():
    """The derivative of a regularizer of C++ on the tape: by hand, 0.1 * 2 * 0.5 * x."""
    def loss(y_true, y_pred):
        return regularizers.L2(0.5)(y_pred)

    _, kernel = trained(loss, kernel_initializer="ones")  # predictions are 2, so that each sample adds 0.1 * 2
    np.testing.assert_allclose(kernel, [0.6, 0.6], rtol=1e-6)


def test_constraint_and_initializer():
    np.testing.assert_array_equal(trained(kernel_constraint=OneUp(), y=-Y)[1], [1, 1])
    layer = layers.Dense(1, kernel_initializer=Twos())
    layer.build((None, 2))
    np.testing.assert_array_equal(layer.get_weights()[0].ravel(), [2, 2])


@pytest.mark.parametrize("seed", [lambda: 3, lambda: keratin.random.SeedGenerator(3)])
def test_an_initializer_with_a_seed(seed):
    plain = initializers.RandomNormal(seed=seed())((2, 3))
    np.testing.assert_array_equal(DoubledNormal(seed=seed())((2, 3)), 2 * plain)


def test_schedule():
    optimizer = optimizers.SGD(Quarter(0.1, 10, 0.9))
    np.testing.assert_allclose(trained(optimizer=optimizer)[1], [0.5, 0.5], rtol=1e-6)
    assert float(optimizer.learning_rate) == 0.25


@pytest.mark.parametrize("metric, expected", [
    (lambda: Raised(name="q"), [42.25, 42.2481]),
    (lambda: OfTheOthers(thresholds=0.6, name="q"), [0, 0]),
    (lambda: Hits(name="q"), [0, 20]),
    (lambda: Distance(name="q"), [0.5, 0.4981]),
])
def test_metric(metric, expected):
    model = keratin.Sequential([layers.Dense(1, activation="sigmoid", kernel_initializer="zeros")])
    model.compile("sgd", "mse", metrics=[metric()])
    model.evaluate(X, Y, verbose=0)
    assert model.fit(X, Y, verbose=0, epochs=2).history["q"] == pytest.approx(expected, abs=5e-5)


def test_a_metric_keeps_the_mask_of_the_predictions():
    class Same(metrics.MeanSquaredError):
        def update_state(self, y_true, y_pred, sample_weight=None):
            super().update_state(y_true, y_pred, sample_weight)

    model = keratin.Sequential([layers.Masking(), layers.Dense(1)])
    model.compile("sgd", "mse", metrics=[Same(name="own"), metrics.MeanSquaredError(name="known")])
    x = np.array([[[1.0], [0.0]], [[2.0], [3.0]]])
    logs = model.evaluate(x, x + 1, verbose=0, return_dict=True)
    assert logs["own"] == logs["known"]


def test_metric_by_itself():
    metric = Raised()
    metric.update_state([1.0], [3.0])
    assert metric.result() == 46
    for other in (copy.deepcopy(metric), pickle.loads(pickle.dumps(metric))):
        assert other.result() == 42
        other.update_state([1.0], [2.0])
        assert other.result() == 43
    metric.reset_state()
    assert metric.result() == 42
    assert metric.name == "mean_squared_error" and [v.name for v in metric.variables] == ["total", "count"]


def test_a_metric_of_a_function():
    class Negative(metrics.MeanMetricWrapper):
        def result(self):
            return -super().result()

    metric = Negative(lambda y_true, y_pred: np.abs(y_true - y_pred), name="n")
    assert metric([1.0, 2.0], [3.0, 5.0]) == -2.5


# The mean of the squares is 1, of the weighted ones 1.5; their derivative by each part of the kernel is -3.
@pytest.mark.parametrize("loss, value, kernel", [
    (DoubledAndThree(), (5 + 10) / 2, 0.6),
    (lambda t, p: losses.MeanSquaredError()(t, p) + losses.Huber()(t, p), 2.25, 0.45),
    (lambda t, p: losses.MeanSquaredError(reduction=None)(t, p) + losses.Huber(reduction="sum")(t, p), 3.0, 0.6),
    (lambda t, p: losses.MeanSquaredError()(t, p, sample_weight=np.array([0.0, 2.0])), 1.5, 0.3),
    (lambda t, p: ops.mean(ops.square(1 - 2 * t - p), axis=-1), 1.5, -0.3),  # of labels that are uint8
])
def test_loss(loss, value, kernel):
    found, weights = trained(loss, y=Y.astype("uint8"), sample_weight=np.array([1.0, 2.0]))
    assert found == pytest.approx(value)
    np.testing.assert_allclose(weights, [kernel, kernel], rtol=1e-6)


def test_a_loss_called_by_itself():
    assert DoubledAndThree()(Y, 0 * Y) == 5
    assert WholeDoubled()(Y, 0 * Y, np.array([1.0, 2.0])) == 6
    found, weights = trained(WholeDoubled(), sample_weight=np.array([1.0, 2.0]))
    assert found == 6
    np.testing.assert_allclose(weights, [0.6, 0.6], rtol=1e-6)  # Keras 3.16 on JAX


def test_nothing_keeps_itself_alive():
    for make in (Raised, Distance, DoubledAndThree, WholeDoubled, Tripled, OneUp, Twos):
        own = make()
        assert own._core is not None
        seen = weakref.ref(own)
        del own
        gc.collect()
        assert seen() is None


@pytest.mark.parametrize("own", [Tripled(0.3), OneUp(), Twos(), Quarter(0.1, 10, 0.9), DoubledAndThree()])
def test_copies(own):
    for other in (copy.copy(own), copy.deepcopy(own), pickle.loads(pickle.dumps(own)),
                  type(own).from_config(own.get_config())):
        assert type(other) is type(own) and other.get_config() == own.get_config()
        assert "_core" not in other.__dict__


@pytest.mark.parametrize("base, method", [
    (optimizers.Adam, "scale_loss"), (optimizers.LossScaleOptimizer, "apply"),
    (keratin.Sequential, "predict_step"), (keratin.Sequential, "__call__")])
def test_what_would_never_be_called_is_refused(base, method):
    with pytest.raises(TypeError, match=rf"Mine\.{method} would never be called.*{base.__name__}"):
        type("Mine", (base,), {method: lambda self, *args: None})
    mixed = type("Mixin", (), {method: lambda self, *args: None})
    with pytest.raises(TypeError, match="would never be called"):
        type("Mine", (mixed, base), {})
    type("Mine", (base,), {"more": lambda self: 1})


class Outer(layers.Layer):
    """x -> 3x, then `call`, then + 1."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.dense = layers.Dense(2, kernel_initializer="ones")

    def __call__(self, x, *args, **kwargs):
        return super().__call__(x * 3, *args, **kwargs) + 1

    def call(self, x):
        return self.dense(x)


class OuterDense(layers.Dense):
    def __call__(self, x, *args, **kwargs):
        return super().__call__(x * 3, *args, **kwargs) + 1


class OuterModel(keratin.Model):
    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def __call__(self, x, *args, **kwargs):
        return super().__call__(x, *args, **kwargs) * 10

    def call(self, x):
        return self.inner(x)


@pytest.mark.parametrize("make", [Outer, lambda: OuterDense(2, kernel_initializer="ones")])
def test_a_call_around_call(make):
    x = np.ones((4, 3), "float32")
    layer = make()
    np.testing.assert_array_equal(layer(x), np.full((4, 2), 10))
    for model in (keratin.Sequential([make()]), keratin.Sequential([keratin.Input((3,)), make()])):
        np.testing.assert_array_equal(model(x), np.full((4, 2), 10))
        np.testing.assert_array_equal(model.predict(x, verbose=0), np.full((4, 2), 10))
    model = OuterModel(make())
    np.testing.assert_array_equal(model.predict(x, verbose=0), np.full((4, 2), 100))
    np.testing.assert_array_equal(model(x), np.full((4, 2), 100))
    model.compile(optimizers.SGD(0.1), "mse")
    assert model.train_on_batch(x, np.full((4, 2), 100, "float32")) == 0  # Keras 3.16
    loss = model.train_on_batch(x, np.full((4, 2), 99, "float32"))
    assert loss == 1
    # d/dw of mean((10 (3 w x + 1) - 99)^2) is 2 * 10 * 3 for each of two columns, halved by the mean
    np.testing.assert_allclose(model.weights[0].numpy(), np.full((3, 2), 1 - 0.1 * 30), rtol=1e-5)


@pytest.mark.parametrize("make", [Outer, lambda: OuterDense(2), lambda: OuterModel(layers.Dense(2))])
def test_a_call_around_call_has_no_place_in_a_graph(make):
    with pytest.raises(NotImplementedError, match="has a __call__ of its own, and what runs in a graph is `call`"):
        make()(keratin.Input((3,)))


@pytest.mark.parametrize("base, method", [(keratin.callbacks.EarlyStopping, "get_monitor_value"),
                                          (keratin.random.SeedGenerator, "next")])
def test_and_so_is_what_callbacks_and_seeds_would_not_call(base, method):
    with pytest.raises(TypeError, match=rf"Mine\.{method} would never be called"):
        type("Mine", (base,), {method: lambda self, *args: None})
    type("Mine", (base,), {"on_epoch_end": lambda self, epoch, logs=None: None})


def test_a_loss_keeps_the_mask_of_the_predictions():
    class Same(losses.MeanSquaredError):
        def __call__(self, y_true, y_pred, sample_weight=None):
            return super().__call__(y_true, y_pred, sample_weight)

    x = np.array([[[1.0], [0.0]], [[2.0], [3.0]]])
    weights = []
    for loss in (Same(), "mse", lambda t, p: losses.MeanSquaredError()(t, p),
                 lambda t, p: 0.5 * losses.MeanSquaredError()(t, p) + 0.5 * losses.MeanSquaredError(reduction=None)(t, p)):
        model = keratin.Sequential([layers.Masking(), layers.Dense(1, kernel_initializer="ones")])
        model.compile(optimizers.SGD(0.1), loss)
        weights.append((model.fit(x, x + 1, verbose=0).history["loss"][0], model.get_weights()[0][0, 0]))
    for found in weights:
        assert found == pytest.approx(weights[1])


def test_configs_with_a_schedule_of_ones_own():
    config = optimizers.SGD(Quarter(0.1, 10, 0.9)).get_config()
    again = optimizers.SGD.from_config(config, custom_objects={"Quarter": Quarter})
    assert isinstance(again.get_config()["learning_rate"], dict) and float(again.learning_rate) == 0.25


def test_a_clone_of_a_derived_model():
    class Small(keratin.Sequential):  # its arguments are its own; Keras clones a Sequential
        def __init__(self):
            super().__init__([layers.Dense(1)])

    assert len(keratin.models.clone_model(Small()).layers) == 1


class Doubled(layers.Dense):
    def build(self, input_shape):
        super().build(input_shape)
        self.shift = self.add_weight(shape=(self.units,), initializer="zeros", name="shift")

    def call(self, x):
        return 2 * super().call(x) + self.shift


class Tripled3(layers.Embedding):
    def call(self, inputs):
        return super().call(inputs) * 3


class Through(keratin.Sequential):
    def call(self, inputs):
        return super().call(inputs) * 2


class Raised1(keratin.Model):
    def __init__(self):
        x = keratin.Input((2,))
        super().__init__(x, layers.Dense(1)(x))

    def call(self, inputs):
        return super().call(inputs) + 1


def of_layers(*own):
    return keratin.Sequential([keratin.Input((2,)), *own])


# Numbers of layers that derive from Keratin's: tests/golden/own_programs.py.
@pytest.mark.parametrize("make", [
    lambda: of_layers(Doubled(1, kernel_regularizer="l2")),
    lambda: of_layers(Doubled(3), layers.Dropout(0.5, seed=1), layers.Dense(1)),
    lambda: of_layers(Tripled3(2, 3, rows_drawn="on_demand"), layers.Flatten(), layers.Dense(1)),
    lambda: Through([keratin.Input((2,)), Doubled(1)]),
    Raised1])
def test_copies_of_models_of_derived_layers_go_on_as_they_do(make):
    model = make()
    model.compile(optimizers.Adam(0.1), "mse")
    model.fit(X, Y, epochs=2, verbose=0)
    others = [copy.deepcopy(model), pickle.loads(pickle.dumps(model))]
    expected = model.fit(X, Y, epochs=3, verbose=0).history["loss"]
    for other in others:
        assert [weight.path for weight in other.weights] == [weight.path for weight in model.weights]
        assert other.fit(X, Y, epochs=3, verbose=0).history["loss"] == expected
        for one, another in zip(model.get_weights(), other.get_weights()):
            np.testing.assert_array_equal(one, another)


def test_a_derived_layer_has_the_attributes_and_the_config_of_its_base():
    layer = Doubled(3, activation="relu", use_bias=False, name="d")
    assert (layer.units, layer.use_bias, layer.built) == (3, False, False)
    layer(X)
    assert layer.kernel.shape == (2, 3) and layer.bias is None and [w.name for w in layer.weights] == ["kernel", "shift"]
    assert layer.trainable_weights == layer.weights
    layer.trainable = False
    assert layer.trainable_weights == [] and keratin.Sequential([layer]).trainable_weights == []
    other = Doubled.from_config(layer.get_config())
    assert (other.name, other.units, other.trainable) == ("d", 3, False)
    model = of_layers(layer)
    clone = keratin.models.clone_model(model)
    assert type(clone.layers[0]) is Doubled and clone.layers[0] is not layer
    read = keratin.models.model_from_json(model.to_json(), custom_objects={"Doubled": Doubled})
    assert type(read.layers[0]) is Doubled and len(read.weights) == 2
    assert Doubled(1).name.startswith("doubled")


def test_a_derived_layer_whose_call_fails_changes_nothing():
    class Failing(layers.Dropout):
        fails = False

        def call(self, inputs, training=None):
            outputs = super().call(inputs, training)
            if self.fails:
                raise RuntimeError("in the middle")
            return outputs

    def made():
        keratin.utils.set_random_seed(1)
        model = keratin.Sequential([layers.Dense(2), Failing(0.5, seed=3), layers.Dense(1)])
        model.compile(optimizers.Adam(0.1), "mse")
        model.fit(X, Y, verbose=0)
        return model

    model = made()
    before = model.get_weights()
    model.layers[1].fails = True
    with pytest.raises(RuntimeError, match="in the middle"):
        model.fit(X, Y, verbose=0)
    for one, another in zip(before, model.get_weights()):
        np.testing.assert_array_equal(one, another)
    model.layers[1].fails = False
    expected = made()
    assert model.fit(X, Y, verbose=0).history == expected.fit(X, Y, verbose=0).history  # it has drawn nothing


def test_layers_within_a_derived_layer():
    class Gated(layers.Dense):
        def __init__(self, units):
            super().__init__(units, name="gated")
            self.gates = [layers.Dense(units, "sigmoid", name="gate")]

        def call(self, x):
            return super().call(x) * self.gates[0](x)

    model = of_layers(Gated(3))
    assert [weight.path for weight in model.weights] == [
        f"{model.name}/gated/{name}" for name in ("kernel", "bias", "gate/kernel", "gate/bias")]
    x = keratin.Input((2,))
    assert len(keratin.Model(x, Gated(3)(x)).weights) == 4


def test_a_mask_goes_through_a_derived_layer_as_through_its_base():
    x = np.array([[1, 2, 0], [3, 0, 0]])
    for base, own in ((layers.Embedding(4, 2, mask_zero=True), Tripled3(4, 2, mask_zero=True)),):
        models = [keratin.Sequential([layer, layers.GlobalAveragePooling1D()]) for layer in (base, own)]
        for model in models:
            model.build((None, 3))
            model.set_weights([np.arange(8, dtype="float32").reshape(4, 2)])
        np.testing.assert_allclose(models[1].predict(x, verbose=0), 3 * models[0].predict(x, verbose=0))
        np.testing.assert_array_equal(own.compute_mask(x), x != 0)
