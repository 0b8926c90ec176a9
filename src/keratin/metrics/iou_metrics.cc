// SPDX-License-Identifier: Apache-2.0
#include "keratin/metrics/iou_metrics.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "keratin/metrics/mean.h"
#include "keratin/metrics/metric_options.h"
#include "keratin/ops/choices.h"
#include "keratin/tensor/pages.h"

namespace keratin::metrics {

namespace {

/// Keras: what is counted is of this type, and so are its weights.
bool is_whole(std::string_view dtype) {
  if (dtype == "int") return true;  // Keras: int32
  const DType type = dtype_from_name(dtype);
  return !is_floating(type);
}

/// The class numbers of all that is counted, -1 for what is none.
std::vector<std::int64_t> classes_of(const Tensor& given, bool sparse, std::int64_t axis,
                                     std::int64_t num_classes) {
  const Tensor numbers = sparse ? given : ops::argmax(Value(given), axis).tensor();
  const Tensor exact = cast(numbers, DType::kFloat64);
  const auto in = exact.data<double>();
  std::vector<std::int64_t> classes(in.size(), -1);
  for (std::size_t i = 0; i < in.size(); ++i) {
    const double whole = std::trunc(in[i]);
    if (whole >= 0 && whole < static_cast<double>(num_classes))
      classes[i] = static_cast<std::int64_t>(whole);
  }
  return classes;
}

std::vector<std::int64_t> all_of(std::int64_t num_classes) {
  std::vector<std::int64_t> all(
      static_cast<std::size_t>(std::clamp<std::int64_t>(num_classes, 0, 1 << 16)));
  std::iota(all.begin(), all.end(), std::int64_t{0});
  return all;
}

}  // namespace

IoUBase::IoUBase(std::string_view who, std::string name, Rule rule,
                 std::vector<std::int64_t> targets, std::string_view dtype)
    : Metric(std::move(name)), rule_(rule), targets_(std::move(targets)), whole_(is_whole(dtype)) {
  // A matrix of more classes than this is more than 32 GB.
  constexpr std::int64_t kMostClasses = std::int64_t{1} << 16;
  if (rule_.num_classes < 1 || rule_.num_classes > kMostClasses) {
    invalid_argument(who, "num_classes must be 1 to ", kMostClasses,
                     ". Received: ", rule_.num_classes);
  }
  check_memory(who, "num_classes squared", rule_.num_classes * rule_.num_classes, sizeof(double));
  if (targets_.empty()) invalid_argument(who, "target_class_ids must name a class. Received: []");
  for (const std::int64_t target : targets_) {
    if (target >= 0 && target < rule_.num_classes) continue;
    invalid_argument(who, "Target class id ", target, " is out of range, which is [0, ",
                     rule_.num_classes, ").");
  }
  counts_.resize(static_cast<std::size_t>(rule_.num_classes * rule_.num_classes));
}

void IoUBase::update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight,
                           const Tensor& /*mask*/) {
  if (!y_true || !y_pred) invalid_argument(class_name(), "y_true and y_pred must be given");
  const auto truth = classes_of(y_true, rule_.sparse_y_true, rule_.axis, rule_.num_classes);
  const auto pred = classes_of(y_pred, rule_.sparse_y_pred, rule_.axis, rule_.num_classes);
  if (truth.size() != pred.size()) {
    invalid_argument(class_name(),
                     "y_true and y_pred must have as many classes. Received: y_true of "
                     "shape ",
                     y_true.shape(), " and y_pred of shape ", y_pred.shape());
  }
  std::vector<double> weights = {1};
  if (sample_weight) {
    const Tensor given = cast(sample_weight, DType::kFloat64);
    weights.assign(given.data<double>().begin(), given.data<double>().end());
    if (weights.size() != 1 && weights.size() != truth.size()) {
      invalid_argument(class_name(), "sample_weight of shape ", sample_weight.shape(),
                       " does not go together with y_true of shape ", y_true.shape());
    }
  }
  for (std::size_t i = 0; i < truth.size(); ++i) {
    if (truth[i] < 0 || pred[i] < 0 || truth[i] == rule_.ignore_class) continue;
    const double weight = weights[weights.size() == 1 ? 0 : i];
    counts_[static_cast<std::size_t>(truth[i] * rule_.num_classes + pred[i])] +=
        whole_ ? std::trunc(weight) : weight;
  }
}

Tensor IoUBase::result() const {
  const auto classes = static_cast<std::size_t>(rule_.num_classes);
  double sum = 0;
  double seen = 0;
  for (const std::int64_t target : targets_) {
    const auto c = static_cast<std::size_t>(target);
    double of_class = 0;
    for (std::size_t i = 0; i < classes; ++i)
      of_class += counts_[c * classes + i] + counts_[i * classes + c];
    const double both = counts_[c * classes + c];
    if (of_class - both <= 1e-9) continue;
    sum += both / (of_class - both + kEpsilon);
    seen += 1;
  }
  return scalar(sum / (seen + kEpsilon));
}

void IoUBase::reset_state() { std::ranges::fill(counts_, 0); }

