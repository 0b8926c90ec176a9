// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <utility>

#include "keratin/base/config.h"

namespace keratin {

/// The base of a class `Self` of a closed list, between it and `Base`, the base of its concept: all
/// that follows from its options. Self has `static constexpr std::string_view kName`, Keras's
/// class. Its unit lists the options once and ends with the line that makes the two functions
/// below, whose definitions are in base/fields.h:
///
///   template <class F>
///   void fields(F& f, HuberOptions& o) { f("delta", o.delta); }
///   ...
///   template class keratin::Configured<Huber, HuberOptions, Loss>;
///
/// A header whose class the units of other classes hold by value has the same line, `extern`.
template <class Self, class OptionsOfSelf, class Base>
class Configured : public Base {
 public:
  using Options = OptionsOfSelf;

  /// What a config does not name is as by default; null names nothing. Throws std::invalid_argument
  /// for a key that is not known and a value of another kind, and names the place.
  static Options options_from(const Config& config);
  std::string_view class_name() const override { return Self::kName; }
  /// options_from() takes it.
  Config get_config() const override;

 protected:
  /// `base`: what the base is made of.
  template <class... Args>
  explicit Configured(const Options& options, Args&&... base)
      : Base(std::forward<Args>(base)...), options_(options) {}

  Options options_;
};

}  // namespace keratin
