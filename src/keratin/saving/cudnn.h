// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "keratin/formats/hdf5/file.h"
#include "keratin/tensor/tensor.h"
#include "keratin/tensor/variable.h"

/// The weights of Keras 2's CuDNNLSTM and CuDNNGRU, which LSTM and GRU stand for. Not installed.
namespace keratin::saving {

/// What the three weights of an LSTM or GRU (kernel, recurrent kernel, bias) are of arrays as cuDNN
/// has them: those whose bias has an input part and a recurrent part one behind the other. Empty
/// where they are not that. Keras: `_convert_rnn_weights`.
///     kernel            (in, n u): of each gate the same elements, filled in by columns
///     recurrent kernel  (u, n u): of each gate the transpose
///     bias              LSTM (8u): the sum of both parts; GRU (6u): both, as (2, 3u)
std::vector<Tensor> from_cudnn(std::span<const std::shared_ptr<Variable>> weights,
                               std::span<const formats::hdf5::Object> arrays);

}  // namespace keratin::saving
