// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/preprocessing/index_lookup.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <numeric>
#include <type_traits>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/parallel/parallel.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::layers {
namespace {

constexpr std::int64_t kKeysPerChunk = 2048;
constexpr std::int64_t kNoPlace = -1;  // of a mask token where the output is a vector

/// The elements of a tensor as keys. Throws std::invalid_argument for those of another kind.
template <class Key>
Tensor keys_of(std::string_view who, const Tensor& tensor) {
  if constexpr (std::is_same_v<Key, std::string>) {
    if (tensor.dtype() != DType::kString)
      invalid_argument(who, "inputs must be strings. Received: ", to_string(tensor.dtype()));
    return tensor;
  } else {
    return whole_numbers(who, tensor);
  }
}

std::int64_t bucket_of_key(std::string_view key, std::int64_t buckets, bool,
                           const std::optional<Salt>& salt) {
  return bucket_of(key, buckets, salt);
}
std::int64_t bucket_of_key(std::int64_t key, std::int64_t buckets, bool hashes,
                           const std::optional<Salt>& salt) {
  if (!hashes) return (key % buckets + buckets) % buckets;
  char digits[24];
  const char* const end = std::to_chars(digits, digits + sizeof digits, key).ptr;
  return bucket_of({digits, static_cast<std::size_t>(end - digits)}, buckets, salt);
}

}  // namespace

template <class Key>
struct IndexLookup<Key>::State {
  static constexpr std::string_view kOwner = "IndexLookup";
  using View = typename KeyOf<Key>::View;

  /// What inverted outputs point into: never changed, replaced whole.
  struct Vocabulary {
    typename KeyOf<Key>::Table tokens;
    Key mask{}, oov{};
  };

  std::string who;
  LookupSettings<Key> settings;
  OutputMode mode;
  bool hashes_integers = false, is_given = false;
  std::shared_ptr<const Vocabulary> vocabulary;  // null: there is none yet
  std::vector<float> idf;
  KeyCounts<Key> counts;

  std::int64_t first_oov() const { return settings.mask_token && mode == OutputMode::kInt ? 1 : 0; }
  std::int64_t first_token() const { return first_oov() + settings.num_oov_indices; }
  std::int64_t size() const {
    return first_token() + static_cast<std::int64_t>(vocabulary ? vocabulary->tokens.size() : 0);
  }
  bool has_fixed_depth() const { return mode == OutputMode::kInt || settings.pad_to_max_tokens; }

  void check() {
    const LookupSettings<Key>& s = settings;
    if (s.max_tokens && *s.max_tokens <= 1) {
      invalid_argument(who,
                       "If `max_tokens` is set, it must be greater than 1. Received: max_tokens=",
                       *s.max_tokens);
    }
    if (s.pad_to_max_tokens && !s.max_tokens)
      invalid_argument(
          who, "If pad_to_max_tokens is True, must set `max_tokens`. Received: max_tokens=None");
    if (s.num_oov_indices < 0) {
      invalid_argument(
          who, "`num_oov_indices` must be greater than or equal to 0. Received: num_oov_indices=",
          s.num_oov_indices);
    }
    if (s.oov_method != "floormod" && s.oov_method != "farmhash") {
      constexpr std::string_view kMethods[] = {"floormod", "farmhash"};
      unknown_name(who, "oov_method", s.oov_method, kMethods);
    }
    hashes_integers = s.oov_method == "farmhash";
    if (s.salt && std::is_same_v<Key, std::int64_t> && !hashes_integers)
      invalid_argument(
          who, "`salt` can only be used when `oov_method='farmhash'`. Received: oov_method=",
          s.oov_method);
    if (s.invert && mode != OutputMode::kInt)
      invalid_argument(
          who, "`output_mode` must be `'int'` when `invert` is true. Received: output_mode=",
          s.output_mode);
    if (s.invert && !s.oov_token)
      invalid_argument(who, "oov_token must be given where `invert` is true.");
    if (s.idf_weights && mode != OutputMode::kTfIdf)
      invalid_argument(
          who,
          "`idf_weights` should only be set if `output_mode` is `'tf_idf'`. Received: output_mode=",
          s.output_mode);
    if (mode == OutputMode::kTfIdf && s.vocabulary && !s.idf_weights) {
      invalid_argument(who,
                       "When specifying the `vocabulary` argument, in TF-IDF output mode, the "
                       "`idf_weights` argument must also be provided.");
    }
  }

