// SPDX-License-Identifier: Apache-2.0
#include "keratin/metrics/ranking_metrics.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <tuple>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/losses/ranked_lists.h"
#include "keratin/losses/sample_weights.h"
#include "keratin/metrics/metric_options.h"
#include "keratin/random/random.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::metrics {

namespace {

using Function = Identifier<const activations::Activation>;

/// What stands in a config for one of KerasRS's own functions, and here for none.
Config registered(const std::string& name) {
  return Config::Dict{{"module", "keras_rs.src.metrics.ranking_metrics_utils"},
                      {"class_name", "function"},
                      {"config", "Custom>" + name},
                      {"registered_name", "Custom>" + name}};
}

/// A Function, or none for KerasRS's `default_name`.
struct WithDefault {
  std::string default_name;
  Function& function;
};

Config to_config(const WithDefault& field) {
  if (!field.function) return registered(field.default_name);
  return Config::Dict{{"module", "builtins"},
                      {"class_name", "function"},
                      {"config", std::string(field.function->name())},
                      {"registered_name", std::string(field.function->name())}};
}

void from_config(const Config& config, WithDefault& field) {
  const Config* const name = config.is_dict() ? config.find("config") : &config;
  const bool is_default = name != nullptr && name->is_string() &&
                          (name->as_string() == field.default_name ||
                           name->as_string() == "Custom>" + field.default_name);
  if (is_default) {
    field.function = {};
  } else {
    from_config(config, field.function);
  }
}

/// The function of all elements at once.
Tensor applied(const Function& function, const Tensor& x, std::string_view who,
               std::string_view what) {
  const Tensor y = (*function)(x);
  if (y.shape() != x.shape()) {
    invalid_argument(who, what,
                     " must return an element for each that it is given. Received: ", y.shape(),
                     " for ", x.shape());
  }
  return y;
}

double quotient(double a, double b) { return b == 0 ? 0 : a / b; }

}  // namespace

namespace {

template <class F, class Options>
void ranking_fields(F& f, Options& o) {
  common_fields(f, o);
  f("k", o.k);
  f("shuffle_ties", o.shuffle_ties);
  f("seed", o.seed);
}

}  // namespace

template <class F>
void fields(F& f, RankingMetricOptions& o) {
  ranking_fields(f, o);
}

template <class F>
void fields(F& f, GainMetricOptions& o) {
  ranking_fields(f, o);
  WithDefault gain{"default_gain_fn", o.gain_fn};
  f("gain_fn", gain);
  WithDefault discount{"default_rank_discount_fn", o.rank_discount_fn};
  f("rank_discount_fn", discount);
}

// -- what all have in common ----------------------------------------------------------------------

RankingMetric::RankingMetric(const RankingMetricOptions& o, std::string_view class_name)
    : Metric(name_or_new(o.name, class_name)),
      k_(o.k),
      shuffle_ties_(o.shuffle_ties),
      seeds_({.seed = o.seed, .name = "seed_generator"}) {
  if (k_ && *k_ < 1) invalid_argument(class_name, "k must be None or positive. Received: ", *k_);
}

RankingMetric::Lists RankingMetric::lists_of(const Tensor& y_true, const Tensor& y_pred,
                                             const Tensor& sample_weight) const {
  if (!y_true || !y_pred) invalid_argument(class_name(), "y_true and y_pred must be given");
  const Shape& shape = y_pred.shape();
  const Tensor mask = y_true.mask();
  losses::check_lists(class_name(), y_true.shape(), shape,
                      mask ? std::optional(mask.shape()) : std::nullopt);
  Lists lists;
  lists.length = static_cast<std::size_t>(shape.back());
  lists.number = shape.rank() == 1 ? 1 : static_cast<std::size_t>(shape[0]);
  lists.k = k_ ? static_cast<std::size_t>(std::min<std::int64_t>(*k_, shape.back())) : lists.length;
  const auto size = static_cast<std::size_t>(shape.size());
  lists.weights.assign(size, 1);
  if (sample_weight) {
    losses::WeightArray given = losses::WeightArray::of(sample_weight);
    if (shape.rank() == 2 && given.shape.rank() == 1) given.shape.push_back(1);  // a list's
    if (given.shape.rank() > shape.rank() ||
        losses::broadcast_shapes(shape, given.shape) != shape) {
      invalid_argument(class_name(), "sample_weight must be a number, or have the shape ", shape,
                       " or that of the lists. Received: ", sample_weight.shape());
    }
    losses::for_each_broadcast(shape, shape, given.shape, [&](auto i, auto, auto at) {
      lists.weights[static_cast<std::size_t>(i)] = given.data[static_cast<std::size_t>(at)];
    });
  }

  Tensor relevances = copy_of(cast(y_true, DType::kFloat32));
  const Tensor scores = cast(y_pred, DType::kFloat32);
  const Tensor kept = mask ? cast(mask, DType::kBool) : Tensor();
  const auto relevance = relevances.data<float>();
  lists.counts.resize(size);
  for (std::size_t i = 0; i < size; ++i) {
    lists.counts[i] = relevance[i] >= 0 && lists.weights[i] > 0 && (!kept || kept.data<bool>()[i]);
    if (lists.counts[i]) continue;
    relevance[i] = 0;
    lists.weights[i] = 0;
  }
  const auto score = std::as_const(scores).data<float>();
  lists.scores.assign(score.begin(), score.end());
  const Tensor worth = gains(relevances);
  const auto gain = worth.data<float>();
  lists.gains.assign(gain.begin(), gain.end());
  return lists;
}

