// SPDX-License-Identifier: Apache-2.0
#include "keratin/cli/text_architecture.h"

#include <algorithm>
#include <array>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/cli/failure.h"
#include "keratin/layers/layers.h"
#include "keratin/models/functional.h"
#include "keratin/models/sequential.h"
#include "keratin/ops/casts.h"
#include "keratin/ops/comparisons.h"
#include "keratin/ops/operators.h"
#include "keratin/ops/shapes.h"

namespace keratin::cli {
namespace {

using layers::Dense;
using layers::Dropout;
using layers::Embedding;

constexpr std::array<std::string_view, 6> kNames = {"pooled", "conv",   "lstm",
                                                    "gru",    "bilstm", "attention"};

constexpr TextArchitecture kDefaults[] = {
    {Architecture::kPooled, 2, 3, false, 0, 0, 0, std::nullopt, 48, 0.01, 64, 5},
    {Architecture::kConv, 1, 0, true, 128, 3, 0, 400, 64, 0.002, 32, 8},
    {Architecture::kLstm, 1, 0, true, 64, 0, 0, 400, 64, 0.005, 32, 8},
    {Architecture::kGru, 1, 0, true, 64, 0, 0, 400, 64, 0.005, 32, 8},
    {Architecture::kBilstm, 1, 0, true, 64, 0, 0, 400, 64, 0.005, 32, 8},
    {Architecture::kAttention, 1, 0, true, 128, 3, 4, 400, 64, 0.002, 32, 8}};

template <class T>
void choose(Architecture architecture, const char* option, const std::optional<T>& given,
            bool has_it, const char* why, T& target) {
  if (!given) return;
  if (!has_it) {
    throw UsageError(
        str(option, " is nothing that --architecture ", name_of(architecture), " has: ", why, "."));
  }
  target = *given;
}

models::Sequential pooled(const TextArchitecture& a, const TextModelSizes& sizes) {
  models::Sequential model;
  model.add(Embedding({.input_dim = sizes.ids, .output_dim = sizes.width, .mask_zero = true}));
  model.add(layers::GlobalAveragePooling1D());
  if (a.units > 0) model.add(Dense({.units = a.units, .activation = "relu"}));
  return model;
}

models::Sequential recurrent(const TextArchitecture& a, const TextModelSizes& sizes) {
  models::Sequential model;
  model.add(Embedding({.input_dim = sizes.ids, .output_dim = sizes.width, .mask_zero = true}));
  if (sizes.dropout > 0) model.add(Dropout(sizes.dropout));
  if (a.architecture == Architecture::kGru) {
    model.add(layers::GRU({.units = a.units}));
  } else if (a.architecture == Architecture::kLstm) {
    model.add(layers::LSTM({.units = a.units}));
  } else {
    model.add(layers::Bidirectional({.layer = layers::LSTM({.units = a.units})}));
  }
  return model;
}

std::unique_ptr<models::Model> in_a_row(models::Sequential model, const TextModelSizes& sizes) {
  if (sizes.dropout > 0) model.add(Dropout(sizes.dropout));
  model.add(Dense({.units = sizes.classes, .activation = "softmax"}));
  model.build({kNone, kNone});  // not for the length of the first batch
  return std::make_unique<models::Sequential>(std::move(model));
}

/// Conv1D knows no mask: padding is made 0 before it, as what lies beyond a text's ends is, and
/// behind it, where relu leaves nothing below 0 for the maximum.
std::unique_ptr<models::Model> convolved(const TextArchitecture& a, const TextModelSizes& sizes) {
  const Value ids = layers::Input({.shape = Shape{kNone}, .dtype = DType::kInt32});
  const Value is_token = ops::not_equal(ids, ops::number_beside(0, ids));
  const Value tokens = ops::expand_dims(ops::cast(is_token, DType::kFloat32), -1);
  Value h = Embedding({.input_dim = sizes.ids, .output_dim = sizes.width})(ids);
  if (sizes.dropout > 0) h = Dropout(sizes.dropout)(h);
  h = layers::Conv1D({.filters = a.units,
                      .kernel_size = {a.kernel_size},
                      .padding = "same",
                      .activation = "relu"})(h * tokens) *
      tokens;
  if (a.architecture == Architecture::kConv) {
    h = layers::GlobalMaxPooling1D()(h);
  } else {
    const Value seen =
        layers::MultiHeadAttention({.num_heads = a.heads, .key_dim = a.units / a.heads})(
            {h, h}, {.named = {{"attention_mask", ops::expand_dims(is_token, 1)}}});
    h = layers::LayerNormalization()(layers::Add()({h, seen}));
    h = layers::GlobalAveragePooling1D()(h, {.named = {{"mask", is_token}}});
  }
  if (sizes.dropout > 0) h = Dropout(sizes.dropout)(h);
  h = Dense({.units = sizes.classes, .activation = "softmax"})(h);
  return std::make_unique<models::Functional>(ids, h);
}

}  // namespace

std::string_view name_of(Architecture architecture) {
  return kNames.at(static_cast<std::size_t>(architecture));
}

Architecture architecture_named(std::string_view name) {
  const auto found = std::ranges::find(kNames, name);
  if (found == kNames.end()) unknown_name("train", "architecture", name, kNames);
  return static_cast<Architecture>(found - kNames.begin());
}

std::span<const std::string_view> architecture_names() { return kNames; }

TextArchitecture text_architecture(Architecture architecture, const ArchitectureOptions& options) {
  TextArchitecture a = kDefaults[static_cast<std::size_t>(architecture)];
  const bool is_bag = !a.is_sequence();
  constexpr const char* kOrdered = "it reads the tokens in their order, and sees neighbours itself";
  choose(architecture, "--ngrams", options.ngrams, is_bag, kOrdered, a.ngrams);
  choose(architecture, "--subwords", options.subwords, is_bag, kOrdered, a.subwords);
  choose(architecture, "--kernel-size", options.kernel_size, a.kernel_size > 0,
         "it has no convolution", a.kernel_size);
  choose(architecture, "--heads", options.heads, a.heads > 0, "it has no attention", a.heads);
  choose(architecture, "--lower", options.lower, true, "", a.lower);
  choose(architecture, "--units", options.units, true, "", a.units);
  if (a.is_sequence() && a.units < 1)
    throw UsageError(str("--units: ", name_of(architecture), " needs one at least. Received: 0."));
  if (a.heads > 0 && a.units % a.heads != 0) {
    throw UsageError(str("--heads: each has as many of the units: ", a.units,
                         " units are no multiple of ", a.heads, " heads."));
  }
  return a;
}

std::unique_ptr<models::Model> text_model(const TextArchitecture& architecture,
                                          const TextModelSizes& sizes) {
  switch (architecture.architecture) {
    case Architecture::kPooled:
      return in_a_row(pooled(architecture, sizes), sizes);
    case Architecture::kLstm:
    case Architecture::kGru:
    case Architecture::kBilstm:
      return in_a_row(recurrent(architecture, sizes), sizes);
    default:
      return convolved(architecture, sizes);
  }
}

}  // namespace keratin::cli
