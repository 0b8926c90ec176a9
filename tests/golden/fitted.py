# SPDX-License-Identifier: Apache-2.0
"""What programs with classes of a user's own are given, and what is told of a fit, for whatever `keras` is."""
import numpy as np

EPOCHS = 3


def data(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def ids(*shape, below=12, seed=1):
    return np.random.default_rng(seed).integers(0, below, size=shape).astype("int32")


def settle(model, seed=5):
    """Weights that are the same wherever the model is made."""
    draw = np.random.default_rng(seed)
    model.set_weights([draw.uniform(-0.5, 0.5, size=weight.shape).astype("float32") for weight in model.weights])


def trained(keras, model, x, y, optimizer=None, loss="mse", build=None, **fit):
    """What a fit gives: the history, the weights, predictions."""
    if build is not None:
        model.build(build)
    else:
        model(x)
    settle(model)
    model.compile(optimizer or keras.optimizers.SGD(0.1), loss, metrics=fit.pop("metrics", None))
    history = model.fit(x, y, epochs=EPOCHS, batch_size=4, shuffle=False, verbose=0, **fit).history
    found = {f"history {name}": values for name, values in history.items()}
    found.update({f"weight {i}": weight for i, weight in enumerate(model.get_weights())})
    predicted = model.predict(x, verbose=0)
    if isinstance(predicted, dict):
        found.update({f"predicted {name}": value for name, value in predicted.items()})
    elif isinstance(predicted, (list, tuple)):
        found.update({f"predicted {i}": value for i, value in enumerate(predicted)})
    else:
        found["predicted"] = predicted
    found["paths"] = [weight.path for weight in model.weights]
    return found
