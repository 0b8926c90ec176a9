// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "keratin/cli/labelled_texts.h"

namespace keratin::cli {

/// How much of a machine is read; the bounds keep the work small on a machine with millions of
/// files.
struct CorpusOptions {
  std::vector<std::string> roots = {"/usr/include", "/usr/lib",          "/usr/share",
                                    "/usr/bin",     "/usr/sbin",         "/usr/local/lib",
                                    "/etc/init.d",  "/var/lib/dpkg/info"};
  std::int64_t seed = 0;
  std::size_t entries_per_root = 150000;
  std::size_t files_per_kind = 400;
  std::size_t lines_per_file = 15;
  std::size_t lines_per_kind = 5000;
  std::size_t fewest_files = 4;
  std::size_t fewest_lines = 300;
  std::size_t most_kinds = 12;
  std::size_t bytes_per_file = 1 << 16;  // how far a file is read
  double test_share = 0.2;               // of the files of each kind
};

/// Lines of the texts that lie on this machine, and what kind each is of.
struct Corpus {
  LabelledTexts train;
  LabelledTexts test;  // from files of which no line is in train
  struct Kind {
    std::string name;
    std::size_t files, train_lines, test_lines;
  };
  std::vector<Kind> kinds;
  std::vector<std::string> left_out;  // one line of text each: "Lua: 2 files, 31 lines"
};

/// Looks through the roots. Links are not followed; what is binary, no UTF-8 or cannot be read is
/// passed over. A line counts once, however often and in however many files it stands. The same
/// files and the same seed give the same corpus. Throws Interrupted after Ctrl-C.
Corpus gather_corpus(const CorpusOptions& options);

}  // namespace keratin::cli
