# SPDX-License-Identifier: Apache-2.0
"""Programs with layers and models of a user's own, for whatever `keras` is: make_own.py asks Keras for their numbers, and
tests/python/test_own.py holds Keratin's against them. Each gives a dict of arrays and numbers."""
import numpy as np
from fitted import EPOCHS, data, ids, settle, trained


def highway(keras):
    class Highway(keras.layers.Layer):
        def build(self, input_shape):
            self.gate = keras.layers.Dense(input_shape[-1], "sigmoid", name="gate")
            self.scale = self.add_weight(shape=(input_shape[-1],), initializer="ones", name="scale")

        def call(self, x, training=False):
            g = self.gate(x)
            return g * x * self.scale + (1 - g) * x

    return Highway


def functional(keras):
    x = keras.Input((3,))
    model = keras.Model(x, keras.layers.Dense(1, name="out")(highway(keras)(name="hw")(x)))
    return trained(keras, model, data(10, 3), data(10, 1, seed=2))


def sequential(keras):
    model = keras.Sequential([keras.Input((4,), dtype="int32"), keras.layers.Embedding(12, 3, name="vectors"),
                              highway(keras)(name="hw"), keras.layers.Flatten(), keras.layers.Dense(1, name="out")], name="model")
    return trained(keras, model, ids(10, 4), data(10, 1, seed=2), keras.optimizers.Adam(0.05))


def used_twice(keras):
    layer = highway(keras)(name="hw")
    x = keras.Input((3,))
    model = keras.Model(x, keras.layers.Dense(1, name="out")(layer(layer(x) * 2)))
    return trained(keras, model, data(10, 3), data(10, 1, seed=2))


def frozen(keras):
    layer = highway(keras)(name="hw", trainable=False)
    x = keras.Input((3,))
    model = keras.Model(x, keras.layers.Dense(1, name="out")(layer(x)))
    found = trained(keras, model, data(10, 3), data(10, 1, seed=2))
    return {**found, "trainable": [weight.path for weight in model.trainable_weights],
            "not trainable": [weight.path for weight in model.non_trainable_weights]}


class SeveralArguments:
    def __call__(self, keras):
        class Bilinear(keras.layers.Layer):
            def build(self, left_shape, right_shape):
                self.matrix = self.add_weight(shape=(left_shape[-1], right_shape[-1]), name="matrix")

            def call(self, left, right, factor=1.0):
                return factor * keras.ops.sum(keras.ops.matmul(left, self.matrix) * right, axis=-1, keepdims=True)

        left, right = keras.Input((3,), name="left"), keras.Input((2,), name="right")
        model = keras.Model([left, right], Bilinear(name="bilinear")(left, right, factor=0.5))
        return trained(keras, model, [data(10, 3), data(10, 2, seed=3)], data(10, 1, seed=2))


several_arguments = SeveralArguments()


def lists_and_dicts(keras):
    class Both(keras.layers.Layer):
        def build(self, input_shape):
            self.kernel = self.add_weight(shape=(input_shape["a"][-1], 2), name="kernel")

        def call(self, inputs):
            a = keras.ops.matmul(inputs["a"], self.kernel)
            return {"sum": a + inputs["b"], "parts": [a, keras.ops.tanh(inputs["b"])]}

    a, b = keras.Input((3,), name="a"), keras.Input((2,), name="b")
    both = Both(name="both")({"a": a, "b": b})
    out = keras.layers.Dense(1, name="out")(keras.layers.Concatenate()([both["sum"], *both["parts"]]))
    return trained(keras, keras.Model([a, b], out), [data(10, 3), data(10, 2, seed=3)], data(10, 1, seed=2))


def masks(keras):
    class Shifted(keras.layers.Layer):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.supports_masking = True

        def call(self, x):
            return x + 1.0

    class MaskedSum(keras.layers.Layer):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.supports_masking = True

        def call(self, x, mask=None):
            return keras.ops.sum(x * keras.ops.cast(keras.ops.expand_dims(mask, -1), "float32"), axis=1)

        def compute_mask(self, inputs, previous_mask):
            return None

    x = keras.Input((5,), dtype="int32")
    y = keras.layers.Embedding(6, 3, mask_zero=True, name="vectors")(x)
    model = keras.Model(x, keras.layers.Dense(1, name="out")(MaskedSum(name="sum")(Shifted(name="shifted")(y))))
    return trained(keras, model, ids(10, 5, below=6), data(10, 1, seed=2), keras.optimizers.SGD(0.01))


