// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/retrieval/retrieval.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <stdexcept>
#include <vector>

#include "support/golden_calls.h"
#include <gtest/gtest.h>

#include "keratin/layers/layers.h"
#include "keratin/ops/activation_ops.h"
#include "keratin/ops/sorting.h"

namespace keratin::layers {
namespace {

TEST(Retrieval, CallsAreThoseOfKerasRS) {
  // One logarithm, of magnitude 14 at most.
  testing::expect_golden_calls("retrieval", 1e-6, 1e-6);
}

Tensor floats(const std::vector<float>& values, const Shape& shape) {
  return Tensor::from(values, shape);
}

TEST(Retrieval, AccidentalHitsAreOutOfTheSoftmax) {
  const auto layer = shared(RemoveAccidentalHits({}));
  Pass pass;
  const Value logits = floats({1, 2, 3, 4, 5, 6}, {2, 3});
  const Value labels = floats({1, 0, 0, 0, 0, 1}, {2, 3});
  const auto of = [&](const Tensor& ids) {
    const Values found = layer->run(Inputs(Values{logits, labels, Value(ids)}), pass);
    return ops::softmax(found[0]).tensor();
  };
  // Ids that float32 does not tell apart.
  const std::int64_t big = std::int64_t{1} << 53;
  const Tensor found = of(Tensor::from(std::vector<std::int64_t>{big, big, big + 1}));
  const auto p = found.data<float>();
  EXPECT_NEAR(p[0], 1 / (1 + std::exp(2.0)), 1e-6);
  EXPECT_EQ(p[1], 0);
  EXPECT_EQ(p[4] > 0 && p[3] > 0, true);
  // Ids of each row.
  const Tensor own = of(Tensor::from(std::vector<int>{1, 2, 3, 5, 6, 5}, {2, 3}));
  EXPECT_EQ(own.data<float>()[3], 0);
  for (const std::size_t i : {0, 1, 2, 4, 5}) EXPECT_GT(own.data<float>()[i], 0);
  EXPECT_THROW(of(Tensor::from(std::vector<int>{1, 2})), std::invalid_argument);
  EXPECT_THROW(of(Tensor::from(std::vector<int>{1}, Shape{})), std::invalid_argument);
}

TEST(Retrieval, TheBestAreFoundAndNamed) {
  BruteForceRetrieval layer({.k = 2});
  const Tensor queries = floats({1, 0, 0, 1, 1, 1}, {3, 2});
  const Tensor candidates = floats({1, 2, 3, 1, -1, 0, 3, 0}, {4, 2});
  Pass pass;
  const auto found = [&] { return layer.run(Inputs(Value(queries)), pass); };
  EXPECT_THROW(found(), std::logic_error);
  layer.update_candidates(candidates);
  const auto ids = [&] {
    const Tensor tensor = found()[1].tensor();
    const auto span = std::as_const(tensor).data<std::int32_t>();
    return std::vector<std::int32_t>(span.begin(), span.end());
  };
  EXPECT_EQ(ids(), (std::vector<std::int32_t>{1, 3, 0, 1, 1, 0}));  // the first of equals first
  EXPECT_EQ(testing::difference(found()[0].tensor(), floats({3, 3, 2, 1, 4, 3}, {3, 2}), 0, 0), "");
  layer.update_candidates(candidates, Tensor::from(std::vector<std::int64_t>{10, 11, 12, 13}));
  EXPECT_EQ(ids(), (std::vector<std::int32_t>{11, 13, 10, 11, 11, 10}));

  // What is refused leaves what was there.
  EXPECT_THROW(layer.update_candidates({}), std::invalid_argument);
  EXPECT_THROW(layer.update_candidates(floats({1, 2}, {1, 2})), std::invalid_argument);
  EXPECT_THROW(layer.update_candidates(floats({1, 2}, {2})), std::invalid_argument);
  EXPECT_THROW(layer.update_candidates(candidates, Tensor::from(std::vector<int>{1, 2, 3})),
               std::invalid_argument);
  EXPECT_THROW(layer.update_candidates(candidates, floats({1, 2, 3, 4}, {4})),
               std::invalid_argument);
  const std::int64_t big = std::int64_t{1} << 31;
  EXPECT_THROW(
      layer.update_candidates(candidates, Tensor::from(std::vector<std::int64_t>{1, 2, 3, big})),
      std::invalid_argument);
  EXPECT_EQ(ids()[0], 11);
  EXPECT_THROW(layer.run(Inputs(Value(Tensor::zeros({1, 3}))), pass), std::invalid_argument);
  EXPECT_EQ(found().size(), 2u);
  const BruteForceRetrieval alone(
      {.candidate_embeddings = candidates, .k = 1, .return_scores = false});
  EXPECT_EQ(alone(queries).shape(), (Shape{3, 1}));
  EXPECT_EQ(alone.serialize().at("registered_name").as_string(), "keras_rs>BruteForceRetrieval");
}

/// One of a user's: the nearest by the dot product, of candidates that stand still.
class Nearest final : public LayerOf<Nearest, Retrieval> {
 public:
  explicit Nearest(std::int64_t k) : LayerOf(LayerOptions{.class_name = "Nearest"}, k, false) {
    build_at_init();
  }
  std::string_view class_name() const override { return "Nearest"; }
  Config get_config() const override { return Config::dict(); }
  void update_candidates(const Tensor& embeddings, const Tensor& ids) override {
    check_candidates(embeddings.shape(), ids);
    candidates_ = embeddings;
  }
  Shape compute_output_shape(const Shape& input_shape) const override {
    Shape shape = input_shape;
    shape[shape.rank() - 1] = k();
    return shape;
  }
  Values call(const Inputs& inputs, Pass&) const override {
    return ops::top_k(compute_score(inputs[0], candidates_), k())[1];
  }

