// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "keratin/base/configured.h"
#include "keratin/metrics/metric.h"

namespace keratin::metrics {

/// What the metrics of intersection over union share: they gather how often class i was taken for
/// class j. Numbers outside the classes, and true ones of `ignore_class`, are not counted. Masks
/// have no part: Keras's do not.
class IoUBase : public Metric {
 public:
  /// `sample_weight`: a number for all, or one for each that is counted. Throws
  /// std::invalid_argument, before anything has changed, where the numbers of elements differ.
  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight = {},
                    const Tensor& mask = {}) override;
  /// The mean over those target classes that were seen at all of
  /// true positives / (true positives + false positives + false negatives).
  Tensor result() const override;
  void reset_state() override;

 protected:
  struct Rule {
    std::int64_t num_classes;
    std::optional<std::int64_t> ignore_class = std::nullopt;
    bool sparse_y_true = true;  // class numbers; else the largest along `axis` is the class
    bool sparse_y_pred = true;
    std::int64_t axis = -1;
  };
  /// Throws std::invalid_argument, naming `who`, for less than 1 class, more than fit the memory,
  /// target classes that are not among them, and a dtype that is none.
  IoUBase(std::string_view who, std::string name, Rule rule, std::vector<std::int64_t> targets,
          std::string_view dtype);

 private:
  std::vector<StatePart> parts() override;
  Rule rule_;
  std::vector<std::int64_t> targets_;
  bool whole_;                  // sample weights lose their fraction
  std::vector<double> counts_;  // true class * num_classes + predicted class
};

struct IoUOptions {
  std::int64_t num_classes = 2;                         // Keras has no default
  std::vector<std::int64_t> target_class_ids = {0, 1};  // Keras has no default
  std::string name = "";
  std::string dtype = "int32";
  std::optional<std::int64_t> ignore_class = std::nullopt;
  bool sparse_y_true = true;
  bool sparse_y_pred = true;
  std::int64_t axis = -1;
};

/// Intersection over union of `target_class_ids`, their mean: of all that is of a class or was
/// taken for it, the share that is both. Of class numbers; where not `sparse_`, of the largest
/// along `axis`. With a dtype of integers sample weights are whole numbers, as in Keras.
class IoU final : public Configured<IoU, IoUOptions, IoUBase> {
 public:
  static constexpr std::string_view kName = "IoU";
  explicit IoU(Options options = {});
};

struct BinaryIoUOptions {
  std::vector<std::int64_t> target_class_ids = {0, 1};
  double threshold = 0.5;
  std::string name = "";
  std::string dtype = "int32";
};

/// IoU of two classes: predictions of `threshold` or more are 1, others 0.
class BinaryIoU final : public Configured<BinaryIoU, BinaryIoUOptions, IoUBase> {
 public:
  static constexpr std::string_view kName = "BinaryIoU";
  explicit BinaryIoU(Options options = {});
  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight = {},
                    const Tensor& mask = {}) override;
};

struct MeanIoUOptions {
  std::int64_t num_classes = 2;  // Keras has no default
  std::string name = "";
  std::string dtype = "int32";
  std::optional<std::int64_t> ignore_class = std::nullopt;
  bool sparse_y_true = true;
  bool sparse_y_pred = true;
  std::int64_t axis = -1;
};

/// IoU of all classes.
class MeanIoU final : public Configured<MeanIoU, MeanIoUOptions, IoUBase> {
 public:
  static constexpr std::string_view kName = "MeanIoU";
  explicit MeanIoU(Options options = {});
};

struct OneHotIoUOptions {
  std::int64_t num_classes = 2;                         // Keras has no default
  std::vector<std::int64_t> target_class_ids = {0, 1};  // Keras has no default
  std::string name = "";
  std::string dtype = "int32";
  std::optional<std::int64_t> ignore_class = std::nullopt;
  bool sparse_y_pred = false;
  std::int64_t axis = -1;
};

/// IoU where the true classes are one-hot vectors along `axis`.
class OneHotIoU final : public Configured<OneHotIoU, OneHotIoUOptions, IoUBase> {
 public:
  static constexpr std::string_view kName = "OneHotIoU";
  explicit OneHotIoU(Options options = {});
};

struct OneHotMeanIoUOptions {
  std::int64_t num_classes = 2;  // Keras has no default
  std::string name = "";
  std::string dtype = "int32";
  std::optional<std::int64_t> ignore_class = std::nullopt;
  bool sparse_y_pred = false;
  std::int64_t axis = -1;
};

/// MeanIoU where the true classes are one-hot vectors along `axis`.
class OneHotMeanIoU final : public Configured<OneHotMeanIoU, OneHotMeanIoUOptions, IoUBase> {
 public:
  static constexpr std::string_view kName = "OneHotMeanIoU";
  explicit OneHotMeanIoU(Options options = {});
};

}  // namespace keratin::metrics

namespace keratin {
extern template class Configured<metrics::IoU, metrics::IoUOptions, metrics::IoUBase>;
extern template class Configured<metrics::BinaryIoU, metrics::BinaryIoUOptions, metrics::IoUBase>;
extern template class Configured<metrics::MeanIoU, metrics::MeanIoUOptions, metrics::IoUBase>;
extern template class Configured<metrics::OneHotIoU, metrics::OneHotIoUOptions, metrics::IoUBase>;
extern template class Configured<metrics::OneHotMeanIoU, metrics::OneHotMeanIoUOptions,
                                 metrics::IoUBase>;
}  // namespace keratin
