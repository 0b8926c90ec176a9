# SPDX-License-Identifier: Apache-2.0
"""Layers. Keras: `keras.layers`."""
from keratin import _native
from keratin.layers.activation import ELU, Activation, LeakyReLU, PReLU, ReLU, Softmax
from keratin.layers.attention import AdditiveAttention, Attention, GroupedQueryAttention, MultiHeadAttention
from keratin.layers.bidirectional import Bidirectional
from keratin.layers.cells import GRUCell, LSTMCell, SimpleRNNCell
from keratin.layers.convolution import Conv1D, Conv1DTranspose, Conv2D, DepthwiseConv1D, SeparableConv1D
from keratin.layers.dense import Dense
from keratin.layers.distributed_embedding import DistributedEmbedding, FeatureConfig, TableConfig
from keratin.layers.dropout import (ActivityRegularization, AlphaDropout, Dropout, GaussianDropout, GaussianNoise,
                                    SpatialDropout1D, SpatialDropout2D)
from keratin.layers.dynamic_embedding import DynamicEmbedding
from keratin.layers.einsum_dense import EinsumDense
from keratin.layers.embed_reduce import EmbedReduce
from keratin.layers.embedding import Embedding
from keratin.layers.identity import Identity
from keratin.layers.input_layer import Input, InputLayer
from keratin.layers.interactions import DotInteraction, FeatureCross
from keratin.layers.lambda_layer import Lambda
from keratin.layers.layer import Layer
from keratin.layers.lookup import IntegerLookup, StringLookup, TextVectorization
from keratin.layers.masking import Masking
from keratin.layers.merging import (Add, Average, Concatenate, Dot, Maximum, Minimum, Multiply, Subtract, add, average,
                                    concatenate, dot, maximum, minimum, multiply, subtract)
from keratin.layers.normalization import (BatchNormalization, GroupNormalization, LayerNormalization, RMSNormalization,
                                          UnitNormalization)
from keratin.layers.outputs import AdaptiveLogSoftmaxWithLoss, HierarchicalSoftmax, NCE, SampledSoftmax
from keratin.layers.pooling import (AdaptiveAveragePooling1D, AdaptiveAveragePooling2D, AdaptiveMaxPooling1D,
                                    AdaptiveMaxPooling2D, AveragePooling1D, AveragePooling2D, GlobalAveragePooling1D,
                                    GlobalAveragePooling2D, GlobalMaxPooling1D, GlobalMaxPooling2D, GlobalSumPooling1D,
                                    MaxPooling1D, MaxPooling2D)
from keratin.layers.positions import PositionEmbedding, RotaryEmbedding, SinePositionEncoding, TokenAndPositionEmbedding
from keratin.layers.preprocessing import CategoryEncoding, Discretization, HashedCrossing, Hashing, Normalization
from keratin.layers.recurrent import GRU, LSTM, SimpleRNN
from keratin.layers.reshaping import (Cropping1D, Flatten, Permute, RepeatVector, Rescaling, Reshape, UpSampling1D,
                                      ZeroPadding1D)
from keratin.layers.retrieval import (BruteForceRetrieval, HardNegativeMining, RemoveAccidentalHits, Retrieval,
                                      SamplingProbabilityCorrection)
from keratin.layers.reversible_embedding import ReversibleEmbedding
from keratin.layers.rnn import RNN, StackedRNNCells
from keratin.layers.time_distributed import TimeDistributed

# Keras's other names.
AvgPool1D = AveragePooling1D
AvgPool2D = AveragePooling2D
Convolution1D = Conv1D
Convolution1DTranspose = Conv1DTranspose
Convolution2D = Conv2D
GlobalAvgPool1D = GlobalAveragePooling1D
GlobalAvgPool2D = GlobalAveragePooling2D
GlobalMaxPool1D = GlobalMaxPooling1D
GlobalMaxPool2D = GlobalMaxPooling2D
GroupQueryAttention = GroupedQueryAttention
MaxPool1D = MaxPooling1D
MaxPool2D = MaxPooling2D
SeparableConvolution1D = SeparableConv1D

__all__ = ["Activation", "ActivityRegularization", "AdaptiveLogSoftmaxWithLoss", "Add", "AdditiveAttention",
           "AlphaDropout", "Attention", "Average", "AveragePooling1D", "AveragePooling2D", "AvgPool1D", "AvgPool2D",
           "BatchNormalization", "Bidirectional", "BruteForceRetrieval", "CategoryEncoding", "Concatenate", "Conv1D", "Conv1DTranspose",
           "Conv2D", "Convolution1D", "Convolution1DTranspose", "Convolution2D", "Cropping1D", "Dense",
           "DepthwiseConv1D", "Discretization", "DistributedEmbedding", "Dot", "DotInteraction", "Dropout", "DynamicEmbedding", "ELU", "EinsumDense",
           "EmbedReduce", "Embedding", "FeatureConfig", "FeatureCross", "Flatten", "GRU", "GRUCell", "GaussianDropout", "GaussianNoise",
           "GlobalAveragePooling1D", "GlobalAveragePooling2D", "GlobalAvgPool1D", "GlobalAvgPool2D", "GlobalMaxPool1D",
           "GlobalMaxPool2D", "GlobalMaxPooling1D", "GlobalMaxPooling2D", "GlobalSumPooling1D", "GroupNormalization",
           "GroupQueryAttention", "GroupedQueryAttention", "HardNegativeMining", "HashedCrossing", "Hashing", "HierarchicalSoftmax",
           "Identity", "Input", "InputLayer", "IntegerLookup", "LSTM", "LSTMCell", "Lambda", "Layer",
           "LayerNormalization", "LeakyReLU", "Masking", "MaxPool1D", "MaxPool2D", "MaxPooling1D", "MaxPooling2D",
           "Maximum", "Minimum", "MultiHeadAttention", "Multiply", "NCE", "Normalization", "PReLU", "Permute",
           "PositionEmbedding", "RMSNormalization", "RNN", "ReLU", "RemoveAccidentalHits", "RepeatVector", "Rescaling", "Reshape",
           "Retrieval", "ReversibleEmbedding", "RotaryEmbedding", "SampledSoftmax", "SamplingProbabilityCorrection",
           "SeparableConv1D", "SeparableConvolution1D",
           "SimpleRNN", "SimpleRNNCell", "SinePositionEncoding", "Softmax", "SpatialDropout1D", "SpatialDropout2D",
           "StackedRNNCells", "StringLookup", "Subtract", "TableConfig", "TextVectorization", "TimeDistributed",
           "TokenAndPositionEmbedding", "UnitNormalization", "UpSampling1D", "ZeroPadding1D", "add", "average",
           "concatenate", "deserialize", "dot", "maximum", "minimum", "multiply", "serialize", "subtract"]


def serialize(layer):
    """The config of a layer, with its class: what `deserialize` takes."""
    return _native.serialize(layer)


@_native.refusing
def deserialize(config, custom_objects=None):
    """The layer that a serialized config describes."""
    return _native.deserialize(Layer, config, custom_objects)
