# SPDX-License-Identifier: Apache-2.0
"""Programs with layers and models of one's own that went wrong once."""
import collections
import copy
import gc
import threading
import weakref

import keratin
import numpy as np
import pytest
from keratin import layers, ops, optimizers

X, Y = np.ones((16, 3), "float32"), np.zeros((16, 1), "float32")


class Doubled(layers.Layer):
    def call(self, x):
        return 2 * x


def test_a_part_that_knows_what_it_is_part_of():
    class Child(layers.Layer):
        def __init__(self, parent):
            super().__init__()
            self.parent = parent
            self.w = self.add_weight(shape=(3,), initializer="ones")

        def call(self, x):
            return x * self.w

    class Parent(keratin.Model):
        def __init__(self):
            super().__init__()
            self.child = Child(self)

        def call(self, x):
            return self.child(x)

    model = Parent()
    assert len(model.get_weights()) == 1 and len(model.weights) == 1 and model.child.parent is model
    model.trainable = False
    model.trainable = True
    model.compile("sgd", "mse")
    model.fit(X, X + 1, verbose=0)
    model.summary(print_fn=lambda text: None)
    gone = weakref.ref(model)
    del model
    gc.collect()
    assert gone() is None


@pytest.mark.parametrize("make", [
    lambda: keratin.Sequential([Doubled(), layers.Dense(1)]),
    lambda: keratin.Sequential([layers.Lambda(lambda x: 2 * x), layers.Dense(1)]),
    lambda: keratin.Sequential([keratin.Input((3,)), layers.Lambda(lambda x: 2 * x, output_shape=(3,)), layers.Dense(1)]),
    lambda: keratin.Sequential([layers.Dense(2), layers.Lambda(lambda x, mask=None: 2 * x), layers.Dense(1)])])
def test_anywhere_in_a_sequential(make):
    model = make()
    model.compile("sgd", "mse")
    model.fit(X, Y, verbose=0)
    assert model.predict(X, verbose=0).shape == (16, 1)


def test_built_is_said_by_the_user():
    class Said(keratin.Model):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(1)

        def build(self, input_shape):
            self.dense.build(input_shape)
            self.built = True

        def call(self, x):
            return self.dense(x)

    model = Said()
    model.build((None, 3))
    assert model.built and model.predict(X, verbose=0).shape == (16, 1)


def test_an_optimizer_that_asks_whether_it_is_built():
    class Momentum(optimizers.Optimizer):
        def build(self, variables):
            if self.built:
                return
            super().build(variables)
            self.velocities = self.add_optimizer_variables(variables, "velocity")

        def update_step(self, gradient, variable, learning_rate):
            velocity = self.velocities[self._get_variable_index(variable)]
            self.assign(velocity, 0.9 * velocity - learning_rate * gradient)
            self.assign_add(variable, velocity)

    model = keratin.Sequential([layers.Dense(1)])
    model.compile(Momentum(0.1), "mse")
    model.fit(X, Y, epochs=2, verbose=0)
    assert len(model.optimizer.variables) == 4


@pytest.mark.parametrize("again", [False, True])
def test_generators_of_several_inputs(again):
    class Two(keratin.Model):
        def __init__(self):
            super().__init__()
            self.a, self.b = layers.Dense(1), layers.Dense(1)

        def call(self, inputs):
            return self.a(inputs["a"]) + self.b(inputs["b"])

    def batches():
        for _ in range(4):
            yield {"a": X, "b": X[:, :2]}, Y

    class Batches:
        def __len__(self):
            return 4

        def __getitem__(self, i):
            return {"a": X, "b": X[:, :2]}, Y

    model = Two()
    model.compile("sgd", "mse")
    data = Batches() if again else batches()
    model.fit(data, steps_per_epoch=4, verbose=0)
    assert model.optimizer.iterations == 4
    assert model.predict(({"a": X, "b": X[:, :2]} for _ in range(3)), verbose=0).shape == (48, 1)


def test_named_tuples():
    Pair = collections.namedtuple("Pair", "left right")

    class Sum(layers.Layer):
        def call(self, pair):
            return Pair(pair.left + pair.right, pair.left)

    found = Sum()(Pair(X, X))
    assert type(found) is Pair
    np.testing.assert_array_equal(found.left, 2 * X)


def test_copies_of_a_model_whose_compile_is_its_own():
    class Mine(keratin.Model):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(1)

        def call(self, x):
            return self.dense(x)

        def compile(self, rate):
            super().compile(optimizers.SGD(rate), "mse")

    model = Mine()
    model.compile(0.1)
    model.fit(X, Y, verbose=0)
    for other in (copy.deepcopy(model),):
        np.testing.assert_array_equal(other.predict(X, verbose=0), model.predict(X, verbose=0))
        assert float(other.optimizer.learning_rate) == pytest.approx(0.1)


