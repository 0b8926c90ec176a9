// SPDX-License-Identifier: Apache-2.0
#include "keratin/models/graph_config.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <queue>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "keratin/base/error.h"

namespace keratin::models {
namespace {

constexpr std::string_view kTensor = "__keras_tensor__";

/// What a config says of a tensor: the name of a layer, which of its calls, which output.
bool is_reference(const Config& config) {
  if (!config.is_list()) return false;
  const Config::List& list = config.as_list();
  return list.size() >= 3 && list.size() <= 4 && list[0].is_string() && list[1].is_int() &&
         list[2].is_int();
}

Config tensor_of(std::size_t layer, std::int64_t call, std::int64_t output) {
  Config tensor = Config::dict();
  tensor["class_name"] = kTensor;
  tensor["config"]["keras_history"] = Config(Config::List{layer, call, output});
  return tensor;
}

class Reader {
 public:
  explicit Reader(const Config& config) : config_(config) {
    at_place("layers", [&] { read_entries(config.at("layers").as_list()); });
  }

  Graph read() {
    at_place("layers", [&] {
      for (std::size_t layer = 0; layer < entries_.size(); ++layer)
        at_place(layer, [&] { at_place("inbound_nodes", [&] { read_calls(layer); }); });
    });
    Graph graph;
    for (const auto& [key, end] :
         {std::pair("input_layers", &graph.inputs), std::pair("output_layers", &graph.outputs)})
      at_place(key, [&, end = end, key = key] { *end = ends_of(config_.at(key)); });
    put_in_order(graph.calls);
    return graph;
  }

 private:
  struct Entry {
    const std::string* name;
    const Config::List* nodes = nullptr;  // null: none
    bool is_input = false;
    bool is_functional = false;  // Keras counts its calls from 1 where it names outputs
    std::int64_t first = 0;      // the number of its first call in the form of lists
    std::size_t calls = 0;       // those that a node stands for
    std::size_t begin = 0;       // the first of them in calls_
  };

  // -- entries -----------------------------------------------------------------------------------

  void read_entries(const Config::List& entries) {
    for (std::size_t i = 0; i < entries.size(); ++i) at_place(i, [&] { add_entry(entries[i]); });
    for (std::size_t i = 0; i < entries.size(); ++i) {
      if (entries_[i].nodes != nullptr) note_lowest(*entries_[i].nodes);
    }
    for (const char* key : {"input_layers", "output_layers"}) {
      if (const Config* ends = config_.find(key)) note_lowest(*ends);
    }
    for (const auto& [layer, first] : lowest_) entries_[layer].first = first;
  }

  void add_entry(const Config& config) {
    Entry entry{.name = &entry_name(config)};
    const std::string& class_name = config.at("class_name").as_string();
    entry.is_input = class_name == "InputLayer";
    const Config* inner = config.find("config");
    entry.is_functional = inner != nullptr && inner->find("input_layers") != nullptr;
    if (const Config* nodes = config.find("inbound_nodes"); nodes != nullptr && !nodes->is_null()) {
      at_place("inbound_nodes", [&] { entry.nodes = &nodes->as_list(); });
      entry.calls = entry.nodes->size();
    }
    if (entry.is_input && entry.calls > 0)
      invalid_argument("Functional", "the input '", *entry.name, "' is called on values.");
    entry.begin = calls_count_;
    calls_count_ += entry.calls;
    const bool is_model = inner != nullptr && inner->find("layers") != nullptr;
    if (is_model && entry.calls > 0 && entry.nodes->front().is_list()) {
      lowest_.emplace(entries_.size(), std::numeric_limits<std::int64_t>::max());
    }
    if (!places_.emplace(*entry.name, entries_.size()).second)
      invalid_argument("Functional", "there are two layers of the name '", *entry.name, "'.");
    entries_.push_back(entry);
  }

  /// Keras 2 counted the calls of a model within a model from 1 where that has an input layer, else
  /// from 0. It wrote no call whose outputs nobody reads: the lowest that is named is the first.
  void note_lowest(const Config& config) {
    if (lowest_.empty()) return;
    if (is_reference(config)) {
      const auto place = places_.find(config.as_list()[0].as_string());
      const auto lowest = place == places_.end() ? lowest_.end() : lowest_.find(place->second);
      if (lowest != lowest_.end())
        lowest->second =
            std::min(lowest->second, std::max<std::int64_t>(config.as_list()[1].as_int(), 0));
    }
    if (config.is_list()) note_lowest(config.as_list());
    if (!config.is_dict()) return;
    for (const auto& entry : config.as_dict()) note_lowest(entry.second);
  }
  void note_lowest(const Config::List& list) {
    for (const Config& item : list) note_lowest(item);
  }

