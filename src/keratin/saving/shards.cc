// SPDX-License-Identifier: Apache-2.0
#include "keratin/saving/shards.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <map>
#include <set>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/base/format_error.h"
#include "keratin/formats/file_writer.h"
#include "keratin/formats/hdf5/file.h"
#include "keratin/formats/json.h"
#include "keratin/saving/archive.h"
#include "keratin/saving/generations.h"
#include "keratin/saving/weights_writer.h"

namespace keratin::saving {

using formats::Bytes;
using formats::hdf5::Object;
using formats::hdf5::Writer;

namespace {

constexpr std::string_view kMap = "weight_map", kMapKey = "\"weight_map\"",
                           kIndexEnd = ".weights.json";

Config parsed(const Bytes& index) {
  try {
    return formats::parse_json(index.text(), kMostConfigValues);
  } catch (const std::runtime_error& error) {
    index.fail("Keras", 0, "an index of shards", error.what());
  }
}

bool is_plain_name(std::string_view name) {
  return !name.empty() && name != "." && name != ".." &&
         name.find_first_of(std::string_view("/\\\0", 3)) == name.npos;
}

std::string beside(const std::string& folder, std::string_view name) {
  return (std::filesystem::path(folder) / name).string();
}

/// The shards of an index, each opened once.
class Shards {
 public:
  Shards(const Bytes& index, const std::string& folder) : index_(index), folder_(folder) {}

  const Object& open(const Config& name) {
    if (!name.is_string() || !is_plain_name(name.as_string())) {
      index_.fail("Keras", 0, "the name of a file beside the index",
                  name.is_string() ? in_quotes(name.as_string()) : "no name");
    }
    const auto known = roots_.find(name.as_string());
    if (known != roots_.end()) return known->second;
    const std::string path = beside(folder_, name.as_string());
    return roots_.emplace(name.as_string(), formats::hdf5::open(Bytes::open(path))).first->second;
  }

 private:
  const Bytes& index_;
  const std::string& folder_;
  std::map<std::string, Object, std::less<>> roots_;
};

void add_arrays(const Object& root, const std::string& path, std::set<std::string>& names,
                NamedArrays& found) {
  const auto group = root.find(path);
  if (!group || !group->is_group())
    root.fail(str("a group '", path.substr(0, 200), "', which the index has there"), "none");
  for (std::size_t i = 0; i < group->size(); ++i) {
    const Object array = group->child(i);
    if (!array.is_dataset()) continue;
    std::string name = str(path, "/", array.name());
    if (!names.insert(name).second) array.fail("an array that stands once", "a second one");
    found.emplace_back(std::move(name), array.array());
  }
}

}  // namespace

bool is_shard_index(const Bytes& json) {
  return json.text().find(kMapKey) != std::string_view::npos && parsed(json).find(kMap) != nullptr;
}

NamedArrays read_shards(const Bytes& index, const std::string& folder) {
  const Config config = parsed(index);
  const Config* const map = config.find(kMap);
  if (map == nullptr || !map->is_dict())
    index.fail("Keras", 0, str("a dict '", kMap, "' from groups to shards"), "none");
  NamedArrays found;
  std::set<std::string> names;
  Shards shards(index, folder);
  for (const auto& [group, files] : map->as_dict()) {
    const std::string path = group.starts_with('/') ? group.substr(1) : group;
    const Config::List list = files.is_list() ? files.as_list() : Config::List{files};
    for (const Config& file : list) add_arrays(shards.open(file), path, names, found);
  }
  return found;
}

namespace {

/// Files that are removed unless they are kept.
struct NewFiles {
  NewFiles() = default;
  ~NewFiles() {
    std::error_code ignored;
    for (const std::string& path : paths) std::filesystem::remove(path, ignored);
  }
  NewFiles(const NewFiles&) = delete;
  NewFiles& operator=(const NewFiles&) = delete;
  std::vector<std::string> paths;
};

void write_whole(const std::string& path, Writer& writer) {
  formats::FileWriter file(path);
  writer.write(file);
  file.commit();
}

/// What goes into which shard.
class Plan {
 public:
  explicit Plan(double most_bytes) : most_bytes_(most_bytes), shards_(1) {}

  void group(const std::string& path, const std::string& name) {
    group_ = path;
    name_ = name;
    make_group();
  }
  /// An array of that group. `put` plans it.
  void array(std::uint64_t bytes, const std::string& path,
             const std::function<void(Writer&)>& put) {
    const auto size = static_cast<double>(bytes);
    if (size > most_bytes_) {
      invalid_argument("save_weights", "an array must fit a shard: '", path, "' has ", bytes,
                       " bytes. Received: max_shard_size=", most_bytes_ / kGigabyte);
    }
    if (used_ + size > most_bytes_) {
      shards_.emplace_back();
      used_ = 0;
      make_group();
    }
    used_ += size;
    total_ += bytes;
    put(shards_.back());
    std::vector<std::size_t>& of_group = places_[group_];
    if (of_group.empty() || of_group.back() != shards_.size() - 1)
      of_group.push_back(shards_.size() - 1);
  }

