// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/preprocessing/text_vectorization.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/layers/preprocessing/lookup_fields.h"
#include "keratin/layers/preprocessing/text_words.h"
#include "keratin/parallel/parallel.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::layers {
namespace {

constexpr std::int64_t kTextsPerChunk = 256;
constexpr std::size_t kTextsTogether = 32;  // whose words stay in the first cache

constexpr std::array<std::string_view, 3> kStandardizations = {"lower_and_strip_punctuation",
                                                               "lower", "strip_punctuation"};
constexpr std::array<std::string_view, 2> kSplits = {"whitespace", "character"};

void check_name(const std::optional<std::string>& name, std::string_view what,
                std::span<const std::string_view> known) {
  if (name && std::ranges::find(known, *name) == known.end())
    unknown_name(TextVectorization::kName, what, *name, known);
}

std::size_t bytes_of(std::span<const std::string_view> texts) {
  std::size_t bytes = 0;
  for (const std::string_view text : texts) bytes += text.size();
  return bytes;
}

LookupSettings<std::string> settings_of(const TextVectorizationOptions& o) {
  refuse_sparse(TextVectorization::kName, o.sparse);
  LookupSettings<std::string> settings{.max_tokens = o.max_tokens,
                                       .mask_token = "",
                                       .oov_token = "[UNK]",
                                       .vocabulary = o.vocabulary,
                                       .idf_weights = o.idf_weights,
                                       .output_mode = o.output_mode,
                                       .pad_to_max_tokens = o.pad_to_max_tokens,
                                       .has_input_vocabulary = o.has_input_vocabulary};
  // Keras writes how many special tokens there are where there is no vocabulary yet.
  const std::int64_t special = o.output_mode == "int" ? 2 : 1;
  if (o.vocabulary_size.value_or(special) > special) settings.vocabulary_size = o.vocabulary_size;
  return settings;
}

}  // namespace

template <class F>
void fields(F& f, TextVectorizationOptions& o) {
  common_fields(f, o);
  f("max_tokens", o.max_tokens);
  f("standardize", o.standardize);
  f("split", o.split);
  f("ngrams", o.ngrams);
  f("output_mode", o.output_mode);
  f("output_sequence_length", o.output_sequence_length);
  f("pad_to_max_tokens", o.pad_to_max_tokens);
  f("sparse", o.sparse);
  f("ragged", o.ragged);
  f("vocabulary", o.vocabulary);
  f("idf_weights", o.idf_weights);
  f("encoding", o.encoding);
  f("vocabulary_size", o.vocabulary_size);
  learned_field(f, o.has_input_vocabulary);
}

TextVectorization::TextVectorization(TextVectorizationOptions options)
    : Configured(options, base_options(kName, options)), lookup_(kName, settings_of(options)) {
  const TextVectorizationOptions& o = options_;
  check_name(o.standardize, "standardize", kStandardizations);
  check_name(o.split, "split", kSplits);
  check_encoding(kName, o.encoding);
  if (o.ragged) invalid_argument(kName, "ragged must be False: there are no ragged tensors.");
  if (o.ngrams) {
    for (const std::int64_t width : o.ngrams->list()) {
      if (width < 1)
        invalid_argument(kName, "`ngrams` must be 1 or more. Received: ngrams=", width);
    }
    widths_ = o.ngrams->list();
    if (o.ngrams->is_one()) {
      constexpr std::int64_t kMost = 1 << 16;
      if (widths_[0] > kMost)
        invalid_argument(kName, "`ngrams` must be ", kMost,
                         " at most. Received: ngrams=", widths_[0]);
      widths_.resize(static_cast<std::size_t>(widths_[0]));
      std::iota(widths_.begin(), widths_.end(), 1);
    }
  }
  if (lookup_.mode() != OutputMode::kInt && o.output_sequence_length) {
    invalid_argument(
        kName,
        "`output_sequence_length` must not be set if `output_mode` is not 'int'. Received: "
        "output_sequence_length=",
        *o.output_sequence_length);
  }
  if (o.output_sequence_length.value_or(0) < 0) {
    invalid_argument(
        kName, "`output_sequence_length` must not be negative. Received: output_sequence_length=",
        *o.output_sequence_length);
  }
  if (lookup_.mode() == OutputMode::kOneHot && has_words())
    invalid_argument(kName, "`output_mode` may be 'one_hot' only where `split` is None.");
  build_at_init();
}

