// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string_view>

#include "keratin/base/config.h"
#include "keratin/base/error.h"
#include "keratin/losses/loss.h"

/// What the losses have in common: rows along an axis, one value a row. Not installed.
namespace keratin::losses {

/// Keras: backend.epsilon(), and 1 minus it as float32 rounds it.
inline constexpr float kEpsilon = 1e-7f;
inline constexpr float kOneMinusEpsilon = static_cast<float>(1.0 - 1e-7);

/// A number and its derivative.
struct Point {
  float value;
  float slope;
};

/// x within [low, high]. The slope is 1 inside, 0 outside and, as JAX has it, 1/2 on either bound.
inline Point clip(float x, float low, float high) {
  if (x > low && x < high) return {x, 1};
  if (x == low || x == high) return {x, 0.5f};
  if (std::isnan(x)) return {x, 0};
  return {x < low ? low : high, 0};
}

/// max(x, low); the slope on the bound is 1/2.
inline Point at_least(float x, float low) {
  if (x > low) return {x, 1};
  if (x == low) return {x, 0.5f};
  return {std::isnan(x) ? x : low, 0};
}

/// x^exponent. JAX: the slope of x^0 is 0 everywhere.
inline Point power(float x, float exponent) {
  if (exponent == 2) return {x * x, 2 * x};
  if (exponent == 0) return {1, 0};
  return {std::pow(x, exponent), exponent * std::pow(x, exponent - 1)};
}

inline void check_label_smoothing(std::string_view who, double label_smoothing) {
  if (!(label_smoothing >= 0 && label_smoothing <= 1)) {
    invalid_argument(who,
                     "label_smoothing must be in the range [0, 1]. Received: ", label_smoothing);
  }
}

/// How a tensor falls into rows along an axis. Row r = outer * inner + i has the elements
/// (outer * length + j) * inner + i, j < length.
struct Rows {
  std::int64_t outer = 1;
  std::int64_t length = 1;
  std::int64_t inner = 1;
};

/// Throws std::invalid_argument when `shape` has no such axis. Rank 0 is one row of one element.
inline Rows rows_along(const Shape& shape, std::int64_t axis, std::string_view who) {
  const std::int64_t rank = static_cast<std::int64_t>(shape.rank());
  if (rank == 0 && axis == -1) return {};
  const std::int64_t at = axis < 0 ? axis + rank : axis;
  if (at < 0 || at >= rank) {
    invalid_argument(who, "axis ", axis, " does not exist in y_pred of shape ", shape);
  }
  Rows rows;
  for (std::int64_t i = 0; i < at; ++i) rows.outer *= shape[static_cast<std::size_t>(i)];
  rows.length = shape[static_cast<std::size_t>(at)];
  for (std::int64_t i = at + 1; i < rank; ++i) rows.inner *= shape[static_cast<std::size_t>(i)];
  return rows;
}

/// `shape` without `axis`.
inline Shape shape_without(const Shape& shape, std::int64_t axis, std::string_view who) {
  rows_along(shape, axis, who);
  if (shape.rank() == 0) return shape;
  std::vector<std::int64_t> dims(shape.begin(), shape.end());
  dims.erase(dims.begin() + (axis < 0 ? axis + static_cast<std::int64_t>(dims.size()) : axis));
  return Shape(std::move(dims));
}

/// Calls value = row(index, first element, weight) for every row of weight other than 0; row sets
/// the row's gradient. Rows of weight 0 get gradient and value 0. Returns sum of weight * value.
template <class Batch, class Row>
double sum_rows(const Batch& batch, const Rows& rows, Row row) {
  double total = 0;
  std::int64_t index = 0;
  for (std::int64_t o = 0; o < rows.outer; ++o) {
    for (std::int64_t i = 0; i < rows.inner; ++i, ++index) {
      const std::int64_t first = o * rows.length * rows.inner + i;
      const double weight = batch.weights ? batch.weights[index] : batch.weight;
      if (weight == 0) {
        if (batch.values) batch.values[index] = 0;
        if (batch.gradient) {
          for (std::int64_t j = 0; j < rows.length; ++j) batch.gradient[first + j * rows.inner] = 0;
        }
        continue;
      }
      const double value = row(index, first, weight);
      if (batch.values) batch.values[index] = static_cast<float>(value);
      total += weight * value;
    }
  }
  return total;
}

/// A row's value is the mean of f(y_true, y_pred) over its elements; f gives a Point.
template <class Batch, class F>
double mean_of_elements(const Batch& batch, const Rows& rows, F f) {
  const float* truth = batch.y_true.template data<float>().data();
  const float* pred = batch.y_pred;
  const double length = static_cast<double>(rows.length);
  if (batch.gradient) {
    return sum_rows(batch, rows, [&](std::int64_t, std::int64_t first, double weight) {
      const float scale = static_cast<float>(weight / length);
      double sum = 0;
      for (std::int64_t j = 0; j < rows.length; ++j) {
        const std::int64_t at = first + j * rows.inner;
        const Point point = f(truth[at], pred[at]);
        sum += static_cast<double>(point.value);
        batch.gradient[at] = scale * point.slope;
      }
      return sum / length;
    });
  }
  return sum_rows(batch, rows, [&](std::int64_t, std::int64_t first, double) {
    double sum = 0;
    for (std::int64_t j = 0; j < rows.length; ++j) {
      const std::int64_t at = first + j * rows.inner;
      sum += static_cast<double>(f(truth[at], pred[at]).value);
    }
    return sum / length;
  });
}

}  // namespace keratin::losses
