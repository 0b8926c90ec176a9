// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <utility>

#include "keratin/base/configured.h"
#include "keratin/initializers/initializer.h"

namespace keratin::initializers {

struct ZerosOptions {};

/// 0 everywhere.
class Zeros final : public Configured<Zeros, ZerosOptions, Initializer> {
 public:
  static constexpr std::string_view kName = "Zeros";
  explicit Zeros(ZerosOptions options = {});
  void fill(const Shape& shape, std::int64_t first, std::span<float> out) const override;

 private:
  void fill_all(const Shape&, std::span<float>) const override {}  // a new tensor is zeros already
};

struct OnesOptions {};

/// 1 everywhere.
class Ones final : public Configured<Ones, OnesOptions, Initializer> {
 public:
  static constexpr std::string_view kName = "Ones";
  explicit Ones(OnesOptions options = {});
  void fill(const Shape& shape, std::int64_t first, std::span<float> out) const override;
};

/// A number, or an array of float32.
struct ConstantValue {
  ConstantValue(double value = 0.0) : number(value) {}
  ConstantValue(Tensor values) : array(std::move(values)) {}

  double number = 0.0;
  Tensor array;  // null: a number
};

struct ConstantOptions {
  ConstantValue value;
};

/// `value` everywhere; of an array its elements, broadcast to the shape, or fill() throws
/// std::invalid_argument.
class Constant final : public Configured<Constant, ConstantOptions, Initializer> {
 public:
  static constexpr std::string_view kName = "Constant";
  explicit Constant(ConstantOptions options = {});
  void fill(const Shape& shape, std::int64_t first, std::span<float> out) const override;
};

struct IdentityOptions {
  double gain = 1.0;
};

/// `gain` on the main diagonal, 0 elsewhere. fill throws std::invalid_argument unless the rank
/// is 2.
class Identity final : public Configured<Identity, IdentityOptions, Initializer> {
 public:
  static constexpr std::string_view kName = "Identity";
  explicit Identity(IdentityOptions options = {});
  void fill(const Shape& shape, std::int64_t first, std::span<float> out) const override;
};

}  // namespace keratin::initializers
