// SPDX-License-Identifier: Apache-2.0
#include "keratin/cli/text_batches.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "keratin/random/random.h"

namespace keratin::cli {

void TokenIds::add(std::span<const std::int32_t> text) {
  ids_.insert(ids_.end(), text.begin(), text.end());
  ends_.push_back(ids_.size());
}

Tensor padded(const TokenIds& texts, std::span<const std::size_t> places,
              const PaddingOptions& options) {
  std::size_t width = 1;
  for (const std::size_t place : places) width = std::max(width, texts[place].size());
  if (options.maxlen) width = std::min(width, static_cast<std::size_t>(*options.maxlen));
  Tensor result = Tensor::zeros(
      {static_cast<std::int64_t>(places.size()), static_cast<std::int64_t>(width)}, DType::kInt32);
  auto row = result.data<std::int32_t>().begin();
  for (const std::size_t place : places) {
    std::span<const std::int32_t> ids = texts[place];
    if (ids.size() > width) {
      ids = options.truncating == "pre" ? ids.last(width) : ids.first(width);
    }
    const std::size_t before = options.padding == "pre" ? width - ids.size() : 0;
    std::ranges::copy(ids, row + static_cast<std::ptrdiff_t>(before));
    row += static_cast<std::ptrdiff_t>(width);
  }
  return result;
}

TextBatches::TextBatches(std::shared_ptr<const Texts> texts, std::size_t begin, std::size_t end,
                         std::int64_t batch_size, PaddingOptions padding,
                         std::optional<std::int64_t> seed)
    : texts_(std::move(texts)),
      begin_(begin),
      order_(end - begin),
      batch_size_(static_cast<std::size_t>(batch_size)),
      padding_(std::move(padding)),
      seed_(seed) {
  std::iota(order_.begin(), order_.end(), begin);
}

bool TextBatches::begin_pass() {
  given_ = 0;
  if (!seed_) return true;
  const auto drawn =
      random::permutation(static_cast<std::int64_t>(order_.size()), *seed_ + pass_++);
  std::ranges::transform(drawn, order_.begin(),
                         [&](std::int64_t i) { return begin_ + static_cast<std::size_t>(i); });
  return true;
}

bool TextBatches::next(trainers::Batch& batch) {
  const std::size_t count = std::min(batch_size_, order_.size() - given_);
  if (count == 0) return false;
  const auto places = std::span<const std::size_t>(order_).subspan(given_, count);
  std::vector<std::int32_t> labels;
  for (const std::size_t place : places) labels.push_back(texts_->labels[place]);
  batch.x = padded(texts_->ids, places, padding_);
  batch.y = Tensor::from(labels);
  given_ += count;
  return true;
}

std::optional<std::int64_t> TextBatches::num_batches() const {
  return static_cast<std::int64_t>((order_.size() + batch_size_ - 1) / batch_size_);
}

}  // namespace keratin::cli
