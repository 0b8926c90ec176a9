# SPDX-License-Identifier: Apache-2.0
"""positions.json: of the layers that encode positions their configs, outputs and all gradients, from KerasHub."""
import numpy as np
from called_case import CalledCases
from golden import keras, write
from keras_hub_layers import PositionEmbedding, RotaryEmbedding, SinePositionEncoding, TokenAndPositionEmbedding

made = CalledCases(141)
case, floats, ids = made.case, made.floats, made.ids
I = keras.initializers
x = floats(2, 4, 6)
rows, of_each = np.array([3, 0, 0, 6], "int32"), np.array([[3, 0, 0, 6], [1, 2, 3, 4]], "int32")

for options in ({}, {"start_index": 3}, {"positions": rows}, {"positions": of_each}, {"positions": of_each, "start_index": 5}):
    case(PositionEmbedding(7), x, **options)
    case(TokenAndPositionEmbedding(7, 7, 3), ids(2, 4), **options)
    case(SinePositionEncoding(), x, **options)
    case(RotaryEmbedding(), x, **options)
case(PositionEmbedding(4, initializer=I.RandomUniform(-1, 1, seed=3), name="places"), floats(2, 3, 4, 5))
case(PositionEmbedding(4), floats(0, 3, 5))
case(TokenAndPositionEmbedding(7, 5, 3, tie_weights=False, embeddings_initializer="ones", mask_zero=True, name="both"), ids(2, 5))
case(SinePositionEncoding(max_wavelength=50, name="waves"), floats(2, 3, 5))
case(SinePositionEncoding(), floats(2, 3, 4, 5))
for options in ({"max_wavelength": 100, "scaling_factor": 2.5}, {"rope_type": "dynamic", "scaling_factor": 3.0}, {"denominator_dim": 16},
                {"rope_type": "yarn", "scaling_factor": 4.0, "original_max_position_embeddings": 64},
                {"rope_type": "yarn", "scaling_factor": 4.0, "original_max_position_embeddings": 64, "truncate": False,
                 "beta_fast": 8.0, "beta_slow": 0.5, "max_wavelength": 500}):
    case(RotaryEmbedding(**options), floats(2, 5, 12))
    case(RotaryEmbedding(**options), floats(2, 5, 2, 12), start_index=2)
case(RotaryEmbedding(sequence_axis=2, feature_axis=1), floats(2, 6, 4), positions=of_each)
case(RotaryEmbedding(sequence_axis=-2, feature_axis=-1), floats(2, 3, 4, 6), positions=of_each)
case(RotaryEmbedding(sequence_axis=0, feature_axis=2), floats(4, 2, 6), positions=of_each)

write("positions", made.cases)
