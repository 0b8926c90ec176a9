// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

#include "keratin/base/error.h"
#include "keratin/base/fields.h"
#include "keratin/layers/layer_fields.h"
#include "keratin/layers/preprocessing/encoding.h"

/// The dtype of layers that give integers: int64 by default, where categories leave as vectors
/// float32. Not installed.
namespace keratin::layers {

inline void integer_type_field(FieldWriter& writer, std::optional<DType>& dtype) {
  writer("dtype", dtype);
}
inline void integer_type_field(FieldReader& reader, std::optional<DType>& dtype) {
  const std::optional<std::string> name = dtype_name(reader);
  if (name) at_place("dtype", [&] { dtype = dtype_from_name(*name); });
}

inline DType checked_integer_type(std::string_view who, std::optional<DType> dtype,
                                  OutputMode mode) {
  const bool is_integer = mode == OutputMode::kInt;
  const DType found = dtype.value_or(is_integer ? DType::kInt64 : DType::kFloat32);
  const bool fits =
      is_integer ? found == DType::kInt64 || found == DType::kInt32 : found == DType::kFloat32;
  if (!fits) {
    invalid_argument(who, "dtype must be ", is_integer ? "int64 or int32" : "float32",
                     " where output_mode is '", to_string(mode), "'. Received: ", to_string(found));
  }
  return found;
}

}  // namespace keratin::layers
