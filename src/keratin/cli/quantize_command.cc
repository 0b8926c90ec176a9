// SPDX-License-Identifier: Apache-2.0
#include "keratin/cli/quantize_command.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <functional>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "keratin/base/error.h"
#include "keratin/base/precision.h"
#include "keratin/cli/failure.h"
#include "keratin/cli/opened_model.h"
#include "keratin/cli/report.h"
#include "keratin/cli/stored_arrays.h"
#include "keratin/cli/talk.h"
#include "keratin/cli/text_part.h"
#include "keratin/formats/file_writer.h"
#include "keratin/formats/hdf5/file.h"
#include "keratin/formats/hdf5/writer.h"
#include "keratin/formats/json.h"
#include "keratin/formats/kind.h"
#include "keratin/formats/zip.h"
#include "keratin/formats/zip_writer.h"
#include "keratin/kernels/rows.h"
#include "keratin/layers/embedding.h"
#include "keratin/layers/kernel_layer.h"
#include "keratin/models/quantize.h"
#include "keratin/parallel/parallel.h"
#include "keratin/saving/saving.h"
#include "keratin/saving/weight_paths.h"

namespace keratin::cli {
namespace {

using formats::hdf5::Object;

constexpr std::string_view kWeights = "model.weights.h5";

/// Where the tables of Embeddings stand in the weights of the archive.
std::set<std::string> table_paths(const models::Model& model) {
  std::set<std::string> paths;
  std::set<std::string>
      tables;  // by their names in the model: a file may have another value for one
  const std::function<void(const layers::Layer&)> look = [&](const layers::Layer& layer) {
    if (dynamic_cast<const layers::Embedding*>(&layer) != nullptr && !layer.is_quantized()) {
      for (const auto& weight : layer.weights()) {
        if (weight->name() == "embeddings") tables.insert(weight->path());
      }
    }
    for (const auto& part : layer.parts()) look(*part);
  };
  look(model);
  for (const auto& layer : saving::weight_paths(model).layers) {
    for (std::size_t i = 0; i < layer.weights.size(); ++i) {
      if (tables.contains(layer.weights[i]->path())) paths.insert(str(layer.path, "/vars/", i));
    }
  }
  return paths;
}

/// How far the numbers of a table moved.
struct Moved {
  double largest = 0;
  double squares = 0, all_squares = 0;
  std::int64_t numbers = 0, infinite = 0;
  /// A number is another one in the file.
  void take(float before, float after) {
    ++numbers;
    if (!std::isfinite(after)) {
      infinite += std::isfinite(before);
      return;
    }
    const double by = std::abs(static_cast<double>(after) - static_cast<double>(before));
    largest = std::max(largest, by);
    squares += by * by;
    all_squares += static_cast<double>(before) * static_cast<double>(before);
  }
  /// The root mean square of the moves, as a share of that of the numbers.
  double relative() const { return all_squares == 0 ? 0 : std::sqrt(squares / all_squares); }
};

/// Rows in 16 bits, a piece at a time.
class Narrowed {
 public:
  Narrowed(formats::Array array, Precision precision)
      : array_(std::move(array)), precision_(precision) {}

  /// Calls take(numbers, their 16 bits).
  template <class F>
  void for_each(F&& take) const {
    constexpr std::int64_t kAtOnce = 1 << 16;
    std::vector<float> numbers;
    std::vector<std::uint16_t> narrow;
    const std::uint64_t size = formats::size_of(array_.element);
    for (std::int64_t done = 0; done < array_.shape.size(); done += kAtOnce) {
      const std::int64_t count = std::min(kAtOnce, array_.shape.size() - done);
      numbers.resize(static_cast<std::size_t>(count));
      narrow.resize(numbers.size());
      formats::read_elements<float>({Shape{count}, array_.element,
                                     array_.bytes.part(static_cast<std::uint64_t>(done) * size,
                                                       static_cast<std::uint64_t>(count) * size)},
                                    numbers);
      kernels::store_elements(precision_, numbers.data(), count, narrow.data());
      take(std::span<const float>(numbers), std::span<const std::uint16_t>(narrow));
    }
  }

