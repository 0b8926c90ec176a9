// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "keratin/base/configured.h"
#include "keratin/layers/merging/merge.h"

namespace keratin::layers {

/// The axis of each of the two inputs, or one for both. Negative ones count from the end.
struct DotAxes {
  DotAxes() = default;  // not given
  DotAxes(std::int64_t of_both) : first(of_both), second(of_both) {}
  DotAxes(std::int64_t of_first, std::int64_t of_second)
      : first(of_first), second(of_second), is_one(false) {}

  std::int64_t first = 0;
  std::int64_t second = 0;
  bool is_one = true;  // how it stands in a config
};
Config to_config(const DotAxes& axes);
void from_config(const Config& config, DotAxes& axes);

struct DotOptions {
  DotAxes axes;
  bool normalize = false;
  Identifier<const regularizers::Regularizer> activity_regularizer = {};
  std::optional<std::string> name = {};
  bool trainable = true;
};

/// The sums of products along an axis, sample by sample: (B, ..., K, ...) and (B, ..., K, ...) give
/// (B, the other axes of the first, those of the second), and (B, 1) where there are none. With
/// `normalize` vectors along the axis have length 1 before: the cosine. A mask ends here.
class Dot final : public Configured<Dot, DotOptions, LayerOf<Dot, Merge>> {
 public:
  static constexpr std::string_view kName = "Dot";
  explicit Dot(DotOptions options);
  /// Throws std::invalid_argument where the axes are not given.
  static DotOptions options_from(const Config& config);
  Values compute_mask(const Inputs&) const override { return {}; }

 protected:
  /// Throws std::invalid_argument unless there are two inputs of at least two dimensions and one
  /// batch size, which have these axes, of one size and not the first.
  Spec merged_spec(std::span<const Spec> inputs) const override;
  Value merged(const Values& values, const Values& masks) const override;

 private:
  std::size_t axis_of(std::size_t input, const Shape& shape) const;
};

}  // namespace keratin::layers
