# SPDX-License-Identifier: Apache-2.0
"""stateful.json: models with stateful layers through fit, predict twice, evaluate, and predict after reset_state. On
PyTorch: on JAX Keras 3.16 loses the states behind each batch."""
import os

os.environ["KERAS_BACKEND"] = "torch"

from golden import array, keras, np, write  # noqa: E402

L = keras.layers
rng = np.random.default_rng(31)
x, y = (np.round(rng.normal(size=shape), 3).astype("float32") for shape in ((12, 5, 3), (12, 2)))


def case(name, wrapped, **options):
    keras.utils.clear_session()
    layer = getattr(L, name)(2, stateful=True, **options)
    model = keras.Sequential([keras.Input(batch_shape=(4, 5, 3)), L.Bidirectional(layer, "sum") if wrapped else layer])
    model.compile(keras.optimizers.SGD(0.1), "mse")
    made = {"class_name": name, "wrapped": wrapped, "options": options,
            "weights": [array(keras.ops.convert_to_numpy(w)) for w in model.trainable_weights]}
    run = dict(batch_size=4, verbose=0)
    made["losses"] = model.fit(x, y, epochs=3, shuffle=False, **run).history["loss"]
    made["first"], made["second"] = (array(model.predict(x, **run)) for _ in range(2))
    made["evaluated"] = model.evaluate(x, y, **run)
    for layer in model.layers:
        layer.reset_state()
    made["reset"] = array(model.predict(x, **run))
    return made


write("stateful", [case(name, wrapped, **options) for name, options in (
    ("SimpleRNN", {}), ("LSTM", {}), ("GRU", {}), ("GRU", {"reset_after": False}), ("LSTM", {"go_backwards": True}))
    for wrapped in ((False, True) if not options else (False,))], x=array(x), y=array(y))
