// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "keratin/base/named_list.h"
#include "keratin/layers/activations/activation.h"
#include "keratin/layers/activations/elu.h"
#include "keratin/layers/activations/leaky_relu.h"
#include "keratin/layers/activations/prelu.h"
#include "keratin/layers/activations/relu.h"
#include "keratin/layers/activations/softmax.h"
#include "keratin/layers/attention/attention.h"
#include "keratin/layers/attention/grouped_query_attention.h"
#include "keratin/layers/attention/multi_head_attention.h"
#include "keratin/layers/convolutional/conv1d.h"
#include "keratin/layers/convolutional/conv1d_transpose.h"
#include "keratin/layers/convolutional/conv2d.h"
#include "keratin/layers/convolutional/separable_conv1d.h"
#include "keratin/layers/dense.h"
#include "keratin/layers/dynamic_embedding.h"
#include "keratin/layers/einsum_dense.h"
#include "keratin/layers/embed_reduce.h"
#include "keratin/layers/embedding.h"
#include "keratin/layers/embedding/distributed_embedding.h"
#include "keratin/layers/feature_interaction/dot_interaction.h"
#include "keratin/layers/feature_interaction/feature_cross.h"
#include "keratin/layers/identity.h"
#include "keratin/layers/input_layer.h"
#include "keratin/layers/layer.h"
#include "keratin/layers/masking.h"
#include "keratin/layers/merging/dot.h"
#include "keratin/layers/merging/merging.h"
#include "keratin/layers/modeling/position_embedding.h"
#include "keratin/layers/modeling/rotary_embedding.h"
#include "keratin/layers/modeling/sine_position_encoding.h"
#include "keratin/layers/modeling/token_and_position_embedding.h"
#include "keratin/layers/normalization/batch_normalization.h"
#include "keratin/layers/normalization/group_normalization.h"
#include "keratin/layers/normalization/layer_normalization.h"
#include "keratin/layers/normalization/rms_normalization.h"
#include "keratin/layers/normalization/unit_normalization.h"
#include "keratin/layers/outputs/adaptive_log_softmax.h"
#include "keratin/layers/outputs/hierarchical_softmax.h"
#include "keratin/layers/outputs/sampled_output.h"
#include "keratin/layers/pooling/adaptive_pooling1d.h"
#include "keratin/layers/pooling/adaptive_pooling2d.h"
#include "keratin/layers/pooling/global_pooling1d.h"
#include "keratin/layers/pooling/global_pooling2d.h"
#include "keratin/layers/pooling/pooling1d.h"
#include "keratin/layers/pooling/pooling2d.h"
#include "keratin/layers/preprocessing/category_encoding.h"
#include "keratin/layers/preprocessing/discretization.h"
#include "keratin/layers/preprocessing/hashed_crossing.h"
#include "keratin/layers/preprocessing/hashing.h"
#include "keratin/layers/preprocessing/integer_lookup.h"
#include "keratin/layers/preprocessing/normalization.h"
#include "keratin/layers/preprocessing/rescaling.h"
#include "keratin/layers/preprocessing/string_lookup.h"
#include "keratin/layers/preprocessing/text_vectorization.h"
#include "keratin/layers/regularization/activity_regularization.h"
#include "keratin/layers/regularization/dropout.h"
#include "keratin/layers/regularization/noise.h"
#include "keratin/layers/reshaping/flatten.h"
#include "keratin/layers/reshaping/permute.h"
#include "keratin/layers/reshaping/repeat_vector.h"
#include "keratin/layers/reshaping/reshape.h"
#include "keratin/layers/reshaping/resizing1d.h"
#include "keratin/layers/retrieval/brute_force_retrieval.h"
#include "keratin/layers/retrieval/hard_negative_mining.h"
#include "keratin/layers/retrieval/remove_accidental_hits.h"
#include "keratin/layers/retrieval/sampling_probability_correction.h"
#include "keratin/layers/reversible_embedding.h"
#include "keratin/layers/rnn/bidirectional.h"
#include "keratin/layers/rnn/gru.h"
#include "keratin/layers/rnn/lstm.h"
#include "keratin/layers/rnn/rnn.h"
#include "keratin/layers/rnn/simple_rnn.h"
#include "keratin/layers/rnn/stacked_rnn_cells.h"
#include "keratin/layers/rnn/time_distributed.h"

/// Every layer, and the closed list that Layer::deserialize chooses from.
namespace keratin::layers {

template <class... Layers>
struct Classes {};
/// The closed list.
using AllLayers =
    Classes<Activation, ActivityRegularization, AdaptiveAveragePooling1D, AdaptiveAveragePooling2D,
            AdaptiveLogSoftmaxWithLoss, AdaptiveMaxPooling1D, AdaptiveMaxPooling2D, Add,
            AdditiveAttention, AlphaDropout, Attention, Average, AveragePooling1D, AveragePooling2D,
            BatchNormalization, Bidirectional, BruteForceRetrieval, CategoryEncoding, Concatenate,
            Conv1D, Conv1DTranspose, Conv2D, Cropping1D, Dense, DepthwiseConv1D, Discretization,
            DistributedEmbedding, Dot, DotInteraction, Dropout, DynamicEmbedding, EinsumDense, ELU,
            Embedding, EmbedReduce, FeatureCross, Flatten, GaussianDropout, GaussianNoise,
            GlobalAveragePooling1D, GlobalAveragePooling2D, GlobalMaxPooling1D, GlobalMaxPooling2D,
            GlobalSumPooling1D, GroupedQueryAttention, GroupNormalization, GRU, GRUCell,
            HardNegativeMining, HashedCrossing, Hashing, HierarchicalSoftmax, Identity, InputLayer,
            IntegerLookup, LayerNormalization, LeakyReLU, LSTM, LSTMCell, Masking, Maximum,
            MaxPooling1D, MaxPooling2D, Minimum, MultiHeadAttention, Multiply, NCE, Normalization,
            Permute, PositionEmbedding, PReLU, ReLU, RemoveAccidentalHits, RepeatVector, Rescaling,
            Reshape, ReversibleEmbedding, RMSNormalization, RNN, RotaryEmbedding, SampledSoftmax,
            SamplingProbabilityCorrection, SeparableConv1D, SimpleRNN, SimpleRNNCell,
            SinePositionEncoding, Softmax, SpatialDropout1D, SpatialDropout2D, StackedRNNCells,
            StringLookup, Subtract, TextVectorization, TimeDistributed, TokenAndPositionEmbedding,
            UnitNormalization, UpSampling1D, ZeroPadding1D>;

std::span<const NamedEntry<Layer>> all_layers();

}  // namespace keratin::layers