Tensor RankingMetric::gains(const Tensor& relevances) const {
  Tensor result = uninitialized(relevances.shape());
  std::ranges::transform(relevances.data<float>(), result.data<float>().begin(),
                         [](float relevance) { return relevance >= 1 ? 1.0f : 0.0f; });
  return result;
}

std::vector<RankingMetric::Order> RankingMetric::orders_by(const Lists& lists,
                                                           const std::vector<float>& scores) {
  // KerasRS: items are shuffled, then put in order by score, those that do not count last.
  Tensor chance;
  if (shuffle_ties_) {
    chance = random::uniform(
        {static_cast<std::int64_t>(lists.number), static_cast<std::int64_t>(lists.length)},
        {.seed = seeds_});
  }
  std::vector<Order> orders(lists.number, Order(lists.length));
  for (std::size_t list = 0; list < lists.number; ++list) {
    const std::size_t first = list * lists.length;
    const auto key = [&](std::size_t place) {
      const std::size_t i = first + place;
      const float drawn = chance ? std::as_const(chance).data<float>()[i] : 0;
      // NaN is above all numbers.
      return std::tuple(!lists.counts[i], !std::isnan(scores[i]),
                        std::isnan(scores[i]) ? 0 : -scores[i], drawn, place);
    };
    Order& order = orders[list];
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::partial_sort(order, order.begin() + static_cast<std::ptrdiff_t>(lists.k), {}, key);
    order.resize(lists.k);
  }
  return orders;
}

std::vector<double> RankingMetric::list_weights(const Lists& lists) {
  std::vector<double> result(lists.number);
  std::vector<char> relevant(lists.number), weighs(lists.number);
  double sum = 0;
  double counted = 0;
  for (std::size_t list = 0; list < lists.number; ++list) {
    double weight = 0;
    double gain = 0;
    double both = 0;
    for (std::size_t i = list * lists.length; i < (list + 1) * lists.length; ++i) {
      weight += lists.weights[i];
      gain += lists.gains[i];
      both += lists.weights[i] * lists.gains[i];
    }
    weighs[list] = weight > 0;
    relevant[list] = gain > 0;
    result[list] = quotient(both, gain);
    sum += result[list];
    counted += weighs[list] && relevant[list];
  }
  for (std::size_t list = 0; list < lists.number; ++list) {
    if (!weighs[list]) {
      result[list] = 0;
    } else if (!relevant[list]) {
      result[list] = counted > 0 ? sum / counted : 1;
    }
  }
  return result;
}

void RankingMetric::update_state(const Tensor& y_true, const Tensor& y_pred,
                                 const Tensor& sample_weight, const Tensor& /*mask*/) {
  const Lists lists = lists_of(y_true, y_pred, sample_weight);
  const std::vector<double> found = values(lists, orders_by(lists, lists.scores));
  const std::vector<double> weights = list_weights(lists);
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (weights[i] != 0) sum_.total += weights[i] * found[i];
    sum_.count += weights[i];
  }
}

namespace {

/// value(the first place of the list among all items, its order), of each.
template <class Lists, class Orders, class Value>
std::vector<double> of_each(const Lists& lists, const Orders& orders, Value value) {
  std::vector<double> result(lists.number);
  for (std::size_t list = 0; list < lists.number; ++list)
    result[list] = value(list * lists.length, orders[list]);
  return result;
}

template <class Lists>
double sum_of(const Lists& lists, const std::vector<double>& x, std::size_t first) {
  const auto from = x.begin() + static_cast<std::ptrdiff_t>(first);
  return std::accumulate(from, from + static_cast<std::ptrdiff_t>(lists.length), 0.0);
}

double gained(const std::vector<double>& gains, std::size_t first,
              const std::vector<std::size_t>& order) {
  double sum = 0;
  for (const std::size_t place : order) sum += gains[first + place];
  return sum;
}

}  // namespace

// -- of items that are relevant or not ------------------------------------------------------------

MeanReciprocalRank::MeanReciprocalRank(Options options) : Configured(options, options, kName) {}

std::vector<double> MeanReciprocalRank::values(const Lists& lists,
                                               const std::vector<Order>& orders) {
  return of_each(lists, orders, [&](std::size_t first, const Order& order) {
    const auto hit = std::ranges::find_if(
        order, [&](std::size_t place) { return lists.gains[first + place] > 0; });
    return hit == order.end() ? 0 : 1 / static_cast<double>(hit - order.begin() + 1);
  });
}

MeanAveragePrecision::MeanAveragePrecision(Options options) : Configured(options, options, kName) {}

