// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "keratin/base/fields.h"
#include "keratin/losses/loss.h"

/// What the lists of options of losses have in common. Not installed.
namespace keratin::losses {

template <class F, class Options>
void common_fields(F& f, Options& o) {
  f("name", o.name);
  f("reduction", o.reduction);
  f.ignore("dtype");  // losses compute in float32
}

/// The list of a loss without options of its own.
template <class F, HasOnly<std::optional<std::string>, std::string> Options>
void fields(F& f, Options& o) {
  common_fields(f, o);
}

template <class Options>
void as_it_stands(const Loss& loss, Options& options) {
  options.name = loss.name();
}

/// Keras's functions return what their classes do before any reduction.
template <class Object>
Tensor values(typename Object::Options options, const Tensor& y_true, const Tensor& y_pred) {
  options.reduction = "none";
  return Object(std::move(options))(y_true, y_pred);
}

}  // namespace keratin::losses
