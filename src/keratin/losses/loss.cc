// SPDX-License-Identifier: Apache-2.0
#include "keratin/losses/loss.h"

#include <algorithm>
#include <array>
#include <utility>

#include "keratin/base/auto_name.h"
#include "keratin/base/error.h"
#include "keratin/graph/op.h"
#include "keratin/losses/loss_rows.h"
#include "keratin/losses/sample_weights.h"
#include "keratin/ops/reductions.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::losses {

std::string_view to_string(Reduction reduction) {
  switch (reduction) {
    case Reduction::kSum:
      return "sum";
    case Reduction::kMeanWithSampleWeight:
      return "mean_with_sample_weight";
    case Reduction::kNone:
      return "none";
    case Reduction::kSumOverBatchSize:
      break;
  }
  return "sum_over_batch_size";
}

Reduction reduction_from_name(std::string_view name) {
  if (name == "sum_over_batch_size" || name == "mean") return Reduction::kSumOverBatchSize;
  if (name == "sum") return Reduction::kSum;
  if (name == "mean_with_sample_weight") return Reduction::kMeanWithSampleWeight;
  if (name == "none") return Reduction::kNone;
  constexpr std::array<std::string_view, 5> kKnown = {"sum_over_batch_size", "mean", "sum",
                                                      "mean_with_sample_weight", "none"};
  unknown_name("Loss", "reduction", name, kKnown);
}

namespace {

/// In memory of its own: what a loss in Python gave may be there to be read alone.
Tensor scaled(const Tensor& values, float factor) {
  if (factor == 1) return values;
  Tensor result = uninitialized(values.shape());
  std::ranges::transform(values.data<float>(), result.data<float>().begin(),
                         [factor](float value) { return value * factor; });
  return result;
}

/// Where both keep; null is all.
Tensor both_masks(const Tensor& a, const Tensor& b, std::string_view who) {
  if (!a) return b;
  if (!b) return a;
  const WeightArray both =
      multiply(WeightArray::of(cast(a, DType::kBool)), WeightArray::of(cast(b, DType::kBool)), who);
  return cast(Tensor::from(both.data, both.shape), DType::kBool);
}

}  // namespace

Loss::Loss(std::string name, const std::optional<std::string>& reduction,
           std::string_view class_name)
    : name_(name.empty() ? auto_name(class_name) : std::move(name)),
      reduction_(reduction ? reduction_from_name(*reduction) : Reduction::kNone) {}

Shape Loss::values_shape(const Shape& shape) const {
  return shape_without(shape, axis(), class_name());
}

Tensor Loss::values_mask(const Tensor&, const Shape&) const { return {}; }

/// Weights brought to the values, and what the weighted values are divided by.
struct Loss::Weights {
  std::optional<WeightArray> array;  // in its own shape, as merged
  Shape result;                      // of the weighted values
  Shape values;                   // the values' shape, perhaps with an axis of size 1 more or less
  std::vector<double> per_value;  // empty: all are `all`
  double all = 1;
};

/// A batch that has passed every check.
struct Loss::Prepared {
  Tensor y_true_cast;  // owns the copies, where types made any necessary
  Tensor y_pred_cast;
  Shape shape;  // y_pred's, adapted
  bool adapted = false;
  Shape values;
  Weights weights;
};

void Loss::check_shapes(const Tensor& y_true, const Tensor& y_pred, Shape& adapted) const {
  if (!y_true || !y_pred) invalid_argument(class_name(), "y_true and y_pred must be given");
  Shape truth = y_true.shape();
  squeeze_or_expand_to_same_rank(truth, adapted);
  if (sparse()) {
    const Shape without = values_shape(adapted);
    Shape with_one = adapted;
    if (with_one.rank() > 0) {
      with_one[static_cast<std::size_t>(
          axis() < 0 ? axis() + static_cast<std::int64_t>(adapted.rank()) : axis())] = 1;
    }
    if (truth == without || truth == with_one) return;
  } else if (truth == adapted) {
    return;
  }
  invalid_argument(class_name(), "y_true and y_pred must have shapes that go together",
                   sparse() ? ": y_true that of y_pred without the class axis" : "",
                   ". Received: y_true of shape ", y_true.shape(), " and y_pred of shape ",
                   y_pred.shape());
}

