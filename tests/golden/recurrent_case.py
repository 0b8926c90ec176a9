# SPDX-License-Identifier: Apache-2.0
"""What the scripts for recurrent layers share: of a layer its config, outputs, states and all gradients, from Keras."""
import numpy as np
from golden import array, keras

import jax  # noqa: E402

rng = np.random.default_rng(40)
L = keras.layers


def floats(*shape, scale=1.0):
    return (scale * rng.standard_normal(shape)).astype("float32")


def given(value):
    return None if value is None else array(np.asarray(value))


def plain(size):
    """The widths of states as lists that JAX knows."""
    return [plain(one) for one in size] if isinstance(size, (list, tuple)) else size


def case(layer, x, mask=None, states=None, training=False):
    """Of one call: the outputs one by one, and the gradients of the sum of all of them times random slopes."""
    layer.build(x.shape)
    layer.set_weights([floats(*w.shape, scale=0.5) for w in layer.weights])
    trainable = [v.value for v in layer.trainable_variables]
    other = [v.value for v in layer.non_trainable_variables]
    states = states or []

    is_cell = hasattr(layer, "output_size")
    size = plain(getattr(layer, "state_size", None))

    def run(trainable, x, states):
        # Of a stack the states of each cell are a list.
        given = keras.tree.pack_sequence_as(size, states) if states and isinstance(size, list) else list(states)
        how = {"states": given} if is_cell else {"mask": mask, **({"initial_state": given} if states else {})}
        y = layer.stateless_call(trainable, other, x, training=training, **how)[0]
        return jax.tree_util.tree_leaves(y)

    y = run(trainable, x, states)
    slopes = [floats(*one.shape) for one in y]

    def loss(trainable, x, states):
        return sum((one * slope).sum() for one, slope in zip(run(trainable, x, states), slopes))

    of_weights, of_x, of_states = jax.grad(loss, argnums=(0, 1, 2))(trainable, x, states)
    return {
        "layer": keras.layers.serialize(layer),
        "weights": [array(w) for w in layer.get_weights()],
        "paths": [w.path for w in layer.weights],
        "training": training,
        "x": array(x),
        "mask": given(mask),
        "states": [array(s) for s in states],
        "y": [array(np.asarray(one)) for one in y],
        "y_slopes": [array(s) for s in slopes],
        "x_gradient": array(of_x),
        "state_gradients": [array(s) for s in of_states],
        "weight_gradients": [array(w) for w in of_weights],
    }


# Padding behind, in front, on both sides and between; a sample masked whole; one that is not masked.
MASK = np.array([[1, 1, 1, 0, 0], [0, 0, 1, 1, 1], [0, 1, 1, 0, 0], [1, 0, 1, 0, 1], [0, 0, 0, 0, 0], [1, 1, 1, 1, 1],
                 [0, 1, 0, 0, 1]], bool)
B, T, N = 7, 5, 4
R, C, I = keras.regularizers, keras.constraints, keras.initializers

cases = []


def both(layer, mask=MASK, states=None, training=False, **options):
    """`states`: the widths of those of both directions."""
    initial = [floats(B, width) for width in states] if states else None
    cases.append(case(L.Bidirectional(layer, **options), floats(B, T, N), mask, initial, training))
