// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cctype>
#include <cmath>
#include <limits>
#include <map>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "support/golden.h"
#include <gtest/gtest.h>

#include "keratin/layers/layers.h"
#include "keratin/parallel/parallel.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::layers {
namespace {

// tests/golden/preprocessing.json: Keras on TensorFlow. Whole numbers and strings are equal; what
// is divided or has a logarithm is off by a few roundings of float32, and means of Keras's batches
// by one for each batch.
constexpr double kRelative = 2e-6;
constexpr double kAbsolute = 2e-6;

std::string difference(const Tensor& got, const Tensor& wanted) {
  if (got.dtype() == DType::kFloat32) {
    return testing::difference(got, cast(wanted, DType::kFloat32), kRelative, kAbsolute);
  }
  if (got.shape() != wanted.shape()) return str("shape ", got.shape(), ", wanted ", wanted.shape());
  if (got.dtype() == DType::kString) {
    const auto a = got.data<std::string_view>(), b = wanted.data<std::string_view>();
    for (std::size_t i = 0; i < a.size(); ++i)
      if (a[i] != b[i]) return str("at ", i, ": ", a[i], ", wanted ", b[i]);
    return {};
  }
  if (got.dtype() != wanted.dtype())
    return str(to_string(got.dtype()), ", wanted ", to_string(wanted.dtype()));
  const Tensor x = cast(got, DType::kInt64), y = cast(wanted, DType::kInt64);
  const auto a = x.data<std::int64_t>(), b = y.data<std::int64_t>();
  for (std::size_t i = 0; i < a.size(); ++i)
    if (a[i] != b[i]) return str("at ", i, ": ", a[i], ", wanted ", b[i]);
  return {};
}

void adapt(Layer& layer, const Config& batches) {
  if (batches.is_null()) return;
  auto& adapted = dynamic_cast<Adapted&>(layer);
  const Config::List& list = batches.as_list();
  if (list.size() == 1) return adapted.adapt(testing::golden_tensor(list[0]));
  adapted.reset_state();
  for (const Config& batch : list) adapted.update_state(testing::golden_tensor(batch));
  adapted.finalize_state();
}

Tensor called(const Layer& layer, const Config& c) {
  Inputs inputs;
  for (const Config& x : c.at("x").as_list()) inputs.values.push_back(testing::golden_tensor(x));
  if (!c.at("count_weights").is_null())
    inputs.named.emplace_back("count_weights",
                              Values(testing::golden_tensor(c.at("count_weights"))));
  Pass pass;
  return Value(layer.run(inputs, pass)).tensor();
}

Config vocabulary_of(const Layer& layer) {
  if (const auto* strings = dynamic_cast<const StringLookup*>(&layer))
    return keratin::to_config(strings->get_vocabulary());
  if (const auto* texts = dynamic_cast<const TextVectorization*>(&layer))
    return keratin::to_config(texts->get_vocabulary());
  return keratin::to_config(dynamic_cast<const IntegerLookup&>(layer).get_vocabulary());
}

TEST(Preprocessing, GivesWhatKerasGives) {
  const Config file = testing::golden("preprocessing");
  ASSERT_GT(file.at("cases").as_list().size(), 200U);
  for (const Config& c : file.at("cases").as_list()) {
    SCOPED_TRACE(formats::dump_json(c.at("layer")).substr(0, 600));
    const auto layer = Layer::deserialize(c.at("layer"));
    adapt(*layer, c.at("adapt"));
    const Tensor wanted = testing::golden_tensor(c.at("y"));
    const Tensor got = called(*layer, c);
    EXPECT_EQ(difference(got, wanted), "");
    if (c.find("vocabulary") != nullptr) {
      EXPECT_EQ(vocabulary_of(*layer), c.at("vocabulary"));
    }
    if (c.find("bin_boundaries") != nullptr) {
      const auto& found = *dynamic_cast<const Discretization&>(*layer).bin_boundaries();
      const Config::List& boundaries = c.at("bin_boundaries").as_list();
      ASSERT_EQ(found.size(), boundaries.size());
      for (std::size_t i = 0; i < found.size(); ++i)
        EXPECT_NEAR(found[i], boundaries[i].as_double(), 1e-6);
    }
    // What is known before the data.
    Values symbolic;
    for (const Config& x : c.at("x").as_list()) {
      const Tensor tensor = testing::golden_tensor(x);
      symbolic.push_back(
          Input({.dtype = tensor.dtype(),
                 .batch_shape = tensor.shape().rank() > 0 ? tensor.shape().with_batch(kNone)
                                                          : tensor.shape()}));
    }
    const Spec spec = layer->compute_output_spec(Inputs(symbolic))[0];
    EXPECT_TRUE(spec.shape.is_compatible_with(got.shape()))
        << to_string(spec.shape) << to_string(got.shape());
    EXPECT_EQ(spec.dtype, got.dtype());
    // Its config makes it again.
    EXPECT_EQ(Layer::deserialize(layer->serialize())->get_config(), layer->get_config());
  }
}

TEST(Preprocessing, IsTheSameOnAnyNumberOfThreads) {
  std::vector<std::string> texts;
  for (int i = 0; i < 5000; ++i) texts.push_back(str("word", i % 700, " and Word", i % 31, "!"));
  const Tensor data = Tensor::from(texts);
  TextVectorization layer;
  layer.adapt(data);
  const Tensor several = layer(data);
  parallel::set_num_threads(1);
  EXPECT_EQ(difference(layer(data), several), "");
  parallel::set_num_threads(0);
}

/// Its words a byte at a time, by the C locale's functions: signs go first.
std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words(1);
  for (const char c : text) {
    const int byte = static_cast<unsigned char>(c);
    if (byte < 128 && std::ispunct(byte) != 0) continue;
    if (byte < 128 && std::isspace(byte) != 0) {
      if (!words.back().empty()) words.emplace_back();
    } else {
      words.back() += byte < 128 ? static_cast<char>(std::tolower(byte)) : c;
    }
  }
  if (words.back().empty()) words.pop_back();
  return words;
}

