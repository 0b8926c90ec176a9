// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "keratin/initializers/initializer.h"

namespace keratin::initializers {

struct ZerosOptions {};

/// 0 everywhere.
class Zeros final : public Initializer {
 public:
  using Options = ZerosOptions;
  explicit Zeros(ZerosOptions options = {});
  static ZerosOptions options_from(const Config& config);
  std::string_view class_name() const override { return "Zeros"; }
  Config get_config() const override;
  void fill(const Shape& shape, std::int64_t first, std::span<float> out) const override;

 private:
  void fill_all(const Shape&, std::span<float>) const override {}  // a new tensor is zeros already
};

struct OnesOptions {};

/// 1 everywhere.
class Ones final : public Initializer {
 public:
  using Options = OnesOptions;
  explicit Ones(OnesOptions options = {});
  static OnesOptions options_from(const Config& config);
  std::string_view class_name() const override { return "Ones"; }
  Config get_config() const override;
  void fill(const Shape& shape, std::int64_t first, std::span<float> out) const override;
};

struct ConstantOptions {
  double value = 0.0;
};

/// `value` everywhere.
class Constant final : public Initializer {
 public:
  using Options = ConstantOptions;
  explicit Constant(ConstantOptions options = {});
  static ConstantOptions options_from(const Config& config);
  std::string_view class_name() const override { return "Constant"; }
  Config get_config() const override;
  void fill(const Shape& shape, std::int64_t first, std::span<float> out) const override;

 private:
  ConstantOptions options_;
};

struct IdentityOptions {
  double gain = 1.0;
};

/// `gain` on the main diagonal, 0 elsewhere. fill throws std::invalid_argument unless the rank
/// is 2.
class Identity final : public Initializer {
 public:
  using Options = IdentityOptions;
  explicit Identity(IdentityOptions options = {});
  static IdentityOptions options_from(const Config& config);
  std::string_view class_name() const override { return "Identity"; }
  Config get_config() const override;
  void fill(const Shape& shape, std::int64_t first, std::span<float> out) const override;

 private:
  IdentityOptions options_;
};

}  // namespace keratin::initializers
