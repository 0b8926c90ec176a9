# SPDX-License-Identifier: Apache-2.0
"""optimizers_shared.json: LossScaleOptimizer and MultiOptimizer, step by step, by gradients of which some are not finite."""
import golden  # first: it chooses the backend

import numpy as np
import keras
from keras import optimizers as o

rng = np.random.default_rng(12)
STEPS = 12
SHAPES = {"embedding/embeddings": (7, 3), "dense/kernel": (3, 2), "dense/bias": (2,)}


def variable(path, value):
    folder, name = path.split("/")
    with keras.name_scope(folder):
        return keras.Variable(value, name=name)


def case(make, broken=()):
    keras.utils.clear_session()
    optimizer = make()
    first = [rng.normal(size=shape).astype("float32") for shape in SHAPES.values()]
    variables = [variable(path, value) for path, value in zip(SHAPES, first)]
    assert [one.path for one in variables] == list(SHAPES)
    config = o.serialize(optimizer)
    optimizer.build(variables)
    # Without a state of its own: on JAX a LossScaleOptimizer can do no other.
    weights_now, state = [one.value for one in variables], [one.value for one in optimizer.variables]
    gradients, weights, scales = [], [], []
    for step in range(STEPS):
        is_scaled = isinstance(optimizer, o.LossScaleOptimizer)
        scales.append(float(state[3] if is_scaled else optimizer.loss_scale_factor or 1))
        given = [rng.normal(size=shape).astype("float32") for shape in SHAPES.values()]
        given[0][rng.random(7) < 0.6] = 0  # rows of a table that were not looked up
        if step in broken:
            given[broken[step]].flat[1] = np.inf
        scaled = [keras.ops.convert_to_tensor(g * np.float32(scales[-1])) for g in given]
        weights_now, state = optimizer.stateless_apply(state, scaled, weights_now)
        gradients.append(given)
        weights.append([np.array(one) for one in weights_now])
    return {"optimizer": config, "first": [golden.array(w) for w in first], "scales": scales,
            "gradients": [[golden.array(g) for g in step] for step in gradients],
            "weights": [[golden.array(w) for w in step] for step in weights],
            "optimizer_weights": [golden.array(np.array(w)) for w in state]}


def map_of(default, optimizers, **options):
    return o.MultiOptimizer(o.OptimizerMap(default, optimizers), **options)


golden.write("optimizers_shared", [
    case(lambda: o.LossScaleOptimizer(o.Adam(0.05), initial_scale=64.0, dynamic_growth_steps=3), broken={4: 1, 9: 0}),
    case(lambda: o.LossScaleOptimizer(o.SGD(0.1, momentum=0.9), dynamic_growth_steps=100)),
    case(lambda: o.LossScaleOptimizer(o.RMSprop(0.01, gradient_accumulation_steps=2), dynamic_growth_steps=3), broken={5: 2}),
    case(lambda: map_of(o.SGD(0.1, momentum=0.9), {"embedding/.*": o.Adam(0.05)})),
    case(lambda: map_of(o.SGD(0.1), {"dense/kernel": o.Adagrad(0.1), "dense/[bk].*": o.Lion(0.01)}, loss_scale_factor=8.0)),
    case(lambda: o.LossScaleOptimizer(map_of(o.Adam(0.1), {".*bias": o.SGD(0.3)}), initial_scale=4.0,
                                      dynamic_growth_steps=2), broken={3: 0}),
])