  std::vector<Writer>& shards() { return shards_; }
  /// The index of shards with these names.
  Config index(const std::vector<std::string>& names) const {
    Config config = Config::dict();
    config["metadata"]["total_size"] = total_;
    config[kMap] = Config::dict();
    for (const auto& [group, places] : places_) {
      Config::List list;
      for (const std::size_t place : places) list.emplace_back(names[place]);
      config[kMap]["/" + group] = list.size() == 1 ? list[0] : Config(std::move(list));
    }
    return config;
  }

  static constexpr double kGigabyte = 1 << 30;

 private:
  void make_group() {
    shards_.back().group(group_);
    if (!name_.empty()) shards_.back().text(group_, "name", name_);
  }

  double most_bytes_;
  double used_ = 0;  // of the last shard
  std::uint64_t total_ = 0;
  std::vector<Writer> shards_;
  std::string group_, name_;
  std::map<std::string, std::vector<std::size_t>> places_;
};

Plan planned(const WeightPaths& paths, std::vector<Tensor> optimizer_state, double most_bytes) {
  Plan plan(most_bytes);
  for (const WeightsOfLayer& layer : paths.layers) {
    plan.group(layer.vars(), layer.name);
    for (std::size_t i = 0; i < layer.weights.size(); ++i) {
      const auto numbers = static_cast<std::uint64_t>(layer.weights[i]->shape().size());
      plan.array(numbers * sizeof(float), layer.place(i),
                 [&](Writer& writer) { add_weight(writer, layer.place(i), layer.weights[i]); });
    }
  }
  if (optimizer_state.empty()) return plan;
  plan.group("optimizer/vars", "");
  for (std::size_t i = 0; i < optimizer_state.size(); ++i) {
    const std::string path = str("optimizer/vars/", i);
    plan.array(bytes_of(optimizer_state[i]).size(), path,
               [&](Writer& writer) { add_tensor(writer, path, std::move(optimizer_state[i])); });
  }
  return plan;
}

/// The shards of the index that is at the path, as far as that can be read.
std::set<std::string> named_by(const std::string& path) {
  std::set<std::string> names;
  try {
    const Config config = parsed(Bytes::open(path));
    for (const auto& [group, files] : config.at(kMap).as_dict()) {
      const Config::List list = files.is_list() ? files.as_list() : Config::List{files};
      for (const Config& file : list) names.insert(file.as_string());
    }
  } catch (const std::exception&) {
    names.clear();  // there is none, or something else, which is replaced
  }
  return names;
}

}  // namespace

void write_shards(const std::string& path, bool overwrite, const WeightPaths& paths,
                  std::vector<Tensor> optimizer_state, double max_gigabytes) {
  const std::filesystem::path index(path);
  const std::string file = index.filename().string(), folder = index.parent_path().string();
  if (!file.ends_with(kIndexEnd) || file.size() == kIndexEnd.size()) {
    invalid_argument("save_weights", "the path of weights in shards must end in `", kIndexEnd,
                     "`. Received: ", in_quotes(path));
  }
  if (!(max_gigabytes > 0)) {
    invalid_argument("save_weights", "max_shard_size must be above 0. Received: ", max_gigabytes);
  }
  require_free(path, overwrite);
  Plan plan = planned(paths, std::move(optimizer_state), max_gigabytes * Plan::kGigabyte);
  const std::string begin = file.substr(0, file.size() - kIndexEnd.size()) + "_";
  const auto name_of = [&](std::size_t number) {
    char digits[24];
    std::snprintf(digits, sizeof digits, "%05zu", number);
    return str(begin, digits, ".weights.h5");
  };
  std::error_code ignored;
  std::vector<std::string> names;
  NewFiles written;
  std::size_t number = 0;
  for (Writer& shard : plan.shards()) {
    while (std::filesystem::exists(beside(folder, name_of(number)), ignored)) ++number;
    names.push_back(name_of(number++));
    write_whole(beside(folder, names.back()), shard);
    written.paths.push_back(beside(folder, names.back()));
  }
  const std::set<std::string> old = named_by(path);
  formats::FileWriter writer(path);
  writer.write(formats::dump_json(plan.index(names)));
  writer.commit();
  written.paths.clear();
  // What the old index named goes, but for the first: Keras opens it before it looks where to look.
  for (const std::string& name : old) {
    std::size_t of_old = 0;
    const std::size_t digits = std::min(name.size(), begin.size());
    std::from_chars(name.data() + digits, name.data() + name.size(), of_old);
    if (name != name_of(of_old)) continue;  // no shard of ours
    if (of_old == 0) {
      Writer empty;
      write_whole(beside(folder, name), empty);
    } else {
      std::filesystem::remove(beside(folder, name), ignored);
    }
  }
}

}  // namespace keratin::saving
