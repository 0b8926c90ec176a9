// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "keratin/base/config.h"
#include "keratin/graph/value.h"
#include "keratin/tensor/tensor.h"

/// What the layers of features have in common: categories as numbers, and as vectors of them.
namespace keratin::layers {

/// How categories leave a layer, by Keras's names; "binary" is multi_hot, "tf-idf" tf_idf.
enum class OutputMode { kInt, kOneHot, kMultiHot, kCount, kTfIdf };
std::string_view to_string(OutputMode mode);
/// Throws std::invalid_argument, in the name of `who`, for a name not among `known`.
OutputMode output_mode(std::string_view who, std::string_view name,
                       std::initializer_list<OutputMode> known);

/// The shape of a tensor of categories as `mode` has them. `depth`: how many there are, or kNone.
///   one_hot           each is a vector: (..., depth), in place of a last axis of 1
///   multi_hot, count  those of a sample make one vector: without axis 1, and depth at the end
///   tf_idf            as count
/// Keras: compute_output_shape of more than two axes says otherwise than what is computed.
Shape encoded_shape(const Shape& shape, OutputMode mode, std::int64_t depth);

/// float32 vectors of int64 categories, of which those outside [0, depth) have no part. `weights`:
/// null, or how much each counts, float32 of the same shape.
Tensor encode(const Tensor& categories, OutputMode mode, std::int64_t depth,
              const Tensor& weights = {});

/// What such a layer gives for inputs of that shape.
Spec encoded_spec(const Shape& shape, OutputMode mode, std::int64_t depth,
                  DType integers = DType::kInt64);

/// As int64. Throws std::invalid_argument, in the name of `who`, for numbers that are not whole,
/// and for strings.
Tensor whole_numbers(std::string_view who, const Tensor& numbers);

/// Keras: `sparse=True` gives a SparseTensor on TensorFlow; there is none here.
void refuse_sparse(std::string_view who, bool sparse);

/// Keras: the encoding of the texts. Throws std::invalid_argument for another than UTF-8.
void check_encoding(std::string_view who, std::string_view encoding);

/// The two keys of SipHash. Keras: one integer for both, or a list of two.
struct Salt {
  std::array<std::int64_t, 2> keys{};
};
Config to_config(const Salt& salt);
void from_config(const Config& config, Salt& salt);

/// Into which of `buckets` a text falls: by SipHash with a salt, else by its fingerprint.
std::int64_t bucket_of(std::string_view text, std::int64_t buckets,
                       const std::optional<Salt>& salt);

}  // namespace keratin::layers