Tensor TextVectorization::whole_data(const Tensor& data) const {
  return data.shape().rank() == 1 ? data.reshaped({data.shape()[0], 1}) : data;
}

Tensor TextVectorization::texts_of(const Tensor& inputs) const {
  if (inputs.dtype() != DType::kString)
    invalid_argument(kName, "layer '", name(),
                     "': inputs must be strings. Received: ", to_string(inputs.dtype()));
  if (!options_.standardize_function) return inputs;
  const Tensor texts = options_.standardize_function(inputs);
  if (texts.dtype() != DType::kString || texts.shape() != inputs.shape()) {
    invalid_argument(
        kName, "layer '", name(),
        "': standardize must give a string for each. Received: ", to_string(texts.dtype()),
        " of shape ", texts.shape(), " for shape ", inputs.shape());
  }
  return texts;
}

void TextVectorization::update_state(const Tensor& batch) {
  compute_output_shape(batch.shape());
  const Tensor texts = texts_of(batch);
  const auto all = texts.data<std::string_view>();
  TextWords words = taken_apart();
  const auto count = [&](std::string_view word) { lookup_.count(word); };
  if (options_.split_function) {
    for (const std::vector<std::string>& given :
         options_.split_function(texts.reshaped({texts.size()}))) {
      lookup_.begin_document();
      const std::vector<std::string_view> row(given.begin(), given.end());
      words.each(row, count);
    }
    return;
  }
  // Without words a row is a document.
  const std::size_t width = has_words() || batch.shape().rank() < 2 || batch.shape()[0] == 0
                                ? 1
                                : all.size() / static_cast<std::size_t>(batch.shape()[0]);
  for (std::size_t first = 0; width > 0 && first < all.size(); first += width) {
    lookup_.begin_document();
    if (has_words()) {
      words.each(words.of(all[first]), count);
      continue;
    }
    words.clear(bytes_of(all.subspan(first, width)), width);
    for (std::size_t i = 0; i < width; ++i) words.add(all[first + i]);
    words.each(words.words(), count);
  }
}

Shape TextVectorization::compute_output_shape(const Shape& input_shape) const {
  if (!has_words()) {
    Shape shape = input_shape;
    if (!widths_.empty() || options_.output_sequence_length) {
      if (shape.rank() == 0)
        invalid_argument(kName, "layer '", name(), "' takes inputs of at least 1 dimension.");
      std::int64_t length = shape.back();
      if (length != kNone && !widths_.empty()) {
        length = 0;
        for (const std::int64_t width : widths_)
          length += std::max<std::int64_t>(shape.back() - width + 1, 0);
      }
      shape[shape.rank() - 1] = options_.output_sequence_length.value_or(length);
    }
    return lookup_.output_spec(shape).shape;
  }
  const std::int64_t length = options_.output_sequence_length.value_or(kNone);
  if (input_shape.rank() == 0) return lookup_.output_spec({length}).shape;  // one text
  const bool fits = input_shape.rank() == 1 ||
                    (input_shape.rank() == 2 && (input_shape[1] == 1 || input_shape[1] == kNone));
  if (!fits) {
    invalid_argument(
        kName,
        "When using `TextVectorization` to tokenize strings, the input rank must be 1 or the last "
        "shape dimension must be 1. Received: inputs.shape=",
        input_shape);
  }
  return lookup_.output_spec({input_shape[0], length}).shape;
}

std::vector<Spec> TextVectorization::compute_output_spec(const Inputs& inputs) const {
  return {{compute_output_shape(inputs[0].shape()),
           lookup_.mode() == OutputMode::kInt ? DType::kInt64 : DType::kFloat32}};
}

TextWords TextVectorization::taken_apart() const {
  return {options_.standardize_function ? std::nullopt : options_.standardize, options_.split,
          widths_};
}