  /// The vocabulary becomes this one; vectors that were made keep their size.
  void take(std::shared_ptr<const Vocabulary> found, std::vector<float> weights) {
    const std::int64_t size_found = first_token() + static_cast<std::int64_t>(found->tokens.size());
    if (!has_fixed_depth() && settings.vocabulary_size && *settings.vocabulary_size != size_found) {
      wrong_moment(who, "When using `output_mode=", settings.output_mode,
                   "` and `pad_to_max_tokens=False`, the vocabulary size cannot be changed after "
                   "the layer is called. Old vocab size is ",
                   *settings.vocabulary_size, ", new vocab size is ", size_found);
    }
    settings.vocabulary_size = size_found;
    is_given = false;
    vocabulary = std::move(found);
    idf = std::move(weights);
  }

  std::shared_ptr<Vocabulary> new_vocabulary() const {
    auto made = std::make_shared<Vocabulary>();
    if (settings.mask_token) made->mask = *settings.mask_token;
    if (settings.oov_token) made->oov = *settings.oov_token;
    return made;
  }
  /// Of a key that is not in the vocabulary, of which the mask token is no part.
  std::int64_t index_of_unknown(View key) const {
    if (settings.mask_token && key == *settings.mask_token)
      return mode == OutputMode::kInt ? 0 : kNoPlace;
    const std::int64_t buckets = settings.num_oov_indices;
    if (buckets == 1) return first_oov();
    if (buckets > 1)
      return first_oov() + bucket_of_key(key, buckets, hashes_integers, settings.salt);
    invalid_argument(
        who, "When `num_oov_indices=0` all inputs should be in vocabulary, found OOV value ", key,
        ", consider setting `num_oov_indices=1`.");
  }
  const Vocabulary& known() const {
    if (vocabulary) return *vocabulary;
    wrong_moment(who,
                 "the layer has no vocabulary: pass a `vocabulary` argument to the layer, or "
                 "call `adapt` with some sample data.");
  }
};

template <class Key>
IndexLookup<Key>::IndexLookup(std::string_view who, LookupSettings<Key> settings)
    : state_(std::make_unique<State>()) {
  State& s = *state_;
  s.who = who;
  s.settings = std::move(settings);
  s.mode = output_mode(who, s.settings.output_mode,
                       {OutputMode::kInt, OutputMode::kOneHot, OutputMode::kMultiHot,
                        OutputMode::kCount, OutputMode::kTfIdf});
  s.settings.output_mode = to_string(s.mode);
  s.check();
  if (!s.settings.vocabulary) return;
  if (!s.settings.has_input_vocabulary) s.settings.has_input_vocabulary = true;
  set_vocabulary(*s.settings.vocabulary, s.settings.idf_weights);
  s.is_given = *s.settings.has_input_vocabulary;
}
template <class Key>
IndexLookup<Key>::~IndexLookup() = default;
template <class Key>
IndexLookup<Key>::IndexLookup(IndexLookup&&) noexcept = default;
template <class Key>
IndexLookup<Key>& IndexLookup<Key>::operator=(IndexLookup&&) noexcept = default;

template <class Key>
void IndexLookup<Key>::set_vocabulary(const std::vector<Key>& given,
                                      const std::optional<std::vector<double>>& idf_weights) {
  State& s = *state_;
  if (given.empty())
    invalid_argument(s.who, "Cannot set an empty vocabulary. Received: vocabulary=[]");
  const auto front = static_cast<std::size_t>(s.first_token());
  bool has_special = given.size() >= front;
  for (std::size_t i = 0; has_special && i < front; ++i) {
    const auto& special =
        static_cast<std::int64_t>(i) < s.first_oov() ? s.settings.mask_token : s.settings.oov_token;
    has_special = special && given[i] == *special;
  }
  const std::size_t first = has_special ? front : 0;
  auto found = s.new_vocabulary();
  for (std::size_t i = first; i < given.size(); ++i) {
    const auto refuse_special = [&](std::string_view kind) {
      invalid_argument(s.who, "Found reserved ", kind,
                       " token at unexpected location in `vocabulary`, index ", i,
                       ". The vocabulary need not have the special tokens; if it has, all of them "
                       "stand at the start.");
    };
    if (s.settings.mask_token && given[i] == *s.settings.mask_token) refuse_special("mask");
    if (s.settings.invert && given[i] == *s.settings.oov_token) refuse_special("OOV");
    if (found->tokens.insert(given[i]) != i - first) {
      invalid_argument(
          s.who,
          "The passed vocabulary has at least one repeated term. Please uniquify your dataset. "
          "The repeated term is: ",
          given[i]);
    }
  }
  const std::int64_t size = s.first_token() + static_cast<std::int64_t>(found->tokens.size());
  if (s.settings.max_tokens && size > *s.settings.max_tokens) {
    invalid_argument(s.who,
                     "Attempted to set a vocabulary larger than the maximum vocab size. Received "
                     "vocabulary size is ",
                     size, "; `max_tokens` is ", *s.settings.max_tokens, ".");
  }
  std::vector<float> weights = s.idf;
  if (s.mode == OutputMode::kTfIdf && idf_weights) {
    if (idf_weights->size() != given.size()) {
      invalid_argument(s.who,
                       "`idf_weights` must be the same length as vocabulary. len(idf_weights) is ",
                       idf_weights->size(), "; len(vocabulary) is ", given.size());
    }
    // What is not known of the special tokens is the mean of the others.
    const double mean = std::accumulate(idf_weights->begin(), idf_weights->end(), 0.0) /
                        static_cast<double>(idf_weights->size());
    weights.assign(has_special ? 0 : front, static_cast<float>(mean));
    for (const double weight : *idf_weights) weights.push_back(static_cast<float>(weight));
    if (s.settings.pad_to_max_tokens)
      weights.resize(static_cast<std::size_t>(*s.settings.max_tokens));
  }
  s.take(std::move(found), std::move(weights));
}

