// SPDX-License-Identifier: Apache-2.0
#include "keratin/activations/activations.h"

#include <cmath>
#include <limits>
#include <stdexcept>

#include "support/golden.h"
#include <gtest/gtest.h>

#include "keratin/base/named_list.h"
#include "keratin/parallel/parallel.h"

namespace keratin::activations {
namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
constexpr float kInf = std::numeric_limits<float>::infinity();

std::shared_ptr<const Activation> make(const Config& golden_case) {
  Config config = Config::dict();
  config["class_name"] = golden_case.at("name");
  config["config"] = golden_case.at("options");
  return Activation::deserialize(config);
}

/// Keras's own results carry the rounding of its formulas, which add and subtract numbers of the
/// size of x: 4 units of eps = 1.2e-7 at |x|. Against the float64 reference only the rounding of
/// terms of size 1 (1 - y, 1 + y) is left. rtol: 2e-6 is some 16 eps, the libm of XLA has up to 8.
void expect_near(const Tensor& got, const Tensor& wanted, const Tensor& scale, double atol,
                 const std::string& what) {
  ASSERT_EQ(got.shape(), wanted.shape()) << what;
  const auto a = got.data<float>();
  const auto b = wanted.data<float>();
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] == b[i] || (std::isnan(a[i]) && std::isnan(b[i]))) continue;
    const double size =
        scale ? std::max(1.0, std::fabs(static_cast<double>(scale.data<float>()[i]))) : 1.0;
    const double allowed = 2e-6 * std::fabs(static_cast<double>(b[i])) + atol * size;
    EXPECT_LE(std::fabs(static_cast<double>(a[i]) - static_cast<double>(b[i])), allowed)
        << what << " at " << i << ": " << a[i] << ", wanted " << b[i];
  }
}

TEST(Activations, ValuesAndGradientsOfKeras) {
  const Config golden = testing::golden("activations");
  ASSERT_GT(golden.at("cases").as_list().size(), 60u);
  for (const Config& c : golden.at("cases").as_list()) {
    const auto f = make(c);
    const Tensor x = testing::golden_tensor(c.at("x"));
    const Tensor g = testing::golden_tensor(c.at("g"));
    const Tensor y = (*f)(x);
    const Tensor dx = f->gradient(x, y, g);
    const std::string what = std::string(f->name()) + " " + to_string(x.shape());
    const bool same_shape = y.shape() == x.shape();
    expect_near(y, testing::golden_tensor(c.at("y")), same_shape ? x : Tensor(), 5e-7, what + " y");
    expect_near(dx, testing::golden_tensor(c.at("dx")), x, 1e-6, what + " dx");
    expect_near(y, testing::golden_tensor(c.at("y64")), {}, 2.5e-7, what + " y64");
    expect_near(dx, testing::golden_tensor(c.at("dx64")), same_shape ? g : Tensor(), 5e-7,
                what + " dx64");
  }
}

TEST(Activations, EveryNameOfKerasIsKnownAndSerializedAlike) {
  const Config golden = testing::golden("activations");
  for (const auto& [name, serialized] : golden.at("serialized").as_dict()) {
    if (name == "threshold") {  // needs its options
      EXPECT_THROW(Activation::get(name), std::invalid_argument);
      continue;
    }
    EXPECT_EQ(Activation::get(name)->serialize(), serialized) << name;
    Config function = Config::dict();
    function["class_name"] = "function";
    function["config"] = name;
    EXPECT_EQ(Activation::deserialize(function)->serialize(), serialized) << name;
  }
  // Two aliases there; keras2_hard_sigmoid here.
  EXPECT_EQ(entries().size() + 1, golden.at("serialized").as_dict().size());
}

/// clip(0.2 x + 0.5, 0, 1), as Keras 2's documentation has it.
TEST(Activations, HardSigmoidOfKeras2) {
  const Tensor x = Tensor::from<float>({-3, -2.5, -1, 0, 1, 2.4, 2.5, 9}, {8});
  const auto function = Activation::get("keras2_hard_sigmoid");
  const Tensor y = (*function)(x);
  EXPECT_EQ(testing::difference(y, Tensor::from<float>({0, 0, 0.3f, 0.5f, 0.7f, 0.98f, 1, 1}, {8}),
                                1e-7, 1e-7),
            "");
  const Tensor slope = function->gradient(x, y, Tensor::from<float>(std::vector<float>(8, 1), {8}));
  EXPECT_EQ(testing::difference(
                slope, Tensor::from<float>({0, 0, 0.2f, 0.2f, 0.2f, 0.2f, 0, 0}, {8}), 0, 0),
            "");
}