Loss::Prepared Loss::prepare(const Tensor& y_true, const Tensor& y_pred,
                             const Tensor& sample_weight, const Tensor& mask) const {
  Prepared p;
  if (sparse() || !y_true || !y_pred || y_true.shape() != y_pred.shape()) {
    p.shape = y_pred.shape();
    p.adapted = true;
    check_shapes(y_true, y_pred, p.shape);
  }
  const Shape& shape = p.adapted ? p.shape : y_pred.shape();
  if (!sparse() && y_true.dtype() != DType::kFloat32) p.y_true_cast = cast(y_true, DType::kFloat32);
  if (y_pred.dtype() != DType::kFloat32) p.y_pred_cast = cast(y_pred, DType::kFloat32);
  p.values = values_shape(shape);

  Tensor valid = mask ? mask : y_pred.mask();
  valid = both_masks(valid, values_mask(y_true, p.values), class_name());
  p.weights = weigh(p.values, sample_weight, valid);
  return p;
}

Loss::Weights Loss::weigh(const Shape& values, const Tensor& sample_weight,
                          const Tensor& mask) const {
  const std::int64_t count = values.size();
  Weights w;
  w.array =
      merge_mask(sample_weight, mask, reduction_ == Reduction::kSumOverBatchSize, class_name());
  w.values = values;
  if (w.array) {
    squeeze_or_expand_to_same_rank(w.values, w.array->shape);
    const std::optional<Shape> result = broadcast_shapes(w.values, w.array->shape);
    if (!result) {
      invalid_argument(class_name(), "weights (sample_weight, mask) of shape ", w.array->shape,
                       " do not go together with values of shape ", values);
    }
    w.result = *result;
    w.per_value.assign(static_cast<std::size_t>(count), 0);
    if (w.result == w.values && w.result == w.array->shape) {
      w.per_value = w.array->data;
    } else {
      for_each_broadcast(w.result, w.values, w.array->shape, [&](auto, auto value, auto weight) {
        w.per_value[static_cast<std::size_t>(value)] +=
            w.array->data[static_cast<std::size_t>(weight)];
      });
    }
  }

  const std::int64_t total = w.array ? w.result.size() : count;
  // Keras: values of shape () are not divided, nor summed.
  const bool scalar = (w.array ? w.result : w.values).rank() == 0;
  double divisor = 1;
  if (!scalar && reduction_ == Reduction::kSumOverBatchSize) divisor = static_cast<double>(total);
  if (!scalar && reduction_ == Reduction::kMeanWithSampleWeight) {
    divisor = w.array ? w.array->sum() : static_cast<double>(total);
  }
  const double scale = divisor == 0 ? 0 : 1 / divisor;
  w.all = scale;
  if (scale != 1) {
    for (double& weight : w.per_value) weight *= scale;
  }
  return w;
}

Value Loss::call(const Value& /*y_true*/, const Value& /*y_pred*/) const {
  wrong_moment(class_name(), "a loss of one's own must have call(y_true, y_pred).");
}

double Loss::evaluate(const Batch& /*batch*/) const {
  wrong_moment(class_name(), "a loss of one's own must have call(y_true, y_pred).");
}

Value Loss::called(const Tensor& y_true, const Value& y_pred) const {
  if (!y_true || !y_pred) invalid_argument(class_name(), "y_true and y_pred must be given");
  const Value labels(cast(y_true, DType::kFloat32));
  Value values = call(y_true.has_mask() ? labels.with_mask(y_true.mask()) : labels, y_pred);
  if (!values || values.is_symbolic() || values.dtype() != DType::kFloat32) {
    invalid_argument(class_name(), "call must return float32, a value a sample. Received: ",
                     !values                ? "none"
                     : values.is_symbolic() ? "a symbolic value"
                                            : to_string(values.dtype()));
  }
  return values;
}

namespace {
Value masked(const Tensor& y_pred, const Tensor& mask) {
  if (!y_pred) return {};
  const Value value(cast(y_pred, DType::kFloat32));
  return value.with_mask(mask ? Value(mask) : y_pred.mask() ? Value(y_pred.mask()) : Value());
}
Tensor mask_of(const Value& y_pred) {
  return y_pred.has_mask() ? y_pred.mask().tensor() : Tensor();
}
}  // namespace

