// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <initializer_list>
#include <string_view>
#include <utility>

#include "keratin/base/config.h"
#include "keratin/base/error.h"

/// How a layer's options become config and come back (base/config.h). Not installed.
namespace keratin::layers {

/// get_config: the base's entries, then those that `fields(writer, options)` lists.
template <class Options, class Fields>
Config config_of(Config base, const Options& options, Fields fields) {
  ConfigWriter writer;
  fields(writer, options);
  const Config own = writer.take();
  for (const auto& [key, value] : own.as_dict()) base[key] = value;
  return base;
}

/// `config` without those of `keys` whose value is null: options of Keras that Keratin has no use
/// for while they are not set.
inline Config without_nulls(const Config& config, std::initializer_list<std::string_view> keys) {
  if (!config.is_dict()) return config;
  Config::Dict kept;
  for (const auto& [key, value] : config.as_dict()) {
    if (!(value.is_null() && std::find(keys.begin(), keys.end(), key) != keys.end()))
      kept.emplace_back(key, value);
  }
  return Config(std::move(kept));
}

/// Keras: data_format may also be "channels_first"; see docs/keras-differences.md.
inline void check_channels_last(std::string_view who, std::string_view data_format) {
  if (data_format != "channels_last") {
    invalid_argument(who, "data_format must be 'channels_last'. Received: '", data_format, "'");
  }
}

/// from_config: name, trainable and dtype (which must be float32), then the layer's own. Entries
/// that choose nothing here but stand in Keras's files are passed over.
template <class Options, class Fields>
Options options_from_config(std::string_view who, const Config& config, Fields fields) {
  Options options;
  ConfigReader reader(who, config);
  reader("name", options.name);
  reader("trainable", options.trainable);
  Config dtype;
  reader("dtype", dtype);
  if (const Config* policy = dtype.find("config")) dtype = policy->at("name");
  if (!dtype.is_null() && dtype.as_string() != "float32") {
    invalid_argument(who, "only dtype float32 is known. Received: '", dtype.as_string(), "'");
  }
  fields(reader, options);
  reader.finish();
  return options;
}

}  // namespace keratin::layers
