# SPDX-License-Identifier: Apache-2.0
"""What an object does, as plain values that can be compared: for tests that something changed, or did not."""
import collections
import contextlib
import io
import os
import re
import tempfile
import types

import numpy as np

import keratin
from keratin import layers


def plain(value):
    """Arrays as their bits, objects as their text; lists and dicts go on."""
    if isinstance(value, (str, bytes, bool, int, float, type(None))):
        return value
    if isinstance(value, dict):
        return [(key, plain(entry)) for key, entry in value.items()]
    if isinstance(value, (list, tuple, types.GeneratorType)):
        return [plain(entry) for entry in value]
    if isinstance(value, (np.ndarray, np.generic, keratin.Variable)):
        array = np.asarray(value)
        return array.shape, array.dtype.str, array.tobytes()
    return type(value).__name__, getattr(value, "name", None)


def outcome(call):
    """What `call` gives and says, or how it ends, from the same random numbers and names every time."""
    keratin.utils.clear_session()
    keratin.utils.set_random_seed(1)
    said = io.StringIO()
    try:
        with contextlib.redirect_stdout(said):
            result = plain(call())
    except (ValueError, TypeError, AttributeError, RuntimeError, UserWarning) as error:
        return "raised", str(error)
    # But for how long it took, and the room for that.
    return result, re.sub(r"\d+[mu]?s\b", "?s", said.getvalue()).replace(" ", "")


# -- what there is to see of the objects of a concept ---------------------------------------------

X = np.linspace(-1.9, 2.1, 12, dtype=np.float32).reshape(3, 4)
With = collections.namedtuple("With", "value base")  # a value that counts beside these other arguments
ODD = np.array([[0.3, -1.2, 0.4, 0.0], [2.2, 0.7, -0.1, 0.9], [-0.6, 1.1, 0.2, -2.0]], np.float32)


def initializer(made):
    return [made((3, 4)), made((2, 3, 4))] if type(made).__name__ != "Identity" else made((3, 4))


def regularizer(made):
    return made(ODD)


def constraint(made):
    return made(ODD)


def schedule(made):
    return [made(step) for step in (0, 1, 3, 7, 12, 40, 90)]


def optimizer(made):
    """Four steps, of large and small gradients, then what an average puts in the place of the weights."""
    one, two = keratin.Variable([1.0, -2.0, 3.0], name="one"), keratin.Variable([[0.5, -0.5]], name="two")
    steps = []
    for size in (3.0, -0.2, 0.01, -1.0):
        made.apply([np.array([size, -0.5, 0.002]), np.array([[0.3, size]])], [one, two])
        steps += [one.numpy(), two.numpy()]
    made.finalize_variable_values([one, two])
    return [steps, one.numpy(), two.numpy(), made.name, made.iterations]


def loss_on(y_true, y_pred):
    def see(made):
        return [made(y_true, y_pred), made(y_true, y_pred, np.array([1.0, 0.2, 3.0], np.float32)), made.name]

    return see


def metric_on(y_true, y_pred):
    def see(made):
        made.update_state(y_true, y_pred)
        made.update_state(y_true[::-1], y_pred, np.array([1.0, 0.2, 3.0], np.float32))
        return [made.result(), made.name]

    return see


def layer_on(x):
    """Five steps of training, and what a call gives before and after it."""

    def see(made):
        model = keratin.Sequential([made], mask_policy="keras3")
        model.compile("sgd", "mse")
        before = model(x)
        losses = [model.train_on_batch(x, np.full(np.shape(before), 0.3, np.float32)) for _ in range(5)]
        rows = getattr(made, "rows_in_use", None)
        return [before, model(x), made(x, training=True), made._core.compute_mask(x, None), losses, rows,
                made.get_weights(), made.losses, made.name, model.output_shape, model.input_shape,
                [weight.trainable for weight in made.weights], made.trainable]

    return see


def reversible_on(x):
    """As layer_on, and what it gives on its way back."""
    return lambda made: [*layer_on(x)(made), made(made(x), reverse=True), len(made.weights)]


def cell_on(x):
    """Five steps of training over the steps of x, and what a step gives behind them."""

    def see(made):
        model = keratin.Sequential([keratin.layers.RNN(made)])
        model.compile("sgd", "mse")
        before = model(x)
        losses = [model.train_on_batch(x, np.full(np.shape(before), 0.3, np.float32)) for _ in range(5)]
        output, states = made(x[:, 0], made.get_initial_state(len(x)))
        return [before, model(x), losses, output, *states, made.get_weights(), made.losses, made.name, made.trainable]

    return see