std::vector<StatePart> IoUBase::parts() {
  StatePart part{"total_confusion_matrix", {rule_.num_classes, rule_.num_classes}, {}};
  for (double& count : counts_) part.numbers.push_back(&count);
  return {std::move(part)};
}

template <class F>
void fields(F& f, IoUOptions& o) {
  f("name", o.name);
  f("dtype", o.dtype);
  f("num_classes", o.num_classes);
  f("target_class_ids", o.target_class_ids);
  f("ignore_class", o.ignore_class);
  f("sparse_y_true", o.sparse_y_true);
  f("sparse_y_pred", o.sparse_y_pred);
  f("axis", o.axis);
}

template <class F>
void fields(F& f, BinaryIoUOptions& o) {
  f("target_class_ids", o.target_class_ids);
  f("threshold", o.threshold);
  f("name", o.name);
  f("dtype", o.dtype);
}

template <class F>
void fields(F& f, MeanIoUOptions& o) {
  f("num_classes", o.num_classes);
  f("name", o.name);
  f("dtype", o.dtype);
  f("ignore_class", o.ignore_class);
  f("sparse_y_true", o.sparse_y_true);
  f("sparse_y_pred", o.sparse_y_pred);
  f("axis", o.axis);
}

template <class F>
void fields(F& f, OneHotIoUOptions& o) {
  f("num_classes", o.num_classes);
  f("target_class_ids", o.target_class_ids);
  f("name", o.name);
  f("dtype", o.dtype);
  f("ignore_class", o.ignore_class);
  f("sparse_y_pred", o.sparse_y_pred);
  f("axis", o.axis);
}

template <class F>
void fields(F& f, OneHotMeanIoUOptions& o) {
  f("num_classes", o.num_classes);
  f("name", o.name);
  f("dtype", o.dtype);
  f("ignore_class", o.ignore_class);
  f("sparse_y_pred", o.sparse_y_pred);
  f("axis", o.axis);
}

IoU::IoU(Options options)
    : Configured(options, kName, name_or_new(options.name, kName),
                 Rule{.num_classes = options.num_classes,
                      .ignore_class = options.ignore_class,
                      .sparse_y_true = options.sparse_y_true,
                      .sparse_y_pred = options.sparse_y_pred,
                      .axis = options.axis},
                 options.target_class_ids, options.dtype) {}

BinaryIoU::BinaryIoU(Options options)
    : Configured(options, kName, name_or_new(options.name, kName), Rule{.num_classes = 2},
                 options.target_class_ids, options.dtype) {}

MeanIoU::MeanIoU(Options options)
    : Configured(options, kName, name_or_new(options.name, kName),
                 Rule{.num_classes = options.num_classes,
                      .ignore_class = options.ignore_class,
                      .sparse_y_true = options.sparse_y_true,
                      .sparse_y_pred = options.sparse_y_pred,
                      .axis = options.axis},
                 all_of(options.num_classes), options.dtype) {}

OneHotIoU::OneHotIoU(Options options)
    : Configured(options, kName, name_or_new(options.name, kName),
                 Rule{.num_classes = options.num_classes,
                      .ignore_class = options.ignore_class,
                      .sparse_y_true = false,
                      .sparse_y_pred = options.sparse_y_pred,
                      .axis = options.axis},
                 options.target_class_ids, options.dtype) {}

OneHotMeanIoU::OneHotMeanIoU(Options options)
    : Configured(options, kName, name_or_new(options.name, kName),
                 Rule{.num_classes = options.num_classes,
                      .ignore_class = options.ignore_class,
                      .sparse_y_true = false,
                      .sparse_y_pred = options.sparse_y_pred,
                      .axis = options.axis},
                 all_of(options.num_classes), options.dtype) {}

void BinaryIoU::update_state(const Tensor& y_true, const Tensor& y_pred,
                             const Tensor& sample_weight, const Tensor& mask) {
  if (!y_pred) invalid_argument(class_name(), "y_true and y_pred must be given");
  const Tensor numbers = cast(y_pred, DType::kFloat32);
  Tensor classes = uninitialized(y_pred.shape());
  std::ranges::transform(numbers.data<float>(), classes.data<float>().begin(),
                         [threshold = static_cast<float>(options_.threshold)](float x) {
                           return x >= threshold ? 1.0f : 0.0f;
                         });
  IoUBase::update_state(y_true, classes, sample_weight, mask);
}

}  // namespace keratin::metrics

namespace keratin {
template class Configured<metrics::IoU, metrics::IoUOptions, metrics::IoUBase>;
template class Configured<metrics::BinaryIoU, metrics::BinaryIoUOptions, metrics::IoUBase>;
template class Configured<metrics::MeanIoU, metrics::MeanIoUOptions, metrics::IoUBase>;
template class Configured<metrics::OneHotIoU, metrics::OneHotIoUOptions, metrics::IoUBase>;
template class Configured<metrics::OneHotMeanIoU, metrics::OneHotMeanIoUOptions, metrics::IoUBase>;
}  // namespace keratin
