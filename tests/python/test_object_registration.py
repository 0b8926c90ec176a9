# SPDX-License-Identifier: Apache-2.0
"""Classes that no module has go through pickles by the name that they were registered by, as in Keras, whose pickles are archives."""
import copy
import pickle

import keratin as keras
import numpy as np
import pytest
from keratin import layers

register = keras.saving.register_keras_serializable
X = np.ones((4, 2), np.float32)


def local_classes():
    @register("registration_test")
    class Times(layers.Layer):
        def __init__(self, factor=2.0, **kwargs):
            super().__init__(**kwargs)
            self.factor = factor

        def build(self, input_shape):
            self.w = self.add_weight(shape=(input_shape[-1],), initializer="ones")

        def call(self, inputs):
            return inputs * self.w * self.factor

    @register("registration_test")
    class Net(keras.Model):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.times, self.dense = Times(3.0), layers.Dense(1, kernel_initializer="ones")

        def call(self, inputs):
            return self.dense(self.times(inputs))

    @register("registration_test")
    class Off(keras.losses.Loss):
        def call(self, y_true, y_pred):
            return keras.ops.mean(keras.ops.square(y_true - y_pred), axis=-1)

    @register("registration_test")
    class Half(keras.initializers.Initializer):
        def __call__(self, shape, dtype=None):
            return np.full(shape, 0.5, np.float32)

    return Times, Net, Off, Half


def through_pickle(thing):
    return pickle.loads(pickle.dumps(thing))


def test_pickles_find_the_class():
    times, net, off, half = local_classes()
    model = net()
    model(X)
    other = through_pickle(model)
    assert type(other) is net and type(other.times) is times
    np.testing.assert_array_equal(other(X), np.full((4, 1), 6, np.float32))
    model = keras.Sequential([keras.Input((2,)), times(5.0), layers.Dense(1, kernel_initializer=half())])
    model.compile("sgd", off())
    model.fit(X, X[:, :1], verbose=0)
    other = through_pickle(model)
    for one in (model, other):
        one.fit(X, X[:, :1], verbose=0)
    for a, b in zip(model.get_weights(), other.get_weights()):
        np.testing.assert_array_equal(a, b)
    assert type(other.loss) is off and type(copy.deepcopy(other).loss) is off


def test_a_class_that_another_has_replaced_is_an_error():
    times, *_ = local_classes()
    old = times()
    text = pickle.dumps(old)
    newer, *_ = local_classes()
    assert type(pickle.loads(text)) is newer
    with pytest.raises((AttributeError, pickle.PicklingError), match="local object"):
        pickle.dumps(old)


def test_an_unknown_name_says_what_to_do():
    times, *_ = local_classes()
    text = pickle.dumps(times())
    del keras.saving.get_custom_objects()["registration_test>Times"]
    with pytest.raises(ValueError, match="registered as 'registration_test>Times': register the class again"):
        pickle.loads(text)
