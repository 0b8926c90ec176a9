// SPDX-License-Identifier: Apache-2.0
#include "keratin/cli/info_command.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "keratin/base/error.h"
#include "keratin/base/format_error.h"
#include "keratin/cli/failure.h"
#include "keratin/cli/input.h"
#include "keratin/cli/report.h"
#include "keratin/cli/stored_arrays.h"
#include "keratin/cli/talk.h"
#include "keratin/cli/text_part.h"
#include "keratin/formats/json.h"
#include "keratin/formats/kind.h"
#include "keratin/formats/zip.h"
#include "keratin/layers/embedding.h"
#include "keratin/models/models.h"
#include "keratin/saving/saved_file.h"

namespace keratin::cli {
namespace {

using formats::Bytes;
using formats::FileKind;

struct LayerLine {
  std::string name, class_name, shape;
  std::optional<std::int64_t> parameters;
};

/// What a file says of itself.
struct Found {
  std::string form;
  std::string keras_version;
  std::string model;     // its class and name
  std::string compiled;  // what it was compiled with
  std::vector<LayerLine> layers;
  std::vector<std::pair<std::string, formats::Array>> arrays;
  std::optional<TextForm> text;
  std::vector<std::string> odd;

  std::int64_t numbers(bool of_optimizer) const {
    std::int64_t sum = 0;
    for (const auto& [name, array] : arrays) {
      if (is_of_optimizer(name) == of_optimizer) sum += array.shape.size();
    }
    return sum;
  }
};

std::string text_at(const Config& config, std::string_view key) {
  const Config* const found = config.find(key);
  return found != nullptr && found->is_string() ? found->as_string() : std::string();
}

std::string name_in(const Config& entry) {
  const Config* const config = entry.find("config");
  return config == nullptr ? std::string() : text_at(*config, "name");
}

/// An Embedding whose rows are drawn when they are touched, so none is: a model of them is its
/// shapes. A quantized one has codes, of zeros.
std::shared_ptr<layers::Layer> table_without_rows(const Config& config) {
  layers::EmbeddingOptions options = layers::Embedding::options_from(config);
  if (!options.dtype.mode) options.rows_drawn = layers::RowsDrawn::kOnDemand;
  return std::make_shared<layers::Embedding>(std::move(options));
}

std::vector<LayerLine> layers_by_model(const saving::Architecture& architecture) {
  const auto model = models::deserialize(architecture.config,
                                         {.mask_policy = architecture.mask_policy,
                                          .custom_objects = {{"Embedding", table_without_rows}}});
  std::vector<LayerLine> lines;
  for (const models::SummaryRow& row : model->summary_rows()) {
    lines.push_back({row.name, row.class_name, row.shape, std::nullopt});
    if (row.layer == nullptr) lines.back().parameters = 0;
    if (row.layer != nullptr && row.layer->built())
      lines.back().parameters = row.layer->count_params();
  }
  return lines;
}

/// Of a model that cannot be made here: what its config lists.
std::vector<LayerLine> layers_by_config(const Config& model) {
  std::vector<LayerLine> lines;
  const Config* const config = model.find("config");
  const Config* const layers = config == nullptr ? nullptr : config->find("layers");
  if (layers == nullptr || !layers->is_list()) return lines;
  for (const Config& entry : layers->as_list())
    lines.push_back({name_in(entry), text_at(entry, "class_name"), "", std::nullopt});
  return lines;
}

std::string compiled_text(const Config& compiled) {
  if (compiled.is_null() || (compiled.is_dict() && compiled.as_dict().empty())) return "no";
  const auto name = [](const Config* value) {
    if (value == nullptr || value->is_null()) return std::string();
    if (value->is_dict() && value->find("class_name") != nullptr)
      return text_at(*value, "class_name");
    return value->is_string() ? value->as_string() : formats::dump_json(*value);
  };
  const std::string optimizer = name(compiled.find("optimizer")),
                    loss = name(compiled.find("loss"));
  return str(optimizer.empty() ? "no optimizer" : optimizer, ", ", loss.empty() ? "no loss" : loss);
}

void look_at_model(const Bytes& file, Found& found) {
  const auto saved = saving::SavedFile::open(file);
  found.form = saved.architecture()
                   ? (saved.has_weights() ? ", a model" : ", an architecture without weights")
                   : ", weights alone";
  if (!saved.architecture()) return;
  const saving::Architecture& architecture = *saved.architecture();
  found.keras_version = architecture.keras_version;
  found.model =
      str(text_at(architecture.config, "class_name"), " '", name_in(architecture.config), "'");
  found.compiled = compiled_text(saved.compile_config());
  try {
    found.layers = layers_by_model(architecture);
  } catch (const std::logic_error& error) {
    found.layers = layers_by_config(architecture.config);
    found.odd.push_back(str("the model cannot be made here: ", error.what()));
  }
  const std::int64_t state = found.numbers(true);
  if (state > 0 && found.compiled == "no")
    found.odd.push_back("there is the state of an optimizer, and nothing says which it is of");
  if (found.compiled.starts_with("no optimizer"))
    found.odd.push_back(
        "it was compiled, and its optimizer is not there: Keras would take RMSprop");
  if (found.layers.empty())
    found.odd.push_back(
        "the config lists no layers: a class of its author's, which a program must give");
}

Found look_at(const std::string& path, const Bytes& file) {
  Found found;
  const FileKind kind = formats::kind_of(file);
  found.arrays = stored_arrays(file);
  const bool has_model =
      kind == FileKind::kHdf5 || kind == FileKind::kJson ||
      (kind == FileKind::kZip && !found.arrays.empty() && !found.arrays.front().first.empty());
  if (kind == FileKind::kZip) {
    const auto archive = formats::ZipArchive::open(file);
    if (archive.find("config.json") == nullptr) {
      found.form = "npz, arrays by name";
      return found;
    }
    look_at_model(file, found);
    found.text = text_form_in(file);
    for (const auto& member : archive.members()) {
      const bool is_known = member.name == "config.json" || member.name == "metadata.json" ||
                            member.name == "model.weights.h5" || member.name.starts_with("assets/");
      if (!is_known)
        found.odd.push_back(str("a member that Keras does not know: ", in_quotes(member.name)));
    }
  } else if (has_model) {
    look_at_model(file, found);
  }
  found.form = str(kind == FileKind::kZip ? ".keras archive" : to_string(kind), found.form);
  const bool is_keras = path.ends_with(".keras");
  if (is_keras && kind != FileKind::kZip)
    found.odd.push_back(str("it is called .keras and is ", to_string(kind)));
  if (kind == FileKind::kZip && (path.ends_with(".h5") || path.ends_with(".hdf5")))
    found.odd.push_back("it is called HDF5 and is a .keras archive");
  for (const auto& [name, array] : found.arrays) {
    const bool is_table = array.shape.rank() == 2 && array.shape.size() >= (1 << 20);
    if (is_table &&
        reinterpret_cast<std::uintptr_t>(array.bytes.data()) % formats::size_of(array.element) != 0)
      found.odd.push_back(
          str("the array ", name, " lies at an odd place: it is copied where others are mapped"));
  }
  return found;
}

std::string bytes_text(double bytes) {
  constexpr const char* kUnits[] = {"bytes", "kB", "MB", "GB", "TB"};
  std::size_t unit = 0;
  for (; bytes >= 1000 && unit + 1 < std::size(kUnits); ++unit) bytes /= 1000;
  return str(fixed(bytes, unit == 0 ? 0 : 1), " ", kUnits[unit]);
}

void append_layers(const Found& found, std::string& out) {
  std::size_t widths[3] = {5, 5, 12};
  for (const LayerLine& line : found.layers) {
    widths[0] = std::max(widths[0], line.name.size());
    widths[1] = std::max(widths[1], line.class_name.size());
    widths[2] = std::max(widths[2], line.shape.size());
  }
  const auto row = [&](std::string_view a, std::string_view b, std::string_view c,
                       std::string_view d) {
    out += str(left(one_line(a), widths[0]), "  ", left(one_line(b), widths[1]), "  ",
               left(one_line(c), widths[2]), "  ", right(d, 12), "\n");
  };
  out += '\n';
  row("layer", "class", "output shape", "parameters");
  for (const LayerLine& line : found.layers)
    row(line.name, line.class_name, line.shape.empty() ? "?" : line.shape,
        line.parameters ? str(*line.parameters) : "?");
}

std::string report(const Found& found, std::uint64_t size, const std::vector<std::int64_t>& nans) {
  std::string out =
      str("form        ", found.form, ", ", bytes_text(static_cast<double>(size)), "\n");
  if (!found.model.empty()) {
    out += str("model       ", one_line(found.model), "\n", "written by  ",
               found.keras_version.empty() ? "a Keras that does not say which"
                                           : "Keras " + one_line(found.keras_version),
               "\ncompiled    ", one_line(found.compiled), "\n");
  }
  if (found.text) {
    out += str("texts       ", name_of(found.text->encoder.tokens().unit), ", ",
               found.text->encoder.num_ids(), " ids, ", found.text->classes.size(), " labels\n");
  }
  out += str("weights     ", found.numbers(false), " numbers\noptimizer   ", found.numbers(true),
             " numbers\n");
  if (!found.layers.empty()) append_layers(found, out);
  if (!found.arrays.empty()) out += "\narrays\n";
  for (std::size_t i = 0; i < found.arrays.size(); ++i) {
    const auto& [name, array] = found.arrays[i];
    if (is_of_optimizer(name)) continue;
    out += str("  ", one_line(name), "  ", array.shape, "  ", to_string(array.element));
    if (!nans.empty()) out += str("  ", nans[i], " not finite");
    out += '\n';
  }
  if (!found.odd.empty()) out += "\nodd\n";
  for (const std::string& odd : found.odd) out += str("  ", odd, "\n");
  return out;
}

Config to_config(const Found& found, std::uint64_t size, const std::vector<std::int64_t>& nans) {
  Config::List layers, arrays, odd;
  for (const LayerLine& l : found.layers) {
    layers.emplace_back(
        Config::Dict{{"name", l.name},
                     {"class_name", l.class_name},
                     {"output_shape", l.shape},
                     {"parameters", l.parameters ? Config(*l.parameters) : Config()}});
  }
  for (std::size_t i = 0; i < found.arrays.size(); ++i) {
    const auto& [name, array] = found.arrays[i];
    Config::Dict one{{"name", name},
                     {"shape", keratin::to_config(array.shape)},
                     {"dtype", to_string(array.element)}};
    if (!nans.empty()) one.emplace_back("not_finite", nans[i]);
    arrays.emplace_back(std::move(one));
  }
  for (const std::string& text : found.odd) odd.emplace_back(text);
  Config::Dict out{{"form", found.form},
                   {"bytes", static_cast<std::int64_t>(size)},
                   {"model", found.model},
                   {"keras_version", found.keras_version},
                   {"compiled", found.compiled},
                   {"weights", found.numbers(false)},
                   {"optimizer", found.numbers(true)},
                   {"layers", std::move(layers)},
                   {"arrays", std::move(arrays)},
                   {"odd", std::move(odd)}};
  if (found.text)
    out.emplace_back(
        "texts", Config::Dict{{"ids", found.text->encoder.num_ids()},
                              {"labels", static_cast<std::int64_t>(found.text->classes.size())}});
  return out;
}

}  // namespace

void run_info(const InfoCommandOptions& options) {
  if (options.model == kStandardInput)
    throw UsageError("a model is read from a file, not from '-'.");
  const Bytes file = Bytes::open(options.model);
  const Found found = look_at(options.model, file);
  std::vector<std::int64_t> nans;
  if (options.nan) {
    for (const auto& [name, array] : found.arrays) nans.push_back(count_not_finite(array));
  }
  if (options.json) {
    write_out(formats::dump_json(to_config(found, file.size(), nans)) + "\n");
  } else {
    write_out(report(found, file.size(), nans));
  }
}

}  // namespace keratin::cli
