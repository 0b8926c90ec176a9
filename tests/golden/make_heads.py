# SPDX-License-Identifier: Apache-2.0
"""What Keras's fit, evaluate, train_on_batch and predict give of a model with two inputs and two outputs."""
import golden
import numpy as np
import keras
from keras import layers

draw = np.random.default_rng(11)
USER, FILM, RATING = (draw.normal(size=(11, 1)).astype("float32") for _ in range(3))
SEEN = draw.integers(0, 2, size=(11, 1)).astype("float32")
W1, W2 = (draw.uniform(0, 2, size=(11,)).astype("float32") for _ in range(2))
A, B = 0.5, -0.25
OUTPUTS = ["rating", "seen"]


def case(name, loss=("mse", "mae"), loss_weights=None, metrics=None, weighted_metrics=None, weights=None, **fit):
    user, film = keras.Input((1,), name="user"), keras.Input((1,), name="film")
    shared, other = layers.Dense(1, use_bias=False, name="a"), layers.Dense(1, use_bias=False, name="b")
    of_film = shared(film)
    model = keras.Model([user, film], [layers.Add(name="rating")([shared(user), other(film)]),
                                       layers.Activation("linear", name="seen")(of_film)])
    by_name = {layer.name: layer for layer in model.layers}
    by_name["a"].set_weights([np.array([[A]], "float32")])
    by_name["b"].set_weights([np.array([[B]], "float32")])

    def named(entries):
        return entries if entries is None or isinstance(entries, str) else dict(zip(OUTPUTS, entries))

    model.compile(keras.optimizers.SGD(0.1), named(loss), loss_weights=named(loss_weights), metrics=named(metrics),
                  weighted_metrics=named(weighted_metrics), run_eagerly=True)
    sample_weight = {None: None, "one": W1, "each": [W1, W2]}[weights]
    x, y = [USER, FILM], [RATING, SEEN]
    history = model.fit(x, y, batch_size=4, shuffle=False, verbose=0, sample_weight=sample_weight, **fit)
    after = [golden.array(by_name[name].get_weights()[0]) for name in "ab"]
    evaluated = model.evaluate(x, y, batch_size=4, verbose=0, return_dict=True, sample_weight=sample_weight)
    batch = model.train_on_batch([a[:4] for a in x], [a[:4] for a in y], return_dict=True)
    return {"name": name, "loss": loss, "loss_weights": loss_weights, "metrics": metrics,
            "weighted_metrics": weighted_metrics, "sample_weight": weights, "fit": fit, "history": history.history,
            "weights": after, "evaluate": {k: float(v) for k, v in evaluated.items()},
            "train_on_batch": {k: float(v) for k, v in batch.items()},
            "predict": [golden.array(output) for output in model.predict(x, verbose=0)]}


cases = [
    case("two losses", epochs=3),
    case("one loss for both", loss="mse", epochs=2),
    case("weights of losses", loss_weights=[0.5, 2.0], epochs=2),
    case("metrics of each", metrics=[["mae", "mse"], ["mse"]], epochs=2),
    case("an output without a loss", loss=[None, "mse"], epochs=2),
    case("equal names", metrics=[["mae"], ["mae", "mae"]], weighted_metrics=[["mae", "mae"], ["mae", "mse"]],
         weights="each", epochs=2),
    case("sample weights of each", weights="each", weighted_metrics=[["mae"], ["mse"]], epochs=2),
    case("sample weights for all", weights="one", weighted_metrics=[["mae"], ["mse"]], epochs=2),
    case("validation_split", validation_split=0.3, loss_weights=[1.0, 0.2], metrics=[["mae"], ["mse"]], epochs=2),
]
golden.write("heads", cases, x=[golden.array(USER), golden.array(FILM)], y=[golden.array(RATING), golden.array(SEEN)],
             weights=[golden.array(W1), golden.array(W2)], a=A, b=B)
