// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/embedding_vectors.h"

#include <cstdint>
#include <utility>
#include <vector>

#include "keratin/graph/op.h"
#include "keratin/kernels/rows.h"
#include "keratin/ops/arithmetic.h"
#include "keratin/ops/matmul.h"
#include "keratin/ops/nn/lookup.h"
#include "keratin/table/low_rank_table.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::layers {
namespace {

class OfTable final : public EmbeddingVectors {
 public:
  OfTable(std::shared_ptr<const table::Table> table, std::shared_ptr<const Variable> variable)
      : table_(std::move(table)), variable_(std::move(variable)) {}

  Value look_up(const Tensor& ids, bool trained, const Pass& pass) const override {
    return ops::nn::lookup(ids, *table_, variable(trained), pass);
  }
  Value look_up_pooled(const Tensor& ids, Pooling pooling, MaskedSteps masked, const Shape& shape,
                       bool trained, const Pass& pass) const override {
    return ops::nn::lookup_pooled(ids, *table_, pooling, masked, shape, variable(trained), pass);
  }
  std::shared_ptr<const table::Table> table() const override { return table_; }

 private:
  const Variable* variable(bool trained) const {
    return trained && variable_ && variable_->trainable() ? variable_.get() : nullptr;
  }
  std::shared_ptr<const table::Table> table_;
  std::shared_ptr<const Variable> variable_;
};

class LowRank final : public EmbeddingVectors {
 public:
  LowRank(std::shared_ptr<const EmbeddingVectors> base, std::shared_ptr<const Variable> left,
          std::shared_ptr<const Variable> right, float scale)
      : base_(std::move(base)),
        left_(std::dynamic_pointer_cast<const table::Table>(left->storage()), left),
        right_(std::move(right)),
        scale_(scale) {}

  Value look_up(const Tensor& ids, bool trained, const Pass& pass) const override {
    return ops::add(base_->look_up(ids, trained, pass),
                    update(left_.look_up(ids, trained, pass), trained, pass));
  }
  /// The update of a sum is that of the sum of what is on the left, and of a mean likewise.
  Value look_up_pooled(const Tensor& ids, Pooling pooling, MaskedSteps masked, const Shape& shape,
                       bool trained, const Pass& pass) const override {
    if (pooling == Pooling::kMax) return {};
    const Value base = base_->look_up_pooled(ids, pooling, masked, shape, trained, pass);
    if (!base) return {};
    Shape thin = shape;
    thin[thin.rank() - 1] = right_->shape()[0];
    return ops::add(base, update(left_.look_up_pooled(ids, pooling, masked, thin, trained, pass),
                                 trained, pass));
  }
  std::shared_ptr<const table::Table> table() const override {
    return std::make_shared<table::LowRankTable>(base_->table(), left_.table(), right_->value(),
                                                 scale_);
  }

 private:
  Value update(const Value& left, bool trained, const Pass& pass) const {
    const Value right = trained ? pass.value(*right_) : pass.constant(*right_);
    return ops::multiply(ops::matmul(left, right),
                         Value(Tensor::from(std::vector<float>{scale_}, Shape{})));
  }
  std::shared_ptr<const EmbeddingVectors> base_;
  OfTable left_;
  std::shared_ptr<const Variable> right_;
  float scale_;
};

class Rounded final : public EmbeddingVectors {
 public:
  Rounded(std::shared_ptr<const EmbeddingVectors> base, Precision precision)
      : base_(std::move(base)), precision_(precision) {}

  Value look_up(const Tensor& ids, bool trained, const Pass& pass) const override {
    const Value vectors = base_->look_up(ids, trained, pass);
    return compute({&vectors}, [&](const Arguments& x) {
      Result result{nearest(x[0])};
      if (x.wants(0)) result.pullback = [](Slopes& slopes) { slopes.add(0, slopes.of()); };
      return result;
    });
  }
  Value look_up_pooled(const Tensor&, Pooling, MaskedSteps, const Shape&, bool,
                       const Pass&) const override {
    return {};
  }
  std::shared_ptr<const table::Table> table() const override { return base_->table(); }

 private:
  Tensor nearest(const Tensor& x) const {
    std::vector<std::uint16_t> stored(static_cast<std::size_t>(x.size()));
    Tensor y = uninitialized(x.shape());
    kernels::store_elements(precision_, x.data<float>().data(), x.size(), stored.data());
    kernels::load_elements(precision_, stored.data(), x.size(), y.data<float>().data());
    return y;
  }
  std::shared_ptr<const EmbeddingVectors> base_;
  Precision precision_;
};

}  // namespace

std::shared_ptr<const EmbeddingVectors> vectors_of(std::shared_ptr<const table::Table> table,
                                                   std::shared_ptr<const Variable> variable) {
  return std::make_shared<OfTable>(std::move(table), std::move(variable));
}

std::shared_ptr<const EmbeddingVectors> with_low_rank(std::shared_ptr<const EmbeddingVectors> base,
                                                      std::shared_ptr<const Variable> left,
                                                      std::shared_ptr<const Variable> right,
                                                      float scale) {
  return std::make_shared<LowRank>(std::move(base), std::move(left), std::move(right), scale);
}

std::shared_ptr<const EmbeddingVectors> rounded(std::shared_ptr<const EmbeddingVectors> base,
                                                Precision precision) {
  return std::make_shared<Rounded>(std::move(base), precision);
}

}  // namespace keratin::layers
