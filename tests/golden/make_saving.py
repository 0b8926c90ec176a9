# SPDX-License-Identifier: Apache-2.0
"""Files that real Keras saves, and what it answers and learns with them: run with KERAS_BACKEND=jax."""
import json
import os
import zipfile

import golden
import h5py
import keras
import numpy as np

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "saving")
SHARD = 640 / 2**30  # of the 1,200 bytes of the row's weights and its optimizer's state


def main():
    keras.utils.set_random_seed(1)
    model = keras.Sequential([
        keras.layers.Input((5,)), keras.layers.Embedding(20, 4, mask_zero=True), keras.layers.GlobalAveragePooling1D(),
        keras.layers.Dense(3, "relu"), keras.layers.Dense(1, "sigmoid")])
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    x, y = np.random.randint(1, 20, (32, 5)), np.random.randint(0, 2, (32, 1))
    model.fit(x, y, epochs=2, verbose=0, shuffle=False)
    model.save(os.path.join(FOLDER, "row.keras"))
    model.save_weights(os.path.join(FOLDER, "row.weights.h5"))
    model.save_weights(os.path.join(FOLDER, "shards.weights.json"), max_shard_size=SHARD)
    model.save(os.path.join(FOLDER, "row.h5"))
    weights = [w.tolist() for w in model.get_weights()]
    answers = model.predict(x, verbose=0).tolist()
    history = model.fit(x, y, epochs=2, verbose=0, shuffle=False)
    with open(os.path.join(FOLDER, "row.json"), "w") as file:
        json.dump({"x": x.tolist(), "y": y.tolist(), "weights": weights, "answers": answers, "loss": history.history["loss"],
                   "answers_after": model.predict(x, verbose=0).tolist(), "keras": keras.__version__}, file)


def within():
    """Layers that hold layers, and a model: where their weights stand in files."""
    keras.utils.set_random_seed(2)
    heads = keras.Sequential([keras.layers.Dense(3, "relu"), keras.layers.Dense(2)])
    model = keras.Sequential([
        keras.layers.Input((5, 3)), keras.layers.TimeDistributed(heads), keras.layers.Bidirectional(keras.layers.LSTM(2, return_sequences=True)),
        keras.layers.TimeDistributed(keras.layers.Dense(2)),
        keras.layers.Bidirectional(keras.layers.GRU(2), "sum", backward_layer=keras.layers.GRU(2, use_bias=False, go_backwards=True))])
    x = np.random.default_rng(5).normal(size=(2, 5, 3)).astype("float32")
    for name in ("within.keras", "within.h5"):
        model.save(os.path.join(FOLDER, name))
    paths = []
    with zipfile.ZipFile(os.path.join(FOLDER, "within.keras")) as archive, archive.open("model.weights.h5") as member, h5py.File(member) as file:
        file.visititems(lambda path, thing: paths.append(path) if isinstance(thing, h5py.Dataset) else None)
    golden.write("saving/within", [], x=golden.array(x), weights=[golden.array(w) for w in model.get_weights()], paths=paths,
                 answers=golden.array(model.predict(x, verbose=0)))


if __name__ == "__main__":
    os.makedirs(FOLDER, exist_ok=True)
    main()
    within()
