// SPDX-License-Identifier: Apache-2.0
#include "keratin/cli/corpus.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "keratin/base/error.h"
#include "keratin/base/string_table.h"
#include "keratin/base/utf8.h"
#include "keratin/cli/failure.h"
#include "keratin/cli/source_kinds.h"
#include "keratin/random/random.h"

namespace keratin::cli {
namespace {

namespace fs = std::filesystem;

constexpr int kDeepest = 12;
constexpr std::size_t kFirstLine = 128;

/// At most `bytes` of a file; empty when it cannot be read.
std::string read_start(const std::string& path, std::size_t bytes) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"),
                                                             std::fclose);
  std::string text;
  if (file) {
    text.resize(bytes);
    text.resize(std::fread(text.data(), 1, bytes, file.get()));
  }
  return text;
}

/// Where a file without a telling name may be a script: there its first line is looked at.
bool may_be_script(const fs::path& path) {
  const std::string directory = path.parent_path().filename().string();
  return directory == "bin" || directory == "sbin" || directory == "init.d" ||
         (directory == "info" && path.extension() != ".list" && path.extension() != ".md5sums") ||
         !path.has_extension();
}

int kind_of_file(const fs::path& path) {
  const std::string name = path.string();
  const int kind = kind_of_path(name);
  if (kind >= 0 || !may_be_script(path)) return kind;
  const std::string start = read_start(name, kFirstLine);
  return kind_of_first_line(std::string_view(start).substr(0, start.find('\n')));
}

/// The paths under `root` by kind.
void find_files(const std::string& root, std::size_t most_entries,
                std::vector<std::vector<std::string>>& by_kind) {
  std::error_code error;
  fs::recursive_directory_iterator at(root, fs::directory_options::skip_permission_denied, error);
  for (std::size_t entries = 0; !error && at != fs::recursive_directory_iterator(); ++entries) {
    if (entries == most_entries) return;
    check_interrupt();
    std::error_code ignored;
    if (at.depth() >= kDeepest) at.disable_recursion_pending();
    if (!at->is_symlink(ignored) && at->is_regular_file(ignored)) {
      const int kind = kind_of_file(at->path());
      if (kind >= 0) by_kind[static_cast<std::size_t>(kind)].push_back(at->path().string());
    }
    at.increment(error);
  }
}

/// The text of a file up to the end of a line; empty for what is binary or no UTF-8.
std::string readable_text(const std::string& path, std::size_t bytes) {
  std::string text = read_start(path, bytes);
  if (text.size() == bytes) text.resize(text.rfind('\n') + 1);  // npos + 1: nothing
  if (text.find('\0') != text.npos || !utf8::is_valid(text)) text.clear();
  return text;
}

std::vector<std::size_t> shuffled(std::size_t count, std::int64_t seed) {
  std::vector<std::size_t> order;
  for (const std::int64_t i : random::permutation(static_cast<std::int64_t>(count), seed)) {
    order.push_back(static_cast<std::size_t>(i));
  }
  return order;
}

/// Lines of one kind, by the file that they are from.
struct Collected {
  std::vector<std::vector<std::string>> files;
  std::size_t lines = 0;
};

Collected collect(const SourceKind& kind, std::vector<std::string> paths,
                  const CorpusOptions& options) {
  Collected result;
  StringTable seen;
  std::ranges::sort(paths);
  for (const std::size_t place : shuffled(paths.size(), options.seed)) {
    if (result.files.size() == options.files_per_kind || result.lines >= options.lines_per_kind)
      break;
    check_interrupt();
    const std::string text = readable_text(paths[place], options.bytes_per_file);
    const std::vector<std::string_view> lines = telling_lines(text, kind);
    std::vector<std::string> taken;
    for (const std::size_t i : shuffled(lines.size(), options.seed)) {
      if (taken.size() == options.lines_per_file) break;
      const std::size_t known = seen.size();
      seen.insert(lines[i]);
      if (seen.size() > known) taken.emplace_back(lines[i]);
    }
    if (taken.empty()) continue;
    result.lines += taken.size();
    result.files.push_back(std::move(taken));
  }
  return result;
}

/// The files are in random order already: the first ones are the test.
void divide(std::string_view name, Collected& collected, double test_share, Corpus& corpus) {
  const std::size_t files = collected.files.size();
  const auto test_files = std::clamp<std::size_t>(
      static_cast<std::size_t>(test_share * static_cast<double>(files)), 1, files - 1);
  Corpus::Kind kind{std::string(name), files, 0, 0};
  for (std::size_t i = 0; i < files; ++i) {
    const bool is_test = i < test_files;
    (is_test ? kind.test_lines : kind.train_lines) += collected.files[i].size();
    for (std::string& line : collected.files[i]) {
      (is_test ? corpus.test : corpus.train).add(name, std::move(line));
    }
  }
  corpus.kinds.push_back(std::move(kind));
}

}  // namespace

Corpus gather_corpus(const CorpusOptions& options) {
  const auto kinds = source_kinds();
  std::vector<std::vector<std::string>> paths(kinds.size());
  for (const std::string& root : options.roots) find_files(root, options.entries_per_root, paths);

  Corpus corpus;
  const std::size_t english = kinds.size() - 1;
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    // English is always wanted, so one place is kept for it.
    const bool is_full = corpus.kinds.size() + (i == english ? 0 : 1) >= options.most_kinds;
    if (is_full || paths[i].empty()) continue;
    Collected collected = collect(kinds[i], std::move(paths[i]), options);
    if (collected.files.size() < std::max<std::size_t>(options.fewest_files, 2) ||
        collected.lines < options.fewest_lines) {
      corpus.left_out.push_back(
          str(kinds[i].name, ": ", collected.files.size(), " files, ", collected.lines, " lines"));
      continue;
    }
    divide(kinds[i].name, collected, options.test_share, corpus);
  }
  corpus.train = corpus.train.picked(shuffled(corpus.train.size(), options.seed));
  return corpus;
}

}  // namespace keratin::cli
