// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace keratin::cli {

/// What stands for standard input where a file is named.
inline constexpr std::string_view kStandardInput = "-";

/// All text of a file, or of standard input for "-", as UTF-8 without a byte order mark and with
/// "\n" or "\r\n" at the ends of lines. gzip is unpacked and UTF-16 decoded, both recognised by
/// their first bytes; bytes that are no UTF-8 stay as they are. Throws InputError with the system's
/// reason, for data that end too early, and, by its name, for what is no text (zip, xz, PDF ...);
/// Interrupted after Ctrl-C, also while it waits.
std::string read_text(const std::string& path);

class Descriptor;

/// A file, or standard input, line by line as the lines come. What read_text() makes of bytes that
/// are packed or UTF-16 is done here too, for files; so are its errors.
class LineInput {
 public:
  /// Throws InputError with the system's reason.
  explicit LineInput(const std::string& path);
  ~LineInput();
  /// Waits for a line and gives all that are there, without their ends; false when there are no
  /// more. Throws InputError, and Interrupted after Ctrl-C.
  bool next(std::vector<std::string>& lines);
  /// For messages.
  const std::string& name() const { return name_; }

 private:
  void begin();
  void cut(std::vector<std::string>& lines);

  std::string path_, name_;
  std::unique_ptr<Descriptor> file_;
  std::vector<char> buffer_;
  std::string rest_;  // the start of a line whose end has not come yet
  bool has_begun_ = false;
  bool at_end_ = false;
};

bool standard_input_is_terminal();
/// Whether something was piped in: standard input is no terminal, and has text (or its end) by now.
/// A pipe on which nobody writes does not count, so no one waits for it.
bool standard_input_waits();

}  // namespace keratin::cli