template <class Key>
std::vector<Key> IndexLookup<Key>::get_vocabulary(bool include_special_tokens) const {
  const State& s = *state_;
  std::vector<Key> all;
  if (include_special_tokens) {
    if (s.first_oov() == 1) all.push_back(*s.settings.mask_token);
    all.insert(all.end(), static_cast<std::size_t>(s.settings.num_oov_indices),
               s.settings.oov_token.value_or(Key{}));
  }
  const std::size_t count = s.vocabulary ? s.vocabulary->tokens.size() : 0;
  for (std::uint32_t id = 0; id < count; ++id) all.emplace_back(s.vocabulary->tokens[id]);
  return all;
}

template <class Key>
std::int64_t IndexLookup<Key>::vocabulary_size() const {
  return state_->size();
}
template <class Key>
const std::vector<float>& IndexLookup<Key>::idf_weights() const {
  return state_->idf;
}
template <class Key>
void IndexLookup<Key>::set_idf_weights(std::vector<float> weights) {
  state_->idf = std::move(weights);
}
template <class Key>
OutputMode IndexLookup<Key>::mode() const {
  return state_->mode;
}
template <class Key>
bool IndexLookup<Key>::inverts() const {
  return state_->settings.invert;
}
template <class Key>
const LookupSettings<Key>& IndexLookup<Key>::settings() const {
  return state_->settings;
}

template <class Key>
bool IndexLookup<Key>::is_given() const {
  return state_->is_given;
}

template <class Key>
void IndexLookup<Key>::reset_state() {
  state_->counts = {};
}

template <class Key>
void IndexLookup<Key>::begin_document() {
  State& s = *state_;
  if (s.settings.has_input_vocabulary.value_or(false)) {
    invalid_argument(
        s.who,
        "Cannot adapt the layer after setting a static vocabulary via `vocabulary` argument.");
  }
  s.counts.begin_document();
}

template <class Key>
void IndexLookup<Key>::count(typename KeyOf<Key>::View key) {
  state_->counts.add(key);
}

template <class Key>
void IndexLookup<Key>::update_state(const Tensor& batch) {
  const Tensor keys = keys_of<Key>(state_->who, batch);
  const auto all = keys.data<typename KeyOf<Key>::View>();
  const std::size_t documents =
      batch.shape().rank() < 2 ? 1 : static_cast<std::size_t>(batch.shape()[0]);
  const std::size_t width = documents == 0 ? 0 : all.size() / documents;
  for (std::size_t i = 0; i < documents; ++i) {
    begin_document();
    for (const auto& key : all.subspan(i * width, width)) count(key);
  }
}

template <class Key>
void IndexLookup<Key>::finalize_state() {
  State& s = *state_;
  if (s.settings.has_input_vocabulary.value_or(false) || s.counts.size() == 0) return;
  std::vector<std::uint32_t> order;
  for (std::uint32_t id = 0; id < s.counts.size(); ++id) {
    const bool is_special = (s.settings.mask_token && s.counts.key(id) == *s.settings.mask_token) ||
                            (s.settings.oov_token && s.counts.key(id) == *s.settings.oov_token);
    if (!is_special) order.push_back(id);
  }
  std::ranges::sort(order, [&](std::uint32_t a, std::uint32_t b) {
    const std::int64_t times_a = s.counts.times(a), times_b = s.counts.times(b);
    return times_a != times_b ? times_a > times_b : s.counts.key(a) > s.counts.key(b);
  });
  if (s.settings.max_tokens) {
    const auto room = static_cast<std::size_t>(
        std::max<std::int64_t>(*s.settings.max_tokens - s.first_token(), 0));
    if (order.size() > room) order.resize(room);
  }
  auto found = s.new_vocabulary();
  std::vector<float> weights;
  for (const std::uint32_t id : order) {
    found->tokens.insert(s.counts.key(id));
    if (s.mode != OutputMode::kTfIdf) continue;
    weights.push_back(
        static_cast<float>(std::log(1 + static_cast<double>(s.counts.documents()) /
                                            static_cast<double>(1 + s.counts.documents(id)))));
  }
  if (s.mode == OutputMode::kTfIdf) {
    const double mean =
        std::accumulate(weights.begin(), weights.end(), 0.0) / static_cast<double>(weights.size());
    weights.insert(weights.begin(), static_cast<std::size_t>(s.first_token()),
                   static_cast<float>(mean));
    if (s.settings.pad_to_max_tokens)
      weights.resize(static_cast<std::size_t>(*s.settings.max_tokens));
  }
  s.take(std::move(found), std::move(weights));
  reset_state();
}

