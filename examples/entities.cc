// SPDX-License-Identifier: Apache-2.0
/// Names of people, places and things in messages: a class for every word, by a masked
/// bidirectional LSTM.
///
///   entities FOLDER [EPOCHS]   with wnut17train.conll and emerging.test.annotated: a word, a tab
///   and its tag
///                     a line (WNUT 2017)
///
/// Judged by the F1 of whole entities, as the task asks. Hardly a name of the test is in the
/// training text, so that little is found by words alone: what a word looks like and how it ends
/// are inputs of their own. entities.py takes vectors of words trained elsewhere too.
#include <algorithm>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "text_data.h"
#include <keratin/keratin.h>

namespace kt = keratin;
using namespace kt::layers;

struct Sentence {
  std::vector<std::string> words, tags;
};

std::vector<Sentence> read(const std::string& path) {
  std::vector<Sentence> sentences(1);
  for (const std::string& line : examples::lines_of(path)) {
    auto [word, tag] = examples::at_tab(line);
    if (!word.empty()) {
      sentences.back().words.push_back(word);
      sentences.back().tags.push_back(tag);
    } else if (!sentences.back().words.empty()) {
      sentences.emplace_back();
    }
  }
  if (sentences.back().words.empty()) sentences.pop_back();
  return sentences;
}

std::string lower(std::string word) {
  for (char& c : word) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return word;
}

/// `@Anna_B2` -> `@Xx_X0`: what a word looks like.
std::string look(const std::string& word) {
  std::string shape;
  for (const char c : word) {
    const auto u = static_cast<unsigned char>(c);
    const char now = std::isdigit(u) ? '0' : std::isupper(u) ? 'X' : std::isalpha(u) ? 'x' : c;
    if (shape.empty() || shape.back() != now) shape += now;
  }
  return shape;
}

std::string ending(const std::string& word) {
  return lower(word.substr(word.size() - std::min<std::size_t>(3, word.size())));
}

/// Of each sentence one row of what `of` makes of its words, "" behind them.
template <class Of>
kt::Tensor padded(const std::vector<Sentence>& sentences, Of of) {
  std::size_t longest = 0;
  for (const Sentence& sentence : sentences) longest = std::max(longest, sentence.words.size());
  std::vector<std::string> texts;
  for (const Sentence& sentence : sentences) {
    for (const std::string& word : sentence.words) texts.push_back(of(word));
    texts.resize(texts.size() + longest - sentence.words.size());
  }
  return kt::Tensor::from(texts, {std::ssize(sentences), static_cast<std::int64_t>(longest)});
}

std::vector<kt::Tensor> inputs_of(const std::vector<Sentence>& sentences) {
  return {padded(sentences, lower), padded(sentences, look), padded(sentences, ending)};
}

/// (kind, first, end) of each entity that B- and I- tags of a sentence mark.
std::set<std::tuple<std::string, std::size_t, std::size_t>> entities(
    std::vector<std::string> tags) {
  std::set<std::tuple<std::string, std::size_t, std::size_t>> found;
  std::string kind;
  std::size_t begun = 0;
  tags.push_back("O");
  for (std::size_t i = 0; i < tags.size(); ++i) {
    const std::string of = tags[i].size() > 2 ? tags[i].substr(2) : "";
    if (!kind.empty() && (tags[i][0] != 'I' || of != kind)) {
      found.emplace(kind, begun, i);
      kind.clear();
    }
    if (tags[i][0] == 'B' || (tags[i][0] == 'I' && kind.empty()))
      std::tie(kind, begun) = std::pair(of, i);
  }
  return found;
}

int main(int argc, char** argv) {
  if (argc < 2) return std::puts("entities FOLDER [EPOCHS]"), 2;
  const int epochs = argc > 2 ? std::atoi(argv[2]) : 10;
  const std::vector<Sentence> train = read(std::string(argv[1]) + "/wnut17train.conll");
  const std::vector<Sentence> test = read(std::string(argv[1]) + "/emerging.test.annotated");
  std::set<std::string> known;
  for (const Sentence& sentence : train) known.insert(sentence.tags.begin(), sentence.tags.end());
  const std::vector<std::string> tags(known.begin(), known.end());

  kt::utils::set_random_seed(1);
  const std::vector<kt::Tensor> x = inputs_of(train);
  const std::int64_t length = x[0].shape()[1];
  std::vector<std::int32_t> numbers;
  for (const Sentence& sentence : train) {
    for (const std::string& tag : sentence.tags)
      numbers.push_back(
          static_cast<std::int32_t>(std::find(tags.begin(), tags.end(), tag) - tags.begin()));
    numbers.resize(numbers.size() + static_cast<std::size_t>(length) - sentence.words.size());
  }
  const kt::Tensor y = kt::Tensor::from(numbers, {std::ssize(train), length, 1});

  std::vector<kt::Value> inputs, features;
  const std::int64_t widths[] = {64, 24, 32}, tokens[] = {8000, 600, 3000};
  for (std::size_t k = 0; k < 3; ++k) {
    const auto lookup = kt::shared(StringLookup({.max_tokens = tokens[k], .mask_token = ""}));
    lookup->adapt(x[k]);
    inputs.push_back(kt::Input({.shape = kt::Shape{kt::kNone}, .dtype = kt::DType::kString}));
    features.push_back(Embedding({.input_dim = lookup->vocabulary_size(),
                                  .output_dim = widths[k],
                                  .mask_zero = true})((*lookup)(inputs.back())));
  }
  kt::Value steps = Dropout({.rate = 0.4})(Concatenate()(kt::Values(features)));
  steps = Bidirectional({.layer = LSTM({.units = 64, .return_sequences = true})})(steps);
  steps = Dropout({.rate = 0.4})(steps);
  const auto classes = static_cast<std::int64_t>(tags.size());
  kt::Functional model(
      kt::Values(inputs),
      {TimeDistributed({.layer = Dense({.units = classes, .activation = "softmax"})})(steps)});
  model.compile({.optimizer = kt::optimizers::Adam({.learning_rate = 3e-3}),
                 .loss = "sparse_categorical_crossentropy"});
  model.fit(x, y, {.batch_size = 32, .epochs = epochs, .verbose = 2});

  const kt::Tensor found = model.predict(inputs_of(test));
  const auto p = found.data<float>();
  double right = 0, called = 0, there = 0;
  for (std::size_t i = 0; i < test.size(); ++i) {
    std::vector<std::string> answer;
    for (std::size_t t = 0; t < test[i].words.size(); ++t) {
      const auto row = p.subspan((i * static_cast<std::size_t>(found.shape()[1]) + t) * tags.size(),
                                 tags.size());
      answer.push_back(
          tags[static_cast<std::size_t>(std::max_element(row.begin(), row.end()) - row.begin())]);
    }
    const auto a = entities(answer), b = entities(test[i].tags);
    called += static_cast<double>(a.size());
    there += static_cast<double>(b.size());
    for (const auto& entity : a) right += b.contains(entity) ? 1 : 0;
  }
  std::printf("%zu messages of the test: F1 %.3f by entity (precision %.3f, recall %.3f)\n",
              test.size(), 2 * right / std::max(1.0, called + there), right / std::max(1.0, called),
              right / std::max(1.0, there));
}
