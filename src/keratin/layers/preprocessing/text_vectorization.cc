// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/preprocessing/text_vectorization.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/base/utf8.h"
#include "keratin/layers/preprocessing/lookup_fields.h"
#include "keratin/parallel/parallel.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::layers {
namespace {

constexpr std::int64_t kTextsPerChunk = 64;

constexpr std::array<std::string_view, 3> kStandardizations = {"lower_and_strip_punctuation",
                                                               "lower", "strip_punctuation"};
constexpr std::array<std::string_view, 2> kSplits = {"whitespace", "character"};

void check_name(const std::optional<std::string>& name, std::string_view what,
                std::span<const std::string_view> known) {
  if (name && std::ranges::find(known, *name) == known.end())
    unknown_name(TextVectorization::kName, what, *name, known);
}

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

bool is_punctuation(unsigned char c) {
  return (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') ||
         (c >= '{' && c <= '~');
}

/// What becomes of a byte, and -1 of one that goes.
std::array<std::int16_t, 256> bytes_of(const std::optional<std::string>& standardize) {
  const bool lowers = standardize && *standardize != "strip_punctuation";
  const bool strips = standardize && *standardize != "lower";
  std::array<std::int16_t, 256> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto c = static_cast<unsigned char>(i);
    const bool is_capital = c >= 'A' && c <= 'Z';
    bytes[i] = strips && is_punctuation(c)
                   ? std::int16_t{-1}
                   : static_cast<std::int16_t>(lowers && is_capital ? c + 32 : c);
  }
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

/// The words of texts, one after another. One thread.
class TextVectorization::Words {
 public:
  explicit Words(const TextVectorization& layer)
      : layer_(layer),
        bytes_(bytes_of(layer.options_.standardize_function ? std::nullopt
                                                            : layer.options_.standardize)) {}

  std::string_view standardized(std::string_view text) {
    text_.resize(text.size());
    char* end = text_.data();
    for (const char c : text) {
      const std::int16_t byte = bytes_[static_cast<unsigned char>(c)];
      *end = static_cast<char>(byte);
      end += byte >= 0 ? 1 : 0;
    }
    return {text_.data(), static_cast<std::size_t>(end - text_.data())};
  }
  const std::vector<std::string_view>& of(std::string_view text) {
    words_.clear();
    text = standardized(text);
    if (!layer_.options_.split) {
      words_.push_back(text);
    } else if (*layer_.options_.split == "whitespace") {
      split_at_spaces(text);
    } else {
      split_characters(text);
    }
    return words_;
  }
  /// `visit` of each word, or of each ngram.
  template <class Visit>
  void each(std::span<const std::string_view> words, Visit&& visit) {
    if (layer_.widths_.empty()) {
      for (const std::string_view word : words) visit(word);
      return;
    }
    for (const std::int64_t wanted : layer_.widths_) {
      const auto width = static_cast<std::size_t>(wanted);
      for (std::size_t first = 0; first + width <= words.size(); ++first) {
        joined_.assign(words[first]);
        for (std::size_t i = 1; i < width; ++i) (joined_ += ' ') += words[first + i];
        visit(joined_);
      }
    }
  }

 private:
  void split_at_spaces(std::string_view text) {
    const char* const end = text.data() + text.size();
    for (const char* c = text.data();;) {
      while (c != end && is_space(*c)) ++c;
      if (c == end) return;
      const char* const begin = c;
      while (c != end && !is_space(*c)) ++c;
      words_.emplace_back(begin, static_cast<std::size_t>(c - begin));
    }
  }
  void split_characters(std::string_view text) {
    while (!text.empty()) {
      const utf8::Decoded next = utf8::decode(text);
      words_.push_back(next.valid ? text.substr(0, next.length) : std::string_view("\xEF\xBF\xBD"));
      text.remove_prefix(next.length);
    }
  }

  const TextVectorization& layer_;
  std::array<std::int16_t, 256> bytes_;
  std::string text_, joined_;
  std::vector<std::string_view> words_;
};

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
  Words words(*this);
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
  std::vector<std::string> row(width);
  for (std::size_t first = 0; width > 0 && first < all.size(); first += width) {
    lookup_.begin_document();
    if (has_words()) {
      words.each(words.of(all[first]), count);
      continue;
    }
    for (std::size_t i = 0; i < width; ++i) row[i] = words.standardized(all[first + i]);
    const std::vector<std::string_view> views(row.begin(), row.end());
    words.each(views, count);
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
  const bool fits = input_shape.rank() == 1 ||
                    (input_shape.rank() == 2 && (input_shape[1] == 1 || input_shape[1] == kNone));
  if (!fits) {
    invalid_argument(
        kName,
        "When using `TextVectorization` to tokenize strings, the input rank must be 1 or the last "
        "shape dimension must be 1. Received: inputs.shape=",
        input_shape);
  }
  return lookup_.output_spec({input_shape[0], options_.output_sequence_length.value_or(kNone)})
      .shape;
}

std::vector<Spec> TextVectorization::compute_output_spec(const Inputs& inputs) const {
  return {{compute_output_shape(inputs[0].shape()),
           lookup_.mode() == OutputMode::kInt ? DType::kInt64 : DType::kFloat32}};
}

/// Rows of indices as one tensor: what is short is filled up with what has no part.
Tensor TextVectorization::padded(std::span<const std::vector<std::int64_t>> rows) const {
  std::size_t length = 0;
  for (const auto& row : rows) length = std::max(length, row.size());
  if (options_.output_sequence_length)
    length = static_cast<std::size_t>(*options_.output_sequence_length);
  const std::int64_t nothing = lookup_.mode() == OutputMode::kInt ? 0 : -1;
  Tensor indices = uninitialized(
      {static_cast<std::int64_t>(rows.size()), static_cast<std::int64_t>(length)}, DType::kInt64);
  auto to = indices.data<std::int64_t>().begin();
  for (const auto& row : rows) {
    const auto count = static_cast<std::ptrdiff_t>(std::min(row.size(), length));
    to = std::copy(row.begin(), row.begin() + count, to);
    to = std::fill_n(to, static_cast<std::ptrdiff_t>(length) - count, nothing);
  }
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
  std::vector<std::vector<std::int64_t>> rows(width == 0 ? 0 : all.size() / width);
  std::vector<std::vector<std::string>> split;
  if (options_.split_function) {
    split = options_.split_function(texts.reshaped({texts.size()}));
    if (split.size() != rows.size())
      invalid_argument(kName, "layer '", name(), "': split must give a list for each text, ",
                       rows.size(), ". Received: ", split.size());
  }
  parallel::for_chunks(static_cast<std::int64_t>(rows.size()), kTextsPerChunk,
                       [&](std::int64_t begin, std::int64_t end) {
                         Words words(*this);
                         std::vector<std::string> own(width);
                         std::vector<std::string_view> views;
                         for (auto i = static_cast<std::size_t>(begin);
                              i < static_cast<std::size_t>(end); ++i) {
                           if (has_words() && widths_.empty() && !options_.split_function) {
                             const auto& found = words.of(all[i]);
                             rows[i].resize(found.size());
                             lookup_.indices_of(found, rows[i]);
                             continue;
                           }
                           const auto look_up = [&](std::string_view word) {
                             rows[i].push_back(lookup_.index_of(word));
                           };
                           if (options_.split_function) {
                             views.assign(split[i].begin(), split[i].end());
                             words.each(views, look_up);
                           } else if (has_words()) {
                             words.each(words.of(all[i]), look_up);
                           } else {
                             for (std::size_t j = 0; j < width; ++j)
                               own[j] = words.standardized(all[i * width + j]);
                             views.assign(own.begin(), own.end());
                             words.each(views, look_up);
                           }
                         }
                       });
  Tensor indices = padded(rows);
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
