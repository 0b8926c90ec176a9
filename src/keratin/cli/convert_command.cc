// SPDX-License-Identifier: Apache-2.0
#include "keratin/cli/convert_command.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <functional>
#include <memory>
#include <string_view>

#include "keratin/base/error.h"
#include "keratin/cli/failure.h"
#include "keratin/cli/opened_model.h"
#include "keratin/cli/talk.h"
#include "keratin/cli/text_part.h"
#include "keratin/formats/file_writer.h"
#include "keratin/parallel/parallel.h"
#include "keratin/saving/saving.h"

namespace keratin::cli {
namespace {

void write_keras(const OpenedModel& opened, const std::string& path) {
  saving::SaveOptions options;
  if (opened.form) options.assets = assets_of(*opened.form);
  saving::save_model(*opened.model, path, options);
}

void write_weights(const OpenedModel& opened, const std::string& path) {
  saving::save_weights(*opened.model, path);
}

void write_legacy(const OpenedModel& opened, const std::string& path) {
  saving::save_model(*opened.model, path);
}

void write_json(const OpenedModel& opened, const std::string& path) {
  formats::FileWriter file(path);
  file.write(opened.model->to_json());
  file.commit();
}

struct Form {
  std::string_view ending;
  void (*write)(const OpenedModel&, const std::string&);
  bool keeps_texts;
};
// The longest ending that fits counts.
constexpr std::array<Form, 6> kForms = {{{".weights.h5", write_weights, false},
                                         {".keras", write_keras, true},
                                         {".h5", write_legacy, false},
                                         {".json", write_json, false},
                                         {".safetensors", write_weights, false},
                                         {".npz", write_weights, false}}};

/// With its optimizer, unless what it was compiled with is not known here.
OpenedModel open_compiled(const std::string& path, const Talk& talk) {
  try {
    return open_model(path, talk, true);
  } catch (const InputError& error) {
    OpenedModel opened = open_model(path, talk);
    talk.say(str("note: without what it was compiled with: ", error.what()));
    return opened;
  }
}

}  // namespace

void run_convert(const ConvertCommandOptions& options) {
  const auto form = std::ranges::find_if(
      kForms, [&](const Form& one) { return options.out.ends_with(one.ending); });
  if (form == kForms.end()) {
    std::string known;
    for (const Form& one : kForms) known += str(known.empty() ? "" : ", ", one.ending);
    throw UsageError(
        str("OUT: its name must end with one of ", known, ". Received: '", options.out, "'."));
  }
  const Talk talk(options.quiet);
  const std::function<void()> ask = check_interrupt;
  const parallel::Interruptible interruptible(&ask);
  const OpenedModel opened = open_compiled(options.in, talk);
  if (!opened.model->built())
    throw InputError(options.in,
                     "the model is not built: it says no input shape and has no weights");
  form->write(opened, options.out);
  if (opened.form && !form->keeps_texts)
    talk.say("note: the vocabulary and the labels of its texts stand in .keras alone");
  talk.say(str(options.out, ": written, ", std::filesystem::file_size(options.out), " bytes"));
}

}  // namespace keratin::cli
