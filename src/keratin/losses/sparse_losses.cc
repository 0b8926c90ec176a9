// SPDX-License-Identifier: Apache-2.0
#include "keratin/losses/sparse_losses.h"

#include <cmath>
#include <type_traits>
#include <utility>

#include "keratin/base/invalid_entry.h"
#include "keratin/losses/class_rows.h"
#include "keratin/losses/loss_fields.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::losses {

namespace {

/// "y_true[1, 2]".
std::string position(std::int64_t index, const Shape& shape) {
  std::string inside;
  for (std::size_t axis = shape.rank(); axis-- > 0;) {
    inside = str(index % shape[axis], inside.empty() ? "" : ", ", inside);
    index /= shape[axis];
  }
  return str("y_true[", inside, "]");
}

/// Throws unless label number `index` is one of the classes.
template <class T>
void check_label(T label, std::int64_t index, const Shape& shape, std::int64_t axis,
                 std::string_view who) {
  const auto classes = rows_along(shape, axis, who).length;
  const auto where = [&] { return position(index, shape_without(shape, axis, who)); };
  if constexpr (std::is_floating_point_v<T>) {
    if (!(std::floor(label) == label)) {  // so written, NaN is caught too
      invalid_entry(who, "labels must be class numbers, without a fraction. Received: ", label,
                    " at ", where());
    }
    if (label >= 0 && static_cast<double>(label) < static_cast<double>(classes)) return;
  } else if constexpr (std::is_same_v<T, bool>) {
    if (std::int64_t{label} < classes) return;
  } else {
    if (std::cmp_greater_equal(label, 0) && std::cmp_less(label, classes)) return;
  }
  out_of_range(who, "label out of range: ", where(), " is ", label, ", classes are 0 to ",
               classes - 1, " (y_pred has shape ", shape, ")");
}

/// sum_rows for labels: value = row(ClassRow, weight, label). All labels are checked before.
template <class Batch, class Row>
double sum_labelled_rows(const Batch& batch, const Rows& rows, std::int64_t axis,
                         std::string_view who, Row row) {
  return visit_dtype(batch.y_true.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T* labels = batch.y_true.template data<T>().data();
    const std::int64_t count = rows.outer * rows.inner;
    for (std::int64_t i = 0; i < count; ++i) {
      if ((batch.weights ? batch.weights[i] : batch.weight) == 0) continue;
      check_label(labels[i], i, batch.shape, axis, who);
    }
    return sum_rows(batch, rows, [&](std::int64_t index, std::int64_t first, double weight) {
      const ClassRow one{batch.y_pred + first, batch.gradient ? batch.gradient + first : nullptr,
                         rows.length, rows.inner};
      return row(one, weight, static_cast<std::int64_t>(labels[index]));
    });
  });
}

/// False where the label is `ignored`; null when there is no such class.
Tensor labels_other_than(std::optional<std::int64_t> ignored, const Tensor& y_true,
                         const Shape& values) {
  if (!ignored) return {};
  Tensor mask = uninitialized(values, DType::kBool);
  const auto out = mask.data<bool>();
  visit_dtype(y_true.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const auto labels = y_true.data<T>();
    for (std::size_t i = 0; i < labels.size(); ++i) {
      if constexpr (std::is_floating_point_v<T>) {
        out[i] = static_cast<double>(labels[i]) != static_cast<double>(*ignored);
      } else if constexpr (std::is_same_v<T, bool>) {
        out[i] = std::int64_t{labels[i]} != *ignored;
      } else {
        out[i] = !std::cmp_equal(labels[i], *ignored);
      }
    }
  });
  return mask;
}

}  // namespace

template <class F>
void fields(F& f, SparseCategoricalCrossentropyOptions& o) {
  common_fields(f, o);
  f("from_logits", o.from_logits);
  f("ignore_class", o.ignore_class);
  f("axis", o.axis);
  f("label_smoothing", o.label_smoothing);
}

template <class F>
void fields(F& f, SparseCategoricalFocalCrossentropyOptions& o) {
  common_fields(f, o);
  f("alpha", o.alpha);
  f("gamma", o.gamma);
  f("from_logits", o.from_logits);
  f("ignore_class", o.ignore_class);
  f("axis", o.axis);
}

template <class F>
void fields(F& f, CategoricalGeneralizedCrossEntropyOptions& o) {
  common_fields(f, o);
  f("q", o.q);
}

