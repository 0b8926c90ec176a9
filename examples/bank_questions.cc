// SPDX-License-Identifier: Apache-2.0
/// What does a customer of a bank want, of 77 things? Words through a convolution and attention.
///
///   bank_questions FOLDER [EPOCHS]   with train.csv and test.csv, text and category (banking77 of
///   PolyAI)
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "text_data.h"
#include <keratin/keratin.h>

namespace kt = keratin;
using namespace kt::layers;

struct Questions {
  std::vector<std::string> texts, categories;
};

/// Of a csv file with a header line, whose texts hold no line breaks but quotes and commas.
Questions read(const std::string& path) {
  Questions all;
  const std::vector<std::string> lines = examples::lines_of(path);
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const std::size_t comma = lines[i].rfind(',');
    if (comma == std::string::npos) continue;
    std::string text = lines[i].substr(0, comma);
    if (text.size() > 1 && text.front() == '"') text = text.substr(1, text.size() - 2);
    for (std::size_t at = 0; (at = text.find("\"\"", at)) != std::string::npos;)
      text.erase(at++, 1);
    all.texts.push_back(text);
    all.categories.push_back(lines[i].substr(comma + 1));
  }
  return all;
}

int main(int argc, char** argv) {
  if (argc < 2) return std::puts("bank_questions FOLDER [EPOCHS]"), 2;
  const int epochs = argc > 2 ? std::atoi(argv[2]) : 6;
  const std::string folder = argv[1];
  const Questions train = read(folder + "/train.csv"), test = read(folder + "/test.csv");
  std::map<std::string, std::int32_t> numbers;
  for (const std::string& category : train.categories) numbers.emplace(category, 0);
  std::vector<std::string> categories;
  for (auto& [category, number] : numbers) {
    number = static_cast<std::int32_t>(categories.size());
    categories.push_back(category);
  }
  const auto numbers_of = [&](const std::vector<std::string>& names) {
    std::vector<std::int32_t> out;
    for (const std::string& name : names) out.push_back(numbers.at(name));
    return kt::Tensor::from(out);
  };
  const std::vector<std::size_t> order = examples::shuffled(train.texts.size());
  const kt::Tensor x = examples::column(examples::taken(train.texts, order, 0, order.size()));
  const kt::Tensor y = numbers_of(examples::taken(train.categories, order, 0, order.size()));

  kt::utils::set_random_seed(1);
  const auto words = kt::shared(TextVectorization({.max_tokens = 4000}));
  words->adapt(x);
  const kt::Value text = kt::Input({.shape = kt::Shape{1}, .dtype = kt::DType::kString});
  kt::Value h = Embedding({.input_dim = 4000, .output_dim = 128})((*words)(text));
  h = Dropout({.rate = 0.3})(h);
  // What stands around a word, and then which words matter to each other. Padding is a word here.
  h = Conv1D({.filters = 128, .kernel_size = 3, .padding = "same", .activation = "relu"})(h);
  const kt::Value seen =
      MultiHeadAttention({.num_heads = 4, .key_dim = 32, .dropout = 0.1})({h, h});
  h = LayerNormalization()(Add()({h, seen}));
  h = Dropout({.rate = 0.3})(GlobalMaxPooling1D()(h));
  const auto units = static_cast<std::int64_t>(categories.size());
  kt::Functional model({text}, {Dense({.units = units, .activation = "softmax"})(h)});
  model.compile({.optimizer = kt::optimizers::Adam({.learning_rate = 2e-3}),
                 .loss = "sparse_categorical_crossentropy",
                 .metrics = {"accuracy", kt::metrics::SparseTopKCategoricalAccuracy(
                                             {.k = 3, .name = "among_3"})}});
  model.fit(x, y, {.batch_size = 32, .epochs = epochs, .verbose = 2});
  const kt::Logs logs =
      model.evaluate(examples::column(test.texts), numbers_of(test.categories), {.verbose = 0});
  std::printf("%zu questions of the test: %.1f%% right, %.1f%% among the first three\n",
              test.texts.size(), 100 * *logs.get("accuracy"), 100 * *logs.get("among_3"));

  for (const char* const question :
       {"Somebody stole my card!", "why was i charged for taking out cash",
        "do you take apple pay"}) {
    const kt::Tensor found = model.predict(examples::column({question}));
    const auto p = found.data<float>();
    const auto best = static_cast<std::size_t>(std::max_element(p.begin(), p.end()) - p.begin());
    std::printf("%-40s %s\n", question, categories[best].c_str());
  }
}
