// SPDX-License-Identifier: Apache-2.0
#include "keratin/metrics/accuracy_metrics.h"

#include <algorithm>
#include <cmath>

#include "keratin/metrics/metric_options.h"

namespace keratin::metrics {

namespace {

/// One value for every pair of elements: 1 where hit(y_true, y_pred).
template <class Hit>
Tensor element_hits(const Tensor& y_true, const Tensor& y_pred, std::string_view who, Hit hit) {
  const Pair pair = pair_of(y_true, y_pred, who);
  Tensor result = uninitialized(pair.shape);
  const auto truth = pair.y_true.data<float>();
  const auto pred = pair.y_pred.data<float>();
  const auto out = result.data<float>();
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = hit(truth[i], pred[i]) ? 1.0f : 0.0f;
  return result;
}

/// The first of the largest; the first NaN where there is one.
std::int64_t argmax(const float* row, std::int64_t length) {
  std::int64_t best = 0;
  for (std::int64_t j = 0; j < length; ++j) {
    if (std::isnan(row[j])) return j;
    if (row[j] > row[best]) best = j;
  }
  return best;
}

/// Keras: in_top_k. As many as k - 1 classes may be above the label's; a label outside is a miss.
bool in_top_k(const float* row, std::int64_t length, double label, std::int64_t k) {
  if (!(label >= 0 && label < static_cast<double>(length))) return false;
  const float score = row[static_cast<std::int64_t>(label)];
  if (std::isnan(score)) return length < k;
  std::int64_t above = 0;
  for (std::int64_t j = 0; j < length; ++j) above += row[j] > score ? 1 : 0;
  return above < k;
}

Shape without_last(const Shape& shape) {
  return Shape(std::vector<std::int64_t>(shape.begin(), shape.end() - 1));
}

void check_classes(const Tensor& y_true, const Tensor& y_pred, bool sparse, std::string_view who) {
  if (!y_true || !y_pred) invalid_argument(who, "y_true and y_pred must be given");
  const Shape& truth = y_true.shape();
  const Shape& shape = y_pred.shape();
  bool good = shape.rank() > 0 && shape.back() > 0;
  if (good && sparse) {
    Shape with_one = without_last(shape);
    with_one.push_back(1);
    good = truth == without_last(shape) || truth == with_one;
  } else if (good) {
    good = truth.rank() == shape.rank() && truth.back() > 0 &&
           without_last(truth) == without_last(shape);
  }
  if (!good) {
    invalid_argument(who, "y_true and y_pred must have shapes that go together",
                     sparse ? ": y_true that of y_pred without the class axis" : "",
                     ". Received: y_true of shape ", truth, " and y_pred of shape ", shape);
  }
}

/// One value a row of classes: 1 where hit(true class, row, length).
template <class Hit>
Tensor class_hits(const Tensor& y_true, const Tensor& y_pred, bool sparse, std::string_view who,
                  Hit hit) {
  check_classes(y_true, y_pred, sparse, who);
  const Tensor cast_pred = cast(y_pred, DType::kFloat32);
  const Tensor truth = cast(y_true, sparse ? DType::kFloat64 : DType::kFloat32);
  const std::int64_t length = y_pred.shape().back();
  const std::int64_t true_length = sparse ? 1 : y_true.shape().back();
  Tensor result = uninitialized(without_last(y_pred.shape()));
  const auto out = result.data<float>();
  const float* row = cast_pred.data<float>().data();
  for (std::size_t i = 0; i < out.size(); ++i, row += length) {
    const auto first = static_cast<std::int64_t>(i) * true_length;
    const double label =
        sparse ? truth.data<double>()[i]
               : static_cast<double>(argmax(truth.data<float>().data() + first, true_length));
    out[i] = hit(label, row, length) ? 1.0f : 0.0f;
  }
  return result;
}

/// Keras writes from_sorted_ids only where it is true.
void sorted_field(FieldReader& f, bool& sorted) { f("from_sorted_ids", sorted); }
void sorted_field(FieldWriter& f, bool sorted) {
  if (sorted) f("from_sorted_ids", sorted);
}

}  // namespace

template <class F>
void fields(F& f, BinaryAccuracyOptions& o) {
  common_fields(f, o);
  f("threshold", o.threshold);
}

template <class F>
void fields(F& f, TopKCategoricalAccuracyOptions& o) {
  common_fields(f, o);
  f("k", o.k);
}

template <class F>
void fields(F& f, SparseTopKCategoricalAccuracyOptions& o) {
  common_fields(f, o);
  f("k", o.k);
  sorted_field(f, o.from_sorted_ids);
}

Accuracy::Accuracy(Options options) : Configured(options, name_or_new(options.name, kName)) {}

Tensor Accuracy::values(const Tensor& y_true, const Tensor& y_pred, const Tensor&) const {
  return element_hits(y_true, y_pred, class_name(), [](float t, float p) { return t == p; });
}

BinaryAccuracy::BinaryAccuracy(Options options)
    : Configured(options, name_or_new(options.name, kName)) {}

Tensor BinaryAccuracy::values(const Tensor& y_true, const Tensor& y_pred, const Tensor&) const {
  const float threshold = static_cast<float>(options_.threshold);
  return element_hits(y_true, y_pred, class_name(),
                      [threshold](float t, float p) { return t == (p > threshold ? 1.0f : 0.0f); });
}

CategoricalAccuracy::CategoricalAccuracy(Options options)
    : Configured(options, name_or_new(options.name, kName)) {}

Tensor CategoricalAccuracy::values(const Tensor& y_true, const Tensor& y_pred,
                                   const Tensor&) const {
  return class_hits(y_true, y_pred, false, class_name(),
                    [](double label, const float* row, std::int64_t length) {
                      return label == static_cast<double>(argmax(row, length));
                    });
}

SparseCategoricalAccuracy::SparseCategoricalAccuracy(Options options)
    : Configured(options, name_or_new(options.name, kName)) {}

Tensor SparseCategoricalAccuracy::values(const Tensor& y_true, const Tensor& y_pred,
                                         const Tensor&) const {
  return class_hits(y_true, y_pred, true, class_name(),
                    [](double label, const float* row, std::int64_t length) {
                      return label == static_cast<double>(argmax(row, length));
                    });
}

TopKCategoricalAccuracy::TopKCategoricalAccuracy(Options options)
    : Configured(options, name_or_new(options.name, kName)) {}

Tensor TopKCategoricalAccuracy::values(const Tensor& y_true, const Tensor& y_pred,
                                       const Tensor&) const {
  return class_hits(y_true, y_pred, false, class_name(),
                    [k = options_.k](double label, const float* row, std::int64_t length) {
                      return in_top_k(row, length, label, k);
                    });
}

SparseTopKCategoricalAccuracy::SparseTopKCategoricalAccuracy(Options options)
    : Configured(options, name_or_new(options.name, kName)) {}

Tensor SparseTopKCategoricalAccuracy::values(const Tensor& y_true, const Tensor& y_pred,
                                             const Tensor&) const {
  return class_hits(y_true, y_pred, true, class_name(),
                    [this](double label, const float* row, std::int64_t length) {
                      if (!options_.from_sorted_ids)
                        return in_top_k(row, length, label, options_.k);
                      const float* end =
                          row + std::max<std::int64_t>(0, std::min(options_.k, length));
                      return std::find(row, end, static_cast<float>(label)) != end;
                    });
}

}  // namespace keratin::metrics

namespace keratin {
template class Configured<metrics::Accuracy, metrics::AccuracyOptions, metrics::MeanOfValues>;
template class Configured<metrics::BinaryAccuracy, metrics::BinaryAccuracyOptions,
                          metrics::MeanOfValues>;
template class Configured<metrics::CategoricalAccuracy, metrics::CategoricalAccuracyOptions,
                          metrics::MeanOfValues>;
template class Configured<metrics::SparseCategoricalAccuracy,
                          metrics::SparseCategoricalAccuracyOptions, metrics::MeanOfValues>;
template class Configured<metrics::TopKCategoricalAccuracy, metrics::TopKCategoricalAccuracyOptions,
                          metrics::MeanOfValues>;
template class Configured<metrics::SparseTopKCategoricalAccuracy,
                          metrics::SparseTopKCategoricalAccuracyOptions, metrics::MeanOfValues>;
}  // namespace keratin