/// Rows of indices as one tensor: what is short is filled up with what has no part.
Tensor TextVectorization::padded(std::span<const Rows> chunks, std::int64_t count) const {
  std::size_t length = 0;
  for (const Rows& rows : chunks) {
    for (std::size_t i = 0, begin = 0; i < rows.ends.size(); begin = rows.ends[i++])
      length = std::max(length, rows.ends[i] - begin);
  }
  if (options_.output_sequence_length)
    length = static_cast<std::size_t>(*options_.output_sequence_length);
  const std::int64_t nothing = lookup_.mode() == OutputMode::kInt ? 0 : -1;
  Tensor indices = uninitialized({count, static_cast<std::int64_t>(length)}, DType::kInt64);
  const std::span<std::int64_t> to = indices.data<std::int64_t>();
  parallel::for_chunks(count, kTextsPerChunk, [&](std::int64_t first, std::int64_t) {
    const Rows& rows = chunks[static_cast<std::size_t>(first / kTextsPerChunk)];
    std::int64_t* row = to.data() + static_cast<std::size_t>(first) * length;
    for (std::size_t i = 0, begin = 0; i < rows.ends.size(); begin = rows.ends[i++]) {
      const std::size_t known = std::min(rows.ends[i] - begin, length);
      std::copy_n(rows.indices.data() + begin, known, row);
      row = std::fill_n(row + known, length - known, nothing);
    }
  });
  return indices;
}

Values TextVectorization::call(const Inputs& inputs, Pass&) const {
  const Tensor texts = texts_of(inputs[0].tensor());
  const auto all = texts.data<std::string_view>();
  const Shape& shape = texts.shape();
  if (has_words()) compute_output_shape(shape);
  // A row for each text, or without words for each row of the inputs.
  const std::size_t width =
      has_words() || shape.rank() == 0 ? 1 : static_cast<std::size_t>(shape.back());
  const std::int64_t count = width == 0 ? 0 : static_cast<std::int64_t>(all.size() / width);
  std::vector<std::vector<std::string>> split;
  if (options_.split_function) {
    split = options_.split_function(texts.reshaped({texts.size()}));
    if (static_cast<std::int64_t>(split.size()) != count)
      invalid_argument(kName, "layer '", name(), "': split must give a list for each text, ", count,
                       ". Received: ", split.size());
  }
  std::vector<Rows> chunks(static_cast<std::size_t>((count + kTextsPerChunk - 1) / kTextsPerChunk));
  parallel::for_chunks(count, kTextsPerChunk, [&](std::int64_t begin, std::int64_t end) {
    const auto first = static_cast<std::size_t>(begin),
               some = static_cast<std::size_t>(end - begin);
    Rows& rows = chunks[static_cast<std::size_t>(begin / kTextsPerChunk)];
    TextWords words = taken_apart();
    rows.ends.reserve(some);
    if (widths_.empty() && !options_.split_function) {
      for (std::size_t done = 0; done < some; done += kTextsTogether) {
        const std::size_t count = std::min(kTextsTogether, some - done),
                          before = rows.indices.size();
        const auto given = all.subspan((first + done) * width, count * width);
        words.clear(bytes_of(given), given.size());
        for (std::size_t i = 0; i < count; ++i) {
          for (const std::string_view text : given.subspan(i * width, width)) words.add(text);
          rows.ends.push_back(before + words.words().size());
        }
        rows.indices.resize(before + words.words().size());
        lookup_.indices_of(words.words(), std::span(rows.indices).subspan(before), true);
      }
      return;
    }
    std::vector<std::string_view> views;
    for (std::size_t i = first; i < first + some; ++i) {
      if (options_.split_function) {
        views.assign(split[i].begin(), split[i].end());
      } else {
        const auto given = all.subspan(i * width, width);
        words.clear(bytes_of(given), width);
        for (const std::string_view text : given) words.add(text);
        views.assign(words.words().begin(), words.words().end());
      }
      words.each(views,
                 [&](std::string_view word) { rows.indices.push_back(lookup_.index_of(word)); });
      rows.ends.push_back(rows.indices.size());
    }
  });
  Tensor indices = padded(chunks, count);
  if (has_words() && shape.rank() == 0) indices = indices.reshaped(indices.shape().from(1));
  if (!has_words()) {
    Shape whole = shape;
    if (shape.rank() > 0) whole[shape.rank() - 1] = width == 0 ? 0 : indices.shape()[1];
    indices = indices.reshaped(whole);
  }
  return lookup_.encoded(indices);
}

}  // namespace keratin::layers

namespace keratin {
template class Configured<layers::TextVectorization, layers::TextVectorizationOptions,
                          layers::LayerOf<layers::TextVectorization, layers::Adapted>>;
}  // namespace keratin
