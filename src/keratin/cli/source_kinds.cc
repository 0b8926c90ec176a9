// SPDX-License-Identifier: Apache-2.0
#include "keratin/cli/source_kinds.h"

#include <algorithm>

#include "keratin/cli/lines.h"

namespace keratin::cli {
namespace {

constexpr std::size_t kShortestLine = 8;
constexpr std::size_t kLongestLine = 160;
constexpr std::string_view kEnglish = "English";

const SourceKind::Block kCBlock{"/*", "*/", false};
const SourceKind::Block kXmlBlock{"<!--", "-->", false};

const std::vector<SourceKind>& kinds() {
  static const std::vector<SourceKind> all = {
      {"C/C++",
       {".h", ".hpp", ".hh", ".hxx", ".tcc", ".c", ".cc", ".cpp"},
       {},
       {"//", "/*", "*"},
       {kCBlock}},
      {"Python", {".py"}, {"python"}, {"#"}, {{"\"\"\"", "\"\"\"", false}, {"'''", "'''", false}}},
      {"Perl",
       {".pm", ".pl", ".PL"},
       {"perl"},
       {"#"},
       {{"=", "=cut", true}, {"__END__", "\x01", true}, {"__DATA__", "\x01", true}}},
      {"shell", {".sh", ".bash"}, {"sh", "bash", "dash"}, {"#"}, {}},
      {"CMake",
       {".cmake", "/CMakeLists.txt"},
       {},
       {"#"},
       {{"#[[", "]]", false}, {"#[=", "=]", false}}},
      {"JavaScript", {".js", ".mjs"}, {"node"}, {"//", "/*", "*"}, {kCBlock}},
      {"HTML", {".html", ".htm", ".xhtml"}, {}, {}, {kXmlBlock}, "<>"},
      {"XML", {".xml", ".xsd", ".xsl", ".rng", ".dtd"}, {}, {}, {kXmlBlock}, "<>"},
      {"JSON", {".json"}, {}, {}, {}},
      {"M4", {".m4", ".ac"}, {}, {"#", "dnl"}, {}},
      {"Ruby", {".rb"}, {"ruby"}, {"#"}, {{"=begin", "=end", true}, {"__END__", "\x01", true}}},
      {"Tcl", {".tcl"}, {"tclsh", "wish"}, {"#"}, {}},
      {"Lua", {".lua"}, {"lua"}, {"--"}, {}},
      {"PHP", {".php"}, {"php"}, {"//", "/*", "*", "#"}, {kCBlock}},
      {"Java", {".java"}, {}, {"//", "/*", "*"}, {kCBlock}},
      {"Go", {".go"}, {}, {"//"}, {kCBlock}},
      {"Rust", {".rs"}, {}, {"//"}, {kCBlock}},
      {"SQL", {".sql"}, {}, {"--"}, {kCBlock}},
      {"CSS", {".css", ".scss"}, {}, {"/*", "*"}, {kCBlock}},
      {"TeX", {".tex", ".sty", ".cls"}, {}, {"%"}, {}},
      {"Lisp", {".el", ".lisp", ".scm"}, {}, {";"}, {}},
      {"Vim script", {".vim"}, {}, {"\""}, {}},
      {"AWK", {".awk"}, {"awk", "gawk", "mawk"}, {"#"}, {}},
      {"Fortran", {".f90", ".f"}, {}, {"!"}, {}},
      {"Haskell", {".hs"}, {}, {"--"}, {{"{-", "-}", false}}},
      {"make", {".mk", "/Makefile"}, {"make"}, {"#"}, {}},
      {kEnglish, {}, {}, {}, {}},
  };
  return all;
}

int english() { return static_cast<int>(kinds().size()) - 1; }

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool is_prose_file(std::string_view path) {
  if (path.find("/common-licenses/") != path.npos) return true;
  const std::size_t slash = path.rfind('/');
  const std::string_view name = path.substr(slash == path.npos ? 0 : slash + 1);
  if (path.find("/doc/") == path.npos) return false;
  if (name.ends_with(".gz")) return false;
  for (const std::string_view word :
       {"copyright", "README", "NEWS", "FAQ", "TODO", "INSTALL", "CONTRIBUTING"}) {
    if (name.starts_with(word)) return true;
  }
  return name.ends_with(".txt");
}

/// Of English: words, and little else.
bool is_prose(std::string_view line) {
  std::size_t letters = 0, words = 1;
  for (const char c : line) {
    letters += is_letter(c);
    words += c == ' ';
  }
  return words >= 4 && letters + words - 1 >= line.size() * 85 / 100;
}

bool is_comment(std::string_view line, const SourceKind& kind) {
  return std::ranges::any_of(kind.line_comments,
                             [&](std::string_view c) { return line.starts_with(c); });
}

/// Follows the blocks of comments through the lines of a file.
class BlockFilter {
 public:
  explicit BlockFilter(const SourceKind& kind) : kind_(kind) {}

