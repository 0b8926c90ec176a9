// SPDX-License-Identifier: Apache-2.0
/// From a message to how likely it is spam, in one model and one file: the vocabulary is a layer of
/// it.
///
///   sms_spam FILE [EPOCHS]   ham or spam, a tab and a message a line (the SMS Spam Collection)
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "text_data.h"
#include <keratin/keratin.h>

namespace kt = keratin;
using namespace kt::layers;

int main(int argc, char** argv) {
  if (argc < 2) return std::puts("sms_spam FILE [EPOCHS]"), 2;
  const int epochs = argc > 2 ? std::atoi(argv[2]) : 6;
  std::vector<std::string> messages;
  std::vector<float> spam;
  for (const std::string& line : examples::lines_of(argv[1])) {
    const auto [label, message] = examples::at_tab(line);
    if (message.empty()) continue;
    messages.push_back(message);
    spam.push_back(label == "spam" ? 1 : 0);
  }
  const std::vector<std::size_t> order = examples::shuffled(messages.size());
  const std::size_t all = messages.size(), held_out = all / 5;
  const kt::Tensor x = examples::column(examples::taken(messages, order, held_out, all));
  const kt::Tensor y = kt::Tensor::from(examples::taken(spam, order, held_out, all));
  const kt::Tensor test = examples::column(examples::taken(messages, order, 0, held_out));
  const kt::Tensor answers = kt::Tensor::from(examples::taken(spam, order, 0, held_out));

  kt::utils::set_random_seed(1);
  const auto words = kt::shared(TextVectorization({.max_tokens = 8000, .ngrams = 2}));
  words->adapt(x);
  const kt::Value text = kt::Input({.shape = kt::Shape{1}, .dtype = kt::DType::kString});
  const kt::Value vectors =
      Embedding({.input_dim = 8000, .output_dim = 32, .mask_zero = true})((*words)(text));
  kt::Functional model(
      {text}, {Dense({.units = 1, .activation = "sigmoid"})(GlobalAveragePooling1D()(vectors))});
  model.compile({.optimizer = kt::optimizers::Adam({.learning_rate = 1e-2}),
                 .loss = "binary_crossentropy",
                 .metrics = {"accuracy", kt::metrics::Precision({.name = "precision"}),
                             kt::metrics::Recall({.name = "recall"})}});
  model.fit(x, y, {.batch_size = 32, .epochs = epochs, .verbose = 2});
  const kt::Logs logs = model.evaluate(test, answers, {.verbose = 0});
  std::printf(
      "%zu messages held out: %.1f%% right; of what it calls spam %.1f%% is, of the spam it finds "
      "%.1f%%\n",
      held_out, 100 * *logs.get("accuracy"), 100 * *logs.get("precision"),
      100 * *logs.get("recall"));

  kt::save_model(model, "spam.keras");
  const auto again = kt::load_model("spam.keras");
  const std::vector<std::string> asked = {"You have WON a free prize! Call 09061701461 now",
                                          "are you coming home for dinner"};
  const kt::Tensor found = again->predict(examples::column(asked));
  for (std::size_t i = 0; i < asked.size(); ++i)
    std::printf("%3.0f%% spam: %s\n", 100 * found.data<float>()[i], asked[i].c_str());
}
