// SPDX-License-Identifier: Apache-2.0
#include "keratin/cli/vectors_command.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <system_error>
#include <utility>
#include <vector>

#include "keratin/base/error.h"
#include "keratin/cli/failure.h"
#include "keratin/cli/input.h"
#include "keratin/cli/lines.h"
#include "keratin/cli/opened_model.h"
#include "keratin/cli/report.h"
#include "keratin/cli/talk.h"
#include "keratin/embedding/neighbors.h"
#include "keratin/formats/file_writer.h"
#include "keratin/formats/npy.h"
#include "keratin/layers/embedding.h"
#include "keratin/parallel/parallel.h"

namespace keratin::cli {
namespace {

/// A table with a word a row.
struct Vectors {
  Tensor table;
  std::vector<std::string> words;

  std::size_t rows() const { return static_cast<std::size_t>(table.shape()[0]); }
  std::size_t width() const { return static_cast<std::size_t>(table.shape()[1]); }
  std::span<const float> row(std::size_t i) const {
    return table.data<float>().subspan(i * width(), width());
  }
};

/// Standard output, as a place to write to.
class OutputSink final : public formats::Sink {
 public:
  using Sink::write;
  using Sink::write_at;
  void write(std::span<const std::byte> data) override {
    write_out(std::string(reinterpret_cast<const char*>(data.data()), data.size()));
    written_ += data.size();
  }
  void write_at(std::uint64_t, std::span<const std::byte>) override {
    wrong_moment("vectors", "standard output is written from its begin to its end.");
  }
  std::uint64_t position() const override { return written_; }

 private:
  std::uint64_t written_ = 0;
};

/// Collects small writes into larger ones.
class Lines {
 public:
  explicit Lines(formats::Sink& sink) : sink_(sink) {}
  std::string& text() { return text_; }
  void flush_if_long() {
    constexpr std::size_t kLong = 1 << 18;
    if (text_.size() >= kLong) flush();
  }
  void flush() {
    check_interrupt();
    sink_.write(text_);
    text_.clear();
  }

