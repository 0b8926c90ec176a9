# SPDX-License-Identifier: Apache-2.0
"""bags.json: of the layers that recommenders are made of their configs, outputs and all gradients, from KerasRS."""
import numpy as np
from called_case import CalledCases
from golden import keras, write
from keras_rs.layers import DotInteraction, EmbedReduce, FeatureCross

made = CalledCases(142)
case, floats, ids = made.case, made.floats, made.ids
R, C, I = keras.regularizers, keras.constraints, keras.initializers
of_ids = lambda layer: layer.build((None,))  # noqa: E731

# -- EmbedReduce ------------------------------------------------------------------------------------------------------
for combiner in ("mean", "sum", "sqrtn"):
    for given in ({}, {"weights": None}):
        def drawn(*shape):
            return {name: floats(*shape) for name in given}
        case(EmbedReduce(7, 3, combiner=combiner), ids(4, 5), build=of_ids, **drawn(4, 5))
        case(EmbedReduce(7, 3, combiner=combiner), ids(5), build=of_ids, **drawn(5))
        case(EmbedReduce(7, 1, combiner=combiner), ids(2, 3, 4), build=of_ids, **drawn(2, 3, 4))
        case(EmbedReduce(1, 2, combiner=combiner), ids(3, 1, high=1), build=of_ids, **drawn(3, 1))
        case(EmbedReduce(7, 3, combiner=combiner), ids(2, 0), build=of_ids, **drawn(2, 0))
    case(EmbedReduce(7, 3, combiner=combiner), ids(2, 3), build=of_ids, weights=np.array([[0, 0, 0], [1, 0, 2]], "float32"))
case(EmbedReduce(7, 3, embeddings_initializer=I.HeNormal(seed=3), embeddings_regularizer=R.L2(0.1),
                 embeddings_constraint=C.NonNeg(), activity_regularizer=R.L1(0.1), name="bags"), ids(2, 3), build=of_ids)

# -- crosses ----------------------------------------------------------------------------------------------------------
x0, x = floats(4, 5), floats(4, 5)
by_call = lambda *values: lambda layer: layer(*values)  # noqa: E731
for options in ({}, {"projection_dim": 2}, {"diag_scale": 0.5, "use_bias": False}, {"diag_scale": None, "pre_activation": "tanh"},
                {"projection_dim": 3, "diag_scale": 2.0, "pre_activation": "relu", "kernel_initializer": I.HeNormal(seed=3),
                 "bias_initializer": "ones", "kernel_regularizer": R.L2(0.1), "bias_regularizer": R.L1(0.1), "name": "cross"}):
    case(FeatureCross(**options), x0, x, build=by_call(x0, x))
    case(FeatureCross(**options), x0, build=by_call(x0))
case(FeatureCross(), floats(2, 3, 4), build=by_call(floats(2, 3, 4)))
case(FeatureCross(), floats(0, 4), build=by_call(floats(0, 4)))

# -- dots -------------------------------------------------------------------------------------------------------------
for self_interaction in (False, True):
    for skip_gather in (False, True):
        for features in ([floats(3, 4) for _ in range(4)], [floats(2, 1)], [floats(2, 3), floats(2, 3)]):
            if len(features) == 1 and not self_interaction and not skip_gather:
                continue  # no pair: Keras takes nothing
            case(DotInteraction(self_interaction=self_interaction, skip_gather=skip_gather), features,
                 build=by_call(features))

write("bags", made.cases)
