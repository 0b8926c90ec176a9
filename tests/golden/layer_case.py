# SPDX-License-Identifier: Apache-2.0
"""A case of the golden files of layers: one call of a layer of Keras, and all its derivatives."""
import numpy as np
from golden import array, keras

import jax  # noqa: E402


class Cases:
    """Makes cases of layers, with what they need drawn from a seed."""

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)

    def floats(self, *shape):
        return self.rng.standard_normal(shape).astype("float32")

    def ids(self, *shape, high=7):
        return self.rng.integers(0, high, shape).astype("int32")

    def case(self, layer, x, mask=None, training=False, weights=None):
        layer.build((None, *x.shape[1:]))
        if layer.weights and weights is None:
            layer.set_weights([self._weight(w) for w in layer.weights])
        kwargs = {}
        if mask is not None and "mask" in layer._call_signature.parameters:
            kwargs["mask"] = mask
        if "training" in layer._call_signature.parameters:
            kwargs["training"] = training
        differentiable = x.dtype.kind == "f"
        trainable = [v.value for v in layer.trainable_variables]
        other = [v.value for v in layer.non_trainable_variables]

        def run(trainable, x):
            return layer.stateless_call(trainable, other, x, **kwargs)

        y, after = run(trainable, x)
        y = np.asarray(y)
        g = self.floats(*y.shape)

        def loss(trainable, x):
            return (run(trainable, x)[0] * g).sum()

        weight_gradients = jax.grad(loss)(trainable, x)
        computed = layer.compute_mask(x, mask) if layer.supports_masking or mask is None else None
        moved = {v.path: value for v, value in zip(layer.non_trainable_variables, after)}
        moved = [array(moved[w.path]) for w in layer.weights if not w.trainable]
        return {
            "layer": keras.layers.serialize(layer),
            "weights": [array(w) for w in layer.get_weights()],
            "training": training,
            "x": array(x),
            "mask": None if mask is None else array(mask),
            "y": array(y),
            "y_mask": None if computed is None else array(np.asarray(computed)),
            "output_shape": list(layer.compute_output_shape((None, *x.shape[1:]))),
            "supports_masking": bool(layer.supports_masking),
            "y_gradient": array(g),
            "x_gradient": array(jax.grad(loss, argnums=1)(trainable, x)) if differentiable else None,
            "weight_gradients": [array(w) for w in weight_gradients],
            **({"moved": moved} if moved else {}),
        }

    def _weight(self, weight):
        values = self.floats(*weight.shape)
        # What is a root is no negative number.
        return np.abs(values) + 0.1 if any(word in weight.path for word in ("variance", "stddev")) else values
