# SPDX-License-Identifier: Apache-2.0
"""names.json: the public names of Keras, by module, and the attributes of an object of each kind. Keratin has each
of them, or says what to do instead (python/keratin/_elsewhere.py)."""
import inspect

from golden import keras, write

# What is in these is answered for as a whole.
NOT_LOOKED_INTO = ("keras.applications", "keras.datasets", "keras.src")


def public(thing):
    return sorted(name for name in dir(thing) if not name.startswith("_"))


def modules(path, module):
    yield path, public(module)
    for name in public(module):
        inside, sub = f"{path}.{name}", getattr(module, name)
        if inspect.ismodule(sub) and sub.__name__.startswith("keras") and not inside.startswith(NOT_LOOKED_INTO):
            yield from modules(inside, sub)


def objects():
    layers = keras.layers
    model = keras.Sequential([keras.Input((2,)), layers.Embedding(5, 2), layers.Flatten(), layers.Dense(1)])
    model.compile(keras.optimizers.Adam(), keras.losses.MeanSquaredError(), metrics=[keras.metrics.MeanSquaredError()])
    return {
        "Sequential": model,
        "layers.Embedding": model.layers[0],
        "layers.Flatten": model.layers[1],
        "layers.Dense": model.layers[2],
        "layers.Dropout": layers.Dropout(0.5),
        "layers.GlobalAveragePooling1D": layers.GlobalAveragePooling1D(),
        "optimizers.Adam": model.optimizer,
        "losses.MeanSquaredError": model.loss,
        "metrics.MeanSquaredError": keras.metrics.MeanSquaredError(),
        "callbacks.Callback": keras.callbacks.Callback(),
        "callbacks.History": keras.callbacks.History(),
        "Variable": model.layers[0].embeddings,
        "initializers.RandomUniform": keras.initializers.RandomUniform(),
        "regularizers.L2": keras.regularizers.L2(),
        "constraints.MaxNorm": keras.constraints.MaxNorm(),
    }


cases = [{"module": path, "names": names} for path, names in modules("keras", keras)]
cases += [{"object": path, "names": public(thing)} for path, thing in objects().items()]
write("names", cases)
