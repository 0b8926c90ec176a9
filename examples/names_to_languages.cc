// SPDX-License-Identifier: Apache-2.0
/// From which language does a surname come? Its characters through an Embedding and a GRU.
///
///   names_to_languages FOLDER [EPOCHS]   a file LANGUAGE.txt a language, a name a line (the names
///   of
///                               spro/practical-pytorch)
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "text_data.h"
#include <keratin/keratin.h>

namespace kt = keratin;
using namespace kt::layers;

int main(int argc, char** argv) {
  if (argc < 2) return std::puts("names_to_languages FOLDER [EPOCHS]"), 2;
  const int epochs = argc > 2 ? std::atoi(argv[2]) : 8;
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(argv[1]))
    if (entry.path().extension() == ".txt") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  std::vector<std::string> names;
  std::vector<std::int32_t> languages;
  for (std::size_t i = 0; i < files.size(); ++i) {
    for (const std::string& name : examples::lines_of(files[i].string())) {
      if (name.empty()) continue;
      names.push_back(name);
      languages.push_back(static_cast<std::int32_t>(i));
    }
  }
  const std::vector<std::size_t> order = examples::shuffled(names.size());
  const std::size_t all = names.size(), held_out = all / 10;
  const kt::Tensor x = examples::column(examples::taken(names, order, held_out, all));
  const kt::Tensor y = kt::Tensor::from(examples::taken(languages, order, held_out, all));
  const kt::Tensor test = examples::column(examples::taken(names, order, 0, held_out));
  const kt::Tensor answers = kt::Tensor::from(examples::taken(languages, order, 0, held_out));

  kt::utils::set_random_seed(1);
  const auto characters =
      kt::shared(TextVectorization({.standardize = "lower", .split = "character"}));
  characters->adapt(x);
  kt::Sequential model;
  model.add(InputLayer({.shape = kt::Shape{1}, .dtype = kt::DType::kString}));
  model.add(characters);
  model.add(
      Embedding({.input_dim = characters->vocabulary_size(), .output_dim = 32, .mask_zero = true}));
  model.add(Bidirectional({.layer = GRU({.units = 48})}));
  model.add(Dropout({.rate = 0.3}));
  model.add(Dense({.units = static_cast<std::int64_t>(files.size()), .activation = "softmax"}));
  model.compile({.optimizer = kt::optimizers::Adam({.learning_rate = 3e-3}),
                 .loss = "sparse_categorical_crossentropy",
                 .metrics = {"accuracy"}});
  model.fit(x, y, {.batch_size = 64, .epochs = epochs, .verbose = 2});
  std::printf("%zu names held out: %.1f%% are known\n", held_out,
              100 * *model.evaluate(test, answers, {.verbose = 0}).get("accuracy"));

  for (const char* const name : {"Yamamoto", "Kowalczyk", "O'Sullivan", "Papadopoulos", "Rossi"}) {
    const kt::Tensor found = model.predict(examples::column({name}));
    const auto p = found.data<float>();
    const auto best = std::max_element(p.begin(), p.end());
    std::printf("%-14s %s %.0f%%\n", name,
                files[static_cast<std::size_t>(best - p.begin())].stem().c_str(), 100 * *best);
  }
}