Loss::WithGradient Loss::gradient_by_call(const Tensor& y_true, const Value& y_pred,
                                          const Tensor& sample_weight) const {
  if (!y_pred) called(y_true, y_pred);  // which says so
  Pass pass(true, std::make_shared<Tape>());
  const Value source = pass.tape->watch(y_pred.tensor());
  const Value loss = of_batch(y_true, source.with_mask(y_pred.mask()), sample_weight, pass);
  const float number = loss.tensor().data<float>()[0];
  if (!loss.is_recorded()) return {number, Tensor::zeros(y_pred.shape())};
  return {number, pass.tape->slopes(loss, {}, std::span(&source, 1))[0]};
}

Loss::WithGradient Loss::value_and_gradient(const Tensor& y_true, const Tensor& y_pred,
                                            const Tensor& sample_weight, const Tensor& mask) const {
  if (by_call_) return gradient_by_call(y_true, masked(y_pred, mask), sample_weight);
  const Prepared p = prepare(y_true, y_pred, sample_weight, mask);
  WithGradient result;
  result.gradient = uninitialized(y_pred.shape());
  const Tensor& pred = p.y_pred_cast ? p.y_pred_cast : y_pred;
  result.loss = static_cast<float>(
      evaluate({.y_true = p.y_true_cast ? p.y_true_cast : y_true,
                .y_pred = pred.data<float>().data(),
                .shape = p.adapted ? p.shape : y_pred.shape(),
                .weights = p.weights.array ? p.weights.per_value.data() : nullptr,
                .weight = p.weights.all,
                .values = nullptr,
                .gradient = result.gradient.data<float>().data()}));
  return result;
}

Tensor Loss::operator()(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight,
                        const Tensor& mask) const {
  if (by_call_) {
    const Value given = masked(y_pred, mask);
    return reduced(called(y_true, given), sample_weight, mask_of(given)).tensor();
  }
  const Prepared p = prepare(y_true, y_pred, sample_weight, mask);
  const Weights& w = p.weights;
  const Tensor& pred = p.y_pred_cast ? p.y_pred_cast : y_pred;
  const bool want_values = reduction_ == Reduction::kNone;
  Tensor values = uninitialized(want_values ? p.values : Shape{});
  const double total = evaluate({.y_true = p.y_true_cast ? p.y_true_cast : y_true,
                                 .y_pred = pred.data<float>().data(),
                                 .shape = p.adapted ? p.shape : y_pred.shape(),
                                 .weights = w.array ? w.per_value.data() : nullptr,
                                 .weight = w.all,
                                 .values = want_values ? values.data<float>().data() : nullptr,
                                 .gradient = nullptr});
  if (!want_values) {
    values.data<float>()[0] = static_cast<float>(total);
    return values;
  }
  return w.array ? weighted(values, w) : values;
}

Value Loss::of_batch(const Tensor& y_true, const Value& y_pred, const Tensor& sample_weight,
                     Pass& /*pass*/) const {
  const Tensor mask = mask_of(y_pred);
  if (by_call_) {
    const Value loss = reduced(called(y_true, y_pred), sample_weight, mask);
    return loss.shape().rank() == 0 ? loss : ops::sum(loss);
  }
  return compute({&y_pred}, [&](const Arguments& x) {
    double sum = 0;
    Pullback pullback;
    if (x.wants(0)) {
      const WithGradient both = value_and_gradient(y_true, x[0], sample_weight, mask);
      sum = static_cast<double>(both.loss);
      pullback = [gradient = both.gradient](Slopes& slopes) {
        slopes.add(0, scaled(gradient, slopes.of().data<float>()[0]));
      };
    } else {
      const Tensor values = (*this)(y_true, x[0], sample_weight, mask);
      for (const float value : std::as_const(values).data<float>())
        sum += static_cast<double>(value);
    }
    return Result{Tensor::from(std::vector<float>{static_cast<float>(sum)}, Shape{}),
                  std::move(pullback)};
  });
}

