// SPDX-License-Identifier: Apache-2.0
#include "keratin/models/functional.h"

#include <stdexcept>
#include <string>
#include <vector>

#include "support/error_message.h"
#include "support/golden.h"
#include "support/numbers.h"
#include <gtest/gtest.h>

#include "keratin/initializers/initializers.h"
#include "keratin/layers/layers.h"
#include "keratin/models/sequential.h"
#include "keratin/ops/arithmetic.h"

namespace keratin::models {
namespace {

using ::keratin::testing::message;
using layers::Dense;
using layers::Dropout;
using layers::Embedding;
using layers::Flatten;
using layers::GlobalAveragePooling1D;
using layers::Input;
using layers::shared;
using testing::floats;

Tensor ids_of(std::vector<int> values, const Shape& shape) { return Tensor::from(values, shape); }
Value ids_input(const char* name) {
  return Input({.shape = Shape{3}, .dtype = DType::kInt32, .name = name});
}

/// Two inputs through one table, whose rows are 0 1, 2 3, 4 5 ...
struct TwoTowers {
  std::shared_ptr<Embedding> table;
  Value a = ids_input("a"), b = ids_input("b");
  Value x, y;
  TwoTowers() {
    std::vector<float> rows;
    for (int i = 0; i < 10; ++i) rows.push_back(static_cast<float>(i));
    table = shared(Embedding({.input_dim = 5,
                              .output_dim = 2,
                              .mask_zero = true,
                              .weights = Tensor::from(rows, {5, 2}),
                              .name = "e"}));
    x = GlobalAveragePooling1D({.name = "p"})((*table)(a));
    y = GlobalAveragePooling1D({.name = "q"})((*table)(b));
  }
};

TEST(Functional, RunsSeveralInputsAndOutputsAndALayerThatIsUsedTwice) {
  const TwoTowers t;
  const Functional model(Values{t.a, t.b}, Values{ops::multiply(t.x, t.y), t.x});
  EXPECT_EQ(model.input_names(), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(model.output_names()[0].substr(0, 8), "multiply");
  EXPECT_EQ(model.output_names()[1], "p");
  Pass pass;
  const Values out = model.run(Values{ids_of({1, 2, 0}, {1, 3}), ids_of({4, 0, 0}, {1, 3})}, pass);
  EXPECT_EQ(floats(out[0].tensor()), (std::vector<float>{3 * 8, 4 * 9}));  // padding left out
  EXPECT_EQ(floats(out[1].tensor()), (std::vector<float>{3, 4}));
}

// d sum(x y) / d table: each lookup gives its row the other tower, over the steps that count.
TEST(Functional, TheGradientsOfALayerThatIsUsedTwiceAreSummed) {
  const TwoTowers t;
  const Functional model(Values{t.a, t.b}, ops::multiply(t.x, t.y));
  Pass pass(true, std::make_shared<Tape>());
  const Value out = model.run(Values{ids_of({1, 2, 0}, {1, 3}), ids_of({2, 0, 0}, {1, 3})}, pass);
  Gradients gradients;
  pass.tape->slopes(out, {}, {}, &gradients);
  const SparseRows& rows = gradients.find(*t.table->weights()[0])->rows;
  EXPECT_EQ(rows.ids, (std::vector<std::int64_t>{0, 1, 2}));  // padding: 0
  // x = (3, 4), y = (4, 5): row 1 has y / 2, row 2 has y / 2 + x.
  EXPECT_EQ(floats(rows.values), (std::vector<float>{0, 0, 2, 2.5F, 5, 6.5F}));
}

// From Keras 3.16: summary() and the places of layers of the same graph.
TEST(Functional, SummaryAndOrderAreKeras) {
  const TwoTowers t;
  const Value z = ops::multiply(t.x, t.y);
  const Value o = Dense({.units = 1, .name = "o"})(Dropout({.rate = 0.2, .name = "d"})(z));
  const Functional model(Values{t.a, t.b}, Values{o, t.x}, {.name = "m"});
  std::vector<std::string> names;
  for (const auto& layer : model.layers()) names.push_back(layer->name());
  EXPECT_EQ(names, (std::vector<std::string>{"a", "b", "e", "p", "q", "d", "o"}));
  const std::string text = model.summary();
  for (const char* line :
       {"│ a (InputLayer)      │ (None, 3)         │          0 │ -                 │",
        "│ e (Embedding)       │ (None, 3, 2)      │         10 │ a[0][0], b[0][0]  │",
        "│ q                   │ (None, 2)         │          0 │ e[1][0]           │",
        "│ o (Dense)           │ (None, 1)         │          3 │ d[0][0]           │",
        "┏━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━┓"}) {
    EXPECT_NE(text.find(line), std::string::npos) << line << "\n" << text;
  }
}

TEST(Functional, ModelsAreLayers) {
  const Value inner_in = Input({2});
  const auto inner = shared(Functional(
      inner_in, Dense({.units = 2, .kernel_initializer = "ones", .name = "inner_dense"})(inner_in),
      {.name = "inner"}));
  const auto sequence = shared(Sequential({Dense({.units = 2, .kernel_initializer = "ones"})}));
  const Value a = Input({2}), b = Input({2});
  const Functional model(Values{a, b}, ops::add((*inner)(a), (*sequence)((*inner)(b))));
  EXPECT_EQ(model.weights().size(), 4u);
  EXPECT_EQ(model.count_params(), 12);
  const Tensor one = Tensor::from(std::vector<float>{1, 2}, {1, 2});
  Pass pass;
  EXPECT_EQ(floats(Value(model.run(Values{one, one}, pass)).tensor()),
            (std::vector<float>{3 + 6, 3 + 6}));
  Sequential outer({inner, Dense({.units = 1, .kernel_initializer = "ones"})});
  EXPECT_EQ(floats(outer.predict(one)), (std::vector<float>{6}));
}

TEST(Functional, IsCutOutOfAnotherAndSharesItsLayers) {
  const TwoTowers t;
  const Functional whole(Values{t.a, t.b}, ops::multiply(t.x, t.y));
  const Functional tower(whole.inputs()[0], t.x);
  EXPECT_EQ(floats(tower.predict(ids_of({1, 2, 0}, {1, 3}))), (std::vector<float>{3, 4}));
  EXPECT_EQ(&tower.get_layer("e"), t.table.get());
  EXPECT_EQ(tower.layers().size(), 3u);
  const Functional rest(t.y, ops::add(t.y, t.y));  // from an inner value on
  EXPECT_EQ(floats(rest.predict(Tensor::from(std::vector<float>{1, 2}, {1, 2}))),
            (std::vector<float>{2, 4}));
}

TEST(Functional, TrainsAsTheSequentialOfTheSameLayers) {
  const auto table = [] {
    return Embedding({.input_dim = 9,
                      .output_dim = 4,
                      .embeddings_initializer = initializers::RandomUniform({.seed = 1}),
                      .mask_zero = true});
  };
  const auto dense = [] {
    return Dense({.units = 1, .kernel_initializer = initializers::RandomUniform({.seed = 2})});
  };
  Sequential sequence(
      {table(), GlobalAveragePooling1D(), Dropout({.rate = 0.5, .seed = 3}), dense()});
  const Value x = ids_input("x");
  Functional graph(
      x, dense()(Dropout({.rate = 0.5, .seed = 3})(GlobalAveragePooling1D()(table()(x)))));
  const Tensor data = ids_of({1, 2, 0, 3, 4, 5, 8, 0, 0, 7, 7, 7}, {4, 3});
  const Tensor y = Tensor::from(std::vector<float>{0, 1, 1, 0}, {4, 1});
  for (Model* model : {static_cast<Model*>(&sequence), static_cast<Model*>(&graph)}) {
    model->compile("adam", "mse");
    model->fit(data, y, {.batch_size = 2, .epochs = 3, .verbose = 0, .shuffle = false});
  }
  const auto a = sequence.get_weights(), b = graph.get_weights();
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i)
    EXPECT_EQ(testing::difference(a[i], b[i], 0, 0), "") << i;
}

TEST(Functional, AColumnIsTakenWhereOneAxisOfOneIsWanted) {
  const Value x = Input({.shape = Shape{1}, .dtype = DType::kInt32});
  const Functional model(x, Flatten()(Embedding({.input_dim = 5, .output_dim = 2})(x)));
  EXPECT_EQ(model.predict(ids_of({1, 2, 3}, {3})).shape(), (Shape{3, 2}));
  EXPECT_EQ(model.predict(ids_of({1, 2, 3}, {3, 1})).shape(), (Shape{3, 2}));
}

TEST(Functional, RefusesWhatCannotBe) {
  const TwoTowers t;
  const Value product = ops::multiply(t.x, t.y);
  EXPECT_NE(message([&] { Functional(t.a, product); }).find("'b' (InputLayer)"), std::string::npos)
      << message([&] { Functional(t.a, product); });
  EXPECT_NE(message([&] {
              Functional(Values{t.a, t.a}, t.x);
            }).find("there twice"),
            std::string::npos);
  EXPECT_NE(message([&] {
              Functional(t.a, Dense({.units = 2, .name = "e"})(t.x));
            }).find("'e' is that of two layers"),
            std::string::npos);
  EXPECT_THROW(Functional(Values(), t.x), std::invalid_argument);
  EXPECT_THROW(Functional(t.a, Values()), std::invalid_argument);
  const std::string mask =
      message([&] { Functional(t.a, Flatten({.name = "f"})((*t.table)(t.a))); });
  EXPECT_NE(mask.find("'e' (Embedding)"), std::string::npos) << mask;
  EXPECT_NE(mask.find("'f' (Flatten)"), std::string::npos) << mask;
  EXPECT_NO_THROW(
      Functional(t.a, Flatten()((*t.table)(t.a)), {.mask_policy = MaskPolicy::kKeras3}));

  const Functional model(Values{t.a, t.b}, product, {.name = "m"});
  Pass pass;
  EXPECT_NE(message([&] {
              model.run(ids_of({1}, {1, 1}), pass);
            }).find("takes 2 inputs"),
            std::string::npos);
  EXPECT_NE(message([&] {
              model.run(Values{ids_of({1}, {1, 1}), ids_of({1}, {1, 1})}, pass);
            }).find("input 'a' must have shape (None, 3). Received: (1, 1)"),
            std::string::npos);
  EXPECT_NE(message([&] {
              model.run(Values{ids_of({1, 2, 3}, {1, 3}), Value()}, pass);
            }).find("input 'b' is missing"),
            std::string::npos);
  EXPECT_THROW(model.run(Values{ids_of({1, 2, 3}, {1, 3}), ids_of({1, 2, 5}, {1, 3})}, pass),
               std::out_of_range);
}

}  // namespace
}  // namespace keratin::models