  Moved moved() const {
    Moved moved;
    std::vector<float> back;
    for_each([&](std::span<const float> numbers, std::span<const std::uint16_t> narrow) {
      check_interrupt();
      back.resize(numbers.size());
      kernels::load_elements(precision_, narrow.data(), static_cast<std::int64_t>(numbers.size()),
                             back.data());
      for (std::size_t i = 0; i < numbers.size(); ++i) moved.take(numbers[i], back[i]);
    });
    return moved;
  }

 private:
  formats::Array array_;
  Precision precision_;
};

struct Quantizing {
  std::set<std::string> tables;
  Precision precision;
  formats::Element element;
  std::vector<std::pair<std::string, Moved>> moved = {};

  /// Everything but the optimizer's state, which is of no use to a table that has been rounded.
  void copy(const Object& object, formats::hdf5::Writer& writer) {
    const std::string path = object.path().substr(1);
    if (path == "optimizer") return;
    if (object.is_dataset()) {
      copy_array(object, path, writer);
    } else {
      writer.group(path);
      for (std::size_t i = 0; i < object.size(); ++i) copy(object.child(i), writer);
    }
    for (const auto& attribute : object.attributes()) {
      // The writer itself says that an array is of bfloat16.
      if (object.is_dataset() && attribute.name() == "dtype") continue;
      copy_attribute(path, attribute, writer);
    }
  }