def test_a_clone_of_a_model_of_ones_own():
    class Small(keratin.Model):
        def __init__(self, units=1, **kwargs):
            super().__init__(**kwargs)
            self.dense = layers.Dense(units)

        def call(self, x):
            return self.dense(x)

    model = Small(2)
    model(X)
    clone = keratin.models.clone_model(model)
    assert type(clone) is Small and clone.predict(X, verbose=0).shape == (16, 2)
    assert all(a is not b for a, b in zip(clone.weights, model.weights))


def test_a_weight_of_two_parts_is_one():
    dense = layers.Dense(1, kernel_initializer="ones", use_bias=False)
    x = keratin.Input((3,))
    inner = keratin.Model(x, dense(x))
    outer = keratin.Model(x, dense(x) + inner(x))
    assert len(outer.trainable_variables) == len(outer.weights) == 1
    with pytest.raises(ValueError, match="a variable twice"):
        optimizers.SGD(0.1).apply([np.ones((3, 1))] * 2, [dense.kernel] * 2)


def test_parts_that_left_and_parts_in_a_set():
    class Changing(layers.Layer):
        def __init__(self):
            super().__init__()
            self.list = [layers.Dense(1), layers.Dense(1)]
            self.set = {layers.Dense(1)}

        def call(self, x):
            for part in (*self.list, *self.set):
                x = part(x)
            return x

    layer = Changing()
    assert len(layer._layers_within()) == 3
    layer.list.pop()
    assert len(layer._layers_within()) == 2
    layer(X)
    assert len(layer.weights) == 4


def test_compute_metrics_of_ones_own():
    class Counting(keratin.Model):
        seen = 0

        def compute_metrics(self, x, y, y_pred, sample_weight=None):
            self.seen += len(x)
            return {**super().compute_metrics(x, y, y_pred, sample_weight), "seen": self.seen}

    x = keratin.Input((3,))
    model = Counting(x, layers.Dense(1)(x))
    model.compile("sgd", "mse", metrics=["mae"])
    found = model.fit(X, Y, batch_size=4, verbose=0).history
    assert sorted(found) == ["loss", "mae", "seen"] and found["seen"] == [16]


def test_what_call_closes_over_is_freed():
    def made():
        kept = np.zeros(1000)

        class Closing(layers.Layer):
            def call(self, x):
                return x * float(kept[0])

        Closing()(X)
        return weakref.ref(kept)

    gone = made()
    gc.collect()
    assert gone() is None


def test_predictions_beside_a_fit():
    class Own(keratin.Model):
        def __init__(self):
            super().__init__()
            self.dense, self.out = layers.Dense(3, "tanh"), layers.Dense(1)

        def call(self, x):
            return self.out(self.dense(x))

    model = Own()
    model.compile("sgd", "mse")
    model.fit(X, Y, verbose=0)
    ended, failed = threading.Event(), []

    def look(call):
        try:
            while not ended.is_set():
                call()
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=look, args=(call,)) for call in (
        lambda: model.predict(X, verbose=0), lambda: model(X[:2]))]
    for thread in threads:
        thread.start()
    try:
        model.fit(X, Y, epochs=60, batch_size=4, verbose=0)
    finally:
        ended.set()
        for thread in threads:
            thread.join()
    assert not failed


@pytest.mark.parametrize("name", ["_value", "_owner", "_options", "_keywords", "_calls", "_parts", "_made_of", "_loss_tracker", "_layers_",
                                  "_as_layer", "_input_struct"])
def test_attributes_may_have_any_name(name):
    class Named(keratin.Model):
        def __init__(self):
            super().__init__()
            setattr(self, name, layers.Dense(1))

        def call(self, x):
            return getattr(self, name)(x)

    model = Named()
    model.compile("sgd", "mse")
    model(X)
    before = model.get_weights()[0]
    model.fit(X, Y, verbose=0)
    assert len(model.weights) == 2 and np.abs(model.get_weights()[0] - before).max() > 0
    np.testing.assert_array_equal(copy.deepcopy(model).predict(X, verbose=0), model.predict(X, verbose=0))


