// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "keratin/tensor/tensor.h"

namespace keratin::trainers {

/// What something that runs must know to go on where it stands: arrays by name, "wait",
/// "callbacks/0/EarlyStopping/wait".
class RunState {
 public:
  void set(std::string name, Tensor value) {
    arrays_.emplace_back(std::move(name), std::move(value));
  }
  void set_integer(std::string name, std::int64_t value);
  void set_number(std::string name, double value);
  /// Where there is one.
  void set_number(std::string name, const std::optional<double>& value);
  /// `part`, each name with "prefix/" in front.
  void add(std::string_view prefix, const RunState& part);

  /// The arrays whose names begin with "prefix/", by the rest of their names.
  RunState part(std::string_view prefix) const;
  /// Null where there is none.
  const Tensor* find(std::string_view name) const;
  // These throw std::invalid_argument where there is none of that name, or it is no single number.
  const Tensor& at(std::string_view name) const;
  std::int64_t integer(std::string_view name) const;
  double number(std::string_view name) const;
  /// None where there is none of that name.
  std::optional<double> optional_number(std::string_view name) const;

  bool empty() const { return arrays_.empty(); }
  auto begin() const { return arrays_.begin(); }
  auto end() const { return arrays_.end(); }

 private:
  std::vector<std::pair<std::string, Tensor>> arrays_;
};

}  // namespace keratin::trainers
