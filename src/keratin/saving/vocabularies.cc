// SPDX-License-Identifier: Apache-2.0
#include "keratin/saving/vocabularies.h"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/layers/layers.h"
#include "keratin/saving/vars_groups.h"
#include "keratin/saving/weights_reader.h"

namespace keratin::saving {
namespace {

constexpr std::string_view kFolder = "assets/", kFile = "/vocabulary.txt";

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  while (!lines.empty() && lines.back().empty()) lines.pop_back();
  return lines;
}

std::vector<std::int64_t> integers_of(const std::vector<std::string>& lines) {
  std::vector<std::int64_t> numbers;
  for (const std::string& line : lines) {
    std::int64_t number = 0;
    const char* const end = line.data() + line.size();
    const auto read = std::from_chars(line.data(), end, number);
    if (read.ec != std::errc() || read.ptr != end)
      invalid_argument("vocabulary.txt", "a token must be an integer. Received: '", line, "'");
    numbers.push_back(number);
  }
  return numbers;
}

using Weights = std::optional<std::vector<double>>;

/// As many as there are tokens: behind them Keras fills up with zeros.
Weights weights_of(const formats::hdf5::Object* vars, std::size_t count) {
  const auto array = vars == nullptr ? std::nullopt : vars->find("idf_weights");
  if (!array || !array->is_dataset()) return std::nullopt;
  const Tensor floats = numbers_of(array->array(), DType::kFloat32);
  const auto all = floats.data<float>();
  if (all.size() < count)
    array->fail(str("a weight for each of ", count, " tokens"), str(all.size()));
  return Weights(std::in_place, all.begin(), all.begin() + static_cast<std::ptrdiff_t>(count));
}

}  // namespace

void Vocabularies::read(const formats::ZipArchive& archive) {
  for (const auto& member : archive.members()) {
    const std::string_view name = member.name;
    if (!name.starts_with(kFolder) || !name.ends_with(kFile)) continue;
    const std::size_t size = name.size() - kFolder.size() - kFile.size();
    tokens_.emplace(name.substr(kFolder.size(), size), lines_of(archive.read(member).text()));
  }
}

void Vocabularies::give_to(const WeightPaths& paths,
                           const std::optional<formats::hdf5::Object>& root) const {
  if (tokens_.empty()) return;
  std::optional<VarsGroups> groups;
  if (root) groups.emplace(*root);
  for (const WeightsOfLayer& at : paths.layers) {
    const auto found = tokens_.find(at.path);
    if (found == tokens_.end() || found->second.empty()) continue;
    const std::vector<std::string>& tokens = found->second;
    const Weights weights = weights_of(groups ? groups->find(at.path) : nullptr, tokens.size());
    if (auto* const strings = dynamic_cast<layers::StringLookup*>(at.layer)) {
      strings->set_vocabulary(tokens, weights);
    } else if (auto* const texts = dynamic_cast<layers::TextVectorization*>(at.layer)) {
      texts->set_vocabulary(tokens, weights);
    } else if (auto* const integers = dynamic_cast<layers::IntegerLookup*>(at.layer)) {
      integers->set_vocabulary(integers_of(tokens), weights);
    }
  }
}

}  // namespace keratin::saving
