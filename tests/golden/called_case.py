# SPDX-License-Identifier: Apache-2.0
"""A case of the golden files of layers whose call takes more than one input, or options: one call, and all its
derivatives."""
import numpy as np
from golden import array, keras

import jax  # noqa: E402


class CalledCases:
    """Makes cases of layers, with what they need drawn from a seed."""

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)
        self.cases = []

    def floats(self, *shape, scale=1.0):
        return (scale * self.rng.standard_normal(shape)).astype("float32")

    def ids(self, *shape, high=7):
        return self.rng.integers(0, high, shape).astype("int32")

    def case(self, layer, *inputs, training=False, build=None, mask_policy=None, **kwargs):
        """Of one call: the outputs one by one, and the gradients of the sum of all of them times random slopes, by the
        inputs and what is given by name, where those are floats, and by the weights. What is given by name beside the
        inputs is an array or an option. A list of inputs is that of a layer that takes them so. `build`: how the layer
        is built, where not for the shapes of its inputs. `mask_policy`: under which Keras's numbers are ours."""
        in_list = isinstance(inputs[0], list)
        values = list(inputs[0]) if in_list else list(inputs)
        call = (lambda given: [list(given)]) if in_list else (lambda given: list(given))
        if build is not None:
            build(layer)
        else:
            layer.build(*([[v.shape for v in values]] if in_list else [v.shape for v in values]))
        layer.set_weights([self.floats(*w.shape, scale=0.5) if w.dtype.startswith("float") else np.asarray(w)
                           for w in layer.weights])
        trainable = [v.value for v in layer.trainable_variables]
        other = [v.value for v in layer.non_trainable_variables]
        if "training" in layer._call_signature.parameters:
            kwargs["training"] = training
        by_name = {name: v for name, v in kwargs.items() if _is_float(v)}
        places = [i for i, v in enumerate(values) if _is_float(v)]

        def run(trainable, floats, by_name):
            given = list(values)
            for place, value in zip(places, floats, strict=True):
                given[place] = value
            y = layer.stateless_call(trainable, other, *call(given), **{**kwargs, **by_name})[0]
            return list(y) if isinstance(y, (list, tuple)) else [y]

        floats = [values[i] for i in places]
        y = run(trainable, floats, by_name)
        slopes = [self.floats(*one.shape) if _is_float(one) else None for one in y]

        def loss(trainable, floats, by_name):
            return sum((one * slope).sum() for one, slope in zip(run(trainable, floats, by_name), slopes) if slope is not None)

        of_weights, of_floats, of_named = jax.grad(loss, argnums=(0, 1, 2))(trainable, floats, by_name) if any(
            slope is not None for slope in slopes) else ([], [], {})
        named, options = {}, {}
        for name, value in kwargs.items():
            if name == "mask":
                named[name] = [None if one is None else array(one) for one in value]
            elif isinstance(value, np.ndarray):
                named[name] = [array(value)]
            elif name != "training":
                options[name] = value
        self.cases.append({
            "layer": keras.layers.serialize(layer), "weights": [array(w) for w in layer.get_weights()],
            "paths": [w.path for w in layer.weights], "training": training, "inputs": [array(v) for v in values],
            "named": named, "options": options, "y": [array(np.asarray(one)) for one in y],
            "y_slopes": [None if s is None else array(s) for s in slopes], "gradients": [array(v) for v in of_floats] + [
                array(of_named[name]) for name in named if name in of_named],
            "weight_gradients": [array(w) for w in of_weights], **({"mask_policy": mask_policy} if mask_policy else {})})


def _is_float(value):
    return hasattr(value, "dtype") and np.dtype(value.dtype).kind == "f"
