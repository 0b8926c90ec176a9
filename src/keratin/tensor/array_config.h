// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "keratin/base/config.h"
#include "keratin/tensor/tensor.h"

/// Arrays in configs. Keras marks them: {"class_name": "__numpy__", "config": {"value": [...],
/// "dtype": "float32"}}. Not installed.
namespace keratin {

/// Whether it is marked as one.
bool is_array_config(const Config& config);
/// The array that is marked so. Throws std::invalid_argument, with the place, where it is none.
/// `wanted`: of that type, straight from numbers that are floats.
Tensor array_from_config(const Config& config, std::optional<DType> wanted = {});
/// The type that Keras gives an array of a number, or of nested lists of numbers: the widest of
/// theirs.
DType dtype_of_lists(const Config& value);
/// A number, or nested lists of numbers, of one length each.
Tensor array_from_lists(const Config& value, DType dtype);

Config lists_from_array(const Tensor& tensor);
/// Marked; of no axes the number.
Config config_of_array(const Tensor& tensor);

}  // namespace keratin
