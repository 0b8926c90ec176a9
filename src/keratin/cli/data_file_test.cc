// SPDX-License-Identifier: Apache-2.0
#include "keratin/cli/data_file.h"

#include <filesystem>

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
    return read_data_file((folder_ / name).string(), options);
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
      read("b.csv", "a,b,c\n1,2,3\n", {.text_column = "c", .label_column = "a"});
  EXPECT_EQ(named.texts, Texts{"3"});
  EXPECT_EQ(named.classes, Texts{"1"});
  EXPECT_EQ(read("c.csv", "what,label\n1,2\n").texts, Texts{"1"});  // the other one of two
}

TEST_F(DataFile, CsvErrors) {
  const std::string head = "text,label\n";
  EXPECT_EQ(error_of("a.csv", head + "a,b\n\"c\nd\n"), "a.csv:3:1: this quote is never closed");
  EXPECT_EQ(error_of("a.csv", head + "\"a\"b,c\n"),
            "a.csv:2:4: text goes on after the closing quote; expected ',' or the end of the line");
  EXPECT_EQ(error_of("a.csv", head + "a,b,c\n"), "a.csv:2:1: the header has 2 fields, this line 3");
  EXPECT_EQ(error_of("a.csv", head + "é,\n"), "a.csv:2:3: the label is empty");
  EXPECT_EQ(error_of("a.csv", "txt,kind,z\n", {.text_column = "text"}),
            "a.csv has no column 'text'. Did you mean 'txt'? Columns: txt, kind, z.");
  EXPECT_THROW(read("a.csv", "u,v,w\n1,2,3\n"), UsageError);
}

TEST_F(DataFile, Jsonl) {
  const LabelledTexts data = read("a.jsonl",
                                  "{\"text\": \"\\u00e9\", \"label\": 1}\n\n{\"label\": \"x\", "
                                  "\"text\": \"\", \"more\": [1]}\r\n"
                                  "{\"label\": true, \"text\": \"t\"}\n");
  EXPECT_EQ(data.texts, (Texts{"é", "", "t"}));
  EXPECT_EQ(data.classes, (Texts{"1", "true", "x"}));
}

TEST_F(DataFile, JsonlErrors) {
  const std::string good = "{\"text\": \"a\", \"label\": \"b\"}\n";
  EXPECT_TRUE(error_of("a.jsonl", good + "{\"text\": }\n").starts_with("a.jsonl:2:10: "));
  EXPECT_EQ(error_of("a.jsonl", good + "[1]\n"), "a.jsonl:2:1: a line must be a JSON object");
  EXPECT_EQ(error_of("a.jsonl", good + "{\"label\": \"b\"}\n"),
            "a.jsonl:2:1: 'text' must be there and be a string");
  EXPECT_EQ(error_of("a.jsonl", good + "{\"text\": \"b\", \"label\": 0.5}\n"),
            "a.jsonl:2:1: 'label' must be there and be a string or an integer");
}

TEST_F(DataFile, Folder) {
  folder_.write("b.txt", "one\n\ntwo\n");
  folder_.write("a.txt", "three\n");
  folder_.write("LICENSE", "no class\n");
  const LabelledTexts data = read_data_file(folder_.path().string(), {});
  EXPECT_EQ(data.classes, (Texts{"a", "b"}));
  EXPECT_EQ(data.texts, (Texts{"three", "one", "two"}));
  fs::create_directory(folder_ / "empty");
  EXPECT_THROW(read_data_file((folder_ / "empty").string(), {}), InputError);
}

}  // namespace
}  // namespace keratin::cli
