// SPDX-License-Identifier: Apache-2.0
// Memory runs out after every number of allocations while an object is made from a config, or a
// config or text from an object: std::bad_alloc, and no other error, and no end of the process.
#include <cstdint>
#include <new>
#include <string>
#include <vector>

#include "memory/memory_that_ends.h"
#include <gtest/gtest.h>

#include "keratin/base/auto_name.h"
#include "keratin/base/named_list.h"
#include "keratin/formats/json.h"
#include "keratin/keratin.h"

namespace keratin {
namespace {

/// How many allocations `body` makes: it fails after each number of them, and then goes through.
template <class Body>
std::int64_t fails_well(const std::string& what, Body&& body) {
  SCOPED_TRACE(what);
  for (std::int64_t left = 0; left < 100000; ++left) {
    bool done = false;
    testing_memory::ends_after(left);
    try {
      body();
      done = true;
    } catch (const std::bad_alloc&) {
    } catch (...) {
      testing_memory::is_enough();
      throw;
    }
    testing_memory::is_enough();
    if (done) return left;
  }
  ADD_FAILURE() << what << " fails for ever";
  return 0;
}

Sequential make_model() {
  return Sequential({layers::Embedding({.input_dim = 20, .output_dim = 4, .input_length = 3}),
                     layers::Dropout(0.5), layers::Flatten(),
                     layers::Dense({.units = 2,
                                    .activation = "softmax",
                                    .kernel_initializer = initializers::RandomUniform({.seed = 1}),
                                    .kernel_regularizer = "l2"})});
}

class MemoryOfConfigs : public testing::Test {
 protected:
  void SetUp() override { parallel::set_num_threads(1); }
  void TearDown() override { parallel::set_num_threads(0); }
};

TEST_F(MemoryOfConfigs, OfModels) {
  const Sequential model = make_model();
  const Config config = model.get_config();
  const std::string text = formats::dump_json(config);
  EXPECT_GT(fails_well("get_config", [&] { model.get_config(); }), 20);
  EXPECT_GT(fails_well("dump_json", [&] { formats::dump_json(config); }), 2);
  EXPECT_GT(fails_well("dump_json", [&] { formats::dump_json(config, 2); }), 2);
  EXPECT_GT(fails_well("parse_json", [&] { formats::parse_json(text); }), 20);
  EXPECT_GT(fails_well("from_config", [&] { Sequential::from_config(config); }), 50);
  EXPECT_GT(fails_well("from text", [&] { Sequential::from_config(formats::parse_json(text)); }),
            90);
}

TEST_F(MemoryOfConfigs, OfTokenizers) {
  utils::Tokenizer tokenizer({.oov_token = "<OOV>"});
  std::vector<std::string> texts;
  for (int i = 0; i < 30; ++i) texts.push_back("some words and word" + std::to_string(i));
  tokenizer.fit_on_texts(texts);
  const std::string text = tokenizer.to_json();
  EXPECT_GT(fails_well("to_json", [&] { tokenizer.to_json(); }), 20);
  EXPECT_GT(fails_well("tokenizer_from_json", [&] { utils::tokenizer_from_json(text); }), 50);
  EXPECT_EQ(utils::tokenizer_from_json(text).to_json(), text);
}

template <class Entries>
void of_entries(const Entries& entries) {
  for (const auto& entry : entries) {
    const std::string name(entry.class_name);
    Config config;
    try {
      config = entry.from_config(Config())->get_config();
    } catch (const std::invalid_argument&) {
      continue;  // some option must be given
    }
    fails_well(name, [&] { entry.from_config(config)->get_config(); });
  }
}

TEST_F(MemoryOfConfigs, OfEveryClass) {
  of_entries(layers::all_layers());
  of_entries(losses::entries());
  of_entries(metrics::entries());
  of_entries(optimizers::entries());
  of_entries(optimizers::schedules::entries());
  of_entries(regularizers::entries());
  of_entries(constraints::entries());
  of_entries(activations::entries());
  of_entries(initializers::all_initializers());
}

}  // namespace
}  // namespace keratin
