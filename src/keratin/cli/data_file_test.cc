// SPDX-License-Identifier: Apache-2.0
#include "keratin/cli/data_file.h"

#include <algorithm>
#include <filesystem>

#include "support/sanitized.h"
#include "support/temporary_folder.h"
#include <gtest/gtest.h>

#include "keratin/cli/failure.h"

namespace keratin::cli {
namespace {

namespace fs = std::filesystem;
using Texts = std::vector<std::string>;

class DataFile : public ::testing::Test {
 protected:
  LabelledTexts read(const std::string& name, std::string_view text, DataFileOptions options = {}) {
    folder_.write(name, text);
    return read_data_file((folder_ / name).string(), options).texts;
  }
  std::string decided(const std::string& name, std::string_view text,
                      DataFileOptions options = {}) {
    folder_.write(name, text);
    return read_data_file((folder_ / name).string(), options).decided;
  }
  /// The message without the folder.
  std::string error_of(const std::string& name, std::string_view text,
                       DataFileOptions options = {}) {
    try {
      read(name, text, options);
    } catch (const std::runtime_error& error) {
      return std::string(error.what()).substr(folder_.path().string().size() + 1);
    }
    return "none";
  }

  testing::TemporaryFolder folder_;
};

std::string label_of(const LabelledTexts& data, std::size_t i) {
  return data.classes[static_cast<std::size_t>(data.labels[i])];
}

TEST_F(DataFile, Tsv) {
  const LabelledTexts data =
      read("a.tsv", "\xEF\xBB\xBFspam\tone\ttwo\r\n\r\nham\t\n  \nham\tlast");
  EXPECT_EQ(data.classes, (Texts{"ham", "spam"}));
  EXPECT_EQ(data.texts, (Texts{"one\ttwo", "", "last"}));
  EXPECT_EQ(label_of(data, 0), "spam");
  EXPECT_EQ(label_of(data, 2), "ham");
  EXPECT_EQ(read("no_ending", "a\tb\n").texts, Texts{"b"});
}

TEST_F(DataFile, TsvErrors) {
  EXPECT_EQ(error_of("a.tsv", "a\tb\nné\n"), "a.tsv:2:3: no tab: a line is label, tab, text");
  EXPECT_EQ(error_of("a.tsv", "a\tb\n\tb\n"), "a.tsv:2:1: the label is empty");
  EXPECT_EQ(error_of("a.tsv", ""), "a.tsv: the file is empty");
  EXPECT_EQ(error_of("a.tsv", "\n\n"), "a.tsv: there is no text in it");
  EXPECT_THROW(read_data_file((folder_ / "none.tsv").string(), {}), InputError);
  EXPECT_THROW(read("a.dat", "which\n"), UsageError);
}

TEST_F(DataFile, Csv) {
  const LabelledTexts data =
      read("a.csv", "id,Text,category\r\n1,\"a, \"\"b\"\"\nc\",x\r\n\r\n2,,y\r\n3,plain,\"x\"");
  EXPECT_EQ(data.texts, (Texts{"a, \"b\"\nc", "", "plain"}));
  EXPECT_EQ(data.classes, (Texts{"x", "y"}));
  EXPECT_EQ(label_of(data, 2), "x");
  const LabelledTexts named =
      read("b.csv", "a,b,c\n1,2,3\n", {.columns = {.text = "c", .label = "a"}});
  EXPECT_EQ(named.texts, Texts{"3"});
  EXPECT_EQ(named.classes, Texts{"1"});
  EXPECT_EQ(read("c.csv", "what,label\n1,2\n").texts, Texts{"1"});  // the other one of two
}

TEST_F(DataFile, CsvErrors) {
  const std::string head = "text,label\n";
  EXPECT_EQ(error_of("a.csv", head + "a,b\n\"c\nd\n"), "a.csv:3:1: this quote is never closed");
  EXPECT_EQ(error_of("a.csv", head + "\"a\"b,c\n"),
            "a.csv:2:4: text goes on after the closing quote; expected ',' or the end of the line");
  EXPECT_EQ(
      error_of("a.csv", head + "a,b,c\n"),
      "a.csv:2:1: the first line has 2 fields, this one 3; a field that holds the separator must "
      "be quoted");
  EXPECT_EQ(error_of("a.csv", head + "é,\n"), "a.csv:2:3: the label is empty");
  EXPECT_EQ(
      error_of("a.csv", "txt,kind,z\n", {.columns = {.text = "text"}}),
      "a.csv has no column 'text' (--text-column). Did you mean 'txt'? Columns: txt, kind, z.");
  EXPECT_THROW(read("a.csv", "u,v,w\n1,2,3\n"), UsageError);
}

TEST_F(DataFile, Jsonl) {
  const std::string more =
      "{\"text\": \"u\", \"label\": true}\n{\"label\": \"x\", \"text\": \"v\"}\n";
  const LabelledTexts data = read("a.jsonl",
                                  "{\"text\": \"\\u00e9\", \"label\": 1}\n\n{\"label\": \"x\", "
                                  "\"text\": \"\", \"more\": [1]}\r\n"
                                  "{\"label\": true, \"text\": \"t\"}\n" +
                                      more + "{\"text\": \"w\", \"label\": 0.5}\n" + more);
  EXPECT_EQ(data.texts, (Texts{"é", "", "t", "u", "v", "w", "u", "v"}));
  EXPECT_EQ(data.classes, (Texts{"0.5", "1", "true", "x"}));
}

TEST_F(DataFile, JsonlErrors) {
  const std::string good = "{\"text\": \"a\", \"label\": \"b\"}\n";
  EXPECT_TRUE(error_of("a.jsonl", good + "{\"text\": }\n").starts_with("a.jsonl:2:10: "));
  EXPECT_EQ(error_of("a.jsonl", good + "[1]\n"), "a.jsonl:2:1: a line must be a JSON object");
  EXPECT_EQ(error_of("a.jsonl", good + "{\"label\": \"b\"}\n"),
            "a.jsonl:2:1: 'text' must be there and be a string");
  EXPECT_EQ(error_of("a.jsonl", good + "{\"text\": \"b\", \"label\": [1]}\n"),
            "a.jsonl:2:1: 'label' must be there and be a string or a number");
  EXPECT_EQ(error_of("a.jsonl", good + "{\"text\": null, \"label\": 1}\n"),
            "a.jsonl:2:1: 'text' must be there and be a string");
}

/// `count` lines; the topic comes again, the sentence never.
std::string topic_then_sentence(int count, const char* separator, bool swapped) {
  std::string text;
  for (int i = 0; i < count; ++i) {
    const std::string topic = i % 2 == 0 ? "art" : "sport";
    const std::string sentence = "some words about number " + std::to_string(i);
    text += swapped ? sentence + separator + topic : topic + separator + sentence;
    text += "\n";
  }
  return text;
}

TEST_F(DataFile, TextOrLabelMayStandFirst) {
  for (const bool swapped : {false, true}) {
    for (const auto& [name, separator] :
         std::initializer_list<std::pair<const char*, const char*>>{{"a.tsv", "\t"},
                                                                    {"b.csv", ","},
                                                                    {"c.csv", ";"},
                                                                    {"d.csv", "|"},
                                                                    {"e.txt", "\t"},
                                                                    {"f.txt", ","},
                                                                    {"g.csv", "\t"}}) {
      const LabelledTexts data = read(name, topic_then_sentence(30, separator, swapped));
      EXPECT_EQ(data.classes, (Texts{"art", "sport"})) << name;
      EXPECT_EQ(data.texts[1], "some words about number 1") << name;
      EXPECT_EQ(data.size(), 30U) << name;
    }
    std::string jsonl;
    for (int i = 0; i < 30; ++i) {
      const std::string what = "\"what\": \"some words about " + std::to_string(i) + "\"";
      const std::string kind = "\"kind\": " + std::to_string(i % 2);
      jsonl += "{" + (swapped ? what + ", " + kind : kind + ", " + what) + "}\n";
    }
    EXPECT_EQ(read("a.jsonl", jsonl).classes, (Texts{"0", "1"}));
  }
}

TEST_F(DataFile, SaysWhatItDecided) {
  EXPECT_EQ(decided("a.tsv", topic_then_sentence(30, "\t", true)),
            "tsv without a header line; labels: column 2: 2 different values, such as 'art'; "
            "texts: column 1");
  EXPECT_EQ(decided("a.csv", "kind;text\n" + topic_then_sentence(30, ";", false)),
            "csv with a header line; labels: column 1 'kind': 2 different values, such as 'art'; "
            "texts: column 2 'text'");
}

TEST_F(DataFile, TextsMayHoldTabs) {
  std::string first, last;
  for (int i = 0; i < 30; ++i) {
    const std::string text = "number\t" + std::to_string(i) + (i % 3 == 0 ? "\tmore" : "");
    first += (i % 2 == 0 ? "even\t" : "odd\t") + text + "\n";
    last += text + (i % 2 == 0 ? "\teven\n" : "\todd\n");
  }
  EXPECT_EQ(read("a.tsv", first).classes, (Texts{"even", "odd"}));
  EXPECT_EQ(read("a.tsv", first).texts[0], "number\t0\tmore");
  EXPECT_EQ(read("a.tsv", last).classes, (Texts{"even", "odd"}));
  EXPECT_EQ(read("a.tsv", last, {.columns = {.text = "1"}}).texts[0], "number\t0\tmore");
}

TEST_F(DataFile, NearlyAsManyClassesAsTextsAreRefused) {
  std::string text;
  for (int i = 0; i < 40; ++i) {
    text += "id" + std::to_string(i / 2 * (i % 10 == 0 ? 1 : 2)) + std::to_string(i) + "\ttext " +
            std::to_string(i) + "\n";
  }
  const std::string error = error_of("a.tsv", text);
  EXPECT_NE(error.find("40 different labels for 40 texts cannot be right"), error.npos) << error;
  EXPECT_NE(error.find("--label-column NAME --text-column NAME"), error.npos) << error;
  EXPECT_THROW(read("a.tsv", text, {.columns = {.label = "1"}}), InputError);  // all different
  // Hardly two alike: only for who insists.
  EXPECT_THROW(read("a.tsv", text + "id00\tonce more\n"), InputError);
  EXPECT_EQ(read("a.tsv", text + "id00\tonce more\n", {.columns = {.label = "1"}}).size(), 41U);
}

TEST_F(DataFile, ManyLabelsTakeTimeInProportion) {
  std::string text;
  constexpr int kLabels =
      testing::kSanitized ? 20000 : 200000;  // each inserted into a sorted list: minutes
  for (int i = 0; i < 2 * kLabels; ++i) {
    text += std::to_string(i * 7919LL % kLabels) + "x\tsome text " + std::to_string(i) + "\n";
  }
  const LabelledTexts data = read("a.tsv", text);
  EXPECT_EQ(data.classes.size(), std::size_t{kLabels});
  EXPECT_TRUE(std::ranges::is_sorted(data.classes));
  EXPECT_EQ(label_of(data, 1), "7919x");
}

TEST_F(DataFile, FastTextsForm) {
  const LabelledTexts data = read("a.txt", "__label__b one two\n\n__label__a\tthree\n__label__a\n");
  EXPECT_EQ(data.classes, (Texts{"a", "b"}));
  EXPECT_EQ(data.texts, (Texts{"one two", "three", ""}));
  EXPECT_EQ(error_of("a.txt", "__label__a x\nb y\n"),
            "a.txt:2:1: a line must begin with __label__");
  EXPECT_EQ(error_of("a.txt", "__label__a __label__b x\n"),
            "a.txt:1:1: more than one label: a text has one class here");
}

TEST_F(DataFile, ColumnsAreForFilesThatHaveThem) {
  folder_.write("b.txt", "one\n");
  EXPECT_THROW(read_data_file(folder_.path().string(), {.columns = {.text = "1"}}), UsageError);
  EXPECT_THROW(read("a.txt", "__label__b one\n", {.columns = {.label = "1"}}), UsageError);
  EXPECT_THROW(read("one.csv", "a\nb\nc\n"), UsageError);
}

TEST_F(DataFile, Folder) {
  folder_.write("b.txt", "one\n\ntwo\n");
  folder_.write("a.txt", "three\n");
  folder_.write("LICENSE", "no class\n");
  const LabelledTexts data = read_data_file(folder_.path().string(), {}).texts;
  EXPECT_EQ(data.classes, (Texts{"a", "b"}));
  EXPECT_EQ(data.texts, (Texts{"three", "one", "two"}));
  fs::create_directory(folder_ / "empty");
  EXPECT_THROW(read_data_file((folder_ / "empty").string(), {}), InputError);
}

}  // namespace
}  // namespace keratin::cli
