// SPDX-License-Identifier: Apache-2.0
#include "keratin/ops/ctc.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "keratin/ops/broadcast.h"
#include "keratin/ops/define.h"

namespace keratin::ops {
namespace {

/// Keras on JAX: the log of what cannot be.
constexpr double kLogZero = -1e5;

double log_add(double a, double b) {
  const double most = std::max(a, b);
  return most + std::log1p(std::exp(std::min(a, b) - most));
}

/// One sequence: the logs of what is so far, by how many labels have been said. After `blank` the
/// next label may follow, whatever it is; after `said` one that is another.
class Sequence {
 public:
  /// `labels` are of `count` classes each; `logits` (steps, classes).
  Sequence(const std::int64_t* labels, std::int64_t count, const float* logits, std::int64_t steps,
           std::int64_t classes, std::int64_t blank)
      : labels_(labels),
        count_(at(count)),
        steps_(at(steps)),
        classes_(at(classes)),
        blank_(at(blank)),
        probabilities_(steps_ * classes_) {
    for (std::size_t t = 0; t < steps_; ++t) log_softmax(logits + t * classes_, t);
    walk();
  }

  double loss() const { return -ends_; }

  /// out (steps, classes): `slope` times that of loss() by the logits.
  void back(double slope, float* out) const {
    std::vector<double> blank(count_ + 1), said(count_), earlier_said(count_), by(classes_);
    std::vector<double> ready(count_ + 1);
    // loss() = -log_add(blanks of the last, said of the last).
    blank[count_] = -slope;
    if (count_ > 0) {
      const double part = share(said_at(steps_, count_ - 1), ends_);
      said[count_ - 1] = -slope * part;
      blank[count_] = -slope * share(blank_at(steps_, count_), ends_);
    }
    for (std::size_t t = steps_; t-- > 0;) {
      std::ranges::fill(by, 0);
      std::ranges::fill(ready, 0);
      std::ranges::fill(earlier_said, 0);
      for (std::size_t n = 0; n <= count_; ++n) {
        // blank_at(t + 1, n) = log_add(ready(n), said(n - 1) + direct(n - 1)) + log p(blank)
        by[blank_] += blank[n];
        if (n == 0) {
          ready[n] += blank[n];
          continue;
        }
        const double whole = blank_at(t + 1, n) - log_p(t, blank_);
        ready[n] += blank[n] * share(ready_at(t, n), whole);
        earlier_said[n - 1] += blank[n] * share(said_at(t, n - 1) + direct(n - 1), whole);
      }
      for (std::size_t n = 0; n < count_; ++n) {
        // said_at(t + 1, n) = log_add(ready(n), said(n)) + log p(label n)
        by[label(n)] += said[n];
        const double whole = said_at(t + 1, n) - log_p(t, label(n));
        ready[n] += said[n] * share(ready_at(t, n), whole);
        earlier_said[n] += said[n] * share(said_at(t, n), whole);
      }
      // ready(n) = log_add(blank(n), said(n - 1) + skip(n - 1))
      for (std::size_t n = 1; n <= count_; ++n) {
        const double whole = ready_at(t, n);
        earlier_said[n - 1] += ready[n] * share(said_at(t, n - 1) + skip(n - 1), whole);
        ready[n] *= share(blank_at(t, n), whole);
      }
      double sum = 0;
      for (const double each : by) sum += each;
      for (std::size_t c = 0; c < classes_; ++c)
        out[t * classes_ + c] = static_cast<float>(by[c] - std::exp(log_p(t, c)) * sum);
      std::swap(blank, ready);
      std::swap(said, earlier_said);
    }
  }

 private:
  static std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }
  static double share(double part, double whole) { return std::exp(part - whole); }
  std::size_t label(std::size_t n) const { return at(labels_[n]); }
  double log_p(std::size_t t, std::size_t c) const { return probabilities_[t * classes_ + c]; }

  // The states after t steps, where n labels (of said_at: n + 1) have been said.
  double blank_at(std::size_t t, std::size_t n) const { return states_[t * width() + n]; }
  double said_at(std::size_t t, std::size_t n) const {
    return states_[t * width() + count_ + 1 + n];
  }
  std::size_t width() const { return 2 * count_ + 1; }

  /// Label n + 1 may follow label n without a blank unless they are the same.
  bool repeats(std::size_t n) const { return n + 1 < count_ && labels_[n] == labels_[n + 1]; }
  double skip(std::size_t n) const { return repeats(n) ? kLogZero : 0; }
  double direct(std::size_t n) const { return repeats(n) ? 0 : kLogZero; }
  double ready_at(std::size_t t, std::size_t n) const {
    if (n == 0) return blank_at(t, 0);
    return log_add(blank_at(t, n), said_at(t, n - 1) + skip(n - 1));
  }

  void log_softmax(const float* x, std::size_t t) {
    const auto row = probabilities_.begin() + static_cast<std::ptrdiff_t>(t * classes_);
    const double most = static_cast<double>(*std::max_element(x, x + classes_));
    double sum = 0;
    for (std::size_t c = 0; c < classes_; ++c) sum += std::exp(static_cast<double>(x[c]) - most);
    for (std::size_t c = 0; c < classes_; ++c)
      row[static_cast<std::ptrdiff_t>(c)] = static_cast<double>(x[c]) - most - std::log(sum);
  }

