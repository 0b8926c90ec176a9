// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <vector>

#include "fuzz/files.h"
#include "fuzz/models.h"
#include "fuzz/mutate.h"
#include "fuzz/runs.h"
#include "tests/support/archives.h"

#include "keratin/base/error.h"
#include "keratin/base/format_error.h"
#include "keratin/cli/text_part.h"
#include "keratin/formats/json.h"
#include "keratin/keratin.h"
#include "keratin/saving/generations.h"

/// Gives broken files of models to load_model, load_weights and model_from_json: fuzz/README.md.
namespace keratin::fuzz {
namespace {

/// What they may do with any bytes. Returns whether they refused them.
template <class Body>
bool is_refused(const char* what, Body&& body) {
  try {
    body();
    return false;
  } catch (const std::exception& error) {
    const bool is_decent = dynamic_cast<const std::runtime_error*>(&error) != nullptr ||
                           dynamic_cast<const std::invalid_argument*>(&error) != nullptr;
    const std::string_view text = error.what();
    if (is_decent && text.size() <= kLongestMessage && text.starts_with('[')) return true;
    std::fprintf(stderr, "%s: no decent refusal: %.300s (%zu bytes)\n", what, error.what(),
                 text.size());
    std::abort();
  }
}

bool are_equal(const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
  for (std::size_t i = 0; i < a.size(); ++i) {
    const std::span<const float> x = a[i].data<float>(), y = b[i].data<float>();
    if (x.size() != y.size() || std::memcmp(x.data(), y.data(), x.size_bytes()) != 0) return false;
  }
  return a.size() == b.size();
}

class Fuzzer {
 public:
  Fuzzer(const std::filesystem::path& folder, const Runs& runs)
      : runs_(runs), path_((folder / "mutant").string()), files_(model_files(folder.string())) {
    for (const auto& file : files_) {
      if (file.model) models_.push_back(file.model);
    }
    for (const std::string& corpus : runs.corpus) add_models(files_, corpus);
    texts_ = texts_of(files_);
    for (const Config& config : texts_.architectures) json_.push_back(formats::dump_json(config));
  }

  bool run(Dice& dice) {
    switch (below(dice, 4)) {
      case 0:
        return change_config(dice);
      case 1:
        return change_text(dice);
      default:
        return change_bytes(dice);
    }
  }

  int report(std::uint64_t done) const {
    std::printf(
        "%llu inputs of %zu files and %zu texts, %llu times something was refused, %llu times "
        "taken\n",
        static_cast<unsigned long long>(done), files_.size(), json_.size(),
        static_cast<unsigned long long>(refused_), static_cast<unsigned long long>(taken_));
    return refused_ > 0 && taken_ > 0 ? 0 : 1;
  }

 private:
  bool change_bytes(Dice& dice) {
    const ModelFile& file = files_[below(dice, files_.size())];
    const std::uint64_t seed = dice();
    show(file.name, seed);
    read_file(mutated({file.name, nullptr, file.bytes}, seed), file.model, dice);
    return true;
  }

  /// An architecture with other values in it: alone, and in an archive with weights.
  bool change_config(Dice& dice) {
    const std::uint64_t seed = dice();
    show("config", seed);
    Dice own(seed);
    const bool is_compiled = below(own, 4) == 0 && !texts_.compiled.empty();
    const auto& all = is_compiled ? texts_.compiled : texts_.architectures;
    Config config = all[below(own, all.size())];
    mutate(config, all, own);
    if (takes_long(config)) return true;
    if (is_compiled) {
      count(is_refused("compile_config", [&] { saving::compile_config_in_keras3_form(config); }));
      Config whole = texts_.architectures[0];
      whole["compile_config"] = std::move(config);
      config = std::move(whole);
    }
    const std::string text = formats::dump_json(config);
    count(is_refused("model_from_json", [&] { saving::model_from_json(text); }));
    read_file(testing::with_members(files_[0].bytes, {{"config.json", text}}), nullptr, own);
    return true;
  }

  bool change_text(Dice& dice) {
    const std::uint64_t seed = dice();
    show("text", seed);
    Dice own(seed);
    std::string text = json_[below(own, json_.size())];
    mutate(text, json_, own);
    count(is_refused("model_from_json", [&] {
      if (!takes_long(formats::parse_json(text))) saving::model_from_json(text);
    }));
    return true;
  }

  void read_file(const std::string& bytes, std::shared_ptr<models::Model> model, Dice& dice) {
    const auto view = std::as_bytes(std::span(bytes));
    count(is_refused("load_model", [&] { saving::load_model(view)->to_json(); }));
    is_refused("text_form_in", [&] { cli::text_form_in(formats::Bytes::view(view, "mutant")); });
    if (!model) model = models_[below(dice, models_.size())];
    std::ofstream(path_, std::ios::binary) << bytes;
    const saving::LoadWeightsOptions options = {.skip_mismatch = below(dice, 4) == 0,
                                                .by_name = below(dice, 8) == 0};
    const std::vector<Tensor> before = model->get_weights();
    const bool failed =
        is_refused("load_weights", [&] { saving::load_weights(*model, path_, options); });
    if (failed && !are_equal(before, model->get_weights())) {
      std::fprintf(stderr, "load_weights failed, and left other weights\n");
      std::abort();
    }
  }

  void count(bool is_refused) { ++(is_refused ? refused_ : taken_); }
  void show(const std::string& name, std::uint64_t seed) const {
    if (!runs_.is_verbose) return;
    std::printf("%llu %s\n", static_cast<unsigned long long>(seed), name.c_str());
    std::fflush(stdout);
  }

  const Runs& runs_;
  std::string path_;
  std::vector<ModelFile> files_;
  std::vector<std::shared_ptr<models::Model>> models_;
  ModelTexts texts_;
  std::vector<std::string> json_;
  std::uint64_t refused_ = 0, taken_ = 0;
};

}  // namespace
}  // namespace keratin::fuzz

int main(int argc, char** argv) {
  using namespace keratin::fuzz;
  const Runs runs = Runs::from(argc, argv, {.runs = 20'000});
  std::string name = (std::filesystem::temp_directory_path() / "keratin_fuzz_XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) return 2;
  Fuzzer fuzzer(name, runs);
  const std::uint64_t done = runs.repeat([&](Dice& dice) { return fuzzer.run(dice); });
  std::filesystem::remove_all(name);
  return fuzzer.report(done);
}
