# SPDX-License-Identifier: Apache-2.0
"""embeddings.json: of the layers that are tables and more, and of those that encode positions, their configs, outputs and all
gradients, from Keras, KerasHub and KerasRS."""
import numpy as np
from called_case import CalledCases
from golden import keras, write

made = CalledCases(140)
case, floats, ids = made.case, made.floats, made.ids
L, R, C, I = keras.layers, keras.regularizers, keras.constraints, keras.initializers
of_ids = lambda layer: layer.build((None,))  # noqa: E731

# -- ReversibleEmbedding ----------------------------------------------------------------------------------------------
for options in ({}, {"tie_weights": False}, {"logit_soft_cap": 1.5}, {"tie_weights": False, "logit_soft_cap": 2, "mask_zero": True},
                {"reverse_dtype": "float32", "name": "table", "embeddings_initializer": I.HeNormal(seed=3),
                 "embeddings_regularizer": R.L2(0.1), "embeddings_constraint": C.NonNeg(), "activity_regularizer": R.L1(0.1)}):
    case(L.ReversibleEmbedding(7, 3, **options), ids(4, 5), build=of_ids)
    case(L.ReversibleEmbedding(7, 3, **options), floats(2, 4, 3), build=of_ids, reverse=True)
case(L.ReversibleEmbedding(7, 3), floats(3), build=of_ids, reverse=True)
case(L.ReversibleEmbedding(1, 1), floats(2, 1), build=of_ids, reverse=True)
case(L.ReversibleEmbedding(7, 3), floats(0, 3), build=of_ids, reverse=True)

write("embeddings", made.cases)
