# SPDX-License-Identifier: Apache-2.0
"""layers.json: for every layer of Keratin its config, outputs, mask and all gradients, from Keras."""
import numpy as np
from golden import keras, write
from layer_case import Cases

cases = Cases(20)
case, floats, ids = cases.case, cases.floats, cases.ids

L = keras.layers
mask34 = np.array([[1, 1, 0, 1], [1, 0, 0, 0], [1, 1, 1, 1]], bool)
x345 = floats(3, 4, 5)
ties = np.round(x345)
to_mask = x345.copy()
to_mask[0, 1] = to_mask[2, 3] = 0.5
to_mask[1, :, 2] = 0.5
cases = [
    case(L.Embedding(7, 3), ids(4, 5)),
    case(L.Embedding(7, 3, mask_zero=True, name="words"), ids(4, 5)),
    case(L.Embedding(7, 1), ids(6)),
    case(L.Embedding(7, 2), ids(2, 3, 2)),
    case(L.Embedding(7, 2, embeddings_initializer=keras.initializers.RandomUniform(-1, 1, seed=7),
                     embeddings_regularizer="l2", embeddings_constraint="non_neg",
                     activity_regularizer=keras.regularizers.L1(0.1)), ids(2, 3).astype("int64")),
    case(L.Dense(3), floats(4, 5)),
    case(L.Dense(3, activation="relu", use_bias=False), floats(4, 5)),
    case(L.Dense(2, activation="softmax"), x345, mask=mask34),
    case(L.Dense(4, activation="sigmoid", kernel_regularizer=keras.regularizers.L1L2(0.1, 0.2),
                 bias_constraint=keras.constraints.MaxNorm(2)), floats(2, 3, 2, 5)),
    case(L.Dense(8, activation="tanh"), floats(33, 17)),
    case(L.Flatten(), x345),
    case(L.Flatten(), floats(3)),
    case(L.Reshape((5, 2, 2)), x345),
    case(L.Reshape((-1, 2)), x345),
    case(L.Activation("gelu"), x345, mask=mask34),
    case(L.Activation("softmax"), floats(4, 5)),
    case(L.Masking(0.5), to_mask),
    case(L.Masking(), to_mask),
    case(L.GlobalAveragePooling1D(), x345),
    case(L.GlobalAveragePooling1D(keepdims=True), x345, mask=mask34),
    case(L.GlobalAveragePooling1D(), x345, mask=mask34),
    case(L.GlobalMaxPooling1D(), x345),
    case(L.GlobalMaxPooling1D(keepdims=True), ties),
    case(L.Dropout(0.4, seed=3), x345),
    case(L.Dropout(0.4, seed=3), x345, training=True),
    case(L.Dropout(0.25, noise_shape=(None, 1, 5), seed=11), x345, training=True),
    case(L.Dropout(1.0, seed=3), x345, training=True),
    case(L.Dropout(0.0, seed=3), x345, training=True),
    case(L.SpatialDropout1D(0.5, seed=5), x345, training=True, mask=mask34),
    case(L.SpatialDropout1D(0.5, seed=5), x345),
    case(L.Permute((2, 1)), x345),
    case(L.Permute((3, 1, 2)), floats(2, 3, 4, 5)),
    case(L.RepeatVector(3), floats(4, 5)),
    case(L.Identity(), x345, mask=mask34),
    case(L.ReLU(), x345, mask=mask34),
    case(L.ReLU(max_value=1, negative_slope=0.5, threshold=0.25), x345),
    case(L.Softmax(), x345),
    case(L.Softmax(axis=1), x345),
    case(L.Softmax(axis=[1, 2]), x345),
    case(L.Softmax(), floats(3, 4), mask=mask34),
    case(L.Flatten("channels_first"), floats(2, 3, 4, 5)),
    case(L.Flatten("channels_first"), floats(3)),
    case(L.GlobalAveragePooling1D("channels_first"), x345),
    case(L.GlobalAveragePooling1D("channels_first", keepdims=True), floats(3, 5, 4), mask=mask34),
    case(L.GlobalMaxPooling1D("channels_first", keepdims=True), x345),
]
write("layers", cases)