 private:
  formats::Sink& sink_;
  std::string text_;
};

/// A word in a form where blanks stand between fields: "_" for each. The marks of the ends of
/// words, which pieces of them have, are "<" and ">".
std::string one_field(std::string_view word) {
  std::string field = one_line([&] {
    std::string shown(word);
    for (char& c : shown) c = c == '\x02' ? '<' : c == '\x03' ? '>' : c;
    return shown;
  }());
  for (char& c : field) {
    if (c == ' ') c = '_';
  }
  return field.empty() ? "_" : field;
}

void append_numbers(std::string& out, std::span<const float> row, char separator) {
  std::array<char, 32> text;
  bool is_first = true;
  for (const float value : row) {
    if (!is_first) out += separator;
    is_first = false;
    out.append(text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr);
  }
}

void write_text(const Vectors& vectors, formats::Sink& sink, bool with_header) {
  Lines lines(sink);
  if (with_header) lines.text() += str(vectors.rows(), " ", vectors.width(), "\n");
  for (std::size_t i = 0; i < vectors.rows(); ++i) {
    lines.text() += one_field(vectors.words[i]) + " ";
    append_numbers(lines.text(), vectors.row(i), ' ');
    lines.text() += '\n';
    lines.flush_if_long();
  }
  lines.flush();
}

void write_binary(const Vectors& vectors, formats::Sink& sink) {
  Lines lines(sink);
  lines.text() += str(vectors.rows(), " ", vectors.width(), "\n");
  for (std::size_t i = 0; i < vectors.rows(); ++i) {
    lines.text() += one_field(vectors.words[i]) + " ";
    const auto bytes = std::as_bytes(vectors.row(i));
    lines.text().append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    lines.text() += '\n';
    lines.flush_if_long();
  }
  lines.flush();
}

void write_npy(const Vectors& vectors, formats::Sink& sink) {
  sink.write(formats::npy_header(vectors.table.shape(), formats::Element::kFloat32));
  sink.write(std::as_bytes(vectors.table.data<float>()));
}

void write_tsv(const Vectors& vectors, formats::Sink& sink) {
  Lines lines(sink);
  for (std::size_t i = 0; i < vectors.rows(); ++i) {
    append_numbers(lines.text(), vectors.row(i), '\t');
    lines.text() += '\n';
    lines.flush_if_long();
  }
  lines.flush();
}

/// One column, without a header, as the Embedding Projector wants it.
void write_metadata(const Vectors& vectors, formats::Sink& sink) {
  Lines lines(sink);
  for (const std::string& word : vectors.words) {
    lines.text() += one_field(word) + "\n";
    lines.flush_if_long();
  }
  lines.flush();
}

void write_projector_config(formats::Sink& sink) {
  sink.write(
      "embeddings {\n  tensor_name: \"embeddings\"\n  tensor_path: \"vectors.tsv\"\n"
      "  metadata_path: \"metadata.tsv\"\n}\n");
}

void write_file(const std::string& path, const std::function<void(formats::Sink&)>& write) {
  if (path == kStandardInput) {  // "-" is standard output here
    OutputSink sink;
    write(sink);
    return;
  }
  formats::FileWriter file(path);
  write(file);
  file.commit();
}

void write_projector(const Vectors& vectors, const std::string& folder) {
  if (folder == kStandardInput)
    throw UsageError("--format projector writes a folder: give --output.");
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (!std::filesystem::is_directory(folder))
    throw FileError(str(folder, ": is no folder, and none can be made"), ENOTDIR);
  write_file(folder + "/vectors.tsv", [&](formats::Sink& sink) { write_tsv(vectors, sink); });
  write_file(folder + "/metadata.tsv", [&](formats::Sink& sink) { write_metadata(vectors, sink); });
  write_file(folder + "/projector_config.pbtxt", write_projector_config);
}

/// The words nearest to each of those asked for, which is not among them.
void write_nearest(const VectorsCommandOptions& options, const Vectors& vectors,
                   formats::Sink& sink) {
  std::vector<std::int64_t> ids;
  for (const std::string& word : options.nearest) {
    const auto found = std::find(vectors.words.begin(), vectors.words.end(), word);
    if (found == vectors.words.end())
      throw UsageError(str("--nearest: the vocabulary has no word '", one_line(word), "'."));
    const auto again = std::find(found + 1, vectors.words.end(), word);
    if (again != vectors.words.end()) {
      throw UsageError(str("--nearest: the vocabulary has '", one_line(word), "' twice, in rows ",
                           found - vectors.words.begin(), " and ", again - vectors.words.begin(),
                           "."));
    }
    ids.push_back(found - vectors.words.begin());
  }
  const auto most = static_cast<std::int64_t>(vectors.rows()) - 1;
  const auto k = static_cast<std::size_t>(std::min(options.count, most));
  if (k == 0) return;
  const auto near =
      embedding::Neighbors(vectors.table).search_ids(ids, std::min(options.count, most));
  Lines lines(sink);
  for (std::size_t i = 0; i < near.ids.size(); ++i) {
    const std::string& other = vectors.words[static_cast<std::size_t>(near.ids[i])];
    lines.text() += str(one_line(options.nearest[i / k]), "\t", one_line(other), "\t");
    append_numbers(lines.text(), {&near.scores[i], 1}, ' ');
    lines.text() += '\n';
    lines.flush_if_long();
  }
  lines.flush();
}

const layers::Embedding& table_of(const VectorsCommandOptions& options, const OpenedModel& opened) {
  std::vector<const layers::Embedding*> found;
  std::string names;
  for (const auto& layer : opened.model->layers()) {
    const auto* const table = dynamic_cast<const layers::Embedding*>(layer.get());
    if (table == nullptr) continue;
    names += str(names.empty() ? "" : ", ", table->name());
    if (options.layer.empty() || options.layer == table->name()) found.push_back(table);
  }
  if (names.empty()) throw InputError(options.model, "the model has no Embedding");
  if (found.empty())
    throw UsageError(
        str("--layer: there is no Embedding '", options.layer, "'. There are: ", names, "."));
  if (found.size() > 1) throw UsageError(str("--layer: which Embedding? There are: ", names, "."));
  return *found[0];
}

std::vector<std::string> words_of(const VectorsCommandOptions& options, const OpenedModel& opened,
                                  const layers::Embedding& table) {
  const std::int64_t rows = table.input_dim();
  std::vector<std::string> words;
  if (!options.vocabulary.empty()) {
    LineInput input(options.vocabulary);
    for (std::vector<std::string> lines; input.next(lines);)
      words.insert(words.end(), lines.begin(), lines.end());
    if (static_cast<std::int64_t>(words.size()) > rows) {
      throw InputError(input.name(),
                       str("it has ", words.size(), " lines, and the table ", rows, " rows"));
    }
  } else if (opened.form) {
    words = {"[PAD]", "[UNK]"};
    for (std::int64_t id = 2; id < opened.form->encoder.num_ids(); ++id)
      words.emplace_back(opened.form->encoder.token(id));
  }
  for (auto id = static_cast<std::int64_t>(words.size()); id < rows; ++id) words.push_back(str(id));
  return words;
}

}  // namespace

void run_vectors(const VectorsCommandOptions& options) {
  const Talk talk(options.quiet);
  const std::function<void()> ask = check_interrupt;
  const parallel::Interruptible interruptible(&ask);
  const OpenedModel opened = open_model(options.model, talk);
  const layers::Embedding& layer = table_of(options, opened);
  const Vectors vectors{layer.embeddings(), words_of(options, opened, layer)};
  if (!options.nearest.empty()) {
    write_file(options.output, [&](formats::Sink& sink) { write_nearest(options, vectors, sink); });
    return;
  }
  if (options.format == "projector") {
    write_projector(vectors, options.output);
  } else {
    write_file(options.output, [&](formats::Sink& sink) {
      if (options.format == "npy") write_npy(vectors, sink);
      if (options.format == "binary") write_binary(vectors, sink);
      if (options.format == "text" || options.format == "glove")
        write_text(vectors, sink, options.format == "text");
    });
  }
  talk.say(str(layer.name(), ": ", vectors.rows(), " vectors of ", vectors.width(), " numbers"));
}

}  // namespace keratin::cli