TEST(Activations, RoundTripOfEveryEntry) {
  const Tensor x = Tensor::from<float>({-2, -1, -0.5, 0, 0.5, 1, 2, 7}, {2, 4});
  for (const auto& entry : entries()) {
    Config options = Config::dict();
    if (entry.class_name == "threshold") {
      options["threshold"] = 0.5;
      options["default_value"] = 3.0;
    }
    const auto made = entry.from_config(options);
    EXPECT_EQ(made->name(), entry.class_name);
    const auto again = Activation::deserialize(made->serialize());
    EXPECT_EQ(again->get_config(), made->get_config());
    EXPECT_EQ(testing::difference((*again)(x), (*made)(x), 0, 0), "") << entry.class_name;
  }
}

TEST(Activations, OptionsThatDifferAreWritten) {
  const Relu f({.negative_slope = 0.1, .max_value = 6});
  EXPECT_FALSE(f.has_default_options());
  const Config config = f.serialize();
  EXPECT_EQ(config.at("class_name"), Config("ReLU"));  // Keras reads it as its layer
  EXPECT_EQ(config.at("module"), Config("keras.layers"));
  const auto again = Activation::deserialize(config);
  EXPECT_EQ(again->get_config(), f.get_config());
  EXPECT_EQ(again->get_config().at("max_value"), Config(6.0));
  EXPECT_EQ(Activation::deserialize(Softmax({.axis = 1}).serialize())->get_config().at("axis"),
            Config(1));
}

TEST(Activations, LayersAndWhatIsOfAUsersOwnInFiles) {
  const auto parsed = [](std::string_view class_name, std::string_view option,
                         const Config& value) {
    Config config = Config::dict();
    config["module"] = "keras.layers";
    config["class_name"] = class_name;
    config["config"]["name"] = "there";
    config["config"]["trainable"] = true;
    config["config"]["dtype"] = "float32";
    config["config"][std::string(option)] = value;
    config["registered_name"] = Config();
    return config;
  };
  const auto leaky = Activation::deserialize(parsed("LeakyReLU", "negative_slope", 0.25));
  EXPECT_EQ(leaky->name(), "leaky_relu");
  EXPECT_EQ(leaky->get_config().at("negative_slope"), Config(0.25));
  const auto old = Activation::deserialize(parsed("LeakyReLU", "alpha", 0.125));
  EXPECT_EQ(old->get_config().at("negative_slope"), Config(0.125));
  EXPECT_EQ(Activation::deserialize(parsed("ELU", "alpha", 2.0))->get_config().at("alpha"),
            Config(2.0));
  EXPECT_EQ(Activation::deserialize(parsed("Softmax", "axis", 1))->get_config().at("axis"),
            Config(1));
  EXPECT_THROW(Activation::deserialize(parsed("PReLU", "alpha", 1.0)), std::invalid_argument);
  Config own = parsed("Mine", "by", 1.0);
  own["registered_name"] = "pack>Mine";
  try {
    Activation::deserialize(own);
    FAIL();
  } catch (const std::invalid_argument& error) {
    EXPECT_NE(std::string_view(error.what()).find("custom_objects"), std::string_view::npos)
        << error.what();
  }
}

TEST(Activations, IdentifiersAsKerasTakesThem) {
  const Identifier<const Activation> none;
  EXPECT_TRUE(activations::get(none)->is_linear());
  EXPECT_FALSE(activations::get("relu")->is_linear());
  EXPECT_EQ(activations::get(Relu({.threshold = 1}))->name(), "relu");
  EXPECT_TRUE(Activation::deserialize(Config())->is_linear());
  try {
    Activation::get("sigmiod");
    FAIL();
  } catch (const std::invalid_argument& error) {
    EXPECT_NE(std::string(error.what()).find("'sigmoid'"), std::string::npos) << error.what();
  }
}

float at(const Activation& f, float x) { return f(Tensor::from<float>({x})).data<float>()[0]; }

TEST(Activations, RightFarOut) {
  EXPECT_NEAR(at(Sigmoid(), -100), 3.78e-44, 2e-45);
  EXPECT_EQ(at(Sigmoid(), 100), 1);
  EXPECT_EQ(at(Sigmoid(), -kInf), 0);
  EXPECT_EQ(at(Softplus(), 100), 100);
  EXPECT_EQ(at(Softplus(), kInf), kInf);
  EXPECT_EQ(at(LogSigmoid(), -1000), -1000);
  EXPECT_EQ(at(LogSigmoid(), -kInf), -kInf);
  EXPECT_EQ(at(Mish(), 3e38f), 3e38f);
  EXPECT_EQ(at(Mish(), -3e38f), 0);
  EXPECT_EQ(at(Tanh(), kInf), 1);
  EXPECT_EQ(at(Squareplus(), -1e10f), 1e-10f);
  const Tensor y = softmax(Tensor::from<float>({3e38f, 3e38f, -3e38f}, {1, 3}));
  EXPECT_EQ(y.data<float>()[0], 0.5f);
  EXPECT_EQ(y.data<float>()[2], 0.0f);
  const Tensor one_hot = sparsemax(Tensor::from<float>({1e30f, 1e20f, -kInf}, {1, 3}));
  EXPECT_EQ(one_hot.data<float>()[0], 1.0f);
  EXPECT_EQ(one_hot.data<float>()[1], 0.0f);
}

