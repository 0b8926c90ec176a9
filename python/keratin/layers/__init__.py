# SPDX-License-Identifier: Apache-2.0
"""Layers. Keras: `keras.layers`."""
from keratin import _native
from keratin.layers.activation import ELU, Activation, LeakyReLU, PReLU, ReLU, Softmax
from keratin.layers.convolution import Conv1D
from keratin.layers.dense import Dense
from keratin.layers.dropout import (ActivityRegularization, AlphaDropout, Dropout, GaussianDropout, GaussianNoise,
                                    SpatialDropout1D, SpatialDropout2D)
from keratin.layers.embedding import Embedding
from keratin.layers.identity import Identity
from keratin.layers.input_layer import Input, InputLayer
from keratin.layers.lambda_layer import Lambda
from keratin.layers.layer import Layer
from keratin.layers.masking import Masking
from keratin.layers.merging import (Add, Average, Concatenate, Dot, Maximum, Minimum, Multiply, Subtract, add, average,
                                    concatenate, dot, maximum, minimum, multiply, subtract)
from keratin.layers.normalization import (BatchNormalization, GroupNormalization, LayerNormalization, RMSNormalization,
                                          UnitNormalization)
from keratin.layers.pooling import (AveragePooling1D, GlobalAveragePooling1D, GlobalMaxPooling1D, GlobalSumPooling1D,
                                    MaxPooling1D)
from keratin.layers.reshaping import (Cropping1D, Flatten, Permute, RepeatVector, Rescaling, Reshape, UpSampling1D,
                                      ZeroPadding1D)

# Keras's other names.
AvgPool1D = AveragePooling1D
Convolution1D = Conv1D
GlobalAvgPool1D = GlobalAveragePooling1D
GlobalMaxPool1D = GlobalMaxPooling1D
MaxPool1D = MaxPooling1D

__all__ = ["Activation", "ActivityRegularization", "Add", "AlphaDropout", "Average", "AveragePooling1D", "AvgPool1D",
           "BatchNormalization", "Concatenate", "Conv1D", "Convolution1D", "Cropping1D", "Dense", "Dot", "Dropout",
           "ELU", "Embedding", "Flatten", "GaussianDropout", "GaussianNoise", "GlobalAveragePooling1D",
           "GlobalAvgPool1D", "GlobalMaxPool1D", "GlobalMaxPooling1D", "GlobalSumPooling1D", "GroupNormalization",
           "Identity", "Input", "InputLayer", "Lambda", "Layer", "LayerNormalization", "LeakyReLU", "Masking",
           "MaxPool1D", "MaxPooling1D", "Maximum", "Minimum", "Multiply", "PReLU", "Permute", "RMSNormalization",
           "ReLU", "RepeatVector", "Rescaling", "Reshape", "Softmax", "SpatialDropout1D", "SpatialDropout2D",
           "Subtract", "UnitNormalization", "UpSampling1D", "ZeroPadding1D", "add", "average", "concatenate",
           "deserialize", "dot", "maximum", "minimum", "multiply", "serialize", "subtract"]


def serialize(layer):
    """The config of a layer, with its class: what `deserialize` takes."""
    return _native.serialize(layer)


@_native.refusing
def deserialize(config, custom_objects=None):
    """The layer that a serialized config describes."""
    return _native.deserialize(Layer, config, custom_objects)