 private:
  Tensor candidates_;
};

TEST(Retrieval, OnesOwnDerives) {
  const std::shared_ptr<Retrieval> both[] = {
      shared(Nearest(2)), shared(BruteForceRetrieval({.k = 2, .return_scores = false}))};
  for (const auto& one : both) {
    one->update_candidates(floats({1, 0, 0, 1, -1, -1}, {3, 2}));
    Pass pass;
    const Value found = one->run(Inputs(Value(floats({1, 2, -3, -1}, {2, 2}))), pass)[0];
    const auto places = found.tensor().data<std::int32_t>();
    EXPECT_EQ(std::vector<std::int32_t>(places.begin(), places.end()),
              (std::vector<std::int32_t>{1, 0, 2, 1}));
    EXPECT_THROW(one->update_candidates(floats({1, 0}, {1, 2})), std::invalid_argument);
    EXPECT_THROW(one->update_candidates(floats({1, 0}, {2})), std::invalid_argument);
    EXPECT_THROW(one->update_candidates(floats({1, 0, 0, 1}, {2, 2}),
                                        Tensor::from(std::vector<int>{1, 2, 3})),
                 std::invalid_argument);
  }
  EXPECT_THROW(Nearest(0), std::invalid_argument);
}

TEST(Retrieval, ThePositiveIsFirstWhateverItsLogit) {
  const auto mining = shared(HardNegativeMining({.num_hard_negatives = 1}));
  const float inf = std::numeric_limits<float>::infinity();
  const float lowest = std::numeric_limits<float>::lowest();
  for (const float positive : {-inf, lowest, std::nanf(""), 0.0F, inf}) {
    Pass pass;
    const Values found = mining->run(
        Inputs(Values{Value(Tensor::from(std::vector<float>{5, inf, positive, -7}, {1, 4})),
                      Value(Tensor::from(std::vector<float>{0, 0, 1, 0}, {1, 4}))}),
        pass);
    const auto logits = found[0].tensor().data<float>();
    EXPECT_EQ(std::bit_cast<std::uint32_t>(logits[0]), std::bit_cast<std::uint32_t>(positive));
    EXPECT_EQ(logits[1], inf);
    EXPECT_EQ(found[1].tensor().data<float>()[0], 1);
  }
}

TEST(Retrieval, BadOptionsAndShapesAreErrors) {
  EXPECT_THROW(HardNegativeMining({}), std::invalid_argument);
  EXPECT_THROW(SamplingProbabilityCorrection({.epsilon = -1}), std::invalid_argument);
  EXPECT_THROW(BruteForceRetrieval({.k = 0}), std::invalid_argument);
  EXPECT_THROW(BruteForceRetrieval({.candidate_ids = Tensor::from(std::vector<int>{1})}),
               std::invalid_argument);
  Pass pass;
  const auto mining = shared(HardNegativeMining({.num_hard_negatives = 2}));
  const Value two = Tensor::zeros({2, 3});
  EXPECT_THROW(mining->run(Inputs(two), pass), std::invalid_argument);
  EXPECT_THROW(mining->run(Inputs(Values{two, Value(Tensor::zeros({2, 4}))}), pass),
               std::invalid_argument);
  // Nothing to choose from.
  const Value none = Tensor::zeros({0, 3});
  EXPECT_EQ(mining->run(Inputs(Values{none, none}), pass)[0].shape(), (Shape{0, 3}));
}

}  // namespace
}  // namespace keratin::layers
