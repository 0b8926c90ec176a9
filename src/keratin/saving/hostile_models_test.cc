// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <fstream>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include "support/archives.h"
#include "support/sanitized.h"
#include "support/temporary_folder.h"
#include <gtest/gtest.h>

#include "keratin/base/error.h"
#include "keratin/formats/json.h"
#include "keratin/formats/zip.h"
#include "keratin/layers/layers.h"
#include "keratin/models/models.h"
#include "keratin/saving/saving.h"

/// Archives that say what no model can be. Loading may throw FormatError, std::invalid_argument or
/// std::runtime_error that says where, and takes no more memory than the file and 64 MiB. The bytes
/// of files are the matter of formats/hdf5/hostile_test.cc.
namespace keratin::saving {
namespace {

using formats::Bytes;

std::string bytes_of(const models::Model& model) {
  const testing::TemporaryFolder folder;
  save_model(model, folder / "m.keras");
  return std::string(Bytes::open(folder / "m.keras").text());
}

const std::string& line() {
  static const std::string bytes = [] {
    models::Sequential model({layers::InputLayer({.batch_shape = Shape{kNone, 3}, .name = "ids"}),
                              layers::Embedding({.input_dim = 7, .output_dim = 2, .name = "table"}),
                              layers::Flatten({.name = "flat"}),
                              layers::Dense({.units = 2, .name = "dense"})});
    model.compile("adam", "mse");
    return bytes_of(model);
  }();
  return bytes;
}

const std::string& graph() {
  static const std::string bytes = [] {
    const Value a = layers::Input({.shape = Shape{4}, .name = "a"});
    const auto dense = layers::shared(layers::Dense({.units = 4, .name = "dense"}));
    const Value first = (*dense)(Values{a})[0];
    const Value second = (*dense)(Values{first})[0];
    return bytes_of(models::Functional(a, layers::Add({.name = "sum"})(Values{first, second})));
  }();
  return bytes;
}

std::string with_config(const std::string& archive, const std::string& text) {
  return testing::with_members(archive, {{"config.json", text}});
}

Config config_of(const std::string& archive) {
  const auto zip = formats::ZipArchive::open(Bytes::of(archive, "archive"));
  return formats::parse_json(zip.read(*zip.find("config.json")).text());
}

/// Where in a config: keys, and places in lists as numbers.
Config& at(Config& config, std::string_view path) {
  Config* place = &config;
  while (!path.empty()) {
    const std::string key(path.substr(0, path.find('.')));
    path.remove_prefix(std::min(path.size(), key.size() + 1));
    place = place->is_list() ? &place->as_list().at(std::stoul(key)) : &(*place)[key];
  }
  return *place;
}

std::string changed(const std::string& archive, std::string_view path, const Config& value) {
  Config config = config_of(archive);
  at(config, path) = value;
  return with_config(archive, formats::dump_json(config));
}
std::string without(const std::string& archive, std::string_view path, std::string_view key) {
  Config config = config_of(archive);
  Config::Dict entries;
  for (const auto& entry : at(config, path).as_dict()) {
    if (entry.first != key) entries.push_back(entry);
  }
  at(config, path) = Config(std::move(entries));
  return with_config(archive, formats::dump_json(config));
}

struct Case {
  std::string what;
  std::string bytes;
};

/// Why it is no decent refusal; nothing where it is one.
std::string complaint(const std::string& bytes) {
  try {
    load_model(std::as_bytes(std::span(bytes)));
    return "it was taken";
  } catch (const std::exception& error) {
    const bool is_decent =
        dynamic_cast<const std::runtime_error*>(&error) != nullptr ||
        dynamic_cast<const std::invalid_argument*>(&error) != nullptr ||
        dynamic_cast<const std::bad_alloc*>(&error) != nullptr;  // it says of what
    const std::string_view text = error.what();
    if (is_decent && text.starts_with('[') && text.size() <= kLongestMessage) return "";
    return std::string(text.substr(0, 300));
  }
}

/// KiB, of this process.
std::int64_t memory(std::string_view what) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(what)) return std::stoll(line.substr(what.size() + 1));
  }
  return 0;
}

