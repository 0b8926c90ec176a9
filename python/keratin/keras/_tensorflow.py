# SPDX-License-Identifier: Apache-2.0
"""TensorFlow: functions of NumPy arrays within its graphs, stateful ones, which run in the order of the program."""
import numpy as np
import tensorflow as tf

SUPPORTS_JIT = False  # XLA has no functions of Python's


def _host(function, arguments, shape):
    def on_arrays(*given):
        return np.asarray(function(*given), np.float32, order="C")
    result = tf.numpy_function(on_arrays, arguments, tf.float32, stateful=True)
    result.set_shape(shape)
    return result


def lookup(table, link, ids, training):
    """The rows of `ids`, whose gradient the table records; `link` gets the record's mark."""
    rows = table.lookup_to_train if training is True else table.lookup  # nothing says whether a tape is there

    @tf.custom_gradient
    def look_up(link):
        def backward(gradient):
            return _host(table.record, [ids, gradient], link.shape)
        return _host(rows, [ids], ids.shape + [table.output_dim]), backward
    return look_up(tf.convert_to_tensor(link))


def call_host(function, arguments, shape):
    """A float32 tensor: what `function` of NumPy arrays gives. Nothing is differentiated."""
    return tf.stop_gradient(_host(function, [tf.convert_to_tensor(argument) for argument in arguments], shape))


outside = tf.init_scope  # of a graph that is being made


def show(variable):
    """Makes Keras's conversion to NumPy give what is in Keratin: it asks the variable."""


def wait():
    """Returns when all steps that were begun are done."""


def refuse_distribution():
    if tf.distribute.has_strategy():
        raise NotImplementedError("[Embedding] a table of Keratin lives in one process, and a tf.distribute.Strategy is "
                                  "in force: use keras.layers.Embedding there.")
