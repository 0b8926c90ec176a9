// SPDX-License-Identifier: Apache-2.0
#include "keratin/callbacks/csv_logger.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "keratin/base/error.h"
#include "keratin/callbacks/python_format.h"

namespace keratin::callbacks {
namespace {

std::string quoted(const std::string& cell, char separator) {
  if (cell.find_first_of(std::string("\"\r\n") + separator) == std::string::npos) return cell;
  std::string out = "\"";
  for (const char c : cell) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

}  // namespace

CSVLogger::CSVLogger(CSVLoggerOptions options) { set_options(std::move(options)); }

void CSVLogger::set_options(CSVLoggerOptions options) {
  if (options.separator.size() != 1) {
    invalid_argument("CSVLogger", "separator must be one character. Received: '", options.separator,
                     "'");
  }
  options_ = std::move(options);
}

void CSVLogger::fail(std::string_view action) const {
  const int code = errno;
  throw FileError(str("[CSVLogger] cannot ", action, " the file '", options_.filename,
                      "': ", std::strerror(code)),
                  code);
}

void CSVLogger::on_train_begin(const Logs&) {
  file_.reset();
  if (options_.append) {
    // Keras: a header unless the file has something in it already.
    const std::unique_ptr<std::FILE, Close> old(std::fopen(options_.filename.c_str(), "rb"));
    if (old) wants_header_ = std::fgetc(old.get()) == EOF;
  }
  file_.reset(std::fopen(options_.filename.c_str(), options_.append ? "ab" : "wb"));
  if (!file_) fail("open");
  keys_.clear();
  has_keys_ = false;
}

void CSVLogger::write_row(const std::vector<std::string>& cells) {
  std::string line;
  for (const std::string& cell : cells) {
    if (&cell != cells.data()) line += options_.separator;
    line += quoted(cell, options_.separator[0]);
  }
  line += "\r\n";
  if (std::fwrite(line.data(), 1, line.size(), file_.get()) != line.size() ||
      std::fflush(file_.get()) != 0) {
    fail("write to");
  }
}

void CSVLogger::on_epoch_end(int epoch, Logs& logs) {
  if (!file_) return;
  if (!has_keys_) {
    bool validated = false;
    for (const auto& item : logs) {
      keys_.push_back(item.first);
      validated = validated || item.first.substr(0, 4) == "val_";
    }
    std::sort(keys_.begin(), keys_.end());
    const std::size_t count = validated ? 0 : keys_.size();
    for (std::size_t i = 0; i < count; ++i) keys_.push_back("val_" + keys_[i]);
    has_keys_ = true;
    if (wants_header_) {
      std::vector<std::string> header = {"epoch"};
      header.insert(header.end(), keys_.begin(), keys_.end());
      write_row(header);
    }
  }
  std::vector<std::string> row = {std::to_string(epoch)};
  for (const std::string& key : keys_) {
    const std::optional<double> value = logs.get(key);
    row.push_back(value ? python_text(*value) : "NA");
  }
  write_row(row);
}

void CSVLogger::on_train_end(const Logs&) {
  if (file_ && std::fclose(file_.release()) != 0) fail("close");
}

}  // namespace keratin::callbacks