 private:
  void copy_array(const Object& object, const std::string& path, formats::hdf5::Writer& writer) {
    const formats::Array array = object.array();
    if (!tables.contains(path) || formats::size_of(array.element) <= 2) {
      writer.array(path, array.shape, array.element,
                   [array](formats::Sink& sink) { sink.write(array.bytes.span()); });
      return;
    }
    const Narrowed narrowed(array, precision);
    moved.emplace_back(path, narrowed.moved());
    writer.array(path, array.shape, element, [narrowed](formats::Sink& sink) {
      narrowed.for_each([&](std::span<const float>, std::span<const std::uint16_t> narrow) {
        sink.write(std::as_bytes(narrow));
      });
    });
  }
  static void copy_attribute(const std::string& path, const formats::hdf5::Attribute& attribute,
                             formats::hdf5::Writer& writer) {
    if (attribute.is_text() && attribute.shape().rank() == 0) {
      writer.text(path, attribute.name(), attribute.text());
    } else if (attribute.is_text()) {
      std::vector<std::string> texts;
      for (const std::string_view text : attribute.texts()) texts.emplace_back(text);
      writer.texts(path, attribute.name(), texts);
    } else {
      const formats::Array array = attribute.array();
      writer.numbers(path, attribute.name(), array.shape, array.element, array.bytes.span());
    }
  }
};

/// The architecture, not compiled: the state of the optimizer is not there.
std::string config_text(const formats::Bytes& bytes) {
  Config config = formats::parse_json(bytes.text());
  config["compile_config"] = Config();
  return formats::dump_json(config);
}

Quantizing quantizing(const QuantizeCommandOptions& options, const Talk& talk) {
  const bool is_half = options.dtype == "float16";
  const OpenedModel opened = open_model(options.in, talk);
  Quantizing result{table_paths(*opened.model),
                    is_half ? Precision::kFloat16 : Precision::kBfloat16,
                    is_half ? formats::Element::kFloat16 : formats::Element::kBfloat16};
  if (result.tables.empty())
    throw InputError(options.in,
                     "the model has no Embedding with a table of float32: there is none, or it is "
                     "quantized already");
  return result;
}

void write(const formats::ZipArchive& from, formats::hdf5::Writer& weights,
           const std::string& path) {
  formats::FileWriter file(path);
  formats::ZipWriter archive(file);
  for (const auto& member : from.members()) {
    check_interrupt();
    if (member.name == kWeights) {
      archive.add(member.name, weights.size(), [&](formats::Sink& sink) { weights.write(sink); });
    } else if (member.name == "config.json") {
      archive.add(member.name, config_text(from.read(member)));
    } else if (!member.name.ends_with('/')) {
      archive.add(member.name, from.read(member).text());
    }
  }
  archive.finish();
  file.commit();
}

/// The numbers that a layer multiplies by or looks up, also those that codes stand for.
Tensor numbers_of(const layers::Layer& layer) {
  if (const auto* const table = dynamic_cast<const layers::Embedding*>(&layer))
    return table->embeddings();
  return dynamic_cast<const layers::KernelLayer&>(layer).kernel();
}

std::string line_of(const std::string& path, const Moved& moved) {
  return str(path, "\t", moved.numbers, " numbers\tlargest error ", moved.largest,
             "\trelative error ", fixed(moved.relative(), 8), "\n");
}

/// Writes the model with Keras's codes in place of floats. Gives a line for each layer that has
/// them.
std::string write_codes(const QuantizeCommandOptions& options, const Talk& talk) {
  const OpenedModel opened = open_model(options.in, talk);
  std::string text;
  const layers::Layer* last = nullptr;  // whose numbers these were, before it was quantized
  Tensor before;
  const auto measure = [&] {
    if (last == nullptr || !last->is_quantized()) return;
    const Tensor after = numbers_of(*last);
    Moved moved;
    for (std::size_t i = 0; i < before.data<float>().size(); ++i)
      moved.take(before.data<float>()[i], after.data<float>()[i]);
    text += line_of(last->path(), moved);
  };
  const auto wanted = [&](const layers::Layer& layer) {
    check_interrupt();
    measure();
    last = nullptr;
    const bool has_floats = dynamic_cast<const layers::KernelLayer*>(&layer) != nullptr ||
                            dynamic_cast<const layers::Embedding*>(&layer) != nullptr;
    if (!has_floats || layer.is_quantized()) return false;
    before = numbers_of(layer);
    last = &layer;
    return true;
  };
  const models::QuantizationReport report =
      models::quantize(*opened.model, QuantizationConfig::of(options.dtype), wanted);
  measure();
  for (const auto& [path, why] : report.skipped) {
    if (why != models::kFilteredOut) talk.say(str(path, " stays as it is: ", why));
  }
  if (report.quantized.empty()) {
    throw InputError(
        options.in,
        "the model has no Embedding, Dense or EinsumDense of float32: there is none, or "
        "they are quantized already");
  }
  saving::SaveOptions saved{.include_optimizer = false};
  if (opened.form) saved.assets = assets_of(*opened.form);
  saving::save_model(*opened.model, options.out, saved);
  return text;
}

}  // namespace

void run_quantize(const QuantizeCommandOptions& options) {
  const Talk talk(options.quiet);
  if (!options.out.ends_with(".keras"))
    throw UsageError(str("OUT: it is written as NAME.keras. Received: '", options.out, "'."));
  const std::function<void()> ask = check_interrupt;
  const parallel::Interruptible interruptible(&ask);
  const auto bytes = formats::Bytes::open(options.in);
  const auto say_sizes = [&] {
    talk.say(str(options.out, ": ", std::filesystem::file_size(options.out), " bytes of ",
                 bytes.size()));
  };
  if (options.dtype == "int8" || options.dtype == "int4") {
    write_out(write_codes(options, talk));
    return say_sizes();
  }
  if (options.dtype != "float16" && options.dtype != "bfloat16") {
    throw UsageError(
        str("--dtype: float16, bfloat16, int8 or int4. Received: '", options.dtype, "'."));
  }
  Quantizing quantized = quantizing(options, talk);
  if (formats::kind_of(bytes) != formats::FileKind::kZip) {
    throw InputError(options.in,
                     "tables are quantized in .keras archives: `keratin convert` makes one");
  }
  const auto archive = formats::ZipArchive::open(bytes);
  const auto* const member = archive.find(kWeights);
  if (member == nullptr) throw InputError(options.in, str("there is no member '", kWeights, "'"));
  formats::hdf5::Writer weights;
  quantized.copy(formats::hdf5::open(archive.read(*member)), weights);
  if (quantized.moved.empty())
    throw InputError(options.in,
                     "its tables are in 16 bits already, or not where Keras 3 has them");
  std::int64_t infinite = 0;
  std::string text;
  for (const auto& [path, moved] : quantized.moved) {
    infinite += moved.infinite;
    text += line_of(path, moved);
  }
  if (infinite > 0) {
    throw InputError(options.in, str(infinite, " numbers are beyond the range of ", options.dtype,
                                     ": --dtype bfloat16 holds them"));
  }
  write(archive, weights, options.out);
  write_out(text);
  say_sizes();
}

}  // namespace keratin::cli