TEST(Preprocessing, TakesTextsOfAllSizesApart) {
  constexpr std::string_view kBytes("abYZ09\xC3\xA4\0 \t .-!'ef", 18);
  std::mt19937 dice(7);
  std::vector<std::string> texts;
  std::map<std::string, std::int64_t> known;
  std::vector<std::string> vocabulary;
  for (std::size_t i = 0; i < 600; ++i) {
    std::string text(i % 150, ' ');
    const auto rare = static_cast<unsigned>(i / 150 + 1);  // of what is no letter
    for (char& c : text)
      c = dice() % rare == 0 ? kBytes[dice() % kBytes.size()] : kBytes[dice() % 6];
    texts.push_back(text);
    for (const std::string& word : words_of(text)) {
      if (dice() % 3 == 0 || !known.emplace(word, vocabulary.size() + 2).second) continue;
      vocabulary.push_back(word);
    }
  }
  const TextVectorization layer({.vocabulary = vocabulary});
  const Tensor indices = layer(Tensor::from(texts));
  const auto row = static_cast<std::size_t>(indices.shape()[1]);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    std::vector<std::int64_t> wanted;
    for (const std::string& word : words_of(texts[i]))
      wanted.push_back(known.contains(word) ? known[word] : 1);
    ASSERT_LE(wanted.size(), row);
    wanted.resize(row);
    const auto got = indices.data<std::int64_t>().subspan(i * row, row);
    ASSERT_TRUE(std::ranges::equal(got, wanted)) << texts[i];
  }
}