TEST(Activations, NaNGivesNaN) {
  for (const auto& entry : entries()) {
    Config options = Config::dict();
    if (entry.class_name == "threshold") {
      options["threshold"] = 0.5;
      options["default_value"] = 3.0;
    }
    const Tensor y = (*entry.from_config(options))(Tensor::from<float>({kNaN, 1, kNaN, 2}, {2, 2}));
    EXPECT_TRUE(std::isnan(y.data<float>()[0])) << entry.class_name;
  }
  EXPECT_TRUE(std::isnan(at(Relu({.negative_slope = 0.1, .max_value = 2, .threshold = 1}), kNaN)));
}

TEST(Activations, ShapesThatDoNotFitAreErrors) {
  const Tensor x = Tensor::zeros({2, 3});
  EXPECT_THROW(softmax(x, {.axis = 2}), std::invalid_argument);
  EXPECT_THROW(softmax(Tensor::zeros({})), std::invalid_argument);
  EXPECT_THROW(glu(x), std::invalid_argument);
  EXPECT_EQ(glu(x, {.axis = 0}).shape(), (Shape{1, 3}));
  EXPECT_EQ(Glu().compute_output_shape({kNone, 4}), (Shape{kNone, 2}));
  EXPECT_EQ(Glu({.axis = 0}).compute_output_shape({kNone, 4}), (Shape{kNone, 4}));
  EXPECT_THROW(Relu().gradient(x, x, Tensor::zeros({3, 2})), std::invalid_argument);
  EXPECT_EQ(softmax(Tensor::zeros({0, 3})).shape(), (Shape{0, 3}));
  EXPECT_EQ(softmax(Tensor::zeros({3, 0})).shape(), (Shape{3, 0}));
  EXPECT_EQ(relu(Tensor::from<std::int32_t>({-1, 2})).data<float>()[1], 2.0f);
}

// (2, 3, 4) as (3, 2 * 4): the first and the last axis as one.
Tensor outer_as_line(const Tensor& x) {
  Tensor result = Tensor::zeros({3, 8});
  for (std::size_t i = 0; i < 24; ++i)
    result.data<float>()[i / 4 % 3 * 8 + i / 12 * 4 + i % 4] = std::as_const(x).data<float>()[i];
  return result;
}

TEST(Activations, SeveralAxesAreOneLine) {
  Tensor x = Tensor::zeros({2, 3, 4});
  Tensor g = Tensor::zeros({2, 3, 4});
  for (std::size_t i = 0; i < 24; ++i) {
    x.data<float>()[i] = std::sin(static_cast<float>(i)) * 5;
    g.data<float>()[i] = std::cos(static_cast<float>(i));
  }
  for (const char* name : {"softmax", "log_softmax"}) {
    Config config = Config::dict();
    config["class_name"] = name;
    config["config"]["axis"] = Config(Config::List{0, -1});
    const auto f = Activation::deserialize(config);
    const auto line = Activation::get(name);
    const Tensor y = (*f)(x);
    const Tensor wanted = (*line)(outer_as_line(x));
    EXPECT_EQ(y.shape(), x.shape());
    EXPECT_EQ(testing::difference(outer_as_line(y), wanted, 0, 0), "") << name;
    EXPECT_EQ(testing::difference(outer_as_line(f->gradient(x, y, g)),
                                  line->gradient(outer_as_line(x), wanted, outer_as_line(g)), 0, 0),
              "")
        << name;
    EXPECT_EQ(f->serialize().at("config"), config.at("config"));
  }
  EXPECT_THROW(softmax(x, {.axis = {0, -3}}), std::invalid_argument);
  EXPECT_THROW(softmax(x, {.axis = {0, 3}}), std::invalid_argument);
  EXPECT_THROW(softmax(x, {.axis = std::vector<int>{}}), std::invalid_argument);
  EXPECT_EQ(softmax(Tensor::zeros({0, 2, 3}), {.axis = {0, 1}}).shape(), (Shape{0, 2, 3}));
}

TEST(Activations, ThreadsDoNotChangeBits) {
  Tensor x = Tensor::zeros({700, 300});
  for (std::size_t i = 0; i < 210000; ++i) x.data<float>()[i] = std::sin(static_cast<float>(i)) * 5;
  for (const char* name : {"gelu", "relu", "softmax", "sparsemax"}) {
    const auto f = Activation::get(name);
    parallel::set_num_threads(1);
    const Tensor one = (*f)(x);
    const Tensor one_dx = f->gradient(x, one, x);
    parallel::set_num_threads(4);
    const Tensor four = (*f)(x);
    EXPECT_EQ(testing::difference(four, one, 0, 0), "") << name;
    EXPECT_EQ(testing::difference(f->gradient(x, four, x), one_dx, 0, 0), "") << name;
    parallel::set_num_threads(0);
  }
}

}  // namespace
}  // namespace keratin::activations
