// SPDX-License-Identifier: Apache-2.0
#include "keratin/base/config.h"

#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

namespace keratin {
namespace {

struct ThingOptions {
  std::int64_t size = 3;
  double rate = 0.5;
  std::optional<std::int64_t> seed = {};
  Shape shape = {};
};

template <class F>
void fields(F& field, ThingOptions& o) {
  field("size", o.size);
  field("rate", o.rate);
  field("seed", o.seed);
  field("shape", o.shape);
}

TEST(Config, OneListOfFieldsWritesAndReads) {
  ThingOptions options{.size = 7, .seed = 11, .shape = {kNone, 4}};
  ConfigWriter writer;
  fields(writer, options);
  const Config config = writer.take();
  ThingOptions back;
  ConfigReader reader("Thing", config);
  fields(reader, back);
  reader.finish();
  EXPECT_EQ(back.size, 7);
  EXPECT_EQ(back.rate, 0.5);
  EXPECT_EQ(back.seed, 11);
  EXPECT_EQ(back.shape, (Shape{kNone, 4}));
}

std::string refusal(const Config& config) {
  try {
    ThingOptions options;
    ConfigReader reader("Thing", config);
    fields(reader, options);
    reader.finish();
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return {};
}

TEST(Config, RefusesUnknownKeysAndWrongKinds) {
  Config config = Config::dict();
  config["siez"] = 3;
  EXPECT_NE(refusal(config).find("Did you mean 'size'?"), std::string::npos) << refusal(config);
  Config wrong = Config::dict();
  wrong["size"] = "three";
  EXPECT_EQ(refusal(wrong), "[Thing] config[\"size\"]: expected an integer. Received: a string.");
  EXPECT_NE(refusal(Config("text")), "");
  EXPECT_EQ(refusal(Config()), "");
}

TEST(Config, AbsentKeysKeepDefaultsAndNullsAreNone) {
  Config config = Config::dict();
  config["seed"] = Config();
  ThingOptions options{.seed = 5};
  ConfigReader reader("Thing", config);
  fields(reader, options);
  EXPECT_EQ(options.size, 3);
  EXPECT_FALSE(options.seed.has_value());
}

}  // namespace
}  // namespace keratin