TEST(Preprocessing, RefusesWhatItCannotTake) {
  const Tensor texts = Tensor::from(std::vector<std::string>{"a", "b"});
  const Tensor ids = Tensor::from<std::int64_t>({0, 5});
  EXPECT_THROW(CategoryEncoding({}), std::invalid_argument);
  EXPECT_THROW(CategoryEncoding({.num_tokens = 0}), std::invalid_argument);
  EXPECT_THROW(CategoryEncoding({.num_tokens = 2, .output_mode = "int"}), std::invalid_argument);
  EXPECT_THROW(CategoryEncoding({.num_tokens = 2, .sparse = true}), std::invalid_argument);
  EXPECT_THROW(CategoryEncoding({.num_tokens = 5})(ids), std::out_of_range);
  EXPECT_THROW(CategoryEncoding({.num_tokens = 5})(texts), std::invalid_argument);
  EXPECT_THROW(Discretization({}), std::invalid_argument);
  EXPECT_THROW(Discretization({.bin_boundaries = std::vector<double>{2, 1}}),
               std::invalid_argument);
  EXPECT_THROW(Discretization({.num_bins = 3})(Tensor::zeros({2})), std::logic_error);
  EXPECT_THROW(Discretization({.bin_boundaries = std::vector<double>{1}}).adapt(ids),
               std::invalid_argument);
  EXPECT_THROW(Discretization({.num_bins = 2}).adapt(texts), std::invalid_argument);
  EXPECT_THROW(Normalization({.mean = Tensor::zeros({2})}), std::invalid_argument);
  EXPECT_THROW(Normalization().adapt(texts), std::invalid_argument);
  EXPECT_THROW(Normalization().adapt(Tensor::zeros({0, 2})), std::invalid_argument);
  EXPECT_THROW(IntegerLookup()(ids), std::logic_error);
  EXPECT_THROW(IntegerLookup({.vocabulary = std::vector<std::int64_t>{1, 1}}),
               std::invalid_argument);
  EXPECT_THROW(IntegerLookup({.vocabulary = std::vector<std::int64_t>{1}})(texts),
               std::invalid_argument);
  EXPECT_THROW(
      IntegerLookup({.vocabulary = std::vector<std::int64_t>{1}})(Tensor::from<float>({0.5F})),
      std::invalid_argument);
  EXPECT_THROW(
      IntegerLookup({.num_oov_indices = 0, .vocabulary = std::vector<std::int64_t>{1}})(ids),
      std::invalid_argument);
  EXPECT_THROW(StringLookup({.vocabulary = std::vector<std::string>{"a"}})(ids),
               std::invalid_argument);
  EXPECT_THROW(StringLookup({.encoding = "latin-1"}), std::invalid_argument);
  EXPECT_THROW(StringLookup({.max_tokens = 2, .vocabulary = std::vector<std::string>{"a", "b"}}),
               std::invalid_argument);
  EXPECT_THROW(StringLookup({.vocabulary = std::vector<std::string>{"a"}}).adapt(texts),
               std::invalid_argument);
  EXPECT_THROW(Hashing({.num_bins = 0}), std::invalid_argument);
  EXPECT_THROW(
      Hashing({.num_bins = 3})(Tensor::from<float>({std::numeric_limits<float>::quiet_NaN()})),
      std::invalid_argument);
  EXPECT_THROW(Hashing({.num_bins = 3, .mask_value = Config(1)})(texts), std::invalid_argument);
  EXPECT_THROW(HashedCrossing({.num_bins = 3})({Value(ids)}), std::invalid_argument);
  EXPECT_THROW(TextVectorization({.ragged = true}), std::invalid_argument);
  EXPECT_THROW(TextVectorization({.split = "words"}), std::invalid_argument);
  EXPECT_THROW(TextVectorization({.ngrams = 0}), std::invalid_argument);
  EXPECT_THROW(TextVectorization()(texts), std::logic_error);
  // Strings are no numbers anywhere else.
  EXPECT_THROW(Dense({.units = 2})(texts), std::invalid_argument);
  EXPECT_THROW(Embedding({.input_dim = 2, .output_dim = 2})(texts), std::invalid_argument);
  EXPECT_THROW(Tensor::zeros({2}, DType::kString), std::invalid_argument);
  EXPECT_THROW(cast(ids, DType::kString), std::invalid_argument);
}

TEST(Preprocessing, TakesWhatIsEmptyOrBroken) {
  TextVectorization layer({.vocabulary = std::vector<std::string>{"a", "b"}});
  EXPECT_EQ(layer(Tensor::from(std::vector<std::string>{})).shape(), Shape({0, 0}));
  EXPECT_EQ(layer(Tensor::from(std::vector<std::string>{"", " "})).shape(), Shape({2, 0}));
  const Tensor broken =
      layer(Tensor::from(std::vector<std::string>{"a \xFF\xC3 b", std::string("b\0c", 3)}));
  EXPECT_EQ(difference(broken, Tensor::from<std::int64_t>({2, 1, 3, 1, 0, 0}, {2, 3})), "");
  StringLookup bytes({.vocabulary = std::vector<std::string>{"\xFF", ""}});
  const Tensor found = bytes(Tensor::from(std::vector<std::string>{"", "\xFF", "\xFE"}));
  EXPECT_EQ(difference(found, Tensor::from<std::int64_t>({2, 1, 0})), "");
}

TEST(Preprocessing, FailureLeavesTheVocabularyAsItWas) {
  StringLookup layer({.output_mode = "count"});
  layer.adapt(Tensor::from(std::vector<std::string>{"a", "b", "a"}));
  const auto before = layer.get_vocabulary();
  EXPECT_THROW(layer.set_vocabulary({"x", "y", "x"}), std::invalid_argument);
  EXPECT_THROW(layer.set_vocabulary({"x"}), std::logic_error);  // vectors would change their size
  EXPECT_THROW(layer.adapt(Tensor::zeros({2})), std::invalid_argument);
  EXPECT_EQ(layer.get_vocabulary(), before);
}

TEST(Strings, RowsKeepTheirBytes) {
  Tensor rows;
  {
    const Tensor texts =
        Tensor::from(std::vector<std::string>{"one", "two", "a text that is longer than others"});
    const std::int64_t order[] = {2, 0};
    rows = take_rows(slice_rows(texts, 0, 3), order, 2);
  }
  const Tensor kept = rows;
  EXPECT_EQ(kept.data<std::string_view>()[0], "a text that is longer than others");
  EXPECT_EQ(kept.data<std::string_view>()[1], "one");
  const Tensor copy = copy_of(rows);
  EXPECT_EQ(copy.data<std::string_view>()[1], "one");
}

}  // namespace
}  // namespace keratin::layers
