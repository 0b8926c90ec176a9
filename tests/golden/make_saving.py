# SPDX-License-Identifier: Apache-2.0
"""Files that real Keras saves, and what it answers and learns with them: run with KERAS_BACKEND=jax."""
import json
import os

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


if __name__ == "__main__":
    os.makedirs(FOLDER, exist_ok=True)
    main()