  // -- calls -------------------------------------------------------------------------------------

  void read_calls(std::size_t layer) {
    for (std::size_t number = 0; number < entries_[layer].calls; ++number) {
      at_place(number, [&] {
        reads_.emplace_back();
        calls_.push_back(call_of(layer, number, (*entries_[layer].nodes)[number]));
      });
    }
  }

  GraphCall call_of(std::size_t layer, std::size_t number, const Config& node) {
    GraphCall call{.layer = layer, .number = number, .args = {}, .kwargs = Config::dict()};
    if (node.is_list()) {
      read_listed(node.as_list(), call);
      return call;
    }
    const Config& args = node.at("args");
    at_place("args", [&] { args.as_list(), call.args = filled(args, false); });
    const Config* kwargs = node.find("kwargs");
    if (kwargs == nullptr || kwargs->is_null()) return call;
    at_place("kwargs", [&] { kwargs->as_dict(), call.kwargs = filled(*kwargs, false); });
    return call;
  }

  /// Keras 2: a list of [name, call, output, kwargs], or one of them alone.
  void read_listed(const Config::List& node, GraphCall& call) {
    Config::List tensors;
    const auto add = [&](const Config& reference) {
      if (!is_reference(reference)) {
        invalid_argument("Functional",
                         "a call must be a list of [name, call, output, keyword arguments], or a "
                         "dict of args and kwargs.");
      }
      tensors.push_back(referred(reference.as_list()));
      if (reference.as_list().size() == 3 || reference.as_list()[3].is_null()) return;
      at_place(3, [&] {
        if (!reference.as_list()[3].as_dict().empty())
          call.kwargs = filled(reference.as_list()[3], true);
      });
    };
    if (!node.empty() && node[0].is_string()) {
      add(Config(node));
    } else {
      for (std::size_t i = 0; i < node.size(); ++i) at_place(i, [&] { add(node[i]); });
    }
    if (tensors.size() == 1) {
      call.args = Config(std::move(tensors));
    } else {
      call.args = Config(Config::List{Config(std::move(tensors))});
    }
  }

  /// `config` with the tensors as a Graph names them. `listed`: [name, call, output] is one.
  Config filled(const Config& config, bool listed) {
    if (config.is_list()) {
      if (listed && is_reference(config) && places_.contains(config.as_list()[0].as_string()))
        return referred(config.as_list());
      Config::List list;
      for (const Config& item : config.as_list())
        at_place(list.size(), [&] { list.push_back(filled(item, listed)); });
      return list;
    }
    if (!config.is_dict()) return config;
    const Config* class_name = config.find("class_name");
    if (class_name != nullptr && class_name->is_string()) {
      if (class_name->as_string() == kTensor) {
        const Config& inner = config.at("config");
        return at_place("config", [&] {
          const Config& history = inner.at("keras_history");
          return at_place("keras_history", [&] {
            if (!is_reference(history)) {
              invalid_argument("Functional",
                               "a tensor must be a list of the name of a layer, the number of a "
                               "call and that of an output.");
            }
            return referred(history.as_list());
          });
        });
      }
      if (class_name->as_string().starts_with("__")) return config;  // a constant, a slice
    }
    Config::Dict dict;
    for (const auto& [key, value] : config.as_dict())
      at_place(key, [&, &value = value] { dict.emplace_back(key, filled(value, listed)); });
    return dict;
  }

  Config referred(const Config::List& reference) {
    const auto [layer, call] = call_named(reference, false);
    if (!entries_[layer].is_input)
      reads_.back().push_back(entries_[layer].begin + static_cast<std::size_t>(call));
    return tensor_of(layer, call, reference[2].as_int());
  }

  std::pair<std::size_t, std::int64_t> call_named(const Config::List& reference, bool at_ends) {
    const std::string& name = reference[0].as_string();
    const auto place = places_.find(name);
    if (place == places_.end()) {
      std::vector<std::string_view> known;
      for (const Entry& entry : entries_) known.push_back(*entry.name);
      invalid_argument("Functional", "there is no layer '", name.substr(0, 200), "'.",
                       did_you_mean(name, known));
    }
    const Entry& entry = entries_[place->second];
    const auto calls = static_cast<std::int64_t>(entry.is_input ? 1 : entry.calls);
    std::int64_t first = entry.first;
    // Keras's own files count so where nodes are dicts, too.
    if (at_ends && !lowest_.contains(place->second)) first = entry.is_functional ? 1 : 0;
    const std::int64_t call = reference[1].as_int();
    if (call < first || call - first >= calls) {
      invalid_argument("Functional", "layer '", name.substr(0, 200), "' has ", calls,
                       calls == 1 ? " call" : " calls", ", counted from ", first,
                       ". Received: ", call);
    }
    const std::int64_t output = reference[2].as_int();
    if (output < 0 || output > std::numeric_limits<std::int32_t>::max())
      invalid_argument("Functional", "there is no output ", output, ".");
    return {place->second, call - first};
  }

