// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <utility>
#include <vector>

#include "keratin/base/config.h"
#include "keratin/base/error.h"

namespace keratin::losses {

/// Factors of classes: one for all, or a list with one a class.
class ClassFactors {
 public:
  ClassFactors(double factor) : factors_{factor} {}
  ClassFactors(std::vector<double> factors) : factors_(std::move(factors)), is_list_(true) {}
  ClassFactors(std::initializer_list<double> factors) : ClassFactors(std::vector(factors)) {}

  double operator[](std::int64_t label) const {
    return factors_[is_list_ ? static_cast<std::size_t>(label) : 0];
  }
  /// Throws std::invalid_argument where a list has another length.
  void check(std::int64_t classes, std::string_view who) const {
    if (is_list_ && static_cast<std::int64_t>(factors_.size()) != classes) {
      invalid_argument(who, "alpha must be one number, or a list of one for each of the ", classes,
                       " classes. Received: a list of ", factors_.size());
    }
  }

  friend Config to_config(const ClassFactors& factors) {
    return factors.is_list_ ? keratin::to_config(factors.factors_) : Config(factors.factors_[0]);
  }
  friend void from_config(const Config& config, ClassFactors& factors) {
    if (config.is_list()) {
      std::vector<double> list;
      keratin::from_config(config, list);
      factors = ClassFactors(std::move(list));
    } else {
      factors = config.as_double();
    }
  }

 private:
  std::vector<double> factors_;
  bool is_list_ = false;
};

}  // namespace keratin::losses