  /// Whether `line` (with its indentation) belongs to a block.
  bool inside(std::string_view line) {
    if (open_) {
      if (line.find(open_->close) != line.npos) open_ = nullptr;
      return true;
    }
    for (const SourceKind::Block& block : kind_.blocks) {
      const std::size_t at =
          block.at_line_start ? (starts(line, block) ? 0 : line.npos) : line.find(block.open);
      if (at == line.npos) continue;
      if (line.find(block.close, at + block.open.size()) == line.npos) open_ = &block;
      return true;
    }
    return false;
  }

 private:
  static bool starts(std::string_view line, const SourceKind::Block& block) {
    if (!line.starts_with(block.open)) return false;
    // POD: "=" and a letter in the first column.
    return block.open != "=" || (line.size() > 1 && is_letter(line[1]));
  }

  const SourceKind& kind_;
  const SourceKind::Block* open_ = nullptr;
};

}  // namespace

std::span<const SourceKind> source_kinds() { return kinds(); }

int kind_of_path(std::string_view path) {
  for (std::size_t i = 0; i < kinds().size(); ++i) {
    for (const std::string_view ending : kinds()[i].endings) {
      if (path.ends_with(ending)) return static_cast<int>(i);
    }
  }
  const std::string_view name = path.substr(path.rfind('/') + 1);
  const bool is_cpp_header = path.find("/include/c++/") != path.npos && name.find('.') == name.npos;
  if (is_cpp_header) return 0;
  return is_prose_file(path) ? english() : -1;
}

int kind_of_first_line(std::string_view line) {
  if (!line.starts_with("#!")) return -1;
  line = trimmed(line.substr(2));
  const auto next_word = [&] {
    const std::size_t end = std::min(line.find_first_of(" \t"), line.size());
    const std::string_view word = line.substr(0, end);
    line = trimmed(line.substr(end));
    return word.substr(word.rfind('/') + 1);
  };
  std::string_view program = next_word();
  if (program == "env") program = next_word();
  while (!program.empty() && !is_letter(program.back())) program.remove_suffix(1);  // python3.11
  for (std::size_t i = 0; i < kinds().size(); ++i) {
    if (std::ranges::count(kinds()[i].interpreters, program) > 0) return static_cast<int>(i);
  }
  return -1;
}

std::vector<std::string_view> telling_lines(std::string_view text, const SourceKind& kind) {
  std::vector<std::string_view> lines;
  BlockFilter blocks(kind);
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view whole = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::string_view line = trimmed(whole);
    if (blocks.inside(whole) || is_comment(line, kind)) continue;
    if (line.size() < kShortestLine || line.size() > kLongestLine) continue;
    if (kind.name == kEnglish && !is_prose(line)) continue;
    if (std::ranges::none_of(line, is_letter)) continue;
    if (!kind.marks.empty() && line.find_first_of(kind.marks) == line.npos) continue;
    lines.push_back(line);
  }
  return lines;
}

}  // namespace keratin::cli
