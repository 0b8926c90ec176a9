# SPDX-License-Identifier: Apache-2.0
"""summary.json: the text that Keras 3 prints for models of one row of layers, without a terminal."""
import os

import numpy as np
from golden import keras, write

L = keras.layers


def text(model, **kwargs):
    lines = []
    model.summary(print_fn=lines.append, **kwargs)
    # print_fn is given the whole text; rich pads nothing here, and ends with a new line.
    return "\n".join(lines)


def case(what, layers, line_length=None, compile_and_fit=None, name="model", **more):
    keras.utils.clear_session()
    model = keras.Sequential(layers, name=name)
    if compile_and_fit:
        model.compile(compile_and_fit, "mse")
        shape = model.input_shape[1:]
        model.fit(np.zeros((2, *shape)), np.zeros((2, *model.output_shape[1:])), verbose=0)
    kwargs = {**more, **({} if line_length is None else {"line_length": line_length})}
    os.environ["COLUMNS"] = "80" if line_length is None else "200"  # rich cuts what is wider
    return {"what": what, "optimizer": compile_and_fit, "line_length": line_length,
            **more, "model": keras.saving.serialize_keras_object(model)["config"], "text": text(model, **kwargs)}


classifier = lambda: [L.Input((40,)), L.Embedding(10001, 32), L.GlobalAveragePooling1D(),
                      L.Dense(16, activation="relu"), L.Dense(1, activation="sigmoid")]
cases = [
    case("not built", [L.Embedding(1000, 64), L.GlobalAveragePooling1D()]),
    case("built", classifier()),
    case("built, wide", classifier(), line_length=100),
    case("built, narrow", classifier(), line_length=50),
    case("compiled with adam", classifier(), compile_and_fit="adam"),
    case("long names", [L.Input((3,)), L.Embedding(5, 4, name="the_embedding_of_all_the_words_of_the_text"),
                        L.Flatten(name="x" * 50), L.Dense(7, name="one two three four five six seven eight nine")]),
    case("not trainable", [L.Input((3,)), L.Embedding(2000000, 64, trainable=False), L.Flatten(), L.Dense(7)]),
]
half = lambda: [L.Input((3,)), L.Embedding(5, 4, trainable=False, name="e"), L.Flatten(name="f"), L.Dense(7, name="d")]
cases += [
    case("show_trainable", half(), show_trainable=True),
    case("show_trainable, narrow", half(), line_length=50, show_trainable=True),
    case("positions", half(), positions=[0.3, 0.6, 1.0]),
    case("positions and show_trainable", half(), positions=[0.3, 0.6, 1.0], show_trainable=True),
    case("layer_range", half(), layer_range=["f", "d"]),
    case("layer_range, backwards", half(), layer_range=["d", "f"]),
]
write("summary", cases)