  // -- ends --------------------------------------------------------------------------------------

  Config ends_of(const Config& config) {
    if (is_reference(config) && config.as_list().size() == 3) {
      const auto [layer, call] = call_named(config.as_list(), true);
      return tensor_of(layer, call, config.as_list()[2].as_int());
    }
    if (config.is_dict()) {
      Config::Dict dict;
      for (const auto& [key, value] : config.as_dict())
        at_place(key, [&, &value = value] { dict.emplace_back(key, ends_of(value)); });
      return dict;
    }
    if (!config.is_list()) {
      invalid_argument("Functional",
                       "expected [name of a layer, call, output], or lists and dicts of them.");
    }
    Config::List list;
    for (const Config& item : config.as_list())
      at_place(list.size(), [&] { list.push_back(ends_of(item)); });
    return list;
  }

  // -- order -------------------------------------------------------------------------------------

  /// Of the calls that can be made the one that the file has first: a layer's in their order, as
  /// they are counted.
  void put_in_order(std::vector<GraphCall>& ordered) {
    std::vector<std::size_t> waits(calls_.size(), 0);
    std::vector<std::vector<std::size_t>> readers(calls_.size());
    for (std::size_t i = 0; i < calls_.size(); ++i) {
      if (calls_[i].number > 0) reads_[i].push_back(i - 1);
      waits[i] = reads_[i].size();
      for (const std::size_t read : reads_[i]) readers[read].push_back(i);
    }
    std::priority_queue<std::size_t, std::vector<std::size_t>, std::greater<>> ready;
    for (std::size_t i = 0; i < calls_.size(); ++i) {
      if (waits[i] == 0) ready.push(i);
    }
    while (!ready.empty()) {
      const std::size_t next = ready.top();
      ready.pop();
      ordered.push_back(std::move(calls_[next]));
      for (const std::size_t reader : readers[next]) {
        if (--waits[reader] == 0) ready.push(reader);
      }
    }
    if (ordered.size() < calls_.size()) refuse_circle(waits);
  }

  /// Goes back from a call that waits to one that it waits for until one comes again.
  void refuse_circle(const std::vector<std::size_t>& waits) {
    const auto waiting = [&](std::size_t call) { return waits[call] > 0; };
    std::size_t at = 0;
    while (!waiting(at)) ++at;
    std::vector<bool> seen(calls_.size(), false);
    while (!seen[at]) {
      seen[at] = true;
      at = *std::find_if(reads_[at].begin(), reads_[at].end(), waiting);
    }
    std::string circle;
    const std::size_t begin = at;
    std::size_t length = 0;
    do {
      if (length++ < 8) circle += str(", '", entries_[calls_[at].layer].name->substr(0, 100), "'");
      at = *std::find_if(reads_[at].begin(), reads_[at].end(), waiting);
    } while (at != begin);
    if (length > 8) circle += str(" and ", length - 8, " more");
    at_place("layers", [&] {
      at_place(calls_[begin].layer, [&] {
        at_place("inbound_nodes", [&] {
          at_place(calls_[begin].number, [&] {
            invalid_argument("Functional",
                             "the graph has a circle: these calls wait for each other", circle,
                             ".");
          });
        });
      });
    });
  }

  const Config& config_;
  std::vector<Entry> entries_;
  std::unordered_map<std::string_view, std::size_t> places_;
  std::unordered_map<std::size_t, std::int64_t> lowest_;  // of models whose nodes are lists
  std::size_t calls_count_ = 0;
  std::vector<GraphCall> calls_;
  std::vector<std::vector<std::size_t>> reads_;  // the calls that each waits for
};

}  // namespace

Graph graph_from(const Config& config) { return Reader(config).read(); }

const Config::List* history_of(const Config& tensor) {
  const Config* class_name = tensor.find("class_name");
  if (class_name == nullptr || !class_name->is_string() || class_name->as_string() != kTensor)
    return nullptr;
  return &tensor.at("config").at("keras_history").as_list();
}

const std::string& entry_name(const Config& entry) {
  if (const Config* name = entry.find("name"); name != nullptr && !name->is_null())
    return at_place("name", [&]() -> const std::string& { return name->as_string(); });
  const Config& config = entry.at("config");
  return at_place("config", [&]() -> const std::string& {
    const Config& name = config.at("name");
    return at_place("name", [&]() -> const std::string& { return name.as_string(); });
  });
}

}  // namespace keratin::models
