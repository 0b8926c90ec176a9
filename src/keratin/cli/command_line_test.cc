// SPDX-License-Identifier: Apache-2.0
#include "keratin/cli/command_line.h"

#include <regex>
#include <vector>

#include <gtest/gtest.h>

#include "keratin/cli/failure.h"

namespace keratin::cli {
namespace {

CommandLine read(std::vector<const char*> words) {
  words.insert(words.begin(), "keratin");
  return read_command_line(static_cast<int>(words.size()), words.data());
}

std::string error_of(const std::vector<const char*>& words) {
  try {
    read(words);
    return "no error";
  } catch (const UsageError& error) {
    return error.what();
  }
}

/// The options of a command that its help calls INT or NUMBER, with that word.
std::vector<std::pair<std::string, std::string>> numbers_of(const char* command) {
  std::vector<std::pair<std::string, std::string>> options;
  const std::string help = read({command, "--help"}).print;
  const std::regex number("\n +(--[a-z-]+) (INT|NUMBER)");
  for (std::sregex_iterator at(help.begin(), help.end(), number), end; at != end; ++at) {
    options.emplace_back((*at)[1], (*at)[2]);
  }
  return options;
}

TEST(CommandLine, WhatIsNoNumberOrDoesNotFitIsAnErrorThatNamesTheOption) {
  std::size_t options = 0;
  for (const char* command :
       {"train", "demo", "predict", "test", "info", "convert", "vectors", "quantize"}) {
    for (const auto& [option, kind] : numbers_of(command)) {
      ++options;
      std::vector<const char*> wrong = {"nan",
                                        "-nan",
                                        "inf",
                                        "-inf",
                                        "1e999",
                                        "18446744073709551616",
                                        "-9223372036854775809",
                                        "3x",
                                        "",
                                        " 3",
                                        "0x10",
                                        "1,5",
                                        "x"};
      if (option != "--seed") wrong.insert(wrong.end(), {"-1", "9223372036854775807", "1e300"});
      if (kind == "INT") wrong.insert(wrong.end(), {"1.5", "1e2", "3.0"});
      for (const char* value : wrong) {
        EXPECT_TRUE(error_of({command, "file", option.c_str(), value}).starts_with(option + ": "))
            << option << " " << value << ": " << error_of({command, "file", option.c_str(), value});
        const std::string joined = option + "=" + value;
        if (*value == '\0') continue;  // no value is another error
        EXPECT_TRUE(error_of({command, "file", joined.c_str()}).starts_with(option + ": "))
            << joined;
      }
    }
  }
  EXPECT_GE(options, 18U);
  for (const char* weight : {"fruit=nan", "fruit=inf", "fruit=-1", "fruit=", "fruit=2x", "fruit"}) {
    EXPECT_TRUE(
        error_of({"train", "file", "--class-weight", weight}).starts_with("--class-weight: "))
        << weight;
  }
}

TEST(CommandLine, NumbersArriveWhereTheyBelong) {
  const CommandLine line =
      read({"train", "file", "--epochs", "010", "--seed=-7", "--test-split", "1e-1",
            "--learning-rate", "2", "--maxlen", "+5", "--threads", "3"});
  EXPECT_EQ(line.command, Command::kTrain);
  EXPECT_EQ(line.train.classifier.epochs, 10);  // no octal
  EXPECT_EQ(line.train.seed, -7);
  EXPECT_EQ(line.train.test_split, 0.1);
  EXPECT_EQ(line.train.classifier.learning_rate, 2.0);
  EXPECT_EQ(line.train.classifier.padding.maxlen, 5);
  EXPECT_EQ(line.threads, 3);
  EXPECT_EQ(read({"demo", "--seed", "9223372036854775807"}).demo.seed, 9223372036854775807);
}

TEST(CommandLine, HelpSpeaksToUsers) {
  for (const std::vector<const char*>& words : {std::vector<const char*>{"--help"},
                                                {"train", "--help"},
                                                {"demo", "-h"},
                                                {"predict", "-h"},
                                                {"test", "-h"},
                                                {"info", "-h"},
                                                {"convert", "-h"},
                                                {"vectors", "-h"},
                                                {"quantize", "-h"}}) {
    const CommandLine line = read(words);
    EXPECT_EQ(line.command, Command::kNone);
    EXPECT_NE(line.print.find("Usage: keratin"), std::string::npos) << line.print;
    EXPECT_TRUE(line.print.ends_with("interrupted.\n")) << line.print;
    for (const char* inside : {"ENUM", "->", "value in", "OR {", "::"}) {
      EXPECT_EQ(line.print.find(inside), std::string::npos) << inside << " in " << line.print;
    }
  }
}

TEST(CommandLine, Choices) {
  EXPECT_EQ(read({"train", "f", "--tokens", "words"}).train.classifier.tokens.unit, Unit::kWord);
  EXPECT_EQ(read({"train", "f", "--char-level"}).train.classifier.tokens.unit, Unit::kCharacter);
  EXPECT_EQ(read({"train", "f", "--class-weight", "a=2", "balanced", "b=c=0.5"})
                .train.classifier.class_weight,
            (std::map<std::string, double>{{"a", 2.0}, {"b=c", 0.5}}));
  EXPECT_EQ(read({"train", "f", "--architecture", "gru"}).train.classifier.architecture,
            Architecture::kGru);
  EXPECT_TRUE(error_of({"train", "f", "--filters", "x"}).starts_with("--filters"));
  for (const char* option :
       {"--architecture", "--tokens", "--format", "--padding", "--truncating"}) {
    EXPECT_TRUE(error_of({"train", "f", option, "0"}).starts_with(option)) << option;
  }
}

}  // namespace
}  // namespace keratin::cli
