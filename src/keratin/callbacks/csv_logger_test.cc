// SPDX-License-Identifier: Apache-2.0
#include "keratin/callbacks/csv_logger.h"

#include <fstream>
#include <iterator>

#include "support/scripted_fit.h"
#include "support/temporary_folder.h"
#include <gtest/gtest.h>

namespace keratin::callbacks {
namespace {

std::string text_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(CSVLogger, WritesTheBytesOfKeras) {
  const Config file = testing::golden("callbacks");
  int count = 0;
  for (const Config& golden : file.at("cases").as_list()) {
    if (golden.at("callback").as_string() != "CSVLogger") continue;
    ++count;
    const testing::TemporaryFolder folder;
    const std::string path = (folder / "log.csv").string();
    std::vector<Logs> epochs;
    for (const Config& epoch : golden.at("logs").as_list()) {
      epochs.emplace_back();
      for (const Config& item : epoch.as_list()) {
        epochs.back().set(item.as_list()[0].as_string(), testing::golden_number(item.as_list()[1]));
      }
    }
    for (int run = 0; run < 2; ++run) {
      CSVLogger callback({.filename = path,
                          .separator = golden.at("separator").as_string(),
                          .append = golden.at("append").as_bool()});
      testing::ScriptedFit().run(callback, epochs);
    }
    EXPECT_EQ(text_of(path), golden.at("text").as_string());
  }
  EXPECT_EQ(count, 8);
}

TEST(CSVLogger, SaysWhichFileAndWhy) {
  EXPECT_THROW(CSVLogger({.filename = "x", .separator = ""}), std::invalid_argument);
  CSVLogger nowhere("/no/such/folder/log.csv");
  testing::ScriptedFit fit;
  try {
    fit.run(nowhere, std::vector<Logs>(1));
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(
        error.what(),
        "[CSVLogger] cannot open the file '/no/such/folder/log.csv': No such file or directory");
  }
  CSVLogger full("/dev/full");
  EXPECT_THROW(fit.run(full, std::vector<Logs>(1)), std::runtime_error);
}

}  // namespace
}  // namespace keratin::callbacks
