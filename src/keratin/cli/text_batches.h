// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "keratin/tensor/tensor.h"
#include "keratin/trainers/batch_source.h"

namespace keratin::cli {

/// Texts as numbers of tokens, each of its own length, end to end.
class TokenIds {
 public:
  void add(std::span<const std::int32_t> text);
  std::size_t size() const { return ends_.size(); }
  std::span<const std::int32_t> operator[](std::size_t i) const {
    const std::size_t begin = i == 0 ? 0 : ends_[i - 1];
    return std::span(ids_).subspan(begin, ends_[i] - begin);
  }

 private:
  std::vector<std::int32_t> ids_;
  std::vector<std::size_t> ends_;
};

/// How texts of different lengths become rows of one tensor; the words are Keras's.
struct PaddingOptions {
  std::optional<std::int64_t> maxlen = {};  // longer texts are cut; none: not
  std::string padding = "pre";
  std::string truncating = "pre";

  /// What is read of a text: all of it, unless it is longer than maxlen.
  std::span<const std::int32_t> kept(std::span<const std::int32_t> ids) const;
};

/// The rows of `texts` that `places` names, (places, length of the longest): each batch is as wide
/// as it must be, so that one long text costs its own batch alone.
Tensor padded(const TokenIds& texts, std::span<const std::size_t> places,
              const PaddingOptions& options);

struct TextBatchOptions {
  std::int64_t batch_size = 32;
  PaddingOptions padding = {};
  std::optional<std::int64_t> seed = {};  // of another order each pass; none: as they stand
  // With a seed: texts of like lengths come together, so that little of a batch is padding: those
  // of a hundred batches are sorted, and the batches come in any order.
  bool by_length = false;
};

/// Batches of texts with their classes for fit, pass after pass.
class TextBatches final : public trainers::BatchSource {
 public:
  struct Texts {
    TokenIds ids;
    std::vector<std::int32_t> labels;
  };
  /// The texts from `begin` to `end`.
  TextBatches(std::shared_ptr<const Texts> texts, std::size_t begin, std::size_t end,
              TextBatchOptions options);

  bool begin_pass() override;
  bool next(trainers::Batch& batch) override;
  std::optional<std::int64_t> num_batches() const override;

 private:
  void sort_by_length(std::int64_t seed);
  std::shared_ptr<const Texts> texts_;
  std::size_t begin_;
  std::vector<std::size_t> order_;
  TextBatchOptions options_;
  std::size_t batch_size_;
  std::int64_t pass_ = 0;
  std::size_t given_ = 0;
};

}  // namespace keratin::cli
