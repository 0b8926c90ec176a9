// SPDX-License-Identifier: Apache-2.0
#include "keratin/tensor/array_config.h"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/base/number_array.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin {
namespace {

Shape shape_of(const Config& value) {
  Shape shape;
  for (const Config* at = &value; at->is_list();) {
    const Config::List& list = at->as_list();
    shape.push_back(static_cast<std::int64_t>(list.size()));
    if (list.empty()) break;
    at = &list[0];
  }
  return shape;
}

template <class T>
T number_from(const Config& config) {
  if constexpr (std::is_same_v<T, bool>) {
    return config.is_bool() ? config.as_bool() : config.as_double() != 0;
  } else if constexpr (std::is_floating_point_v<T>) {
    return static_cast<T>(config.is_bool() ? (config.as_bool() ? 1 : 0) : config.as_double());
  } else {
    return static_cast<T>(config.is_bool() ? (config.as_bool() ? 1 : 0) : config.as_int());
  }
}

/// Before memory is taken for all: the first lists alone may promise more than there is.
void check_lengths(const Config& config, const Shape& shape, std::size_t axis) {
  if (axis == shape.rank()) return;
  const Config::List& list = config.as_list();
  if (static_cast<std::int64_t>(list.size()) != shape[axis]) {
    invalid_argument("Tensor",
                     "the lists of a tensor must have one length. Received: ", list.size(),
                     " beside ", shape[axis]);
  }
  for (std::size_t i = 0; i < list.size(); ++i)
    at_place(i, [&] { check_lengths(list[i], shape, axis + 1); });
}

template <class T>
void put_numbers(const Config& config, const Shape& shape, std::size_t axis, T*& out) {
  if (axis == shape.rank()) {
    *out++ = number_from<T>(config);
    return;
  }
  const Config::List& list = config.as_list();
  for (std::size_t i = 0; i < list.size(); ++i)
    at_place(i, [&] { put_numbers(list[i], shape, axis + 1, out); });
}

Tensor tensor_of(const NumberArray& array, DType dtype) {
  Tensor tensor = Tensor::zeros(array.shape, dtype);
  visit_dtype(dtype, [&](auto zero) {
    using T = decltype(zero);
    T* out = tensor.data<T>().data();
    array.each_token([&](std::string_view token) { *out++ = number_from<T>(json_number(token)); });
  });
  return tensor;
}

/// A float as the shortest number that reads back as it: 0.1, not 0.10000000149011612.
Config shortest(float value) {
  if (!std::isfinite(value)) return static_cast<double>(value);
  char digits[40];
  const char* const end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  double found = 0;
  std::from_chars(digits, end, found);
  return found;
}

template <class T>
Config number(T value) {
  if constexpr (std::is_same_v<T, float>) {
    return shortest(value);
  } else if constexpr (std::is_same_v<T, std::uint64_t>) {
    if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
      return static_cast<double>(value);
    return value;
  } else {
    return value;
  }
}

template <class T>
Config numbers(std::span<const T> data, const Shape& shape, std::size_t axis) {
  if (axis == shape.rank()) return number(data[0]);
  Config::List list;
  const auto count = static_cast<std::size_t>(shape[axis]);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t each = data.size() / count;
    list.push_back(numbers(data.subspan(i * each, each), shape, axis + 1));
  }
  return list;
}

}  // namespace

bool is_array_config(const Config& config) {
  const Config* class_name = config.find("class_name");
  return class_name != nullptr && class_name->is_string() &&
         (class_name->as_string() == "__numpy__" || class_name->as_string() == "__tensor__");
}