def feature_on(x):
    """What a layer of features gives, where it has learned from x if it does."""

    def see(made):
        if hasattr(made, "adapt") and (made.get_config().get("vocabulary") or made.get_config().get("bin_boundaries")
                                       or made.get_config().get("mean")) is None:
            made.adapt(x)
        known = made.get_vocabulary() if hasattr(made, "get_vocabulary") else None
        return [np.asarray(made(x)).tolist(), str(np.asarray(made(x)).dtype), known, made.name, made.trainable]

    return see


def labelled_on(x, labels):
    """Five steps of training of a layer that is told the labels, and what calls with and without them give."""

    def see(made):
        inputs = [keratin.Input(np.shape(x)[1:]), keratin.Input(np.shape(labels)[1:], dtype="int64")]
        model = keratin.Model(inputs, made(*inputs))
        model.compile("sgd", "mse")
        before = model([x, labels])
        losses = [model.train_on_batch([x, labels], np.full(np.shape(before), 0.3, np.float32)) for _ in range(5)]
        return [before, model([x, labels]), made(x), made(x, labels, training=True), losses, made.get_weights(), made.losses,
                made.name, [weight.trainable for weight in made.weights], made.trainable]

    return see


def attention_on(*xs, in_list=False):
    """Five steps of training of a layer that reads these, and what a call gives before and after it."""

    def see(made):
        def call(values, **kwargs):
            return made(list(values), **kwargs) if in_list else made(*values, **kwargs)

        inputs = [keratin.Input(np.shape(x)[1:]) for x in xs]
        model = keratin.Model(inputs, call(inputs))
        model.compile("sgd", "mse")
        data = [np.asarray(x) for x in xs]
        before = model(data)
        losses = [model.train_on_batch(data, np.full(np.shape(before), 0.3, np.float32)) for _ in range(5)]
        try:
            scores = call(data, return_attention_scores=True)
        except ValueError as error:
            scores = str(error)
        return [before, model(data), call(data, training=True), scores, losses, made.get_weights(), made.losses, made.name,
                [weight.trainable for weight in made.weights], made.trainable]

    return see


def callback(made):
    """Eight epochs whose losses fall, rise and rest; each epoch has other weights."""
    model = keratin.Sequential([keratin.Input((1,)), layers.Dense(1)])
    model.compile(keratin.optimizers.SGD(1.0), "mse")
    made.set_model(model)
    made.set_params({"verbose": 1, "epochs": 8, "steps": 2})
    seen = []
    made.on_train_begin()
    for epoch, value in enumerate((3.0, 2.0, 1.95, 2.5, 2.5, 1.0, 1.5, 1.5, 1.6, 1.7)):
        made.on_epoch_begin(epoch)
        made.on_train_batch_end(0, {"loss": value})
        model.set_weights([np.full((1, 1), epoch), np.zeros(1)])
        logs = {"val_loss": value, "loss": -value, "up": epoch}
        made.on_epoch_end(epoch, logs)
        seen.append([logs, model.stop_training, model.optimizer.learning_rate])
        model.stop_training = False
    made.on_train_batch_end(1, {"loss": float("nan")})
    made.on_train_end()
    return [seen, model.get_weights()]


def callback_with_files(made):
    """What a run writes: which files stand there before each of its nine batches and behind it, what it says, and the
    weights in the models that are left."""
    keratin.utils.set_random_seed(1)
    x, y = np.arange(6, dtype="float32").reshape(6, 1), np.ones((6, 1), "float32")
    model = keratin.Sequential([keratin.Input((1,)), layers.Dense(1)])
    model.compile(keratin.optimizers.SGD(0.05), "mse")
    rate = keratin.callbacks.LearningRateScheduler(lambda epoch: (0.01, 0.5, 0.01)[epoch])
    seen, said, here = [], io.StringIO(), os.getcwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            look = keratin.callbacks.LambdaCallback(on_train_batch_begin=lambda batch, logs: seen.append(files()))
            with contextlib.redirect_stdout(said):
                model.fit(x, y, batch_size=2, epochs=3, shuffle=False, verbose=0, callbacks=[look, made, rate],
                          validation_data=(-x, y))
            kept = [keratin.saving.load_model(path).get_weights() for path in files() if path.endswith(".keras")]
            return [seen, said.getvalue(), files(), kept]
        finally:
            os.chdir(here)


def files():
    return sorted(os.path.join(where, name) for where, _, names in os.walk(".") for name in names)


def input_layer(made):
    """An input layer, or the value that it gives."""
    layer = getattr(made, "_operation", made)
    return [layer.get_config(), layer.name, layer.trainable]


def merge_of(*xs):
    """What a layer of several inputs gives."""

    def see(made):
        return [made(list(xs)), made.name, made.trainable, made.compute_output_shape([np.shape(x) for x in xs])]

    return see
