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

std::span<const std::int32_t> PaddingOptions::kept(std::span<const std::int32_t> ids) const {
  if (!maxlen || ids.size() <= static_cast<std::size_t>(*maxlen)) return ids;
  const auto most = static_cast<std::size_t>(*maxlen);
  return truncating == "pre" ? ids.last(most) : ids.first(most);
}

Tensor padded(const TokenIds& texts, std::span<const std::size_t> places,
              const PaddingOptions& options) {
  std::size_t width = 1;
  for (const std::size_t place : places) width = std::max(width, options.kept(texts[place]).size());
  Tensor result = Tensor::zeros(
      {static_cast<std::int64_t>(places.size()), static_cast<std::int64_t>(width)}, DType::kInt32);
  auto row = result.data<std::int32_t>().begin();
  for (const std::size_t place : places) {
    const std::span<const std::int32_t> ids = options.kept(texts[place]);
    const std::size_t before = options.padding == "pre" ? width - ids.size() : 0;
    std::ranges::copy(ids, row + static_cast<std::ptrdiff_t>(before));
    row += static_cast<std::ptrdiff_t>(width);
  }
  return result;
}

TextBatches::TextBatches(std::shared_ptr<const Texts> texts, std::size_t begin, std::size_t end,
                         TextBatchOptions options)
    : texts_(std::move(texts)),
      begin_(begin),
      order_(end - begin),
      options_(std::move(options)),
      batch_size_(static_cast<std::size_t>(options_.batch_size)) {
  std::iota(order_.begin(), order_.end(), begin);
}

bool TextBatches::begin_pass() {
  given_ = 0;
  if (!options_.seed) return true;
  const std::int64_t seed = *options_.seed + pass_++;
  const auto drawn = random::permutation(static_cast<std::int64_t>(order_.size()), seed);
  std::ranges::transform(drawn, order_.begin(),
                         [&](std::int64_t i) { return begin_ + static_cast<std::size_t>(i); });
  if (options_.by_length) sort_by_length(seed);
  return true;
}

void TextBatches::sort_by_length(std::int64_t seed) {
  constexpr std::size_t kBatchesSorted = 100;
  const std::size_t at_once = kBatchesSorted * batch_size_;
  for (std::size_t done = 0; done < order_.size(); done += at_once) {
    const auto part = std::span(order_).subspan(done, std::min(at_once, order_.size() - done));
    std::ranges::stable_sort(part, {}, [&](std::size_t i) { return texts_->ids[i].size(); });
  }
  const std::size_t whole = order_.size() / batch_size_;  // a shorter batch stays the last
  std::vector<std::size_t> sorted = order_;
  auto to = order_.begin();
  for (const std::int64_t i : random::permutation(static_cast<std::int64_t>(whole), seed)) {
    const auto from = sorted.begin() + i * static_cast<std::int64_t>(batch_size_);
    to = std::copy_n(from, batch_size_, to);
  }
}

bool TextBatches::next(trainers::Batch& batch) {
  const std::size_t count = std::min(batch_size_, order_.size() - given_);
  if (count == 0) return false;
  const auto places = std::span<const std::size_t>(order_).subspan(given_, count);
  std::vector<std::int32_t> labels;
  for (const std::size_t place : places) labels.push_back(texts_->labels[place]);
  batch.x = padded(texts_->ids, places, options_.padding);
  batch.y = Tensor::from(labels);
  given_ += count;
  return true;
}

std::optional<std::int64_t> TextBatches::num_batches() const {
  return static_cast<std::int64_t>((order_.size() + batch_size_ - 1) / batch_size_);
}

}  // namespace keratin::cli
