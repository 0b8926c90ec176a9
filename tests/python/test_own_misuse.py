# SPDX-License-Identifier: Apache-2.0
"""Layers and models of a user's own that go wrong: a clear error, and everything as it was."""
import threading

import keratin
import numpy as np
import pytest
from keratin import layers, ops

X, Y = np.ones((8, 3), "float32"), np.zeros((8, 1), "float32")


class Failing(layers.Layer):
    """Does what `self.way` says, from the second call with elements on."""

    way = None

    def build(self, input_shape):
        self.kernel = self.add_weight(shape=(input_shape[-1], 1), initializer="ones", name="kernel")

    def call(self, x):
        y = x @ self.kernel
        return y if self.way is None else self.way(self, x, y)


def compiled(**options):
    layer = Failing(name="failing")
    x = keratin.Input((3,))
    model = keratin.Model(x, layer(layers.Dropout(0.5, seed=1)(x)))
    model.compile(keratin.optimizers.Adam(0.1), "mse", metrics=["mae"], **options)
    model.fit(X, Y, verbose=0)
    return model, layer


def raises(layer, x, y):
    raise KeyError("mine")


def ends(layer, x, y):
    return float(y.mean())


WAYS = {
    "an exception": (raises, KeyError, "mine"),
    "None": (lambda layer, x, y: None, TypeError, r"\[Failing\] call of layer 'failing' must return values.*Received: None"),
    "a word": (lambda layer, x, y: "y", TypeError, r"\[Failing\] call of layer 'failing' must return values.*Received: 'y'"),
    "float": (ends, TypeError, "has no value in Python's control flow"),
    "if": (lambda layer, x, y: y if y else x, TypeError, "has no value in Python's control flow"),
    "an array": (lambda layer, x, y: np.asarray(y), TypeError, "cannot become a plain NumPy array"),
    "fit": (lambda layer, x, y: layer.owner.fit(X, Y), RuntimeError, "fit"),
    "another shape": (lambda layer, x, y: y[:, :, None] * np.ones(2, "float32"), ValueError, "shape"),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_step_that_fails_changes_nothing(way):
    function, kind, text = WAYS[way]
    model, layer = compiled()
    object.__setattr__(layer, "owner", model)
    before = model.get_weights(), model._core.get_optimizer_weights(), model.predict(X, verbose=0)
    logs = model.evaluate(X, Y, verbose=0)
    type(layer).way = staticmethod(function)
    try:
        with pytest.raises(kind, match=text):
            model.train_on_batch(X, Y)
    finally:
        type(layer).way = None
    for old, new in zip(before, (model.get_weights(), model._core.get_optimizer_weights(), model.predict(X, verbose=0))):
        for a, b in zip(old, new):
            np.testing.assert_array_equal(a, b)
    assert model.evaluate(X, Y, verbose=0) == logs
    model.fit(X, Y, verbose=0)


def test_super_was_not_called():
    class Forgot(layers.Layer):
        def __init__(self):
            self.units = 3

    with pytest.raises(RuntimeError, match=r"you forgot to call `super\(\).__init__\(\)`"):
        Forgot().built

    class ForgotToo(keratin.Model):
        def __init__(self):
            self.dense = layers.Dense(3)

    with pytest.raises(RuntimeError, match=r"you forgot to call `super\(\).__init__\(\)`"):
        ForgotToo().predict(X)


def test_there_is_no_call():
    class Empty(layers.Layer):
        pass

    with pytest.raises(NotImplementedError, match=r"Layer Empty does not have a `call` method implemented"):
        Empty()(X)


def test_arguments_that_call_does_not_take():
    layer = Failing()
    with pytest.raises(TypeError, match=r"\[Failing\] layer .* was called with arguments that its call does not take"):
        layer(X, factor=2)
    with pytest.raises(TypeError, match="does not take"):
        layer()


def test_a_build_that_fails_leaves_no_weights():
    class Halfway(layers.Layer):
        fails = True

        def build(self, input_shape):
            self.a = self.add_weight(shape=(3,), name="a")
            if Halfway.fails:
                raise ValueError("halfway")
            self.b = self.add_weight(shape=(3,), name="b")

        def call(self, x):
            return x * self.a + self.b

    layer = Halfway()
    with pytest.raises(ValueError, match="halfway"):
        layer(X)
    assert not layer.built and layer.weights == []
    Halfway.fails = False
    assert layer(X).shape == (8, 3) and len(layer.weights) == 2


def test_elements_are_asked_for_where_there_are_none():
    class Looks(layers.Layer):
        def call(self, x):
            return x * float(x[0, 0])

    with pytest.raises(TypeError, match="(?s)Could not automatically infer the output shape.*a symbolic value has no elements"):
        Looks()(keratin.Input((3,)))


def test_a_loss_outside_of_a_call():
    with pytest.raises(ValueError, match="add_loss is for what runs within a call"):
        Failing().add_loss(1.0)


def test_a_loss_of_several_numbers():
    class Adds(layers.Layer):
        def call(self, x):
            self.add_loss(x)
            return x

    with pytest.raises(ValueError, match="a loss must be one number"):
        Adds()(X)


def test_a_value_of_a_tape_that_has_ended_is_a_constant():
    layer = layers.Dense(1)
    with keratin.GradientTape() as tape:
        y = layer(X)
    tape.gradient(y, layer.trainable_variables)
    np.testing.assert_array_equal(np.asarray(y), layer(X))
    with pytest.raises(Exception, match="its derivatives were taken already"):
        tape.gradient(y, layer.trainable_variables)


def test_two_tapes_in_one_operation():
    layer = layers.Dense(1)
    with keratin.GradientTape() as first:
        a = layer(X)
    with pytest.raises(Exception, match="two tapes in one operation"):
        with keratin.GradientTape():
            layer(X) + a
    assert first is not None


@pytest.mark.parametrize("call, kind, text", [
    (lambda tape, y: tape.gradient(np.ones(3), []), TypeError, "target must be what came out under the tape"),
    (lambda tape, y: tape.gradient(y, [3]), TypeError, "sources must be Variables"),
    (lambda tape, y: tape.gradient(y, [], unconnected_gradients="all"), ValueError, "must be 'none' or 'zero'"),
    (lambda tape, y: tape.__enter__(), ValueError, "records once"),
])
def test_tapes_that_are_asked_wrongly(call, kind, text):
    with keratin.GradientTape() as tape:
        y = layers.Dense(1)(X)
    with pytest.raises(kind, match=text):
        call(tape, y)


def test_threads_predict_with_one_layer():
    model, _ = compiled()
    expected = model.predict(X, verbose=0)
    wrong = []

    def look():
        for _ in range(50):
            if not np.array_equal(model.predict(X, verbose=0), expected):
                wrong.append(1)

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_a_layer_of_one_call_is_kept_until_the_tape_has_ended():
    with keratin.GradientTape() as tape:
        x = tape.watch(X)
        y = layers.Dense(2, kernel_initializer="ones")(x)  # which nobody holds
    np.testing.assert_array_equal(tape.gradient(y, x), np.full((8, 3), 2, "float32"))


def test_steps_that_return_no_logs():
    class Silent(keratin.Model):
        def train_step(self, data):
            return None

    x = keratin.Input((3,))
    model = Silent(x, layers.Dense(1)(x))
    model.compile("sgd", "mse")
    with pytest.raises(TypeError, match=r"\[train_step\] it must return a dict of numbers"):
        model.fit(X, Y, verbose=0)


@pytest.mark.parametrize("method, of_model", [
    ("fit, evaluate or predict", lambda model: model.fit(X, Y, verbose=0)),
    ("fit, evaluate or predict", lambda model: model.evaluate(X, Y, verbose=0)),
    ("fit, evaluate or predict", lambda model: model.predict(X, verbose=0)),
    ("fit, evaluate or predict", lambda model: model.train_on_batch(X, Y)),
    ("compile", lambda model: model.compile("sgd", "mse")),
    ("set_weights", lambda model: model.set_weights([])),
    ("trainable", lambda model: setattr(model, "trainable", False)),
    ("add", lambda model: model.add(layers.Dense(1))),
    ("pop", lambda model: model.pop())])
@pytest.mark.parametrize("base, arguments", [(layers.Layer, ()), (layers.Dense, (2,))])
def test_a_call_that_turns_to_the_model_it_is_part_of(method, of_model, base, arguments):
    class Meddling(base):
        to_do = staticmethod(lambda: None)

        def call(self, x):
            type(self).to_do()
            return super().call(x) if base is layers.Dense else x * 1

    inner = keratin.Sequential([Meddling(*arguments)])
    model = keratin.Sequential([keratin.Input((3,)), inner, layers.Dense(1)])
    model.compile("adam", "mse", metrics=["mae"])
    model.fit(X, Y, verbose=0)
    before = [*model.get_weights(), *model.optimizer.get_weights()]
    Meddling.to_do = staticmethod(lambda: of_model(model))
    with pytest.raises(RuntimeError, match=rf"\[{method}\] the call of a layer called {method} of the model "):
        model.fit(X, Y, verbose=0)
    Meddling.to_do = staticmethod(lambda: None)
    after = [*model.get_weights(), *model.optimizer.get_weights()]
    assert len(before) == len(after) and all(np.array_equal(a, b) for a, b in zip(before, after))
    assert model.trainable and len(model.layers) == 2
    model.fit(X, Y, verbose=0)


def test_a_target_of_another_tape():
    with keratin.GradientTape() as first:
        a = first.watch(X) * 2
    with keratin.GradientTape() as second:
        b = second.watch(X) * 3
    with pytest.raises(ValueError, match="the target is a value that another tape records"):
        second.gradient(a, b)
    first.gradient(a, a)
    np.testing.assert_array_equal(second.gradient(a, b), np.zeros_like(X))  # a constant by now


def test_a_call_that_fits_the_graph_it_is_in():
    class Meddling(layers.Layer):
        to_do = staticmethod(lambda: None)

        def call(self, x):
            type(self).to_do()
            return x * 1

    x = keratin.Input((3,))
    model = keratin.Model(x, layers.Dense(1)(Meddling()(x)))
    model.compile("sgd", "mse")
    Meddling.to_do = staticmethod(lambda: model.fit(X, Y, verbose=0))
    with pytest.raises(RuntimeError, match="the call of a layer called fit, evaluate or predict of the model"):
        model.fit(X, Y, verbose=0)


class Noisy(layers.Layer):
    def __init__(self, seeds):
        super().__init__()
        self.seeds, self.fails = seeds, False

    def call(self, x):
        y = x + keratin.random.uniform(ops.shape(x), seed=self.seeds) * keratin.random.normal((1,), seed=self.seeds)
        self.seeds.next()
        if self.fails:
            raise KeyError("a failed call")
        return y


class StepOfOnesOwn(keratin.Model):
    def __init__(self, noisy):
        super().__init__()
        self.noisy, self.dense, self.fails = noisy, layers.Dense(1), False

    def call(self, x):
        return self.dense(self.noisy(x))

    def train_step(self, data):
        self.noisy(data[0])
        logs = super().train_step(data)
        if self.fails:
            raise KeyError("a failed step")
        return logs


def test_seeds_of_a_step_that_fails_stand_where_they_stood():
    seeds = keratin.random.SeedGenerator(7)
    noisy = Noisy(seeds)
    fails = []

    def loss(y, p):
        if fails:
            raise KeyError("a failed loss")
        return ops.mean((y - p) ** 2, -1)

    native = keratin.Sequential([noisy, layers.Dense(1)])
    own = StepOfOnesOwn(noisy)
    for model in native, own:
        model.compile("sgd", loss)
        before = seeds.state.copy()
        model.train_on_batch(X, Y)
        assert seeds.state[1] > before[1]
        before = seeds.state.copy()
        fails.append(1)
        for method in (model.train_on_batch, model.test_on_batch, model.fit, model.evaluate):
            with pytest.raises(KeyError, match="a failed loss"):
                method(X, Y)
            np.testing.assert_array_equal(seeds.state, before)
        fails.clear()
        model.predict(X, verbose=0)
        assert seeds.state[1] > before[1]
    before = seeds.state.copy()
    own.fails = True
    with pytest.raises(KeyError, match="a failed step"):
        own.train_on_batch(X, Y)
    np.testing.assert_array_equal(seeds.state, before)
    noisy.fails = True
    for call in (noisy, native.predict, own.predict):
        with pytest.raises(KeyError, match="a failed call"):
            call(X)
        np.testing.assert_array_equal(seeds.state, before)


class Refusing(keratin.optimizers.Optimizer):
    fails = False

    def update_step(self, gradient, variable, learning_rate):
        if self.fails:
            raise KeyError("a failed update")
        self.assign_sub(variable, gradient * learning_rate)


def test_metrics_of_an_update_that_fails_are_as_before():
    model = keratin.Sequential([layers.Dense(1)])
    optimizer = Refusing(0.1)
    model.compile(optimizer, "mse", metrics=["mae", keratin.metrics.AUC(num_thresholds=5)], weighted_metrics=["mse"])
    model.fit(X, Y, verbose=0)
    before = model.get_metrics_result(), model.get_weights(), int(optimizer.iterations)
    optimizer.fails = True
    with pytest.raises(KeyError, match="a failed update"):
        model.train_on_batch(X, Y)
    assert model.get_metrics_result() == before[0]
    np.testing.assert_array_equal(model.get_weights()[0], before[1][0])
    assert int(optimizer.iterations) == before[2]
