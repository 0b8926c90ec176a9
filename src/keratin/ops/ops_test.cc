// SPDX-License-Identifier: Apache-2.0
#include "keratin/ops/ops.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <set>
#include <stdexcept>

#include "support/golden.h"
#include "support/sanitized.h"
#include <gtest/gtest.h>

#include "keratin/base/named_list.h"
#include "keratin/graph/node.h"
#include "keratin/parallel/parallel.h"
#include "keratin/tensor/tensor_access.h"

/// Walks every entry of the closed list through the cases that Keras made of it.
namespace keratin::ops {
namespace {

struct Case {
  explicit Case(const Config& golden) : config(golden) {
    Config named = Config::dict();
    named["class_name"] = golden.at("class_name");
    named["config"] = golden.at("config");
    op = deserialize(named);
    what = golden.at("class_name").as_string();
    for (const Config& x : golden.at("inputs").as_list()) {
      inputs.push_back(testing::golden_tensor(x));
      what += to_string(inputs.back().shape());
    }
    for (const Config& i : golden.at("repeat").as_list())
      repeat.insert(static_cast<std::size_t>(i.as_int()));
  }
  std::vector<Tensor> tensors(const char* key) const {
    std::vector<Tensor> found;
    for (const Config& c : config.at(key).as_list()) found.push_back(testing::golden_tensor(c));
    return found;
  }
  /// The inputs with `count` rows for each one of those that may be repeated.
  std::vector<Tensor> repeated(std::int64_t count) const {
    std::vector<Tensor> many = inputs;
    for (const std::size_t i : repeat) {
      const std::int64_t rows = inputs[i].shape()[0];
      std::vector<std::int64_t> places;
      for (std::int64_t at = 0; at < count * rows; ++at) places.push_back(at % rows);
      many[i] = take_rows(inputs[i], places.data(), count * rows);
    }
    return many;
  }
  Config config;
  std::shared_ptr<const Op> op;
  std::string what;
  std::vector<Tensor> inputs;
  std::set<std::size_t> repeat;
};

const std::vector<Case>& cases() {
  static const std::vector<Case> all = [] {
    std::vector<Case> found;
    for (const char* file : {"ops", "ops_nn", "ops_axes", "ops_numpy"}) {
      const Config golden = testing::golden(file);
      for (const Config& c : golden.at("cases").as_list()) found.emplace_back(c);
    }
    return found;
  }();
  return all;
}

/// The sum of all g * y in double, and g as the slopes: what makes one number of many outputs.
struct Weighted final : Op {
  explicit Weighted(std::vector<Tensor> g) : g_(std::move(g)) {}
  std::string_view class_name() const override { return "Weighted"; }
  std::vector<Spec> compute_output_spec(const Inputs&) const override { return {{Shape{}}}; }
  Result forward(const Arguments& x) const override {
    Result result{Tensor::zeros({})};
    if (x.wants_any()) {
      result.pullback = [g = g_](Slopes& slopes) {
        for (std::size_t i = 0; i < g.size(); ++i) {
          if (slopes.wants(i)) slopes.add(i, g[i]);
        }
      };
    }
    return result;
  }
  std::vector<Tensor> g_;
};

struct Found {
  std::vector<Tensor> y;
  std::vector<Tensor> dx;
};

/// The outputs, and the slopes of the float inputs by sum(g * y); g is drawn where it is empty.
Found run(const Op& op, const std::vector<Tensor>& inputs, std::vector<Tensor> g = {}) {
  const auto tape = std::make_shared<Tape>();
  Values x;
  std::vector<Value> by;
  for (const Tensor& input : inputs) {
    const bool is_float = input.dtype() == DType::kFloat32;
    x.push_back(is_float ? tape->watch(input) : Value(input));
    by.push_back(x[x.size() - 1]);
  }
  const Values y = apply_op(op, x);
  Found result;
  for (const Value& value : y) {
    result.y.push_back(value.tensor());
    if (g.size() < result.y.size()) {
      Tensor drawn = Tensor::zeros(value.shape());
      for (std::size_t i = 0; i < drawn.data<float>().size(); ++i)
        drawn.data<float>()[i] = std::sin(static_cast<float>(i) + 1);
      g.push_back(std::move(drawn));
    }
  }
  const Values total = apply_op(Weighted(std::move(g)), y);
  result.dx = tape->slopes(total[0], {}, by);
  return result;
}

Values outputs_of(const Op& op, const std::vector<Tensor>& inputs) {
  Values x;
  for (const Tensor& input : inputs) x.push_back(input);
  return apply_op(op, x);
}

bool same_bytes(const Tensor& a, const Tensor& b) {
  return a.shape() == b.shape() && a.dtype() == b.dtype() &&
         (a.size() == 0 ||
          std::memcmp(TensorAccess::raw(a), TensorAccess::raw(b), TensorAccess::bytes(a)) == 0);
}

double largest_of(const Tensor& x) {
  double largest = 0;
  visit_dtype(x.dtype(), [&](auto zero) {
    for (const auto v : x.data<decltype(zero)>()) {
      const double size = std::fabs(static_cast<double>(v));
      if (std::isfinite(size)) largest = std::max(largest, size);
    }
  });
  return largest;
}

/// Keras's float32 results carry the roundings of XLA's functions, up to 8 eps = 1e-6, and those of
/// terms as large as the inputs; its float64 results are the truth, from which float32 is off by
/// the rounding of such terms alone.
void expect_near(const Tensor& got, const Tensor& wanted, double size, double rtol, double atol,
                 const std::string& what) {
  ASSERT_EQ(got.shape(), wanted.shape()) << what;
  ASSERT_EQ(got.dtype(), wanted.dtype()) << what;
  if (got.dtype() == DType::kFloat32) {
    EXPECT_EQ(testing::difference(got, wanted, rtol, atol * size), "") << what;
  } else {
    EXPECT_TRUE(same_bytes(got, wanted)) << what;
  }
}

TEST(Ops, ValuesAndSlopesOfKeras) {
  for (const Case& c : cases()) {
    const Found got = run(*c.op, c.inputs, c.tensors("g"));
    double size = c.config.find("scale") ? c.config.at("scale").as_double() : 1;
    for (const Tensor& x : c.inputs) size = std::max(size, largest_of(x));
    const auto y = c.tensors("y"), y64 = c.tensors("y64");
    ASSERT_EQ(got.y.size(), y.size()) << c.what;
    for (std::size_t i = 0; i < y.size(); ++i) {
      expect_near(got.y[i], y[i], size, 2e-6, 5e-7, c.what + " y");
      expect_near(got.y[i], y64[i], size, 5e-7, 2.5e-7, c.what + " y64");
    }
    const Config::List& dx = c.config.at("dx").as_list();
    for (std::size_t i = 0; i < dx.size(); ++i) {
      if (dx[i].is_null()) continue;
      const Tensor wanted = testing::golden_tensor(dx[i]);
      const Tensor exact = testing::golden_tensor(c.config.at("dx64").as_list()[i]);
      const double slope = std::max(1.0, largest_of(exact));
      expect_near(got.dx[i], wanted, slope, 4e-6, 1e-6, c.what + " dx " + std::to_string(i));
      expect_near(got.dx[i], exact, slope, 1e-6, 5e-7, c.what + " dx64 " + std::to_string(i));
    }
  }
}

// Weighted gives g as the slope of every output, which is what this sums.
double weighted_sum(const Values& y, const std::vector<Tensor>& g) {
  double sum = 0;
  for (std::size_t i = 0; i < y.size(); ++i) {
    if (y[i].dtype() != DType::kFloat32) continue;
    const Tensor& tensor = y[i].tensor();
    for (std::size_t k = 0; k < tensor.data<float>().size(); ++k)
      sum += static_cast<double>(tensor.data<float>()[k]) *
             static_cast<double>(std::as_const(g[i]).data<float>()[k]);
  }
  return sum;
}

// With h = 1/32 the stencil of fourth order is off by h^4 / 30 = 3e-8 of the fifth derivative, and
// by 1.5 eps / h = 6e-6 of the largest output: 2e-4 leaves room for fifth derivatives of 6,000.
TEST(Ops, SlopesAreCentralDifferences) {
  std::set<std::string_view> seen;
  for (const Case& c : cases()) {
    if (!c.config.at("smooth").as_bool()) continue;
    const auto g = c.tensors("g");
    const Found got = run(*c.op, c.inputs, g);
    double size = 1;
    for (const Tensor& y : got.y) size = std::max(size, largest_of(y));
    for (std::size_t i = 0; i < c.inputs.size(); ++i) {
      if (c.inputs[i].dtype() != DType::kFloat32) continue;
      seen.insert(c.op->class_name());
      for (std::int64_t k = 0; k < c.inputs[i].size(); ++k) {
        const auto at = [&](float step) {
          std::vector<Tensor> moved = c.inputs;
          moved[i] = copy_of(moved[i]);
          moved[i].data<float>()[static_cast<std::size_t>(k)] += step;
          return weighted_sum(outputs_of(*c.op, moved), g);
        };
        const float h = 1.0f / 32;
        const double slope = (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12.0 / 32);
        const double found = static_cast<double>(
            std::as_const(got.dx[i]).data<float>()[static_cast<std::size_t>(k)]);
        EXPECT_NEAR(found, slope, 2e-4 * std::max(size, std::fabs(slope)))
            << c.what << " input " << i << " at " << k;
      }
    }
  }
  EXPECT_GT(seen.size(), 1u);
}

TEST(Ops, EveryEntryHasCasesAndEveryCaseAnEntry) {
  std::set<std::string> tried{"Keras2HardSigmoid"};  // no op of Keras's: activations_test
  for (const Case& c : cases()) tried.insert(c.config.at("class_name").as_string());
  std::set<std::string> listed;
  for (const auto& entry : entries()) {
    EXPECT_TRUE(listed.insert(std::string(entry.class_name)).second) << entry.class_name;
  }
  EXPECT_EQ(tried, listed);
}

TEST(Ops, ConfigsReadBack) {
  for (const Case& c : cases()) {
    const Config config = c.op->get_config();
    for (const auto& [key, value] : c.config.at("config").as_dict()) {
      ASSERT_NE(config.find(key), nullptr) << c.what << " " << key;
      EXPECT_TRUE(testing::same_config(*config.find(key), value)) << c.what << " " << key;
    }
    EXPECT_EQ(deserialize(serialize(*c.op))->get_config(), config) << c.what;
    Config unknown = config;
    unknown["no_such_option"] = 1;
    Config named = Config::dict();
    named["class_name"] = c.op->class_name();
    named["config"] = unknown;
    EXPECT_THROW(deserialize(named), std::invalid_argument) << c.what;
  }
}

/// A value that has no elements.
struct Source final : Operation {
  explicit Source(Spec spec) : spec_(std::move(spec)) {}
  std::string_view class_name() const override { return "Source"; }
  Config get_config() const override { return Config::dict(); }
  std::vector<Spec> compute_output_spec(const Inputs&) const override { return {spec_}; }
  Values call(const Inputs& inputs, Pass&) const override { return inputs.values; }
  Spec spec_;
};
Values symbolic(const Op& op, const std::vector<Tensor>& inputs,
                const std::set<std::size_t>& open) {
  Values x;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    Spec spec{inputs[i].shape(), inputs[i].dtype()};
    if (open.contains(i)) spec.shape[0] = kNone;
    x.push_back(leave_node(*std::make_shared<Source>(spec), Inputs()));
  }
  return leave_node(op, x);
}

TEST(Ops, SymbolicValuesHaveTheShapesAndTypesOfResults) {
  for (const Case& c : cases()) {
    const Values y = outputs_of(*c.op, c.inputs);
    const Values known = symbolic(*c.op, c.inputs, {});
    const Values open = symbolic(*c.op, c.inputs, c.repeat);
    ASSERT_EQ(known.size(), y.size()) << c.what;
    ASSERT_EQ(open.size(), y.size()) << c.what;
    for (std::size_t i = 0; i < y.size(); ++i) {
      EXPECT_EQ(known[i].shape(), y[i].shape()) << c.what;
      EXPECT_EQ(known[i].dtype(), y[i].dtype()) << c.what;
      EXPECT_TRUE(open[i].shape().is_compatible_with(y[i].shape()))
          << c.what << to_string(open[i].shape());
      EXPECT_EQ(open[i].dtype(), y[i].dtype()) << c.what;
    }
  }
}

TEST(Ops, ThreadsDoNotChangeBits) {
  std::set<std::string> tried;
  for (const Case& c : cases()) {
    if (c.repeat.empty() || !tried.insert(c.config.at("class_name").as_string()).second) continue;
    const std::int64_t size = std::max<std::int64_t>(1, c.inputs[*c.repeat.begin()].size());
    const std::vector<Tensor> many = c.repeated((testing::kSanitized ? 20000 : 200000) / size + 1);
    parallel::set_num_threads(1);
    const Found one = run(*c.op, many);
    parallel::set_num_threads(4);
    const Found four = run(*c.op, many);
    parallel::set_num_threads(0);
    for (std::size_t i = 0; i < one.y.size(); ++i)
      EXPECT_TRUE(same_bytes(one.y[i], four.y[i])) << c.what;
    for (std::size_t i = 0; i < one.dx.size(); ++i)
      EXPECT_TRUE(same_bytes(one.dx[i], four.dx[i])) << c.what;
  }
  EXPECT_GT(tried.size(), 2u);
}

// Empty inputs give what the shape rule says, or both refuse them.
TEST(Ops, EmptyInputs) {
  for (const Case& c : cases()) {
    if (c.repeat.empty()) continue;
    const std::vector<Tensor> empty = c.repeated(0);
    Values known;
    try {
      known = symbolic(*c.op, empty, {});
    } catch (const std::invalid_argument&) {
      EXPECT_THROW(run(*c.op, empty), std::invalid_argument) << c.what;
      continue;
    }
    const Found got = run(*c.op, empty);
    for (std::size_t i = 0; i < got.y.size(); ++i)
      EXPECT_EQ(got.y[i].shape(), known[i].shape()) << c.what;
    for (std::size_t i = 0; i < got.dx.size(); ++i)
      EXPECT_EQ(got.dx[i].shape(), empty[i].shape()) << c.what;
  }
}

TEST(Ops, NaNGoesThroughWithoutHarm) {
  for (const Case& c : cases()) {
    std::vector<Tensor> spoilt = c.inputs;
    for (Tensor& x : spoilt) {
      if (x.dtype() != DType::kFloat32) continue;
      x = copy_of(x);
      for (float& v : x.data<float>()) v = std::numeric_limits<float>::quiet_NaN();
    }
    const Found got = run(*c.op, spoilt);
    const Values known = symbolic(*c.op, spoilt, {});
    for (std::size_t i = 0; i < got.y.size(); ++i)
      EXPECT_EQ(got.y[i].shape(), known[i].shape()) << c.what;
  }
}

TEST(Ops, WrongNumbersOfInputsAreRefused) {
  for (const Case& c : cases()) {
    EXPECT_THROW(outputs_of(*c.op, {}), std::invalid_argument) << c.what;
    EXPECT_THROW(c.op->compute_output_spec(Inputs(Values())), std::invalid_argument) << c.what;
  }
}

// Nobody asks: nothing is recorded, and the results are the same.
TEST(Ops, WithoutATapeNothingIsRecorded) {
  for (const Case& c : cases()) {
    const Values y = outputs_of(*c.op, c.inputs);
    const Found recorded = run(*c.op, c.inputs, c.tensors("g"));
    for (std::size_t i = 0; i < y.size(); ++i) {
      EXPECT_FALSE(y[i].is_recorded()) << c.what;
      EXPECT_TRUE(same_bytes(y[i].tensor(), recorded.y[i])) << c.what;
    }
  }
}

}  // namespace
}  // namespace keratin::ops