def losses_of_layers(keras):
    class Penalized(keras.layers.Layer):
        def build(self, input_shape):
            self.dense = keras.layers.Dense(3, "tanh", kernel_regularizer=keras.regularizers.L2(0.05), name="dense")

        def call(self, x):
            y = self.dense(x)
            self.add_loss(0.1 * keras.ops.mean(keras.ops.abs(y)))
            return y

    x = keras.Input((3,))
    model = keras.Model(x, keras.layers.Dense(1, name="out")(
        Penalized(name="penalized", activity_regularizer=keras.regularizers.L1(0.02))(x)))
    return trained(keras, model, data(12, 3), data(12, 1, seed=2))


def parts_in_lists(keras):
    class Tower(keras.layers.Layer):
        def __init__(self, widths, **kwargs):
            super().__init__(**kwargs)
            self.blocks = []
            for i, width in enumerate(widths):
                self.blocks.append(keras.layers.Dense(width, "relu", name=f"block_{i}"))
            self.named = {"last": keras.layers.Dense(2, name="last")}

        def call(self, x):
            for block in self.blocks:
                x = block(x)
            return self.named["last"](x)

    x = keras.Input((3,))
    return trained(keras, keras.Model(x, Tower([4, 3], name="tower")(x)), data(10, 3), data(10, 2, seed=2))


def moving_average(keras):
    class Centred(keras.layers.Layer):
        def build(self, input_shape):
            self.mean = self.add_weight(shape=(input_shape[-1],), initializer="zeros", trainable=False, name="mean")
            self.scale = self.add_weight(shape=(input_shape[-1],), initializer="ones", name="scale")

        def call(self, x, training=False):
            if training:
                self.mean.assign(0.9 * self.mean + 0.1 * keras.ops.mean(x, axis=0))
            return (x - self.mean) * self.scale

    x = keras.Input((3,))
    model = keras.Model(x, keras.layers.Dense(1, name="out")(Centred(name="centred")(x)))
    return trained(keras, model, data(12, 3), data(12, 1, seed=2))


def model(keras):
    class Classifier(keras.Model):
        def __init__(self, width=3, **kwargs):
            super().__init__(**kwargs)
            self.vectors = keras.layers.Embedding(12, width, mask_zero=True, name="vectors")
            self.mean = keras.layers.GlobalAveragePooling1D()
            self.hidden = [keras.layers.Dense(4, "relu", name=f"hidden_{i}") for i in range(2)]
            self.out = keras.layers.Dense(1, "sigmoid", name="out")

        def call(self, inputs, training=None):
            x = self.mean(self.vectors(inputs))
            for layer in self.hidden:
                x = layer(x)
            return self.out(x)

    x = 1 + ids(16, 4, below=11)
    y = (ids(16, 1, below=2, seed=7)).astype("float32")
    return trained(keras, Classifier(name="classifier"), x, y, keras.optimizers.Adam(0.05), "binary_crossentropy",
                   metrics=["accuracy"], validation_split=0.25, sample_weight=np.abs(data(16, seed=9)))


def model_of_dicts(keras):
    class Two(keras.Model):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.a, self.b = keras.layers.Dense(1, name="a"), keras.layers.Dense(2, name="b")

        def call(self, inputs):
            return {"p": self.a(inputs["u"]), "q": self.b(inputs["v"]) * 2}

    made = Two(name="two")
    x = {"u": data(8, 3), "v": data(8, 2, seed=3)}
    made(x)
    settle(made)
    made.compile(keras.optimizers.SGD(0.1), {"p": "mse", "q": "mae"}, loss_weights={"p": 1.0, "q": 0.5})
    history = made.fit(x, {"p": data(8, 1, seed=4), "q": data(8, 2, seed=5)}, epochs=2, batch_size=4, shuffle=False, verbose=0)
    found = {f"history {name}": values for name, values in history.history.items()}
    return {**found, **{f"predicted {name}": value for name, value in made.predict(x, verbose=0).items()}}


def nested_model(keras):
    class Inner(keras.Model):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.dense = keras.layers.Dense(3, "tanh", name="dense")
            self.highway = highway(keras)(name="hw")

        def call(self, x):
            return self.highway(self.dense(x))

    x = keras.Input((4,))
    made = keras.Model(x, keras.layers.Dense(1, name="out")(Inner(name="inner")(x)))
    return trained(keras, made, data(10, 4), data(10, 1, seed=2))