void expect_all_refused(const std::vector<Case>& cases) {
  for (const Case& one : cases) {
    const bool is_reset =
        static_cast<bool>(std::ofstream("/proc/self/clear_refs") << "5" << std::flush);
    const std::int64_t before = memory("VmRSS");
    EXPECT_EQ(complaint(one.bytes), "") << one.what;
    if (testing::kSanitized || !is_reset) continue;  // sanitizers keep what was freed
    EXPECT_LT(memory("VmHWM") - before,
              static_cast<std::int64_t>(one.bytes.size() >> 10) + (64 << 10))
        << one.what;
  }
}

std::string times(std::size_t count, std::string_view text) {
  std::string all;
  all.reserve(count * text.size());
  for (std::size_t i = 0; i < count; ++i) all += text;
  return all;
}

TEST(HostileModels, TheGoodOnesAreTaken) {
  for (const std::string& bytes : {line(), graph()}) {
    EXPECT_EQ(complaint(bytes), "it was taken");
    EXPECT_EQ(complaint(with_config(bytes, formats::dump_json(config_of(bytes)))), "it was taken");
  }
}

std::vector<Case> odd_texts() {
  std::vector<Case> cases;
  const auto add = [&](std::string what, const std::string& text) {
    cases.push_back({"the config is " + std::move(what), with_config(line(), text)});
  };
  add("empty", "");
  add("null", "null");
  add("a list", "[]");
  add("a number", "1");
  add("a text", "\"Sequential\"");
  add("an empty dict", "{}");
  add("cut", "{\"class_name\": \"Sequen");
  add("no UTF-8", "{\"class_name\": \"\xff\"}");
  add("UTF-16", std::string("\xff\xfe{\0}\0", 6));
  add("followed by another", "{}{}");
  add("10^7 lists deep", std::string(10'000'000, '['));
  add("10^6 dicts deep", times(1'000'000, "{\"a\":"));
  add("a number too large", "{\"class_name\": 1e999}");
  const std::string begin = R"({"class_name": "Sequential", "config": {"name": "s", "layers": [)";
  add("10^6 layers", begin + times(1'000'000, R"({"class_name":"Flatten","config":{}},)") + "1]}}");
  add("10^6 nulls", begin + times(1'000'000, "null,") + "1]}}");
  add("models of models, 10^5 deep", times(100'000, begin) + times(100'000, "]}}"));
  return cases;
}