  void walk() {
    states_.assign((steps_ + 1) * width(), kLogZero);
    states_[0] = 0;
    for (std::size_t t = 0; t < steps_; ++t) {
      double* next = states_.data() + (t + 1) * width();
      for (std::size_t n = 0; n <= count_; ++n) {
        const double ready = ready_at(t, n);
        next[n] =
            log_p(t, blank_) + (n == 0 ? ready : log_add(ready, said_at(t, n - 1) + direct(n - 1)));
        if (n < count_) next[count_ + 1 + n] = log_p(t, label(n)) + log_add(ready, said_at(t, n));
      }
    }
    ends_ = blank_at(steps_, count_);
    if (count_ > 0) ends_ = log_add(ends_, said_at(steps_, count_ - 1));
  }

  const std::int64_t* labels_;
  std::size_t count_;
  std::size_t steps_;
  std::size_t classes_;
  std::size_t blank_;
  std::vector<double> probabilities_;  // logs of them
  std::vector<double> states_;
  double ends_ = 0;
};

struct CTCLoss final : NamedOp<CTCLoss> {
  static constexpr std::string_view kName = "CTCLoss";
  static constexpr std::size_t kInputs = 4;
  int mask_index = 0;
  template <class F>
  void fields(F& f) {
    f("mask_index", mask_index);
  }

  void check(const Shape& target, const Shape& output, const Shape& labels,
             const Shape& steps) const {
    if (target.rank() != 2 || output.rank() != 3 || labels.rank() != 1 || steps.rank() != 1) {
      refuse(*this,
             "target must have the shape (batch_size, max_length), output (batch_size, max_length, "
             "num_classes), target_length and output_length (batch_size,). Received: ",
             target, ", ", output, ", ", labels, ", ", steps, ".");
    }
    for (const Shape& shape : {target, labels, steps}) {
      if (Shape{shape[0]}.is_compatible_with(Shape{output[0]})) continue;
      refuse(*this, "target, output, target_length and output_length must have the same first ",
             "dimension. Received shapes: ", target, ", ", output, ", ", labels, ", ", steps, ".");
    }
    if (output[2] >= 0 && (mask_index < 0 || mask_index >= output[2])) {
      refuse(*this, "mask_index must be one of the ", output[2],
             " classes. Received: ", mask_index);
    }
  }
  std::vector<Spec> output_spec(const Inputs& x) const {
    check(x[0].shape(), x[1].shape(), x[2].shape(), x[3].shape());
    return {{Shape{x[1].shape()[0]}}};
  }

  /// What is read of a batch, whole and checked.
  struct Batch {
    Tensor labels, output, label_counts, step_counts;
    std::int64_t most_labels, most_steps, classes, blank;
    Sequence sequence(std::int64_t b) const {
      const auto i = static_cast<std::size_t>(b);
      return Sequence(labels.data<std::int64_t>().data() + b * most_labels,
                      label_counts.data<std::int64_t>()[i],
                      output.data<float>().data() + b * most_steps * classes,
                      step_counts.data<std::int64_t>()[i], classes, blank);
    }
  };

  void check_lengths(const Tensor& lengths, std::int64_t most, std::string_view name) const {
    for (const std::int64_t length : lengths.data<std::int64_t>()) {
      if (length >= 0 && length <= most) continue;
      refuse(*this, name, " must be 0 to ", most, ". Received: ", length);
    }
  }
  Batch checked(const Arguments& x) const {
    check(x[0].shape(), x[1].shape(), x[2].shape(), x[3].shape());
    Batch batch{cast(x[0], DType::kInt64), cast(x[1], DType::kFloat32),
                cast(x[2], DType::kInt64), cast(x[3], DType::kInt64),
                x[0].shape()[1],           x[1].shape()[1],
                x[1].shape()[2],           mask_index};
    check_lengths(batch.label_counts, batch.most_labels, "target_length");
    check_lengths(batch.step_counts, batch.most_steps, "output_length");
    const auto labels = batch.labels.data<std::int64_t>();
    const auto counts = batch.label_counts.data<std::int64_t>();
    for (std::size_t b = 0; b < counts.size(); ++b) {
      for (std::int64_t n = 0; n < counts[b]; ++n) {
        const std::int64_t label =
            labels[b * static_cast<std::size_t>(batch.most_labels) + static_cast<std::size_t>(n)];
        if (label >= 0 && label < batch.classes) continue;
        out_of_range("ops.ctc_loss", "label out of range: target[", b, ", ", n, "] is ", label,
                     ", classes are 0 to ", batch.classes - 1);
      }
    }
    return batch;
  }

  Result compute(const Arguments& x) const {
    const Batch batch = checked(x);
    Result result{uninitialized(batch.label_counts.shape())};
    const std::span<float> losses = result.outputs[0].data<float>();
    const auto count = static_cast<std::int64_t>(losses.size());
    parallel::for_chunks(count, 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t b = begin; b < end; ++b)
        losses[static_cast<std::size_t>(b)] = static_cast<float>(batch.sequence(b).loss());
    });
    if (!x.wants(1)) return result;
    result.pullback = [batch, count](Slopes& slopes) {
      const auto by_loss = slopes.of().data<float>();
      Tensor gradient = Tensor::zeros(batch.output.shape());
      float* out = gradient.data<float>().data();
      parallel::for_chunks(count, 1, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t b = begin; b < end; ++b) {
          const double slope = static_cast<double>(by_loss[static_cast<std::size_t>(b)]);
          if (slope != 0) batch.sequence(b).back(slope, out + b * batch.most_steps * batch.classes);
        }
      });
      slopes.add(1, std::move(gradient));
    };
    return result;
  }
};

}  // namespace

OpEntries ctc_ops() { return op_entries<CTCLoss>(); }

Value ctc_loss(const Value& target, const Value& output, const Value& target_length,
               const Value& output_length, int mask_index) {
  CTCLoss op;
  op.mask_index = mask_index;
  return apply_op(checked_op(op), Values{target, output, target_length, output_length});
}

}  // namespace keratin::ops
