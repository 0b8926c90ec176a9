// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "keratin/base/config.h"
#include "keratin/base/precision.h"

namespace keratin {

/// How numbers become integers with one scale for several: q = clip(round(x * scale), lowest,
/// highest) with scale = highest / (max |x| + epsilon). Keras: `keras.quantizers.AbsMaxQuantizer`.
struct AbsMaxQuantizer {
  Config axis = {};  // null, a number or several, as Keras writes it: of a table the last
  std::int64_t lowest = -127;
  std::int64_t highest = 127;
  double epsilon = 1e-7;
};
Config to_config(const AbsMaxQuantizer& quantizer);
void from_config(const Config& config, AbsMaxQuantizer& quantizer);

/// How a layer is quantized. Keras: `keras.quantizers.Int8QuantizationConfig` and
/// `Int4QuantizationConfig`.
///   int8  a scale a row, codes from -127 to 127
///   int4  two codes a byte; a scale and a zero point for each `block_size` columns of a row, or,
///         where that is null or -1, one scale a row
struct QuantizationConfig {
  std::string mode;                                      // "int8" or "int4"
  std::optional<AbsMaxQuantizer> weight_quantizer = {};  // of rows; null: that of the mode
  std::optional<AbsMaxQuantizer> activation_quantizer =
      {};                                        // of inputs, which a lookup has none of
  std::optional<std::int64_t> block_size = 128;  // of int4

  /// Keras's defaults for the mode. Throws std::invalid_argument for a mode that is not known.
  static QuantizationConfig of(std::string_view mode);
  /// Columns that share a scale: 0 where all of a row do.
  std::int64_t columns_together() const;
  bool is_int4() const { return mode == "int4"; }
};
/// Keras's form of an object. from_config() throws std::invalid_argument for what Keras refuses.
Config to_config(const QuantizationConfig& quantization);
void from_config(const Config& config, QuantizationConfig& quantization);
/// Throws std::invalid_argument for a mode that is not known, and for options that do not fit it.
void check(const QuantizationConfig& quantization);

/// In what types a layer keeps its weights and gives its outputs. Keras: `keras.DTypePolicy`, by
/// its name: "float32", "mixed_bfloat16", "int8_from_float32", "int4/64_from_float32".
struct DTypePolicy {
  std::string source = "float32";               // the policy without quantization
  std::optional<std::string> mode = {};         // "int8", "int4"
  std::optional<std::int64_t> block_size = {};  // of "int4/64"; null of "int4"

  /// Throws std::invalid_argument for a name that is not known.
  static DTypePolicy named(std::string_view name);
  std::string name() const;
  /// How a layer that is built under it is quantized; null where it is not.
  std::optional<QuantizationConfig> quantization() const;
  /// The policy of a layer of this one that was quantized.
  DTypePolicy quantized(const QuantizationConfig& quantization) const;
  Precision variable_precision() const;
  Precision compute_precision() const;
};
/// By its name: "float32", "bfloat16", "float16". from_config() throws std::invalid_argument for
/// others.
Config to_config(Precision precision);
void from_config(const Config& config, Precision& precision);
/// The name of one of floats; Keras's form of an object of one that quantizes. Both are read.
Config to_config(const DTypePolicy& policy);
void from_config(const Config& config, DTypePolicy& policy);

}  // namespace keratin
