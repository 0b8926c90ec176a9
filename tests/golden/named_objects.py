# SPDX-License-Identifier: Apache-2.0
"""The objects whose attributes names.json lists: made of Keras there, and of Keratin where it is read."""


def objects(keras):
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
