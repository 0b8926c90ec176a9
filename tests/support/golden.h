// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "keratin/base/config.h"
#include "keratin/formats/json.h"
#include "keratin/tensor/tensor.h"

/// Reads tests/golden/*.json, which real Keras made (tests/golden/golden.py).
namespace keratin::testing {

inline Config golden(const std::string& name) {
  return formats::read_json_file(std::string(KERATIN_GOLDEN_DIR) + "/" + name + ".json");
}

/// JSON's NaN and Infinity are no JSON: Python's writer is told to write them as these strings.
inline double golden_number(const Config& value) {
  if (value.is_bool()) return value.as_bool() ? 1 : 0;
  if (value.is_string()) {
    if (value.as_string() == "nan") return std::numeric_limits<double>::quiet_NaN();
    const double infinity = std::numeric_limits<double>::infinity();
    return value.as_string() == "inf" ? infinity : -infinity;
  }
  return value.as_double();
}

/// {"shape", "dtype", "data"} -> Tensor.
inline Tensor golden_tensor(const Config& value) {
  if (value.is_null()) return {};
  Shape shape;
  from_config(value.at("shape"), shape);
  const DType dtype = dtype_from_name(value.at("dtype").as_string());
  const Config::List& data = value.at("data").as_list();
  if (dtype == DType::kString) {
    std::vector<std::string> texts;
    for (const Config& text : data) texts.push_back(text.as_string());
    return Tensor::from(texts, shape);
  }
  Tensor tensor = Tensor::zeros(shape, dtype);
  visit_dtype(dtype, [&](auto zero) {
    using T = decltype(zero);
    const auto out = tensor.data<T>();
    for (std::size_t i = 0; i < out.size(); ++i) {
      if constexpr (std::is_same_v<T, bool>) {
        out[i] = data.at(i).as_bool();
      } else if constexpr (std::is_floating_point_v<T>) {
        out[i] = static_cast<T>(golden_number(data.at(i)));
      } else {
        out[i] = static_cast<T>(data.at(i).as_int());
      }
    }
  });
  return tensor;
}

/// Equal but for the kind of numbers: Python writes 2 where the option was given as 2, not 2.0.
inline bool same_config(const Config& a, const Config& b) {
  if (a.is_number() && b.is_number()) return a.as_double() == b.as_double();
  if (a.is_list() && b.is_list()) {
    const auto& x = a.as_list();
    const auto& y = b.as_list();
    return std::equal(x.begin(), x.end(), y.begin(), y.end(), same_config);
  }
  if (a.is_dict() && b.is_dict()) {
    const auto& x = a.as_dict();
    const auto& y = b.as_dict();
    return std::equal(x.begin(), x.end(), y.begin(), y.end(), [](const auto& p, const auto& q) {
      return p.first == q.first && same_config(p.second, q.second);
    });
  }
  return a == b;
}

/// How many float32 values lie between two: 0 when equal, 1 for neighbours. Huge when one is NaN.
inline std::int64_t ulps_between(float a, float b) {
  if (a == b) return 0;
  if (std::isnan(a) || std::isnan(b)) {
    return std::isnan(a) && std::isnan(b) ? 0 : std::numeric_limits<std::int64_t>::max();
  }
  const auto ordered = [](float x) {
    std::int32_t bits;
    std::memcpy(&bits, &x, sizeof bits);
    return static_cast<std::int64_t>(bits < 0 ? std::numeric_limits<std::int32_t>::min() - bits
                                              : bits);
  };
  const std::int64_t distance = ordered(a) - ordered(b);
  return distance < 0 ? -distance : distance;
}

/// The first place where two float32 tensors differ by more than rtol * |wanted| + atol; empty when
/// there is none. For EXPECT_EQ(difference(got, wanted, ...), "").
inline std::string difference(const Tensor& got, const Tensor& wanted, double rtol, double atol) {
  if (got.shape() != wanted.shape()) {
    return "shape " + to_string(got.shape()) + ", wanted " + to_string(wanted.shape());
  }
  const auto a = got.data<float>();
  const auto b = wanted.data<float>();
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double x = a[i];
    const double y = b[i];
    const bool same = x == y || (std::isnan(x) && std::isnan(y));
    if (!same && !(std::fabs(x - y) <= rtol * std::fabs(y) + atol)) {
      return "at " + std::to_string(i) + ": " + std::to_string(x) + ", wanted " +
             std::to_string(y) + ", apart by " + std::to_string(ulps_between(a[i], b[i])) + " ulp";
    }
  }
  return {};
}

}  // namespace keratin::testing
