// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "keratin/trainers/callback.h"

namespace keratin::callbacks {

struct CSVLoggerOptions {
  std::string filename = {};
  std::string separator = ",";
  bool append = false;
};

/// Writes a line an epoch to a file, flushed: the epoch, then the numbers in the order of their
/// names, as Python writes them, lines ended by CR LF. Columns are those of the first epoch (and
/// val_* of them when it had no validation); what an epoch lacks is "NA". Keras: `CSVLogger`.
///
/// Throws std::runtime_error, with the file's name and the system's reason, when the file cannot be
/// opened or written.
class CSVLogger final : public Callback {
 public:
  using Options = CSVLoggerOptions;
  /// Throws std::invalid_argument unless separator is one character.
  explicit CSVLogger(CSVLoggerOptions options);
  template <std::convertible_to<std::string> Name>
  explicit CSVLogger(Name filename) : CSVLogger(Options{.filename = std::move(filename)}) {}

  /// Other options from the next run on (the separator: from the next line on). Throws, and changes
  /// nothing, as the constructor does.
  void set_options(CSVLoggerOptions options);

  void on_train_begin(const Logs& logs) override;
  void on_epoch_end(int epoch, Logs& logs) override;
  void on_train_end(const Logs& logs) override;

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  void write_row(const std::vector<std::string>& cells);
  [[noreturn]] void fail(std::string_view action) const;

  CSVLoggerOptions options_;
  std::unique_ptr<std::FILE, Close> file_;
  std::vector<std::string> keys_;
  bool has_keys_ = false;
  bool wants_header_ = true;
};

}  // namespace keratin::callbacks
