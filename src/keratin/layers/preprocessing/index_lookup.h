// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "keratin/base/owned.h"
#include "keratin/layers/preprocessing/encoding.h"
#include "keratin/layers/preprocessing/key_table.h"

namespace keratin::layers {

/// What IntegerLookup and StringLookup have in common, by the type of what is looked up:
/// std::int64_t or std::string. Keras: the arguments of `IndexLookup`.
template <class Key>
struct LookupSettings {
  std::optional<std::int64_t> max_tokens = {};  // how many there may be, with mask and unknown ones
  std::int64_t num_oov_indices = 1;             // 0: an unknown one is an error
  std::optional<Key> mask_token = {};           // has index 0
  std::optional<Key> oov_token = {};            // what unknown indices become where it inverts
  std::optional<std::vector<Key>> vocabulary = {};
  std::optional<std::vector<double>> idf_weights = {};  // of "tf_idf", one each
  bool invert = false;                                  // from indices to keys
  std::string output_mode = "int";      // "int", "one_hot", "multi_hot", "count", "tf_idf"
  bool pad_to_max_tokens = false;       // vectors are of max_tokens, whatever is in the vocabulary
  std::string oov_method = "floormod";  // of integers: "floormod", "farmhash"
  std::optional<Salt> salt = {};
  std::optional<std::int64_t> vocabulary_size = {};  // of a layer in a file
  /// Whether `vocabulary` was given and not learned: then there is nothing to adapt. Where nothing
  /// is said, whether there is one.
  std::optional<bool> has_input_vocabulary = {};
};

/// A vocabulary: keys to indices and back.
///
///   index   0 for the mask token, where there is one and the mode is "int";
///           then num_oov_indices for keys that are not known, by their hash;
///           then those of the vocabulary
///
/// Threads: const calls from any number; what changes the vocabulary needs the object alone, and
/// leaves it as it was where it throws. Copies are independent.
template <class Key>
class IndexLookup {
 public:
  /// Throws std::invalid_argument, in the name of `who`, a class, for settings that do not go
  /// together.
  IndexLookup(std::string_view who, LookupSettings<Key> settings);
  ~IndexLookup();
  IndexLookup(IndexLookup&&) noexcept;
  IndexLookup& operator=(IndexLookup&&) noexcept;

  /// Keras: `set_vocabulary`. With or without the special tokens in front. `idf_weights`: one for
  /// each. Throws std::invalid_argument for an empty vocabulary, one with a key twice or with the
  /// mask token in it, or larger than max_tokens; std::logic_error where vectors would change
  /// their size.
  void set_vocabulary(const std::vector<Key>& vocabulary,
                      const std::optional<std::vector<double>>& idf_weights = {});
  std::vector<Key> get_vocabulary(bool include_special_tokens = true) const;
  std::int64_t vocabulary_size() const;
  /// One for each index, where the mode is "tf_idf" and they are known.
  const std::vector<float>& idf_weights() const;
  void set_idf_weights(std::vector<float> weights);

  void reset_state();
  /// One document a row: all but the first axis; of one axis or none it is one.
  void update_state(const Tensor& batch);
  /// Of documents that are lists of keys.
  void begin_document();
  void count(typename KeyOf<Key>::View key);
  /// The most frequent keys come first, of equally frequent ones the greatest.
  void finalize_state();

  OutputMode mode() const;
  bool inverts() const;
  /// How many places a vector has; kNone before there is a vocabulary.
  std::int64_t depth() const;
  Spec output_spec(const Shape& shape) const;
  /// int64 indices of the keys, those which "int" gives; a mask token that has no index has -1.
  /// Throws std::logic_error where there is no vocabulary, std::invalid_argument for an unknown key
  /// where num_oov_indices is 0.
  Tensor indices_of(const Tensor& keys) const;
  /// `has_room`: of strings, StringTable::find_all.
  void indices_of(std::span<const typename KeyOf<Key>::View> keys, std::span<std::int64_t> indices,
                  bool has_room = false) const;
  std::int64_t index_of(typename KeyOf<Key>::View key) const;
  /// The keys, or with `invert` what has these indices, as output_spec() has them.
  Tensor operator()(const Tensor& inputs) const;
  /// What has these indices by the output mode.
  Tensor encoded(const Tensor& indices) const;

  const LookupSettings<Key>& settings() const;
  /// What options must say for another one to know what this one does: the vocabulary with its
  /// weights, and its size. Keras: of a vocabulary that was learned nothing stands in a config.
  template <class Options>
  void write_to(Options& o) const {
    o.output_mode = to_string(mode());
    o.vocabulary_size = settings().vocabulary_size;
    if (is_given() || get_vocabulary(false).empty()) return;
    const bool has_front = mode() == OutputMode::kTfIdf && settings().oov_token;
    o.vocabulary = get_vocabulary(has_front);
    o.has_input_vocabulary = settings().has_input_vocabulary.value_or(false);
    const std::vector<float>& weights = idf_weights();
    const auto count = std::min(static_cast<std::size_t>(vocabulary_size()), weights.size());
    if (count == 0) return;
    const std::size_t first = count - std::min(o.vocabulary->size(), count);
    o.idf_weights.emplace(weights.begin() + static_cast<std::ptrdiff_t>(first),
                          weights.begin() + static_cast<std::ptrdiff_t>(count));
  }

 private:
  /// Whether the vocabulary is that of the settings.
  bool is_given() const;

  struct State;
  Owned<State> state_;
};

extern template class IndexLookup<std::int64_t>;
extern template class IndexLookup<std::string>;

}  // namespace keratin::layers
