// SPDX-License-Identifier: Apache-2.0
#include "keratin/base/quantization.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <utility>
#include <vector>

#include "keratin/base/error.h"

namespace keratin {
namespace {

constexpr std::string_view kInt8Class = "Int8QuantizationConfig";
constexpr std::string_view kInt4Class = "Int4QuantizationConfig";

Config object(std::string_view module, std::string_view class_name, Config config) {
  Config result = Config::dict();
  result["module"] = module;
  result["class_name"] = class_name;
  result["config"] = std::move(config);
  result["registered_name"] = Config();
  return result;
}

void check_mode(std::string_view mode) {
  if (mode != "int8" && mode != "int4") {
    invalid_argument("quantize",
                     "Invalid quantization mode. Expected one of ('int8', 'int4'). Received: '",
                     mode, "'");
  }
}

/// Null for "None", which Keras wrote for one scale a row.
std::int64_t block_size_of(std::string_view text, std::string_view name) {
  std::int64_t size = -1;
  if (text == "None") return size;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
  if (error != std::errc() || end != text.data() + text.size() || size < -1 || size == 0) {
    invalid_argument("DTypePolicy",
                     "the block size behind int4/ must be -1 or a positive integer. Received: '",
                     name, "'");
  }
  return size;
}

}  // namespace

Config to_config(const AbsMaxQuantizer& quantizer) {
  Config config = Config::dict();
  config["value_range"] = Config::List{quantizer.lowest, quantizer.highest};
  config["epsilon"] = quantizer.epsilon;
  config["output_dtype"] = "int8";
  if (!quantizer.axis.is_null()) config["axis"] = quantizer.axis;
  return object("keras.quantizers", "AbsMaxQuantizer", std::move(config));
}

void from_config(const Config& entry, AbsMaxQuantizer& quantizer) {
  const std::string& class_name = entry.at("class_name").as_string();
  if (class_name != "AbsMaxQuantizer") {
    invalid_argument("quantize", "the only quantizer that is known is AbsMaxQuantizer. Received: '",
                     class_name, "'");
  }
  AbsMaxQuantizer result;
  std::vector<std::int64_t> range = {result.lowest, result.highest};
  std::string output_dtype = "int8";
  at_place("config", [&] {
    ConfigReader reader("AbsMaxQuantizer", entry.at("config"));
    reader("axis", result.axis);
    reader("value_range", range);
    reader("epsilon", result.epsilon);
    reader("output_dtype", output_dtype);
    reader.finish();
  });
  if (range.size() != 2 || range[0] < -128 || range[1] > 127 || range[0] >= range[1] ||
      range[1] <= 0) {
    invalid_argument("AbsMaxQuantizer",
                     "value_range must be two numbers within [-128, 127], and reach above 0. "
                     "Received ",
                     range.size(), ": ", range.empty() ? 0 : range.front(), " to ",
                     range.empty() ? 0 : range.back());
  }
  if (output_dtype != "int8") {
    invalid_argument("AbsMaxQuantizer", "output_dtype must be 'int8'. Received: '", output_dtype,
                     "'");
  }
  if (!(result.epsilon >= 0)) {
    invalid_argument("AbsMaxQuantizer", "epsilon must not be negative. Received: ", result.epsilon);
  }
  result.lowest = range[0];
  result.highest = range[1];
  quantizer = std::move(result);
}

QuantizationConfig QuantizationConfig::of(std::string_view mode) {
  check_mode(mode);
  QuantizationConfig result{.mode = std::string(mode)};
  if (mode == "int8") result.activation_quantizer.emplace();
  return result;
}

std::int64_t QuantizationConfig::columns_together() const {
  return is_int4() && block_size && *block_size != -1 ? *block_size : 0;
}

void check(const QuantizationConfig& q) {
  check_mode(q.mode);
  if (q.block_size && *q.block_size != -1 && *q.block_size <= 0) {
    invalid_argument(
        "Int4QuantizationConfig",
        "block_size must be None, -1, or a positive integer. Received: ", *q.block_size);
  }
  if (q.columns_together() > 0 && (q.weight_quantizer || q.activation_quantizer)) {
    invalid_argument("Int4QuantizationConfig",
                     "quantizers of one's own have one scale a row: block_size must be None or -1. "
                     "Received: ",
                     *q.block_size);
  }
  if (!q.weight_quantizer) return;
  const AbsMaxQuantizer& w = *q.weight_quantizer;
  if (q.is_int4() && (w.lowest != -8 || w.highest != 7)) {
    invalid_argument("Int4QuantizationConfig",
                     "the weight_quantizer must have value_range (-8, 7). Received: ", w.lowest,
                     " and ", w.highest);
  }
}

Config to_config(const QuantizationConfig& q) {
  Config config = Config::dict();
  config["weight_quantizer"] = to_config(q.weight_quantizer);
  config["activation_quantizer"] = to_config(q.activation_quantizer);
  if (q.is_int4()) config["block_size"] = to_config(q.block_size);
  return object("keras.quantizers", q.is_int4() ? kInt4Class : kInt8Class, std::move(config));
}

void from_config(const Config& entry, QuantizationConfig& q) {
  const std::string& class_name = entry.at("class_name").as_string();
  if (class_name != kInt8Class && class_name != kInt4Class) {
    invalid_argument("quantize", "the configs that are known are ", kInt8Class, " and ", kInt4Class,
                     ". Received: '", class_name, "'");
  }
  QuantizationConfig result{.mode = class_name == kInt4Class ? "int4" : "int8"};
  at_place("config", [&] {
    ConfigReader reader(class_name, entry.at("config"));
    reader("weight_quantizer", result.weight_quantizer);
    reader("activation_quantizer", result.activation_quantizer);
    // Keras: a config without it is of the time before there were groups.
    if (result.is_int4()) {
      result.block_size.reset();
      reader("block_size", result.block_size);
    }
    reader.finish();
  });
  check(result);
  q = std::move(result);
}

DTypePolicy DTypePolicy::named(std::string_view name) {
  constexpr std::string_view kFrom = "_from_";
  constexpr std::array<std::string_view, 5> kSources = {"float32", "mixed_float16",
                                                        "mixed_bfloat16", "float16", "bfloat16"};
  DTypePolicy policy;
  const auto at = name.find(kFrom);
  if (at != std::string_view::npos) {
    std::string_view mode = name.substr(0, at);
    if (mode.starts_with("int4/")) {
      policy.block_size = block_size_of(mode.substr(5), name);
      mode = "int4";
    }
    if (mode == "int8" || mode == "int4") policy.mode = mode;
  }
  policy.source = policy.mode ? name.substr(at + kFrom.size()) : name;
  if (policy.mode && policy.source == "None") policy.source = "float32";
  if (std::find(kSources.begin(), kSources.end(), policy.source) == kSources.end()) {
    invalid_argument("DTypePolicy",
                     "a dtype is float32, float16, bfloat16, mixed_float16 or mixed_bfloat16, or a "
                     "quantized one such as int8_from_float32. Received: '",
                     name, "'");
  }
  return policy;
}

std::string DTypePolicy::name() const {
  if (!mode) return source;
  return block_size ? str(*mode, "/", *block_size, "_from_", source) : str(*mode, "_from_", source);
}

std::optional<QuantizationConfig> DTypePolicy::quantization() const {
  if (!mode) return std::nullopt;
  QuantizationConfig config = QuantizationConfig::of(*mode);
  // Keras: "int4" alone is of the time before there were groups.
  if (config.is_int4()) config.block_size = block_size.value_or(-1);
  return config;
}

DTypePolicy DTypePolicy::quantized(const QuantizationConfig& quantization) const {
  DTypePolicy policy{.source = source, .mode = quantization.mode};
  if (quantization.is_int4()) policy.block_size = quantization.block_size.value_or(-1);
  return policy;
}

namespace {

Precision precision_named(std::string_view name) {
  return name == "float16"    ? Precision::kFloat16
         : name == "bfloat16" ? Precision::kBfloat16
                              : Precision::kFloat32;
}

}  // namespace

Precision DTypePolicy::variable_precision() const { return precision_named(source); }

Precision DTypePolicy::compute_precision() const {
  constexpr std::string_view kMixed = "mixed_";
  const std::string_view name = source;
  return precision_named(name.starts_with(kMixed) ? name.substr(kMixed.size()) : name);
}

Config to_config(Precision precision) {
  return precision == Precision::kFloat16    ? "float16"
         : precision == Precision::kBfloat16 ? "bfloat16"
                                             : "float32";
}

void from_config(const Config& config, Precision& precision) {
  const std::string_view name = config.as_string();
  const Precision known = precision_named(name);
  if (to_config(known) != Config(name)) {
    invalid_argument("precision",
                     "precision must be 'float32', 'bfloat16' or 'float16'. Received: '",
                     name.substr(0, 200), "'");
  }
  precision = known;
}

Config to_config(const DTypePolicy& policy) {
  if (!policy.mode) return policy.source;
  Config config = Config::dict();
  config["mode"] = policy.block_size ? str(*policy.mode, "/", *policy.block_size) : *policy.mode;
  config["source_name"] = policy.source;
  return object("keras.dtype_policies",
                policy.block_size ? "Int4DTypePolicy" : "QuantizedDTypePolicy", std::move(config));
}

void from_config(const Config& config, DTypePolicy& policy) {
  if (config.is_null()) return;
  const Config* const inner = config.find("config");
  if (inner == nullptr) {
    policy = DTypePolicy::named(config.as_string());
  } else if (const Config* const mode = inner->find("mode")) {
    const Config* const source = inner->find("source_name");
    policy = DTypePolicy::named(
        str(mode->as_string(), "_from_",
            source == nullptr || source->is_null() ? "float32" : source->as_string()));
  } else {
    policy = DTypePolicy::named(inner->at("name").as_string());
  }
}

}  // namespace keratin
