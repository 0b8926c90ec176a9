// SPDX-License-Identifier: Apache-2.0
#include "keratin/cli/corpus.h"

#include <algorithm>
#include <filesystem>

#include "support/temporary_folder.h"
#include <gtest/gtest.h>

#include "keratin/cli/source_kinds.h"

namespace keratin::cli {
namespace {

namespace fs = std::filesystem;
using Lines = std::vector<std::string_view>;

const SourceKind& kind_named(std::string_view name) {
  return *std::ranges::find(source_kinds(), name, &SourceKind::name);
}

std::string_view name_of(int kind) {
  return kind < 0 ? "none" : source_kinds()[static_cast<std::size_t>(kind)].name;
}

TEST(SourceKinds, ByPathAndByFirstLine) {
  EXPECT_EQ(name_of(kind_of_path("/usr/include/stdio.h")), "C/C++");
  EXPECT_EQ(name_of(kind_of_path("/usr/include/c++/12/vector")), "C/C++");
  EXPECT_EQ(name_of(kind_of_path("/usr/share/doc/bash/copyright")), "English");
  EXPECT_EQ(name_of(kind_of_path("/usr/share/doc/bash/README.gz")), "none");
  EXPECT_EQ(name_of(kind_of_first_line("#! /bin/sh -e")), "shell");
  EXPECT_EQ(name_of(kind_of_first_line("#!/usr/bin/env python3.11")), "Python");
  EXPECT_EQ(name_of(kind_of_first_line("#!/usr/bin/perl -w")), "Perl");
  EXPECT_EQ(name_of(kind_of_first_line("\x7F"
                                       "ELF")),
            "none");
}

TEST(SourceKinds, CommentsAndDocumentationAreLeftOut) {
  EXPECT_EQ(telling_lines(
                "/* long\n   comment */\nint main(void);\n// short comment\n  return value;\n}\n",
                kind_named("C/C++")),
            (Lines{"int main(void);", "return value;"}));
  EXPECT_EQ(
      telling_lines(
          "\"\"\"What it does,\nat length.\"\"\"\nimport os\nimport numpy as np\n# comment here\n",
          kind_named("Python")),
      (Lines{"import os", "import numpy as np"}));
  EXPECT_EQ(telling_lines("my $x = shift;\n=head1 NAME\n\nSome documentation\n\n=cut\nreturn $x + "
                          "1;\n__END__\nmore text here\n",
                          kind_named("Perl")),
            (Lines{"my $x = shift;", "return $x + 1;"}));
  EXPECT_EQ(
      telling_lines("This is a line of prose.\n*** 12345 +++ 67890 ***\n", kind_named("English")),
      (Lines{"This is a line of prose."}));
}

class CorpusTest : public ::testing::Test {
 protected:
  CorpusTest() {
    fs::create_directory(root_ / "lib");
    for (int file = 0; file < 10; ++file) {
      std::string python, c;
      for (int line = 0; line < 10; ++line) {
        const std::string number = std::to_string(file * 10 + line);
        python += "value_" + number + " = compute()\nimport the_same_line\n";
        c += "int value" + number + "(void);\n#include <same.h>\n";
      }
      root_.write("lib/p" + std::to_string(file) + ".py", python);
      root_.write("lib/c" + std::to_string(file) + ".h", c);
    }
    options_.roots = {root_.path().string(), "/no/such/folder"};
    options_.fewest_lines = 50;
    options_.lines_per_file = 100;
  }

  testing::TemporaryFolder root_;
  CorpusOptions options_;
};

TEST_F(CorpusTest, HoldsOutWholeFiles) {
  const Corpus corpus = gather_corpus(options_);
  ASSERT_EQ(corpus.kinds.size(), 2u);
  EXPECT_EQ(corpus.kinds[1].name, "Python");
  EXPECT_EQ(corpus.kinds[1].files, 10u);
  EXPECT_EQ(corpus.train.classes, corpus.test.classes);
  EXPECT_EQ(corpus.train.size() + corpus.test.size(), 202u);  // the same line once a kind
  const auto file_of = [](const std::string& line) {
    return std::stoi("0" + line.substr(std::min(line.find_first_of("0123456789"), line.size()))) /
           10;
  };
  for (const std::string& test : corpus.test.texts) {
    if (test.find("same") != test.npos) continue;
    for (const std::string& train : corpus.train.texts) {
      const bool same_kind =
          (test[0] == 'v') == (train[0] == 'v') && train.find("same") == train.npos;
      EXPECT_FALSE(same_kind && file_of(test) == file_of(train)) << test << " and " << train;
    }
  }
  EXPECT_EQ(gather_corpus(options_).train.texts, corpus.train.texts);
}

TEST_F(CorpusTest, PassesOverWhatCannotBeRead) {
  root_.write("lib/binary.py", std::string("x = 1\0y = 2 and more\n", 20));
  root_.write("lib/latin1.py", "name = 'caf\xE9'\n");
  root_.write("lib/empty.py", "");
  root_.write("lib/one.lua", "local only = 'a single file of it'\n");
  fs::create_directory_symlink(root_.path(), root_ / "lib" / "loop");
  fs::create_symlink(root_ / "lib" / "p0.py", root_ / "lib" / "link.py");
  const Corpus corpus = gather_corpus(options_);
  ASSERT_EQ(corpus.kinds.size(), 2u);
  EXPECT_EQ(corpus.kinds[1].files, 10u);
  EXPECT_EQ(corpus.left_out, std::vector<std::string>{"Lua: 1 files, 1 lines"});
}

}  // namespace
}  // namespace keratin::cli