SparseCategoricalCrossentropy::SparseCategoricalCrossentropy(Options options)
    : Configured(options, options.name, options.reduction, kName) {
  check_label_smoothing(class_name(), options_.label_smoothing);
}

Tensor SparseCategoricalCrossentropy::values_mask(const Tensor& y_true, const Shape& values) const {
  return labels_other_than(options_.ignore_class, y_true, values);
}

double SparseCategoricalCrossentropy::evaluate(const Batch& batch) const {
  const Rows rows = rows_along(batch.shape, options_.axis, class_name());
  const double keep = 1 - options_.label_smoothing;
  const double spread = options_.label_smoothing / static_cast<double>(rows.length);
  return sum_labelled_rows(
      batch, rows, axis(), class_name(),
      [&](const ClassRow& row, double weight, std::int64_t label) {
        const auto target = [&](std::int64_t j) { return (j == label ? keep : 0) + spread; };
        return options_.from_logits ? crossentropy_of_logits(row, weight, target)
                                    : crossentropy_of_probabilities(row, weight, target);
      });
}

SparseCategoricalFocalCrossentropy::SparseCategoricalFocalCrossentropy(Options options)
    : Configured(options, options.name, options.reduction, kName) {}

Tensor SparseCategoricalFocalCrossentropy::values_mask(const Tensor& y_true,
                                                       const Shape& values) const {
  return labels_other_than(options_.ignore_class, y_true, values);
}

double SparseCategoricalFocalCrossentropy::evaluate(const Batch& batch) const {
  const Rows rows = rows_along(batch.shape, options_.axis, class_name());
  options_.alpha.check(rows.length, class_name());
  const Focus focus{options_.alpha, static_cast<float>(options_.gamma), options_.from_logits};
  return sum_labelled_rows(batch, rows, axis(), class_name(),
                           [&](const ClassRow& row, double weight, std::int64_t label) {
                             return focal_crossentropy(row, weight, focus, [&](std::int64_t j) {
                               return j == label ? 1.0 : 0.0;
                             });
                           });
}

CategoricalGeneralizedCrossEntropy::CategoricalGeneralizedCrossEntropy(Options options)
    : Configured(options, options.name, options.reduction, kName) {
  if (!(options_.q > 0 && options_.q < 1)) {
    invalid_argument(kName, "q must be in the interval (0, 1). Received: ", options_.q);
  }
}

double CategoricalGeneralizedCrossEntropy::evaluate(const Batch& batch) const {
  const Rows rows = rows_along(batch.shape, axis(), class_name());
  const float q = static_cast<float>(options_.q);
  return sum_labelled_rows(batch, rows, axis(), class_name(),
                           [q](const ClassRow& row, double weight, std::int64_t label) {
                             const Point powered = power(row[label], q);
                             if (row.gradient) {
                               for (std::int64_t j = 0; j < row.length; ++j)
                                 row.gradient[j * row.stride] = 0;
                               row.gradient[label * row.stride] = static_cast<float>(
                                   -weight * static_cast<double>(powered.slope / q));
                             }
                             return static_cast<double>((1 - powered.value) / q);
                           });
}

Tensor categorical_generalized_cross_entropy(const Tensor& y_true, const Tensor& y_pred, double q) {
  return values<CategoricalGeneralizedCrossEntropy>({.q = q}, y_true, y_pred);
}

Tensor sparse_categorical_crossentropy(const Tensor& y_true, const Tensor& y_pred, bool from_logits,
                                       std::optional<std::int64_t> ignore_class, std::int64_t axis,
                                       double label_smoothing) {
  return values<SparseCategoricalCrossentropy>({.from_logits = from_logits,
                                                .ignore_class = ignore_class,
                                                .axis = axis,
                                                .label_smoothing = label_smoothing},
                                               y_true, y_pred);
}

}  // namespace keratin::losses

namespace keratin {
template class Configured<losses::SparseCategoricalCrossentropy,
                          losses::SparseCategoricalCrossentropyOptions, losses::Loss>;
template class Configured<losses::CategoricalGeneralizedCrossEntropy,
                          losses::CategoricalGeneralizedCrossEntropyOptions, losses::Loss>;
template class Configured<losses::SparseCategoricalFocalCrossentropy,
                          losses::SparseCategoricalFocalCrossentropyOptions, losses::Loss>;
}  // namespace keratin
