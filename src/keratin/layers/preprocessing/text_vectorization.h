// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "keratin/base/configured.h"
#include "keratin/layers/per_axis.h"
#include "keratin/layers/preprocessing/adapted.h"
#include "keratin/layers/preprocessing/index_lookup.h"

namespace keratin::layers {

class TextWords;

struct TextVectorizationOptions {
  std::optional<std::int64_t> max_tokens = {};
  /// "lower_and_strip_punctuation", "lower", "strip_punctuation"; of ASCII, as in TensorFlow.
  std::optional<std::string> standardize = "lower_and_strip_punctuation";
  std::optional<std::string> split = "whitespace";  // "whitespace", "character"; none: no words
  /// n: the words, and all of 2 to n that stand together; several: those of that many.
  std::optional<PerAxis> ngrams = {};
  std::string output_mode = "int";  // "int", "multi_hot", "count", "tf_idf"; "one_hot" of no words
  std::optional<std::int64_t> output_sequence_length = {};  // of "int"; none: the longest's
  bool pad_to_max_tokens = false;
  std::optional<std::vector<std::string>> vocabulary = {};
  std::optional<std::vector<double>> idf_weights = {};
  bool sparse = false;             // true is refused
  bool ragged = false;             // true is refused
  std::string encoding = "utf-8";  // and no other
  std::optional<std::string> name = {};
  bool trainable = true;
  std::optional<std::int64_t> vocabulary_size = {};  // of a layer in a file
  std::optional<bool> has_input_vocabulary = {};     // likewise
  /// In place of `standardize` and `split`: texts to texts, and texts to the words of each. They
  /// stand in no config.
  std::function<Tensor(const Tensor& texts)> standardize_function = {};
  std::function<std::vector<std::vector<std::string>>(const Tensor& texts)> split_function = {};
};

/// Texts, (B) or (B, 1), to the indices of their words, 0 behind the last and 1 for words that are
/// not known, or to a vector for each text. The vocabulary is given or learned: index_lookup.h.
class TextVectorization final : public Configured<TextVectorization, TextVectorizationOptions,
                                                  LayerOf<TextVectorization, Adapted>> {
 public:
  static constexpr std::string_view kName = "TextVectorization";
  explicit TextVectorization(TextVectorizationOptions options = {});

  /// As of IndexLookup.
  void set_vocabulary(const std::vector<std::string>& vocabulary,
                      const std::optional<std::vector<double>>& idf_weights = {}) {
    lookup_.set_vocabulary(vocabulary, idf_weights);
  }
  std::vector<std::string> get_vocabulary(bool include_special_tokens = true) const {
    return lookup_.get_vocabulary(include_special_tokens);
  }
  std::int64_t vocabulary_size() const { return lookup_.vocabulary_size(); }
  const IndexLookup<std::string>& lookup() const { return lookup_; }
  IndexLookup<std::string>& lookup() { return lookup_; }

  /// Whether functions stand in place of `standardize` or `split`.
  bool has_functions() const { return options_.standardize_function || options_.split_function; }

  void reset_state() override { lookup_.reset_state(); }
  void update_state(const Tensor& batch) override;
  void finalize_state() override { lookup_.finalize_state(); }

  Shape compute_output_shape(const Shape& input_shape) const override;
  std::vector<Spec> compute_output_spec(const Inputs& inputs) const override;
  std::optional<DType> input_dtype() const override { return std::nullopt; }
  Values call(const Inputs& inputs, Pass& pass) const override;

 protected:
  Tensor whole_data(const Tensor& data) const override;

 private:
  /// Indices of some texts, one row behind the other, and where each ends.
  struct Rows {
    std::vector<std::int64_t> indices;
    std::vector<std::size_t> ends;
  };
  TextWords taken_apart() const;
  /// The texts of (B) or (B, 1), standardized where a function does that.
  Tensor texts_of(const Tensor& inputs) const;
  Tensor padded(std::span<const Rows> chunks, std::int64_t count) const;
  bool has_words() const { return options_.split.has_value() || options_.split_function; }

  std::vector<std::int64_t> widths_;  // of ngrams; none: there are none
  IndexLookup<std::string> lookup_;
};

template <class Options>
void as_it_stands(const TextVectorization& layer, Options& o) {
  o.name = layer.name();
  o.trainable = layer.trainable();
  layer.lookup().write_to(o);
}

}  // namespace keratin::layers

extern template class keratin::Configured<
    keratin::layers::TextVectorization, keratin::layers::TextVectorizationOptions,
    keratin::layers::LayerOf<keratin::layers::TextVectorization, keratin::layers::Adapted>>;
