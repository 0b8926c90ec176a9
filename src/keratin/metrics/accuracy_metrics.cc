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

}  // namespace

template <class F>
void fields(F& f, AccuracyOptions& o) {
  f("name", o.name);
  dtype_field(f);
}

Accuracy::Accuracy(Options options)
    : MeanOfValues(name_or_new(std::move(options.name), "Accuracy")) {}

Config Accuracy::get_config() const { return config_of(Options{.name = name()}); }

Accuracy::Options Accuracy::options_from(const Config& config) {
  return options_of<Options>("Accuracy", config);
}

Tensor Accuracy::values(const Tensor& y_true, const Tensor& y_pred, const Tensor&) const {
  return element_hits(y_true, y_pred, class_name(), [](float t, float p) { return t == p; });
}

template <class F>
void fields(F& f, BinaryAccuracyOptions& o) {
  f("name", o.name);
  dtype_field(f);
  f("threshold", o.threshold);
}

BinaryAccuracy::BinaryAccuracy(Options options)
    : MeanOfValues(name_or_new(options.name, "BinaryAccuracy")), options_(std::move(options)) {}

Config BinaryAccuracy::get_config() const {
  Options options = options_;
  options.name = name();
  return config_of(std::move(options));
}

BinaryAccuracy::Options BinaryAccuracy::options_from(const Config& config) {
  return options_of<Options>("BinaryAccuracy", config);
}

Tensor BinaryAccuracy::values(const Tensor& y_true, const Tensor& y_pred, const Tensor&) const {
  const float threshold = static_cast<float>(options_.threshold);
  return element_hits(y_true, y_pred, class_name(),
                      [threshold](float t, float p) { return t == (p > threshold ? 1.0f : 0.0f); });
}

template <class F>
void fields(F& f, CategoricalAccuracyOptions& o) {
  f("name", o.name);
  dtype_field(f);
}

CategoricalAccuracy::CategoricalAccuracy(Options options)
    : MeanOfValues(name_or_new(std::move(options.name), "CategoricalAccuracy")) {}

Config CategoricalAccuracy::get_config() const { return config_of(Options{.name = name()}); }

CategoricalAccuracy::Options CategoricalAccuracy::options_from(const Config& config) {
  return options_of<Options>("CategoricalAccuracy", config);
}

Tensor CategoricalAccuracy::values(const Tensor& y_true, const Tensor& y_pred,
                                   const Tensor&) const {
  return class_hits(y_true, y_pred, false, class_name(),
                    [](double label, const float* row, std::int64_t length) {
                      return label == static_cast<double>(argmax(row, length));
                    });
}

template <class F>
void fields(F& f, SparseCategoricalAccuracyOptions& o) {
  f("name", o.name);
  dtype_field(f);
}

SparseCategoricalAccuracy::SparseCategoricalAccuracy(Options options)
    : MeanOfValues(name_or_new(std::move(options.name), "SparseCategoricalAccuracy")) {}

Config SparseCategoricalAccuracy::get_config() const { return config_of(Options{.name = name()}); }

SparseCategoricalAccuracy::Options SparseCategoricalAccuracy::options_from(const Config& config) {
  return options_of<Options>("SparseCategoricalAccuracy", config);
}

Tensor SparseCategoricalAccuracy::values(const Tensor& y_true, const Tensor& y_pred,
                                         const Tensor&) const {
  return class_hits(y_true, y_pred, true, class_name(),
                    [](double label, const float* row, std::int64_t length) {
                      return label == static_cast<double>(argmax(row, length));
                    });
}

template <class F>
void fields(F& f, TopKCategoricalAccuracyOptions& o) {
  f("name", o.name);
  dtype_field(f);
  f("k", o.k);
}

TopKCategoricalAccuracy::TopKCategoricalAccuracy(Options options)
    : MeanOfValues(name_or_new(options.name, "TopKCategoricalAccuracy")),
      options_(std::move(options)) {}

Config TopKCategoricalAccuracy::get_config() const {
  Options options = options_;
  options.name = name();
  return config_of(std::move(options));
}

TopKCategoricalAccuracy::Options TopKCategoricalAccuracy::options_from(const Config& config) {
  return options_of<Options>("TopKCategoricalAccuracy", config);
}

Tensor TopKCategoricalAccuracy::values(const Tensor& y_true, const Tensor& y_pred,
                                       const Tensor&) const {
  return class_hits(y_true, y_pred, false, class_name(),
                    [k = options_.k](double label, const float* row, std::int64_t length) {
                      return in_top_k(row, length, label, k);
                    });
}

/// Keras writes from_sorted_ids only where it is true.
template <class F>
struct Keep {
  static bool value(bool) { return true; }
};
template <>
struct Keep<ConfigWriter> {
  static bool value(bool given) { return given; }
};

template <class F>
void fields(F& f, SparseTopKCategoricalAccuracyOptions& o) {
  f("name", o.name);
  dtype_field(f);
  f("k", o.k);
  if (Keep<F>::value(o.from_sorted_ids)) f("from_sorted_ids", o.from_sorted_ids);
}

SparseTopKCategoricalAccuracy::SparseTopKCategoricalAccuracy(Options options)
    : MeanOfValues(name_or_new(options.name, "SparseTopKCategoricalAccuracy")),
      options_(std::move(options)) {}

Config SparseTopKCategoricalAccuracy::get_config() const {
  Options options = options_;
  options.name = name();
  return config_of(std::move(options));
}

SparseTopKCategoricalAccuracy::Options SparseTopKCategoricalAccuracy::options_from(
    const Config& config) {
  return options_of<Options>("SparseTopKCategoricalAccuracy", config);
}

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