std::vector<Case> odd_layers() {
  std::vector<Case> cases;
  const auto add = [&](std::string what, std::string_view path, const Config& value) {
    cases.push_back({std::move(what), changed(line(), path, value)});
  };
  const std::string dense = "config.layers.3", table = "config.layers.1", ids = "config.layers.0";
  for (const char* key : {"class_name", "config"}) {
    cases.push_back({str("a layer without ", key), without(line(), dense, key)});
    cases.push_back({str("a model without ", key), without(line(), "", key)});
  }
  cases.push_back({"no layers", without(line(), "config", "layers")});
  cases.push_back({"no units", without(line(), dense + ".config", "units")});
  add("layers that are null", "config.layers", nullptr);
  add("layers that are a dict", "config.layers", Config::dict());
  add("layers that are a number", "config.layers", 3);
  add("a layer that is null", dense, nullptr);
  add("a layer that is a list", dense, formats::parse_json("[1, 2]"));
  add("a class that is a number", dense + ".class_name", 3);
  add("a class of 64 kB", dense + ".class_name", std::string(65'536, 'x'));
  add("a class with a NUL", dense + ".class_name", std::string("Dense\0", 6));
  add("a class with a path", dense + ".class_name", "../../Dense");
  add("a class of another module", dense + ".class_name", "os.system");
  add("a Lambda", dense,
      formats::parse_json(
          R"({"module": "keras.layers", "class_name": "Lambda", "config": {"function":
      {"class_name": "__lambda__", "config": {"code": "4wEAAAA", "defaults": null, "closure": null}}}})"));
  add("a layer of a user's", dense,
      formats::parse_json(R"({"module": "m", "class_name": "Mine", "config": {},
      "registered_name": "pack>Mine"})"));
  add("a config that is a list", dense + ".config", formats::parse_json("[[]]"));
  add("an argument that is unknown", dense + ".config.exec", "x");
  for (const Config& units : {Config(-1), Config(0), Config(1.5), Config("3"), Config(nullptr),
                              Config(true), formats::parse_json("[2]"),
                              Config(std::int64_t{1} << 62), Config(1e18), Config(1'000'000'000)}) {
    add("units of " + formats::dump_json(units), dense + ".config.units", units);
  }
  for (const char* key : {"input_dim", "output_dim"}) {
    for (const std::int64_t size :
         {std::int64_t{1} << 62, std::int64_t{1} << 40, std::int64_t{-1}, std::int64_t{0}}) {
      add(str("a table with ", key, " of ", size), table + ".config." + key, size);
    }
  }
  add("another table than the bytes have", table + ".config.input_dim", 100'000'000);
  for (const char* shape : {"[null, -3]", "[null, 4611686018427387904]", "\"x\"", "[null, \"3\"]",
                            "[null, 2.5]", "3", "{}", "[]"}) {
    add(str("inputs of shape ", shape), ids + ".config.batch_shape", formats::parse_json(shape));
  }
  add("inputs of 10^5 dimensions", ids + ".config.batch_shape",
      formats::parse_json("[" + times(99'999, "1,") + "1]"));
  for (const char* name : {"\"\"", "3", "[]", "\"a/b\""}) {
    add(str("a layer of the name ", name), dense + ".config.name", formats::parse_json(name));
  }
  add("two layers of one name", dense + ".config.name", "flat");
  add("a type that is none", dense + ".config.dtype", "float9");
  add("a type of 64 kB", dense + ".config.dtype", std::string(65'536, 'x'));
  add("an activation that is none", dense + ".config.activation", "exec");
  add("an activation of Python", dense + ".config.activation",
      formats::parse_json(
          R"({"module": "builtins", "class_name": "function", "config": "eval", "registered_name": "function"})"));
  add("an activation that nests", dense + ".config.activation",
      formats::parse_json(times(90, "[") + times(90, "]")));
  add("an initializer that is none", dense + ".config.kernel_initializer",
      formats::parse_json(R"({"class_name": "open", "config": {}})"));
  add("a regularizer that is none", dense + ".config.kernel_regularizer", 7);
  add("a constraint that is none", dense + ".config.kernel_constraint", "no");
  return cases;
}

std::vector<Case> odd_graphs() {
  std::vector<Case> cases;
  const auto add = [&](std::string what, std::string_view path, const Config& value) {
    cases.push_back({std::move(what), changed(graph(), path, value)});
  };
  const std::string dense = "config.layers.1", sum = "config.layers.2";
  const std::string of = dense + ".inbound_nodes.0.args.0.config.keras_history";
  add("a circle of one layer", of, formats::parse_json(R"(["dense", 0, 0])"));
  add("a circle of two", of, formats::parse_json(R"(["sum", 0, 0])"));
  add("a circle of two calls", of, formats::parse_json(R"(["dense", 1, 0])"));
  add("an input of no layer", of, formats::parse_json(R"(["ghost", 0, 0])"));
  add("a call that is not there", of, formats::parse_json(R"(["a", 1000000000, 0])"));
  add("a call before the first", of, formats::parse_json(R"(["a", -1, 0])"));
  add("an output that is not there", of, formats::parse_json(R"(["a", 0, 5])"));
  add("an output of 2^62", of, formats::parse_json(R"(["a", 0, 4611686018427387904])"));
  add("a place of two parts", of, formats::parse_json(R"(["a", 0])"));
  add("a place that is null", of, nullptr);
  add("a place of numbers", of, formats::parse_json("[0, 0, 0]"));
  add("a call by half a number", of, formats::parse_json(R"(["a", 0.5, 0])"));
  add("calls that are null", dense + ".inbound_nodes", nullptr);
  add("calls that are a number", dense + ".inbound_nodes", 1);
  add("calls of numbers", dense + ".inbound_nodes", formats::parse_json("[1]"));
  add("a call of nothing", dense + ".inbound_nodes.0",
      formats::parse_json(R"({"args": [], "kwargs": {}})"));
  add("a call with what is unknown", dense + ".inbound_nodes.0.kwargs",
      formats::parse_json(R"({"exec": 1})"));
  add("a sum of nothing", sum + ".inbound_nodes", formats::parse_json("[]"));
  add("an input layer that is none", "config.input_layers",
      formats::parse_json(R"([["ghost", 0, 0]])"));
  add("no outputs", "config.output_layers", formats::parse_json("[]"));
  add("an output of no layer", "config.output_layers", formats::parse_json(R"([["ghost", 0, 0]])"));
  add("outputs that are null", "config.output_layers", nullptr);
  add("outputs deep in lists", "config.output_layers",
      formats::parse_json(times(90, "[") + times(90, "]")));
  add("two layers of one name", sum + ".name", "dense");
  cases.push_back({"no input layers", without(graph(), "config", "input_layers")});
  cases.push_back({"no output layers", without(graph(), "config", "output_layers")});
  cases.push_back({"a layer without calls", without(graph(), dense, "inbound_nodes")});

  // Each model has the one before it twice: 2^60 operations in 60 kB.
  Config model = config_of(graph());
  for (int depth = 0; depth < 24; ++depth) {
    Config outer = config_of(graph());
    Config layer = model;
    layer["name"] = "dense";
    at(layer, "config.name") = "dense";
    layer["inbound_nodes"] = at(outer, "config.layers.1.inbound_nodes");
    at(outer, "config.layers.1") = std::move(layer);
    model = std::move(outer);
  }
  cases.push_back(
      {"models of models, each twice", with_config(graph(), formats::dump_json(model))});
  return cases;
}

std::vector<Case> odd_archives() {
  std::vector<Case> cases;
  const auto add = [&](std::string what, const testing::Members& members) {
    cases.push_back({std::move(what), testing::with_members(line(), members)});
  };
  const auto weights = [](const std::string& archive) {
    const auto zip = formats::ZipArchive::open(Bytes::of(archive, "archive"));
    return std::string(zip.read(*zip.find("model.weights.h5")).text());
  };
  add("no config", {{"config.json", std::nullopt}});
  add("no weights", {{"model.weights.h5", std::nullopt}});
  add("nothing at all", {{"config.json", std::nullopt},
                         {"model.weights.h5", std::nullopt},
                         {"metadata.json", std::nullopt}});
  add("no weights but text", {{"model.weights.h5", "weights"}});
  add("empty weights", {{"model.weights.h5", ""}});
  add("an archive for weights", {{"model.weights.h5", line()}});
  add("the weights of another model", {{"model.weights.h5", weights(graph())}});
  add("half the weights", {{"model.weights.h5", weights(line()).substr(0, 700)}});
  add("broken metadata", {{"metadata.json", "{"}});
  cases.push_back({"a zip that is a text", "PK\x03\x04 but not really"});
  cases.push_back({"a pointer of Git LFS",
                   "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n"});
  cases.push_back({"a page", "<!DOCTYPE html><html></html>"});
  cases.push_back({"a pickle", "\x80\x04\x95"});
  cases.push_back({"nothing", ""});
  cases.push_back({"weights alone", weights(line())});
  return cases;
}

std::vector<Case> odd_compilations() {
  std::vector<Case> cases;
  const auto add = [&](std::string what, std::string_view path, const Config& value) {
    cases.push_back({std::move(what), changed(line(), str("compile_config", path), value)});
  };
  add("compiled with a number", "", 3);
  add("an optimizer that is none", ".optimizer", "none_such");
  add("an optimizer of Python", ".optimizer",
      formats::parse_json(R"({"module": "builtins", "class_name": "eval", "config": {}})"));
  add("a rate that is a text", ".optimizer.config.learning_rate", "fast");
  add("a rate that is a list", ".optimizer.config.learning_rate", formats::parse_json("[1]"));
  add("a loss that is none", ".loss", "none_such");
  add("a loss of Python", ".loss",
      formats::parse_json(R"({"module": "builtins", "class_name": "function", "config": "exec"})"));
  add("a metric that is none", ".metrics", formats::parse_json(R"(["none_such"])"));
  add("a metric of 2^40 thresholds", ".metrics",
      formats::parse_json(
          R"([{"module": "keras.metrics", "class_name": "AUC", "config": {"num_thresholds": 1099511627776}}])"));
  add("metrics deep in lists", ".metrics", formats::parse_json(times(90, "[") + times(90, "]")));
  add("weights of losses that are texts", ".loss_weights", formats::parse_json(R"(["1"])"));
  return cases;
}

TEST(HostileModels, OddTexts) { expect_all_refused(odd_texts()); }
TEST(HostileModels, OddLayers) { expect_all_refused(odd_layers()); }
TEST(HostileModels, OddGraphs) { expect_all_refused(odd_graphs()); }
TEST(HostileModels, OddArchives) { expect_all_refused(odd_archives()); }
TEST(HostileModels, OddCompilations) { expect_all_refused(odd_compilations()); }

}  // namespace
}  // namespace keratin::saving