template <class Key>
std::int64_t IndexLookup<Key>::depth() const {
  const State& s = *state_;
  if (s.settings.pad_to_max_tokens) return *s.settings.max_tokens;
  return s.settings.vocabulary_size.value_or(kNone);
}

template <class Key>
Spec IndexLookup<Key>::output_spec(const Shape& shape) const {
  const State& s = *state_;
  const bool gives_strings = s.settings.invert && std::is_same_v<Key, std::string>;
  return encoded_spec(shape, s.mode, depth(), gives_strings ? DType::kString : DType::kInt64);
}

template <class Key>
std::int64_t IndexLookup<Key>::index_of(typename KeyOf<Key>::View key) const {
  std::int64_t index;
  return indices_of({&key, 1}, {&index, 1}), index;
}

template <class Key>
void IndexLookup<Key>::indices_of(std::span<const typename KeyOf<Key>::View> keys,
                                  std::span<std::int64_t> indices, bool has_room) const {
  const State& s = *state_;
  const auto& known = s.known().tokens;
  const std::int64_t first = s.first_token();
  std::array<std::uint32_t, 64> ids;
  for (std::size_t done = 0; done < keys.size(); done += ids.size()) {
    const auto some = keys.subspan(done, std::min(ids.size(), keys.size() - done));
    known.find_all(some, std::span(ids).first(some.size()), has_room);
    for (std::size_t i = 0; i < some.size(); ++i) {
      const bool is_known = ids[i] != StringTable::kMissing;
      indices[done + i] = is_known ? first + ids[i] : s.index_of_unknown(some[i]);
    }
  }
}

template <class Key>
Tensor IndexLookup<Key>::indices_of(const Tensor& inputs) const {
  state_->known();
  const Tensor keys = keys_of<Key>(state_->who, inputs);
  const auto from = keys.data<typename KeyOf<Key>::View>();
  Tensor indices = uninitialized(inputs.shape(), DType::kInt64);
  const auto to = indices.data<std::int64_t>();
  parallel::for_chunks(static_cast<std::int64_t>(from.size()), kKeysPerChunk,
                       [&](std::int64_t begin, std::int64_t end) {
                         const auto first = static_cast<std::size_t>(begin),
                                    count = static_cast<std::size_t>(end - begin);
                         indices_of(from.subspan(first, count), to.subspan(first, count));
                       });
  return indices;
}

template <class Key>
Tensor IndexLookup<Key>::encoded(const Tensor& indices) const {
  const State& s = *state_;
  if (s.mode == OutputMode::kInt) return indices;
  Tensor vectors = encode(indices, s.mode, depth());
  if (s.mode != OutputMode::kTfIdf) return vectors;
  if (static_cast<std::int64_t>(s.idf.size()) != depth())
    wrong_moment(s.who, "When `output_mode` is `'tf_idf'`, `idf_weights` must be provided.");
  const auto out = vectors.data<float>();
  for (std::size_t i = 0; i < out.size(); ++i) out[i] *= s.idf[i % s.idf.size()];
  return vectors;
}

template <class Key>
Tensor IndexLookup<Key>::operator()(const Tensor& inputs) const {
  const State& s = *state_;
  if (!s.settings.invert) return encoded(indices_of(inputs));
  const auto& known = s.known();
  const Tensor indices = whole_numbers(s.who, inputs);
  using View = typename KeyOf<Key>::View;
  std::vector<View> keys;
  keys.reserve(static_cast<std::size_t>(indices.size()));
  for (const std::int64_t index : indices.data<std::int64_t>()) {
    if (s.settings.mask_token && index == 0) {
      keys.emplace_back(known.mask);
    } else if (index >= s.first_token() && index < s.size()) {
      keys.emplace_back(known.tokens[static_cast<std::uint32_t>(index - s.first_token())]);
    } else {
      keys.emplace_back(known.oov);
    }
  }
  if constexpr (std::is_same_v<Key, std::string>) {
    return Tensor::strings(std::move(keys), inputs.shape(), s.vocabulary);
  } else {
    return Tensor::from(keys, inputs.shape());
  }
}

template class IndexLookup<std::int64_t>;
template class IndexLookup<std::string>;

}  // namespace keratin::layers
