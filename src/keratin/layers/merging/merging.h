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

/// Element by element: (B, ...). Behind the batch shapes broadcast as in NumPy, of different ranks
/// too: (B, D) beside (B, T, D) is (B, 1, D). A step counts in the output where it does in one of
/// the inputs; one input without a mask, and all steps count.
class ElementwiseMerge : public Merge {
 public:
  Values compute_mask(const Inputs& inputs) const final;

 protected:
  using Merge::Merge;
  Spec merged_spec(std::span<const Spec> inputs) const override;
  Value merged(const Values& values, const Values& masks) const final;
  /// Of values of one rank. A value that was brought to it comes without its mask, as in Keras.
  virtual Value combined(const Values& values, const Values& masks) const = 0;
};

/// An ElementwiseMerge of the closed list: `Self::kName` is Keras's class.
template <class Self>
class ElementwiseMergeOf : public Configured<Self, MergeOptions, LayerOf<Self, ElementwiseMerge>> {
 public:
  explicit ElementwiseMergeOf(const MergeOptions& options = {})
      : ElementwiseMergeOf::Configured(options, Self::kName, options) {}
};

class Add final : public ElementwiseMergeOf<Add> {
 public:
  static constexpr std::string_view kName = "Add";
  using ElementwiseMergeOf::ElementwiseMergeOf;

 protected:
  Value combined(const Values& values, const Values& masks) const override;
};

/// The first less the second; throws std::invalid_argument unless there are two.
class Subtract final : public ElementwiseMergeOf<Subtract> {
 public:
  static constexpr std::string_view kName = "Subtract";
  using ElementwiseMergeOf::ElementwiseMergeOf;

 protected:
  Spec merged_spec(std::span<const Spec> inputs) const override;
  Value combined(const Values& values, const Values& masks) const override;
};

/// Steps that a mask leaves out count as 1; where all inputs leave them out the product is 0.
class Multiply final : public ElementwiseMergeOf<Multiply> {
 public:
  static constexpr std::string_view kName = "Multiply";
  using ElementwiseMergeOf::ElementwiseMergeOf;

 protected:
  Value combined(const Values& values, const Values& masks) const override;
};

/// The mean, float32.
class Average final : public ElementwiseMergeOf<Average> {
 public:
  static constexpr std::string_view kName = "Average";
  using ElementwiseMergeOf::ElementwiseMergeOf;

 protected:
  Spec merged_spec(std::span<const Spec> inputs) const override;
  Value combined(const Values& values, const Values& masks) const override;
};

/// The largest. Of steps that one input leaves out by its mask the other's are taken.
class Maximum final : public ElementwiseMergeOf<Maximum> {
 public:
  static constexpr std::string_view kName = "Maximum";
  using ElementwiseMergeOf::ElementwiseMergeOf;

 protected:
  Value combined(const Values& values, const Values& masks) const override;
};

/// The smallest, with the same rule.
class Minimum final : public ElementwiseMergeOf<Minimum> {
 public:
  static constexpr std::string_view kName = "Minimum";
  using ElementwiseMergeOf::ElementwiseMergeOf;

 protected:
  Value combined(const Values& values, const Values& masks) const override;
};

struct ConcatenateOptions {
  std::int64_t axis = -1;  // negative counts from the end
  Identifier<const regularizers::Regularizer> activity_regularizer = {};
  std::optional<std::string> name = {};
  bool trainable = true;
};

/// One behind the other along an axis; the other axes must agree. Masks lie behind one another too,
/// or, where the axis lies behind those of the masks, a step counts that does in one of the inputs.
/// Inputs without a mask count whole, unless none has one.
class Concatenate final
    : public Configured<Concatenate, ConcatenateOptions, LayerOf<Concatenate, Merge>> {
 public:
  static constexpr std::string_view kName = "Concatenate";
  explicit Concatenate(ConcatenateOptions options = {});
  Values compute_mask(const Inputs& inputs) const override;

 protected:
  Spec merged_spec(std::span<const Spec> inputs) const override;
  Value merged(const Values& values, const Values& masks) const override;
};

}  // namespace keratin::layers
