// SPDX-License-Identifier: Apache-2.0
#include "keratin/utils/tokenizer.h"

#include <chrono>

#include "support/golden.h"
#include <gtest/gtest.h>

#include "keratin/parallel/parallel.h"

namespace keratin::utils {
namespace {

using testing::golden;
using Texts = std::vector<std::string>;
using Sequences = std::vector<std::vector<std::int64_t>>;

TokenizerOptions tokenizer_options(const Config& config) {
  TokenizerOptions o;
  ConfigReader reader("test", config);
  reader("num_words", o.num_words);
  reader("filters", o.filters);
  reader("lower", o.lower);
  reader("split", o.split);
  reader("char_level", o.char_level);
  reader("oov_token", o.oov_token);
  reader("document_count", o.document_count);
  reader.finish();
  return o;
}

/// [["the", 3], ...]
std::vector<std::pair<std::string, std::int64_t>> pairs_of(const Config& list) {
  std::vector<std::pair<std::string, std::int64_t>> pairs;
  for (const Config& pair : list.as_list()) {
    pairs.emplace_back(pair.as_list()[0].as_string(), pair.as_list()[1].as_int());
  }
  return pairs;
}

bool is_token_lists(const Config& texts) {
  return !texts.as_list().empty() && texts.as_list()[0].is_list();
}

Sequences to_sequences(const Tokenizer& tokenizer, const Config& texts) {
  if (is_token_lists(texts)) {
    std::vector<Texts> tokens;
    from_config(texts, tokens);
    return tokenizer.texts_to_sequences(tokens);
  }
  Texts plain;
  from_config(texts, plain);
  return tokenizer.texts_to_sequences(plain);
}

Tokenizer fitted(const Config& c) {
  Tokenizer tokenizer(tokenizer_options(c.at("options")));
  for (const Config& texts : c.at("fits").as_list()) {
    if (is_token_lists(texts)) {
      std::vector<Texts> tokens;
      from_config(texts, tokens);
      tokenizer.fit_on_texts(tokens);
    } else {
      Texts plain;
      from_config(texts, plain);
      tokenizer.fit_on_texts(plain);
    }
  }
  return tokenizer;
}

void expect_as_keras(const Tokenizer& tokenizer, const Config& c) {
  EXPECT_EQ(tokenizer.word_counts().items(), pairs_of(c.at("word_counts")));
  EXPECT_EQ(tokenizer.word_index().items(), pairs_of(c.at("word_index")));
  EXPECT_EQ(tokenizer.document_count(), c.at("document_count").as_int());
  const Config::Dict& docs = c.at("word_docs").as_dict();
  EXPECT_EQ(tokenizer.word_docs().size(), docs.size());
  for (const auto& [word, count] : docs) {
    EXPECT_EQ(tokenizer.word_docs().find(word), count.as_int()) << word;
  }
  std::map<std::int64_t, std::string> index_word;
  for (const auto& [i, word] : c.at("index_word").as_dict()) {
    index_word[std::stoll(i)] = word.as_string();
  }
  EXPECT_EQ(tokenizer.index_word(), index_word);
  std::map<std::int64_t, std::int64_t> index_docs;
  for (const auto& [i, count] : c.at("index_docs").as_dict()) {
    index_docs[std::stoll(i)] = count.as_int();
  }
  EXPECT_EQ(tokenizer.index_docs(), index_docs);

  Sequences sequences, back;
  from_config(c.at("sequences"), sequences);
  EXPECT_EQ(to_sequences(tokenizer, c.at("new")), sequences);
  from_config(c.at("back"), back);
  Texts texts;
  from_config(c.at("texts"), texts);
  EXPECT_EQ(tokenizer.sequences_to_texts(back), texts);
  for (const auto& [mode, matrix] : c.at("matrices").as_dict()) {
    const Tensor wanted = testing::golden_tensor(matrix);  // float64
    const Tensor got = tokenizer.sequences_to_matrix(sequences, mode);
    ASSERT_EQ(got.shape(), wanted.shape());
    for (std::size_t i = 0; i < got.data<float>().size(); ++i) {
      // Rounded to float32 once.
      EXPECT_FLOAT_EQ(got.data<float>()[i], static_cast<float>(wanted.data<double>()[i])) << mode;
    }
  }
}

TEST(Tokenizer, AsKeras2) {
  const Config file = golden("tokenizer");
  for (const Config& c : file.at("cases").as_list()) {
    SCOPED_TRACE(c.at("name").as_string());
    const Tokenizer tokenizer = fitted(c);
    expect_as_keras(tokenizer, c);
    expect_as_keras(tokenizer_from_json(tokenizer.to_json()), c);
    expect_as_keras(tokenizer_from_json(c.at("json").as_string()), c);  // what Keras wrote
    // The same keys in the same order as Keras.
    const Config ours = tokenizer.get_config();
    const Config file_of_keras = formats::parse_json(c.at("json").as_string());
    const Config::Dict& theirs = file_of_keras.at("config").as_dict();
    ASSERT_EQ(ours.as_dict().size(), theirs.size());
    for (std::size_t i = 0; i < theirs.size(); ++i) {
      EXPECT_EQ(ours.as_dict()[i].first, theirs[i].first);
    }
  }
}

TEST(Tokenizer, WordSequencesAsKeras2) {
  const Config file = golden("tokenizer");
  for (const Config& c : file.at("word_sequences").as_list()) {
    SCOPED_TRACE(formats::dump_json(c));
    TextToWordSequenceOptions o;
    ConfigReader reader("test", c.at("options"));
    reader("filters", o.filters);
    reader("lower", o.lower);
    reader("split", o.split);
    Texts words;
    from_config(c.at("words"), words);
    EXPECT_EQ(text_to_word_sequence(c.at("text").as_string(), o), words);
  }
}

TEST(Tokenizer, FitOnSequencesCountsDocuments) {
  Tokenizer tokenizer({.num_words = 4});
  tokenizer.fit_on_sequences({{1, 1, 2}, {2}, {}});
  EXPECT_EQ(tokenizer.document_count(), 3);
  EXPECT_EQ(tokenizer.index_docs(), (std::map<std::int64_t, std::int64_t>{{1, 1}, {2, 2}}));
  // 1 + log 1 = 1 times log(1 + 3 / (1 + 1)).
  EXPECT_FLOAT_EQ(tokenizer.sequences_to_matrix({{1}}, "tfidf").data<float>()[1],
                  static_cast<float>(std::log(2.5)));
}

TEST(Tokenizer, BrokenUtf8IsReplaced) {
  Tokenizer tokenizer;
  tokenizer.fit_on_texts({"caf\xC3 \xFFx", "caf\xC3"});
  EXPECT_EQ(tokenizer.word_index().at("caf\uFFFD"), 1);
  EXPECT_EQ(tokenizer.word_index().at("\uFFFDx"), 2);
  EXPECT_EQ(tokenizer_from_json(tokenizer.to_json()).word_index().items(),
            tokenizer.word_index().items());
}

TEST(Tokenizer, BadArguments) {
  EXPECT_THROW(Tokenizer({.num_words = -1}), std::invalid_argument);
  EXPECT_THROW(Tokenizer({.split = ""}), std::invalid_argument);
  EXPECT_NO_THROW(Tokenizer({.split = "", .char_level = true}));
  EXPECT_THROW(Tokenizer({.oov_token = "\xFF"}), std::invalid_argument);
  EXPECT_THROW(text_to_word_sequence("a", {.split = ""}), std::invalid_argument);
  Tokenizer tokenizer({.oov_token = "?"});
  EXPECT_THROW(tokenizer.texts_to_sequences({"a"}), std::invalid_argument);
  EXPECT_THROW(tokenizer.sequences_to_texts({{1}}), std::invalid_argument);
  EXPECT_THROW(tokenizer.sequences_to_matrix({{1}}), std::invalid_argument);
  tokenizer.fit_on_texts({"a b", "a"});
  EXPECT_THROW(tokenizer.sequences_to_matrix({{1}}, "tf-idf"), std::invalid_argument);
  EXPECT_THROW(tokenizer.sequences_to_matrix({{1, -1}}), std::out_of_range);
  EXPECT_THROW(tokenizer.word_index().at("c"), std::out_of_range);
  EXPECT_THROW(Tokenizer({.num_words = 3}).sequences_to_matrix({{1}}, "tfidf"),
               std::invalid_argument);
}

TEST(Tokenizer, BadJson) {
  Tokenizer tokenizer;
  tokenizer.fit_on_texts({"a b"});
  const std::string good = tokenizer.to_json();
  for (std::size_t length = 0; length < good.size(); ++length) {
    EXPECT_ANY_THROW(tokenizer_from_json(good.substr(0, length)));
  }
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string bad = good;
    const std::size_t at = bad.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return bad.replace(at, from.size(), to);
  };
  EXPECT_THROW(tokenizer_from_json(with("\"lower\":true", "\"lower\":\"yes\"")),
               std::invalid_argument);
  EXPECT_THROW(tokenizer_from_json(with("\"split\"", "\"splitt\"")), std::invalid_argument);
  EXPECT_THROW(tokenizer_from_json(with(R"({\"1\":\"a\")", R"({\"x\":\"a\")")),
               std::invalid_argument);
  EXPECT_THROW(tokenizer_from_json(with(R"({\"a\":1)", R"({\"a\":-1)")), std::invalid_argument);
  EXPECT_THROW(tokenizer_from_json(with(R"({\"a\":1)", R"({\"a\":9223372036854775807)")),
               std::invalid_argument);
  EXPECT_THROW(tokenizer_from_json(with("\"word_index\"", "\"words\"")), std::invalid_argument);
}

TEST(Tokenizer, CopiesAreIndependent) {
  Tokenizer tokenizer;
  tokenizer.fit_on_texts({"a"});
  Tokenizer copy = tokenizer;
  copy.fit_on_texts({"b"});
  EXPECT_EQ(tokenizer.word_index().size(), 1u);
  EXPECT_EQ(copy.word_index().size(), 2u);
  tokenizer = copy;
  EXPECT_EQ(tokenizer.word_index().size(), 2u);
}

TEST(Tokenizer, ManyTextsOnAnyNumberOfThreads) {
  Texts texts;
  for (int i = 0; i < 3000; ++i) {
    texts.push_back("word" + std::to_string(i % 700) + " Word" + std::to_string(i) + " tail");
  }
  Tokenizer tokenizer({.num_words = 1000, .oov_token = "?"});
  tokenizer.fit_on_texts(texts);
  parallel::set_num_threads(1);
  const Sequences one = tokenizer.texts_to_sequences(texts);
  parallel::set_num_threads(0);
  EXPECT_EQ(tokenizer.texts_to_sequences(texts), one);
}

// Not a benchmark: an answer in time that only a wrong complexity could miss.
TEST(Tokenizer, LargeVocabularyIsSavedAndLoaded) {
  Texts texts(1);
  for (int i = 0; i < 100000; ++i) texts[0] += "w" + std::to_string(i) + " ";
  Tokenizer tokenizer;
  tokenizer.fit_on_texts(texts);
  const Tokenizer loaded = tokenizer_from_json(tokenizer.to_json());
  EXPECT_EQ(loaded.word_index().at("w99999"), 100000);
}

}  // namespace
}  // namespace keratin::utils