DType dtype_of_lists(const Config& config) {
  if (config.is_bool()) return DType::kBool;
  if (config.is_int())
    return std::in_range<std::int32_t>(config.as_int()) ? DType::kInt32 : DType::kInt64;
  DType widest = DType::kBool;
  if (config.is_number_array()) {
    const NumberArray& array = config.as_number_array();
    if (array.text.find_first_of(".eENI") != std::string_view::npos) return DType::kFloat32;
    widest = DType::kInt32;
    array.each_token([&](std::string_view token) {
      if (dtype_of_lists(json_number(token)) != DType::kInt32) widest = DType::kInt64;
    });
    return widest;
  }
  if (!config.is_list()) return DType::kFloat32;
  for (const Config& item : config.as_list()) {
    const DType dtype = dtype_of_lists(item);
    if (dtype == DType::kFloat32) return dtype;
    if (dtype == DType::kInt64 || widest == DType::kBool) widest = dtype;
  }
  return widest;
}

Tensor array_from_lists(const Config& value, DType dtype) {
  if (value.is_number_array()) return tensor_of(value.as_number_array(), dtype);
  const Shape shape = shape_of(value);
  check_lengths(value, shape, 0);
  Tensor tensor = Tensor::zeros(shape, dtype);
  visit_dtype(dtype, [&](auto zero) {
    using T = decltype(zero);
    T* out = tensor.data<T>().data();
    put_numbers<T>(value, shape, 0, out);
  });
  return tensor;
}

Tensor array_from_config(const Config& config, std::optional<DType> wanted) {
  const Config& inner = config.at("config");
  return at_place("config", [&] {
    DType dtype = DType::kFloat32;
    if (const Config* name = inner.find("dtype"))
      at_place("dtype", [&] { keratin::from_config(*name, dtype); });
    const Config& value = inner.at("value");
    return at_place("value", [&] {
      if (wanted && is_floating(dtype)) dtype = *wanted;
      const Tensor found = array_from_lists(value, dtype);
      return wanted ? cast(found, *wanted) : found;
    });
  });
}

namespace {

/// As the text that JSON has for it: as values it would take ten times the memory.
template <class T>
void append_text(std::string& out, std::span<const T> data, const Shape& shape, std::size_t axis) {
  const auto count = static_cast<std::size_t>(shape[axis]);
  const std::size_t each = data.size() / count;
  for (std::size_t i = 0; i < count; ++i) {
    out += i == 0 ? '[' : ',';
    if (axis + 1 < shape.rank()) {
      append_text(out, data.subspan(i * each, each), shape, axis + 1);
      continue;
    }
    char digits[40];
    char* end = nullptr;
    if constexpr (std::is_same_v<T, bool>) {
      end = std::to_chars(digits, digits + sizeof digits, data[i] ? 1 : 0).ptr;
    } else {
      if constexpr (std::is_floating_point_v<T>) {
        if (!std::isfinite(data[i])) {
          out += std::isnan(data[i]) ? "NaN" : data[i] > 0 ? "Infinity" : "-Infinity";
          continue;
        }
      }
      end = std::to_chars(digits, digits + sizeof digits, data[i]).ptr;
      const std::string_view written(digits, static_cast<std::size_t>(end - digits));
      if (std::is_floating_point_v<T> && written.find_first_of(".e") == written.npos) {
        *end++ = '.';
        *end++ = '0';
      }
    }
    out.append(digits, end);
  }
  out += ']';
}

}  // namespace

Config lists_from_array(const Tensor& tensor) {
  if (static_cast<std::size_t>(tensor.size()) > kLargeArray) {
    auto text = std::make_shared<std::string>();
    visit_dtype(tensor.dtype(), [&](auto zero) {
      append_text(*text, tensor.data<decltype(zero)>(), tensor.shape(), 0);
    });
    const std::string_view all = *text;
    return Config(NumberArray{tensor.shape(), all, std::move(text)});
  }
  return visit_dtype(tensor.dtype(), [&](auto zero) {
    return numbers(tensor.data<decltype(zero)>(), tensor.shape(), 0);
  });
}

Config config_of_array(const Tensor& tensor) {
  Config value = lists_from_array(tensor);
  if (tensor.shape().rank() == 0) return value;
  Config config = Config::dict();
  config["class_name"] = "__numpy__";
  config["config"]["value"] = std::move(value);
  config["config"]["dtype"] = to_config(tensor.dtype());
  return config;
}

}  // namespace keratin