std::vector<double> MeanAveragePrecision::values(const Lists& lists,
                                                 const std::vector<Order>& orders) {
  return of_each(lists, orders, [&](std::size_t first, const Order& order) {
    double hits = 0;
    double precisions = 0;
    double all = 0;
    for (std::size_t i = 0; i < order.size(); ++i) {
      const double gain = lists.gains[first + order[i]];
      hits += gain;
      precisions += hits / static_cast<double>(i + 1) * gain * lists.weights[first + order[i]];
    }
    for (std::size_t i = first; i < first + lists.length; ++i)
      all += lists.weights[i] * lists.gains[i];
    return quotient(precisions, all);
  });
}

PrecisionAtK::PrecisionAtK(Options options) : Configured(options, options, kName) {}

std::vector<double> PrecisionAtK::values(const Lists& lists, const std::vector<Order>& orders) {
  return of_each(lists, orders, [&](std::size_t first, const Order& order) {
    const auto from = lists.counts.begin() + static_cast<std::ptrdiff_t>(first);
    const auto there = static_cast<std::size_t>(
        std::count(from, from + static_cast<std::ptrdiff_t>(lists.length), 1));
    return quotient(gained(lists.gains, first, order),
                    static_cast<double>(std::min(order.size(), there)));
  });
}

RecallAtK::RecallAtK(Options options) : Configured(options, options, kName) {}

std::vector<double> RecallAtK::values(const Lists& lists, const std::vector<Order>& orders) {
  return of_each(lists, orders, [&](std::size_t first, const Order& order) {
    return quotient(gained(lists.gains, first, order), sum_of(lists, lists.gains, first));
  });
}

// -- of items that are worth something ------------------------------------------------------------

GainMetric::GainMetric(const GainMetricOptions& o, std::string_view class_name)
    : RankingMetric({.k = o.k, .shuffle_ties = o.shuffle_ties, .seed = o.seed, .name = o.name},
                    class_name),
      gain_fn_(o.gain_fn),
      rank_discount_fn_(o.rank_discount_fn) {}

Tensor GainMetric::gains(const Tensor& relevances) const {
  if (gain_fn_) return applied(gain_fn_, relevances, class_name(), "gain_fn");
  Tensor result = uninitialized(relevances.shape());
  std::ranges::transform(relevances.data<float>(), result.data<float>().begin(),
                         [](float relevance) { return std::exp2(relevance) - 1; });
  return result;
}

std::vector<double> GainMetric::discounted(const Lists& lists,
                                           const std::vector<Order>& orders) const {
  std::vector<float> places(lists.k);
  std::iota(places.begin(), places.end(), 1.0f);
  std::vector<double> discounts(lists.k);
  std::ranges::transform(places, discounts.begin(),
                         [](float place) { return 1 / std::log2(1 + static_cast<double>(place)); });
  if (rank_discount_fn_) {
    const Tensor given =
        applied(rank_discount_fn_, Tensor::from(places), class_name(), "rank_discount_fn");
    std::ranges::copy(given.data<float>(), discounts.begin());
  }
  return of_each(lists, orders, [&](std::size_t first, const Order& order) {
    double sum = 0;
    for (std::size_t i = 0; i < order.size(); ++i)
      sum += lists.weights[first + order[i]] * lists.gains[first + order[i]] * discounts[i];
    return sum;
  });
}

DCG::DCG(Options options) : Configured(options, options, kName) {}

std::vector<double> DCG::values(const Lists& lists, const std::vector<Order>& orders) {
  std::vector<double> result = discounted(lists, orders);
  const std::vector<double> weights = list_weights(lists);  // which the sum has in it
  std::ranges::transform(result, weights, result.begin(), quotient);
  return result;
}

NDCG::NDCG(Options options) : Configured(options, options, kName) {}

std::vector<double> NDCG::values(const Lists& lists, const std::vector<Order>& orders) {
  std::vector<float> worth(lists.gains.size());
  std::ranges::transform(lists.weights, lists.gains, worth.begin(),
                         [](double a, double b) { return static_cast<float>(a * b); });
  std::vector<double> result = discounted(lists, orders);
  const std::vector<double> best = discounted(lists, orders_by(lists, worth));
  std::ranges::transform(result, best, result.begin(), quotient);
  return result;
}

}  // namespace keratin::metrics

namespace keratin {
template class Configured<metrics::MeanReciprocalRank, metrics::RankingMetricOptions,
                          metrics::RankingMetric>;
template class Configured<metrics::MeanAveragePrecision, metrics::RankingMetricOptions,
                          metrics::RankingMetric>;
template class Configured<metrics::PrecisionAtK, metrics::RankingMetricOptions,
                          metrics::RankingMetric>;
template class Configured<metrics::RecallAtK, metrics::RankingMetricOptions,
                          metrics::RankingMetric>;
template class Configured<metrics::DCG, metrics::GainMetricOptions, metrics::GainMetric>;
template class Configured<metrics::NDCG, metrics::GainMetricOptions, metrics::GainMetric>;
}  // namespace keratin
