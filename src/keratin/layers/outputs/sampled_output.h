// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "keratin/base/configured.h"
#include "keratin/layers/embedding.h"
#include "keratin/layers/outputs/labelled_output.h"

namespace keratin::random {
class CandidateSampler;
}

namespace keratin::layers {

struct SampledSoftmaxOptions {
  std::int64_t units = 0;  // V classes; must be given
  std::int64_t num_sampled =
      0;  // S, drawn for a batch, the same for all its samples; must be given
  /// p: "log_uniform" (classes by falling frequency), "uniform", "learned_unigram" (of the labels
  /// so far), "fixed_unigram". random/candidate_sampler.h has the formulas.
  std::string sampler = "log_uniform";
  std::vector<double> unigrams = {};  // of "fixed_unigram": how often each class occurs
  double distortion = 1.0;            // their exponent
  bool unique = true;                 // the S classes are distinct
  bool remove_accidental_hits = true;
  bool subtract_log_q = true;
  bool use_bias = true;
  Identifier<const initializers::Initializer> kernel_initializer = "uniform";
  Identifier<const initializers::Initializer> bias_initializer = "zeros";
  Identifier<const regularizers::Regularizer> kernel_regularizer = {};
  Identifier<const regularizers::Regularizer> bias_regularizer = {};
  Identifier<const regularizers::Regularizer> activity_regularizer = {};
  Identifier<const constraints::Constraint> kernel_constraint = {};
  Identifier<const constraints::Constraint> bias_constraint = {};
  std::optional<std::int64_t> seed = {};
  std::optional<std::string> name = {};
  bool trainable = true;
};

/// As SampledSoftmax, with TensorFlow's default for drawn classes that are labels.
struct NCEOptions {
  std::int64_t units = 0;        // must be given
  std::int64_t num_sampled = 0;  // must be given
  std::string sampler = "log_uniform";
  std::vector<double> unigrams = {};
  double distortion = 1.0;
  bool unique = true;
  bool remove_accidental_hits = false;
  bool subtract_log_q = true;  // false: negative sampling
  bool use_bias = true;
  Identifier<const initializers::Initializer> kernel_initializer = "uniform";
  Identifier<const initializers::Initializer> bias_initializer = "zeros";
  Identifier<const regularizers::Regularizer> kernel_regularizer = {};
  Identifier<const regularizers::Regularizer> bias_regularizer = {};
  Identifier<const regularizers::Regularizer> activity_regularizer = {};
  Identifier<const constraints::Constraint> kernel_constraint = {};
  Identifier<const constraints::Constraint> bias_constraint = {};
  std::optional<std::int64_t> seed = {};
  std::optional<std::string> name = {};
  bool trainable = true;
};

/// The kernel (V, D) and the bias (V, 1) of an output layer, which are tables: a step costs the
/// rows of its labels and of what it drew. Weights: kernel, bias.
class SampledOutput : public LabelledOutput {
 public:
  ~SampledOutput() override;
  SampledOutput(SampledOutput&&) noexcept;
  std::vector<std::shared_ptr<Layer>> parts() const override { return parts_; }
  std::string_view name_of_part(std::size_t i) const override;
  /// The seed, also where none was given, how often it drew, and what was learnt of each class.
  std::vector<std::int64_t> chance() const override;

 protected:
  SampledOutput(std::string_view class_name, SampledSoftmaxOptions options);
  std::int64_t classes() const override;
  bool takes_several_labels() const override { return true; }
  void build_width(std::int64_t width) override;
  Value losses(const Value& x, const Tensor& labels, Pass& pass) const override;
  Value scores(const Value& x, Pass& pass) const override;
  /// Of logits (N, T + S), of which the first T are of labels.
  virtual Value loss_of_sampled(const Value& logits, std::int64_t num_true) const = 0;
  /// Of the logits (N, V) of all classes, and those (N, T) of the labels.
  virtual Value loss_of_all(const Value& logits, const Value& of_true) const = 0;

 private:
  struct Learnt {  // the labels of draw number `draw`
    std::int64_t draw;
    std::vector<std::int64_t> labels;
  };
  void take_chance(const std::vector<std::int64_t>& chance) override;
  Value rows_of(std::size_t part, const Tensor& ids, Pass& pass) const;
  void settle_learnt(std::int64_t draw) const;

  SampledSoftmaxOptions sampling_;
  std::int64_t seed_;
  std::vector<std::shared_ptr<Layer>> parts_;          // kernel, bias (if any): Embeddings
  std::unique_ptr<random::CandidateSampler> sampler_;  // null before build()
  mutable std::vector<Learnt> learnt_;                 // of steps that may have been taken
};

/// A softmax over V classes that is trained on few of them: sampled softmax. S. Jean, K. Cho, R.
/// Memisevic, Y. Bengio, "On using very large target vocabulary for neural machine translation"
/// (2014). TensorFlow: `tf.nn.sampled_softmax_loss`.
///   inputs  float32 (..., D)
///   labels  of any integer type, (...), or (..., T): T labels a sample, 1 / T each
///   output  in training with labels, (...): the cross-entropy over the labels and S drawn classes,
///           from whose logits the log of their expected count is subtracted;
///           with labels, (...): that over all classes;
///           without, (..., V): the logits x kernel^T + bias.
/// Draws are a function of the seed and of how many steps were taken.
/// Throws std::invalid_argument for options that random::candidate_sampler() refuses, fewer than
/// one unit or sample, and more distinct samples than units; std::out_of_range for a label outside
/// [0, V).
class SampledSoftmax final : public Configured<SampledSoftmax, SampledSoftmaxOptions,
                                               LayerOf<SampledSoftmax, SampledOutput>> {
 public:
  static constexpr std::string_view kName = "SampledSoftmax";
  static constexpr std::string_view kPackage = "keratin";
  explicit SampledSoftmax(SampledSoftmaxOptions options);

 private:
  Value loss_of_sampled(const Value& logits, std::int64_t num_true) const override;
  Value loss_of_all(const Value& logits, const Value& of_true) const override;
};

/// The same with a logistic loss for each class: noise-contrastive estimation. M. Gutmann, A.
/// Hyvarinen (2010). TensorFlow: `tf.nn.nce_loss`. With subtract_log_q = false it is negative
/// sampling: T. Mikolov et al., "Distributed representations of words and phrases and their
/// compositionality" (2013).
///   output  as SampledSoftmax, with the sum of the logistic losses of the labels (each 1 / T of a
///           target) and of the drawn classes, or of all
class NCE final : public Configured<NCE, NCEOptions, LayerOf<NCE, SampledOutput>> {
 public:
  static constexpr std::string_view kName = "NCE";
  static constexpr std::string_view kPackage = "keratin";
  explicit NCE(NCEOptions options);

 private:
  Value loss_of_sampled(const Value& logits, std::int64_t num_true) const override;
  Value loss_of_all(const Value& logits, const Value& of_true) const override;
};

}  // namespace keratin::layers
