// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "keratin/base/config.h"

/// The rules of all optimizers as loops over every element, in double, which is the truth, and in
/// float, which is how Keras does it.
namespace keratin::testing::dense {

/// One element of one step: weight, gradient, three slots, the step's number and rate.
template <class R>
struct Scalars {
  R rate;
  std::int64_t step;
};
template <class R>
using Dense = std::function<void(R* w, const R* g, R* a, R* b, R* c, const Scalars<R>& s,
                                 std::int64_t elements)>;

template <class R, class F>
Dense<R> each(F f) {
  return
      [f](R* w, const R* g, R* a, R* b, R* c, const Scalars<R>& s, std::int64_t elements) mutable {
        const auto element = f(s);
        for (std::int64_t i = 0; i < elements; ++i) element(w[i], g[i], a[i], b[i], c[i]);
      };
}

template <class R>
R power(double base, std::int64_t n) {
  return static_cast<R>(
      std::pow(static_cast<double>(static_cast<R>(base)), static_cast<double>(n)));
}

/// A rule: the name of its class, its own options, and its formula.
struct Rules {
  std::string name;
  std::string class_name;
  std::vector<std::pair<std::string, Config>> config;
  double first_a = 0;
  double rate = 0.01;
  Dense<double> truth;
  Dense<float> dense;
};

template <class R>
R c(double x) {
  return static_cast<R>(x);
}

template <class R>
Dense<R> momentum(bool nesterov) {
  return each<R>([=](const Scalars<R>& s) {
    return [=](R& w, R g, R& m, R&, R&) {
      m = m * c<R>(0.9) - g * s.rate;
      w += nesterov ? m * c<R>(0.9) - g * s.rate : m;
    };
  });
}
template <class R>
Dense<R> rmsprop(bool has_momentum, bool centered) {
  return each<R>([=](const Scalars<R>& s) {
    return [=](R& w, R g, R& v, R& m, R& mean) {
      v = c<R>(0.9) * v + c<R>(1 - 0.9) * (g * g);
      R d = v + c<R>(1e-7);
      if (centered) {
        mean = c<R>(0.9) * mean + c<R>(1 - 0.9) * g;
        d = v - mean * mean + c<R>(1e-7);
      }
      const R step = s.rate * g / std::sqrt(d);
      if (has_momentum) {
        m = c<R>(0.8) * m + step;
        w -= m;
      } else {
        w -= step;
      }
    };
  });
}
template <class R>
Dense<R> adam(bool amsgrad) {
  return each<R>([=](const Scalars<R>& s) {
    const R alpha = s.rate * std::sqrt(1 - power<R>(0.999, s.step)) / (1 - power<R>(0.9, s.step));
    return [=](R& w, R g, R& m, R& v, R& top) {
      m += (g - m) * c<R>(1 - 0.9);
      v += (g * g - v) * c<R>(1 - 0.999);
      top = std::max(top, v);
      w -= m * alpha / (std::sqrt(amsgrad ? top : v) + c<R>(1e-7));
    };
  });
}
template <class R>
Dense<R> adagrad() {
  return each<R>([](const Scalars<R>& s) {
    return [=](R& w, R g, R& a, R&, R&) {
      a += g * g;
      w -= s.rate * g / std::sqrt(a + c<R>(1e-7));
    };
  });
}
template <class R>
Dense<R> adadelta() {
  return each<R>([](const Scalars<R>& s) {
    return [=](R& w, R g, R& a, R& d, R&) {
      a = c<R>(0.95) * a + c<R>(1 - 0.95) * (g * g);
      const R step = -std::sqrt(d + c<R>(1e-7)) * g / std::sqrt(a + c<R>(1e-7));
      d = c<R>(0.95) * d + c<R>(1 - 0.95) * (step * step);
      w += s.rate * step;
    };
  });
}
template <class R>
Dense<R> adamax() {
  return each<R>([](const Scalars<R>& s) {
    const R rest = 1 - power<R>(0.9, s.step);
    return [=](R& w, R g, R& m, R& u, R&) {
      m += (g - m) * c<R>(1 - 0.9);
      u = std::max(c<R>(0.999) * u, std::abs(g));
      w -= s.rate * m / (rest * (u + c<R>(1e-7)));
    };
  });
}
template <class R>
Dense<R> nadam() {
  return each<R>([product = R(1)](const Scalars<R>& s) mutable {
    // Scalars of a step are taken in double, and rounded once.
    const double u = 0.9 * (1 - 0.5 * power<double>(0.96, s.step));
    const double next = 0.9 * (1 - 0.5 * power<double>(0.96, s.step + 1));
    product = c<R>(product * u);
    const R before = c<R>(1 - double(product)), after = c<R>(1 - product * next);
    const R rest = c<R>(1 - power<double>(0.999, s.step));
    return [=](R& w, R g, R& m, R& v, R&) {
      m += (g - m) * c<R>(1 - 0.9);
      v += (g * g - v) * c<R>(1 - 0.999);
      const R mean = c<R>(next) * m / after + c<R>(1 - u) * g / before;
      w -= mean * s.rate / (std::sqrt(v / rest) + c<R>(1e-7));
    };
  });
}
template <class R>
Dense<R> ftrl(double shrinkage) {
  return each<R>([=](const Scalars<R>& s) {
    return [=](R& w, R g, R& a, R& z, R&) {
      const R grown = a + g * g;
      z += g + c<R>(2 * shrinkage) * w - (std::sqrt(grown) - std::sqrt(a)) / s.rate * w;
      const R quadratic = std::sqrt(grown) / s.rate + c<R>(2 * 0.02);
      w = (std::clamp(z, -c<R>(1e-3), c<R>(1e-3)) - z) / quadratic;
      a = grown;
    };
  });
}
template <class R>
Dense<R> lion() {
  return each<R>([](const Scalars<R>& s) {
    return [=](R& w, R g, R& m, R&, R&) {
      const R x = m * c<R>(0.9) + g * (1 - c<R>(0.9));
      w -= s.rate * (x > 0 ? R(1) : x < 0 ? R(-1) : R(0));
      m = m * c<R>(0.99) + g * (1 - c<R>(0.99));
    };
  });
}
template <class R>
Dense<R> sgd() {
  return each<R>(
      [](const Scalars<R>& s) { return [=](R& w, R g, R&, R&, R&) { w -= g * s.rate; }; });
}

inline std::vector<Rules> rules() {
  const auto rule = [](std::string name, std::string class_name,
                       std::vector<std::pair<std::string, Config>> config, Dense<double> truth,
                       Dense<float> dense, double rate = 0.01, double first_a = 0) {
    return Rules{std::move(name),  std::move(class_name), std::move(config), first_a, rate,
                 std::move(truth), std::move(dense)};
  };
  return {
      rule("SGD", "SGD", {}, sgd<double>(), sgd<float>()),
      rule("Momentum", "SGD", {{"momentum", 0.9}}, momentum<double>(false), momentum<float>(false)),
      rule("Nesterov", "SGD", {{"momentum", 0.9}, {"nesterov", true}}, momentum<double>(true),
           momentum<float>(true)),
      rule("RMSprop", "RMSprop", {}, rmsprop<double>(false, false), rmsprop<float>(false, false)),
      rule("RMSpropMomentum", "RMSprop", {{"momentum", 0.8}}, rmsprop<double>(true, false),
           rmsprop<float>(true, false)),
      rule("RMSpropCentered", "RMSprop", {{"centered", true}}, rmsprop<double>(false, true),
           rmsprop<float>(false, true)),
      rule("RMSpropCenteredMomentum", "RMSprop", {{"momentum", 0.8}, {"centered", true}},
           rmsprop<double>(true, true), rmsprop<float>(true, true)),
      rule("Adam", "Adam", {}, adam<double>(false), adam<float>(false)),
      rule("AdamW", "AdamW", {}, adam<double>(false), adam<float>(false)),
      rule("Amsgrad", "Adam", {{"amsgrad", true}}, adam<double>(true), adam<float>(true)),
      rule("Adagrad", "Adagrad", {}, adagrad<double>(), adagrad<float>(), 0.01, 0.1),
      rule("Adadelta", "Adadelta", {}, adadelta<double>(), adadelta<float>(), 1.0),
      rule("Adamax", "Adamax", {}, adamax<double>(), adamax<float>()),
      rule("Nadam", "Nadam", {}, nadam<double>(), nadam<float>()),
      rule("Ftrl", "Ftrl",
           {{"l1_regularization_strength", 1e-3}, {"l2_regularization_strength", 0.02}},
           ftrl<double>(0), ftrl<float>(0), 0.01, 0.1),
      rule("FtrlShrinkage", "Ftrl",
           {{"l1_regularization_strength", 1e-3},
            {"l2_regularization_strength", 0.02},
            {"l2_shrinkage_regularization_strength", 0.1}},
           ftrl<double>(0.1), ftrl<float>(0.1), 0.01, 0.1),
      rule("Lion", "Lion", {}, lion<double>(), lion<float>(), 0.001),
  };
}

}  // namespace keratin::testing::dense
