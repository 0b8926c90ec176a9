// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace keratin::cli {

/// A kind of text that a machine may hold: how its files are known, and what in them is a comment.
struct SourceKind {
  std::string_view name;
  std::vector<std::string_view> endings;        // of file names: ".py"
  std::vector<std::string_view> interpreters;   // after #!, "python"
  std::vector<std::string_view> line_comments;  // where a line begins with one it is left out
  struct Block {
    std::string_view open, close;  // lines between them are left out, those that hold them too
    bool at_line_start;
  };
  std::vector<Block> blocks;
  std::string_view marks = "";  // a line without any of these characters does not tell
};

/// All kinds, the commonest first. English is the last: it is known by its places (README,
/// copyright).
std::span<const SourceKind> source_kinds();

/// The kind of a file by its path alone; -1 when the path does not tell.
int kind_of_path(std::string_view path);
/// The kind of a file by its first line, "#!/usr/bin/perl"; -1 when it does not tell.
int kind_of_first_line(std::string_view line);

/// The lines of a file of that kind that say something about it: without the blanks around them,
/// comments, documentation inside of programs, very short and very long lines.
std::vector<std::string_view> telling_lines(std::string_view text, const SourceKind& kind);

}  // namespace keratin::cli
