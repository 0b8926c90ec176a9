// SPDX-License-Identifier: Apache-2.0
#include "keratin/cli/answers.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "keratin/cli/failure.h"
#include "keratin/parallel/parallel.h"

namespace keratin::cli {
namespace {

constexpr std::int64_t kTextsPerChunk = 256;
constexpr std::size_t kPredictBatch = 256;
constexpr std::size_t kTextsBetweenLooks = 4096;  // for Ctrl-C
// Held at a time, of a large prediction.
constexpr std::size_t kProbabilities = std::size_t{1} << 22;

}  // namespace

void Answers::add(std::span<const float> probabilities, const Ranking& ranking, std::size_t known) {
  const auto reaches = [&](float p) { return static_cast<double>(p) >= ranking.threshold; };
  if (ranking.top == 1) {
    const auto best = std::ranges::max_element(probabilities);
    if (best != probabilities.end() && reaches(*best))
      choices_.push_back({static_cast<std::int32_t>(best - probabilities.begin()), *best});
  } else {
    all_.clear();
    for (std::size_t c = 0; c < probabilities.size(); ++c) {
      if (reaches(probabilities[c]))
        all_.push_back({static_cast<std::int32_t>(c), probabilities[c]});
    }
    const auto count = std::min<std::size_t>(all_.size(), static_cast<std::size_t>(ranking.top));
    const auto middle = all_.begin() + static_cast<std::ptrdiff_t>(count);
    std::partial_sort(all_.begin(), middle, all_.end(), [](const Choice& a, const Choice& b) {
      return a.probability > b.probability || (a.probability == b.probability && a.label < b.label);
    });
    choices_.insert(choices_.end(), all_.begin(), middle);
  }
  ends_.push_back(choices_.size());
  known_.push_back(known);
}

Answers TextAnswerer::answers(std::span<const std::string> lines, const Ranking& ranking) const {
  const std::size_t part =
      std::clamp<std::size_t>(kProbabilities / classes().size(), 16, kTextsBetweenLooks);
  Answers answers;
  for (std::size_t done = 0; done < lines.size(); done += part) {
    check_interrupt();
    answer_some(lines.subspan(done, std::min(part, lines.size() - done)), ranking, answers);
  }
  return answers;
}

void TextAnswerer::answer_some(std::span<const std::string> lines, const Ranking& ranking,
                               Answers& answers) const {
  const std::size_t count = lines.size();
  const auto chunks = (count + kTextsPerChunk - 1) / kTextsPerChunk;
  std::vector<TokenIds> ids(chunks);
  std::vector<std::size_t> known(count);
  parallel::for_chunks(
      static_cast<std::int64_t>(count), kTextsPerChunk, [&](std::int64_t begin, std::int64_t end) {
        TextEncoder::Buffers buffers;
        TokenIds& chunk = ids[static_cast<std::size_t>(begin / kTextsPerChunk)];
        for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
          form_.encoder(lines[i], buffers);
          known[i] = TextEncoder::known(form_.padding.kept(buffers.ids));
          chunk.add(buffers.ids);
        }
      });
  const auto of = [&](std::size_t i) {
    return ids[i / static_cast<std::size_t>(kTextsPerChunk)]
              [i % static_cast<std::size_t>(kTextsPerChunk)];
  };
  // A batch of texts of like lengths has little padding.
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return of(i).size(); });
  const std::size_t width = classes().size();
  std::vector<float> probabilities(count * width);
  for (std::size_t done = 0; done < count; done += kPredictBatch) {
    const auto batch = std::span(order).subspan(done, std::min(kPredictBatch, count - done));
    TokenIds texts;
    for (const std::size_t i : batch) texts.add(of(i));
    std::vector<std::size_t> places(batch.size());
    std::iota(places.begin(), places.end(), std::size_t{0});
    const Tensor rows = model_.predict_on_batch(padded(texts, places, form_.padding));
    auto row = std::as_const(rows).data<float>().begin();
    for (const std::size_t i : batch) {
      std::copy_n(row, width, probabilities.begin() + static_cast<std::ptrdiff_t>(i * width));
      row += static_cast<std::ptrdiff_t>(width);
    }
  }
  for (std::size_t i = 0; i < count; ++i) {
    answers.add(std::span(probabilities).subspan(i * width, width), ranking, known[i]);
    if (form_.padding.kept(of(i)).size() < of(i).size()) answers.add_cut();
  }
}

}  // namespace keratin::cli