def own_loss(keras):
    class Robust(keras.Model):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.out = keras.layers.Dense(1, name="out")

        def call(self, x):
            return self.out(x)

        def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
            return keras.ops.mean(keras.ops.log(1 + keras.ops.square(y - y_pred))) + 0.01 * keras.ops.sum(self.out.kernel ** 2)

    made = Robust(name="robust")
    x, y = data(12, 3), data(12, 1, seed=2)
    made(x)
    settle(made)
    made.compile(keras.optimizers.SGD(0.1))
    history = made.fit(x, y, epochs=EPOCHS, batch_size=4, shuffle=False, verbose=0).history
    return {"history loss": history["loss"], **{f"weight {i}": w for i, w in enumerate(made.get_weights())}}


def loss_with_a_weight(keras):
    x = keras.Input((3,))
    out = keras.layers.Dense(1, name="out")
    made = keras.Model(x, out(x))

    def loss(y_true, y_pred):
        return keras.ops.mean(keras.ops.square(y_true - y_pred), axis=-1) + 0.1 * keras.ops.sum(keras.ops.abs(out.kernel))

    return trained(keras, made, data(12, 3), data(12, 1, seed=2), loss=loss)


def configs(keras):
    class Scaled(keras.layers.Layer):
        def __init__(self, factor=2.0, width=None, **kwargs):
            super().__init__(**kwargs)
            self.factor, self.width = factor, width

        def call(self, x):
            return x * self.factor

    class Written(keras.layers.Layer):
        def __init__(self, inner, **kwargs):
            super().__init__(**kwargs)
            self.inner = inner

        def call(self, x):
            return self.inner(x)

        def get_config(self):
            return {**super().get_config(), "inner": {"factor": self.inner.factor}}

        @classmethod
        def from_config(cls, config):
            return cls(**{**config, "inner": Scaled(**config["inner"])})

    scaled = Scaled(3.0, name="scaled")
    written = Written.from_config(Written(scaled, name="written").get_config())
    config = scaled.get_config()
    config.pop("dtype")
    return {"config": config, "value": np.asarray(written(data(2, 3))),
            "inner": Scaled.from_config(scaled.get_config()).factor, "name": written.name}


def shapes(keras):
    class Outer(keras.layers.Layer):
        def compute_output_shape(self, input_shape):
            return (*input_shape, input_shape[-1])

        def call(self, x):
            return keras.ops.expand_dims(x, -1) * keras.ops.expand_dims(x, -2)

    x = keras.Input((3,))
    y = Outer()(x)
    made = keras.Model(x, keras.layers.Dense(1, name="out")(keras.layers.Flatten()(y)))
    return {**trained(keras, made, data(10, 3), data(10, 1, seed=2)), "shape": list(y.shape)}


def dropout_inside(keras):
    class Dropped(keras.layers.Layer):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.drop = keras.layers.Dropout(0.5, seed=3)

        def call(self, x, training=None):
            return self.drop(x, training=training)

    layer = Dropped()
    x = np.ones((4, 50), "float32")
    kept = np.asarray(layer(x, training=True))
    return {"kinds": sorted({float(value) for value in kept.ravel()}), "at rest": np.asarray(layer(x)),
            "training false": np.asarray(layer(x, training=False))}


def derived_dense(keras):
    class Doubled(keras.layers.Dense):
        def call(self, x):
            return super().call(x) * 2 + 1

    layer = Doubled(3, "tanh", kernel_regularizer="l2", activity_regularizer="l2", name="doubled")
    made = keras.Sequential([keras.Input((4,)), layer, keras.layers.Dense(1, name="out")], name="model")
    found = trained(keras, made, data(10, 4), data(10, 1, seed=2), keras.optimizers.Adam(0.05))
    return {**found, "units": Doubled.from_config(layer.get_config()).units, "shape": list(layer.compute_output_shape((None, 4)))}