Value Loss::of_values(const std::shared_ptr<const Loss>& loss, const Tensor& y_true,
                      const Value& y_pred, const Tensor& sample_weight) {
  Pass none;
  if (loss->reduction_ != Reduction::kNone)
    return loss->of_batch(y_true, y_pred, sample_weight, none);
  const Tensor mask = mask_of(y_pred);
  if (loss->by_call_) return loss->reduced(loss->called(y_true, y_pred), sample_weight, mask);
  return compute({&y_pred}, [&](const Arguments& x) {
    Result result{(*loss)(y_true, x[0], sample_weight, mask)};
    if (!x.wants_any()) return result;
    const auto p =
        std::make_shared<const Prepared>(loss->prepare(y_true, x[0], sample_weight, mask));
    result.pullback = [loss, p, y_true, y_pred = x[0]](Slopes& slopes) {
      const Tensor weights = slope_of(slopes.of(), p->weights, p->values);
      const auto numbers = weights.data<float>();
      const std::vector<double> by_value(numbers.begin(), numbers.end());
      const Tensor& pred = p->y_pred_cast ? p->y_pred_cast : y_pred;
      Tensor gradient = uninitialized(y_pred.shape());
      loss->evaluate({.y_true = p->y_true_cast ? p->y_true_cast : y_true,
                      .y_pred = pred.data<float>().data(),
                      .shape = p->adapted ? p->shape : y_pred.shape(),
                      .weights = by_value.data(),
                      .weight = 1,
                      .values = nullptr,
                      .gradient = gradient.data<float>().data()});
      slopes.add(0, std::move(gradient));
    };
    return result;
  });
}

Value Loss::reduced(const Value& values, const Tensor& sample_weight,
                    const Tensor& mask_of_predictions) const {
  const Tensor mask = both_masks(mask_of_predictions, mask_of(values), class_name());
  return compute({&values}, [&](const Arguments& x) {
    const Tensor numbers = cast(x[0], DType::kFloat32);
    Tensor slope;
    const bool none = reduction_ == Reduction::kNone;
    Result result{reduce(numbers, sample_weight, mask, x.wants_any() && !none ? &slope : nullptr)};
    if (!x.wants_any()) return result;
    if (none) {
      result.pullback = [w = weigh(numbers.shape(), sample_weight, mask), shape = numbers.shape()](
                            Slopes& slopes) { slopes.add(0, slope_of(slopes.of(), w, shape)); };
    } else {
      result.pullback = [slope](Slopes& slopes) {
        slopes.add(0, scaled(copy_of(slope), slopes.of().data<float>()[0]));
      };
    }
    return result;
  });
}

/// The derivative by values of that shape, where `weighted` is the one by the weighted values.
Tensor Loss::slope_of(const Tensor& weighted, const Weights& w, const Shape& values) {
  if (!w.array) return weighted;
  Tensor result = Tensor::zeros(values);
  const auto in = weighted.data<float>();
  const auto out = result.data<float>();
  for_each_broadcast(w.result, w.values, w.array->shape, [&](auto i, auto value, auto weight) {
    const double factor = w.array->data[static_cast<std::size_t>(weight)];
    out[static_cast<std::size_t>(value)] +=
        factor == 0
            ? 0.0f
            : static_cast<float>(factor * static_cast<double>(in[static_cast<std::size_t>(i)]));
  });
  return result;
}

Tensor Loss::weighted(const Tensor& values, const Weights& w) {
  Tensor result = uninitialized(w.result);
  const auto in = values.data<float>();
  const auto out = result.data<float>();
  for_each_broadcast(w.result, w.values, w.array->shape, [&](auto i, auto value, auto weight) {
    const double factor = w.array->data[static_cast<std::size_t>(weight)];
    const double x = static_cast<double>(in[static_cast<std::size_t>(value)]);
    out[static_cast<std::size_t>(i)] = factor == 0 ? 0.0f : static_cast<float>(factor * x);
  });
  return result;
}

Tensor Loss::reduce(const Tensor& values, const Tensor& sample_weight, const Tensor& mask,
                    Tensor* slope) const {
  const Weights w = weigh(values.shape(), sample_weight, mask);
  const auto in = values.data<float>();
  const auto weight = [&w](std::size_t i) { return w.array ? w.per_value[i] : w.all; };
  if (slope != nullptr) {
    *slope = uninitialized(values.shape());
    const auto out = slope->data<float>();
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<float>(weight(i));
  }
  if (reduction_ == Reduction::kNone) return w.array ? weighted(values, w) : values;
  double total = 0;
  for (std::size_t i = 0; i < in.size(); ++i) {
    if (weight(i) != 0) total += weight(i) * static_cast<double>(in[i]);
  }
  return Tensor::from(std::vector<float>{static_cast<float>(total)}, Shape{});
}

}  // namespace keratin::losses