def test_methods_of_keratins_own_are_not_shadowed_by_chance():
    for base in (layers.Layer, layers.Dense, keratin.Model, keratin.Sequential):
        with pytest.raises(TypeError, match=r"\[Mine\] '_run' is the name of a method that Keratin has for itself"):
            type("Mine", (base,), {"_run": lambda self: 1, "call": lambda self, x: x})
        type("Mine", (base,), {"_own": lambda self: 1, "call": lambda self, x: x})
    for made in (Doubled(), keratin.Sequential()):
        with pytest.raises(AttributeError, match="'_run' of .* cannot be set: it is the name of a method"):
            made._run = 1


def test_state_is_made_before_a_layer_is_built():
    class Late(layers.Layer):
        def call(self, x):
            self.w = self.add_weight(shape=(), initializer="ones")
            return x

    with pytest.raises(ValueError, match=r"\[Late\] You cannot add new elements of state"):
        Late()(X)
    layer = Doubled()
    layer(X)
    for value in (layers.Dense(1), keratin.Variable(1.0), [layers.Dense(1)], {"a": [layers.Dense(1)]}):
        with pytest.raises(ValueError, match="cannot add new elements of state"):
            layer.late = value
        assert not hasattr(layer, "late")
    layer.number, layer.list = 3, [1, 2]

    class Changed(layers.Layer):
        def __init__(self):
            super().__init__()
            self.inner = layers.Dense(1)

        def call(self, x):
            return self.inner(x)

    layer = Changed()
    layer.inner = layers.Dense(2)  # before it is built
    assert layer(X).shape == (16, 2) and len(layer.weights) == 2
    layer.inner = layer.inner
    with pytest.raises(ValueError, match="cannot add new elements of state"):
        layer.inner = layers.Dense(1)


def test_arguments_of_add_weight_by_place():
    class Weighted(layers.Layer):
        def __init__(self, *args, **kwargs):
            super().__init__()
            self.w = self.add_weight(*args, **kwargs)

    assert Weighted((2, 3), "zeros", "float32").w.shape == (2, 3)
    assert Weighted(dtype="int32", trainable=False).w.numpy() == 0 and Weighted(dtype="bool", trainable=False).w.numpy() == False  # noqa: E712
    for args, kwargs, error, words in (
            (("matrix",), {}, ValueError, "`name` must be passed as a keyword argument"),
            (("matrix",), {"shape": (3,)}, ValueError, "`name` must be passed as a keyword argument"),
            (((3,),), {"shape": (3,)}, ValueError, "`shape` was passed both positionally and as a keyword argument"),
            (((3,), "zeros", "float32", "w"), {}, TypeError, "takes at most 3 positional arguments")):
        with pytest.raises(error, match=words):
            Weighted(*args, **kwargs)


def test_numbers_are_given_by_name():
    class Switched(layers.Layer):
        def call(self, x, on):
            return x if on else -x

    with pytest.raises(ValueError, match="Only input tensors may be passed as positional arguments"):
        Switched()(X, True)
    np.testing.assert_array_equal(Switched()(X, on=False), -X)


def test_generators_of_seeds_are_variables():
    class Drawing(layers.Layer):
        def __init__(self):
            super().__init__()
            self.of_chance = keratin.random.SeedGenerator(3)
            self.seeds = {self.of_chance}
            self.inner = layers.Dense(1)

        def call(self, x):
            return self.inner(x)

    layer = Drawing()
    layer(X)
    assert len(layer.weights) == 2 and len(layer.variables) == 3 and len(layer.non_trainable_variables) == 1
    np.testing.assert_array_equal(layer.variables[2].numpy(), layer.of_chance.state)


def test_metrics_in_a_set():
    class Measured(keratin.Model):
        def __init__(self):
            super().__init__()
            self.all, self.out = {keratin.metrics.Mean(name="seen")}, layers.Dense(1)

        def call(self, x):
            return self.out(x)

    model = Measured()
    model.compile("sgd", "mse")
    assert "seen" in model.fit(X, Y, verbose=0).history


def test_losses_of_layers_are_seen_after_a_call_of_the_model():
    class Costly(layers.Layer):
        def call(self, x):
            self.add_loss(ops.sum(x))
            return x

    model = keratin.Sequential([Costly()])
    outer = keratin.Sequential([model])
    for made in (model, outer):
        made(np.ones((1, 2), "float32"))
        assert made.losses == [2.0]
        made(np.ones((1, 2), "float32"))
        assert made.losses == [2.0]
    outer.predict(X, verbose=0)
    assert outer.losses == [2.0]


def test_a_model_without_call():
    model = keratin.Model()
    with pytest.raises(NotImplementedError, match="does not have a `call` method implemented"):
        model(X)
    with pytest.raises(AttributeError, match="`Model.layers` attribute is reserved"):
        model.layers = [layers.Dense(1)]