def derived_with_weights(keras):
    class Shifted(keras.layers.Dense):
        def __init__(self, units, factor=1.0, **kwargs):
            super().__init__(units, **kwargs)
            self.factor = factor

        def build(self, input_shape):
            super().build(input_shape)
            self.shift = self.add_weight(shape=(self.units,), initializer="zeros", name="shift")

        def call(self, x, training=None):
            return keras.ops.matmul(x, self.kernel) * self.factor + self.shift + super().call(x, training=training)

        def get_config(self):
            return {**super().get_config(), "factor": self.factor}

    class Outer(keras.Model):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.inner = Shifted(3, factor=0.5, name="inner")
            self.out = keras.layers.Dense(1, name="out")

        def call(self, x):
            return self.out(self.inner(self.inner(x)))

    made = Outer(name="outer")
    found = trained(keras, made, data(10, 3), data(10, 1, seed=2), keras.optimizers.Adam(0.05))
    return {**found, "factor": Shifted.from_config(made.inner.get_config()).factor}


def derived_embedding(keras):
    class Scaled(keras.layers.Embedding):
        def call(self, inputs):
            return super().call(inputs) * 3

    layer = Scaled(12, 3, mask_zero=True, name="scaled")
    made = keras.Sequential([keras.Input((4,), dtype="int32"), layer, keras.layers.GlobalAveragePooling1D(),
                             keras.layers.Dense(1, name="out")], name="model")
    found = trained(keras, made, ids(10, 4), data(10, 1, seed=2), keras.optimizers.Adam(0.05))
    return {**found, "mask": np.asarray(layer.compute_mask(ids(2, 4))).tolist()}


def derived_from_others(keras):
    class Half(keras.layers.Add):
        def call(self, inputs):
            return super().call(inputs) / 2

    class Moved(keras.layers.Dropout):
        def call(self, inputs, training=False):
            return super().call(inputs, training) + 0.5

    class Pooled(keras.layers.GlobalMaxPooling1D):
        def call(self, inputs):
            return super().call(inputs) - 1

    class Squeezed(keras.layers.Flatten):
        def call(self, inputs):
            return super().call(inputs) * inputs.shape[-1]

    x = keras.Input((4,), dtype="int32")
    y = keras.layers.Embedding(12, 3, name="vectors")(x)
    y = Half(name="half")([Pooled()(y), keras.layers.Dense(3, name="d")(Squeezed()(y))])
    made = keras.Model(x, keras.layers.Dense(1, name="out")(Moved(0.0)(y)))
    kept = np.asarray(Moved(0.5, seed=1)(np.ones((4, 50), "float32"), training=True))
    return {**trained(keras, made, ids(10, 4), data(10, 1, seed=2)), "kinds": sorted({float(value) for value in kept.ravel()})}


def derived_sequential(keras):
    class Doubled(keras.Sequential):
        def call(self, inputs, training=None):
            return super().call(inputs, training=training) * 2

    made = Doubled([keras.Input((4,)), keras.layers.Dense(3, "relu", name="a"), keras.layers.Dense(1, name="b")], name="model")
    return {"built": made.built, **trained(keras, made, data(10, 4), data(10, 1, seed=2)),
            "layers": [layer.name for layer in Doubled.from_config(made.get_config()).layers]}


def derived_functional(keras):
    class Raised(keras.Model):
        def __init__(self, **kwargs):
            x = keras.Input((4,))
            super().__init__(x, keras.layers.Dense(1, name="out")(keras.layers.Dense(3, "tanh", name="d")(x)), **kwargs)

        def call(self, inputs):
            return super().call(inputs) + 1

    made = Raised(name="raised")
    return {"shape": list(made.outputs[0].shape), **trained(keras, made, data(10, 4), data(10, 1, seed=2))}


def metrics_of_ones_own(keras):
    class Watched(keras.Model):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.of_loss = keras.metrics.Mean(name="of_loss")
            self.dense = keras.layers.Dense(2, activity_regularizer="l2", name="dense")

        def call(self, x):
            return self.dense(x)

        def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None):
            loss = super().compute_loss(x, y, y_pred, sample_weight)
            self.of_loss.update_state(sum(self.losses) + 4 * loss)
            return loss

    made = Watched(name="watched")
    return trained(keras, made, data(12, 3), data(12, 2, seed=2), metrics=["mae"], validation_data=(data(4, 3), data(4, 2)))


PROGRAMS = {name: value for name, value in list(globals().items())
            if callable(value) and not name.startswith("_") and name not in ("data", "ids", "settle", "trained", "highway",
                                                                              "SeveralArguments")}
