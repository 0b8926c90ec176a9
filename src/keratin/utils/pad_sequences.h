// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "keratin/base/dtype.h"
#include "keratin/tensor/tensor.h"

namespace keratin::utils {

/// A DType, or its Keras name: `.dtype = "float32"`.
class DTypeChoice {
 public:
  DTypeChoice(DType dtype) : dtype_(dtype) {}
  DTypeChoice(const char* name) : dtype_(dtype_from_name(name)) {}
  DTypeChoice(const std::string& name) : dtype_(dtype_from_name(name)) {}
  operator DType() const { return dtype_; }

 private:
  DType dtype_;
};

struct PadSequencesOptions {
  std::optional<std::int64_t> maxlen = {};  // none: the length of the longest sequence
  DTypeChoice dtype = DType::kInt32;
  std::string padding = "pre";     // or "post": where the padding goes
  std::string truncating = "pre";  // or "post": where a sequence that is too long loses elements
  double value = 0.0;              // the padding; towards zero where dtype is an integer type
};

/// Brings sequences to one length: a Tensor (number of sequences, maxlen) of `dtype`.
///
/// Elements become `dtype` as numpy converts Python numbers: a fraction is cut towards zero, floats
/// round to the nearest, everything but zero is true. Throws std::out_of_range, naming the sequence
/// and the position, for a kept element that an integer `dtype` cannot hold (NaN among them), and
/// std::invalid_argument for no sequences without maxlen, a negative maxlen, maxlen 0 that would
/// truncate "pre", a `padding` or `truncating` of another name, and a `value` that does not fit.
/// T: std::int32_t, std::int64_t, float, double. Keras: `keras.utils.pad_sequences`.
template <class T = std::int32_t>
Tensor pad_sequences(const std::vector<std::vector<T>>& sequences,
                     const PadSequencesOptions& options = {});

/// The same where every element is a vector of one width: (number of sequences, maxlen, width).
/// The width is that of the first element there is; no element at all gives rank 2, as in Keras.
/// Throws std::invalid_argument, naming the sequence, for an element of another width.
template <class T>
Tensor pad_sequences(const std::vector<std::vector<std::vector<T>>>& sequences,
                     const PadSequencesOptions& options = {});

}  // namespace keratin::utils
