// SPDX-License-Identifier: Apache-2.0
#include "keratin/ops/statistics.h"

#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "keratin/ops/along_axes.h"
#include "keratin/ops/arithmetic.h"
#include "keratin/ops/casts.h"
#include "keratin/ops/comparisons.h"
#include "keratin/ops/composed.h"
#include "keratin/ops/elementwise.h"
#include "keratin/ops/op_of.h"
#include "keratin/ops/reducing.h"
#include "keratin/ops/reductions.h"
#include "keratin/ops/rounding.h"

namespace keratin::ops {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// Of float32. `Self` has `Value of(const Value& x) const`, in ops.
template <class Self>
struct Statistic : AlongAxes<Self> {
  Spec spec(const Given& x) const { return {this->reduced_from(x[0].shape()), DType::kFloat32}; }
  Result compute(const Arguments& x) const {
    static_cast<void>(static_cast<const Self*>(this)->spec(x));
    return composed(x, [&](const Values& in) {
      const bool is_float = in[0].dtype() == DType::kFloat32;
      return static_cast<const Self*>(this)->of(is_float ? in[0] : cast(in[0], DType::kFloat32));
    });
  }
};

Value variance(const Value& x, const Axes& axis, bool keepdims) {
  return mean(square(subtract(x, mean(x, axis, true))), axis, keepdims);
}

struct Var final : Statistic<Var> {
  static constexpr std::string_view kName = "Var";
  Value of(const Value& x) const { return variance(x, axis, keepdims); }
};

struct Std final : Statistic<Std> {
  static constexpr std::string_view kName = "Std";
  Value of(const Value& x) const { return sqrt(variance(x, axis, keepdims)); }
};

struct Logsumexp final : Statistic<Logsumexp> {
  static constexpr std::string_view kName = "Logsumexp";
  Value of(const Value& x) const {
    const Value found = max(x.constant(), axis, true, -kInfinity);
    const Value largest = where(isfinite(found), found, number(0));
    const Value y = add(log(sum(exp(subtract(x, largest)), axis, true)), largest);
    return keepdims ? y : sum(y, axis);  // one number each: the axes go
  }
};

struct Norm final : Statistic<Norm> {
  static constexpr std::string_view kName = "Norm";
  Config ord;

  template <class F>
  void fields(F& f) {
    // JSON has no infinity: in a config it is a word.
    if (ord.is_number() && std::isinf(ord.as_double())) ord = ord.as_double() > 0 ? "inf" : "-inf";
    f("ord", ord);
    if (ord == Config("inf")) ord = kInfinity;
    if (ord == Config("-inf")) ord = -kInfinity;
    Statistic<Norm>::fields(f);
  }
  void validate() const {
    if (ord.is_null() || ord.is_number()) return;
    if (ord.is_string() && ord.as_string() == "fro") return;
    refuse(*this, "ord must be None, a number or 'fro'. Received: ",
           ord.is_string() ? str("'", ord.as_string(), "'") : str("something else"));
  }
  Spec spec(const Given& x) const {
    const Spec spec = Statistic<Norm>::spec(x);
    const std::size_t axes = axis.is_none() ? x[0].shape().rank() : axis.list().size();
    if (axis.is_none() && ord.is_null()) return spec;
    if (axes != 1 && axes != 2) {
      refuse(*this, "a norm is of one axis or of two. Received: ", axes);
    }
    if (axes == 1 && ord.is_string()) {
      refuse(*this, "ord must be a number for a vector. Received: '", ord.as_string(), "'");
    }
    const bool known = !ord.is_number() || std::fabs(ord.as_double()) == 1 ||
                       std::fabs(ord.as_double()) == kInfinity;
    if (axes == 2 && !known) {
      refuse(*this, "ord must be None, 'fro', 1, -1 or an infinity for a matrix. Received: ",
             ord.as_double());
    }
    return spec;
  }
  Value of(const Value& x) const {
    const bool squares = ord.is_null() || ord.is_string();
    const std::vector<std::int64_t> axes = axis.of(*this, x.shape().rank());
    if (squares || (axes.size() == 1 && ord.as_double() == 2)) {
      return sqrt(sum(square(x), axis, keepdims));
    }
    const double p = ord.as_double();
    if (axes.size() == 2) {
      // 1: the largest sum of a column; infinity: of a row. The sums come first.
      const bool columns = std::fabs(p) == 1;
      const Value sums = sum(absolute(x), axes[columns ? 0 : 1], true);
      return p > 0 ? max(sums, Axes(axes), keepdims) : min(sums, Axes(axes), keepdims);
    }
    if (p == kInfinity) return max(absolute(x), axis, keepdims);
    if (p == -kInfinity) return min(absolute(x), axis, keepdims);
    if (p == 0) return sum(cast(not_equal(x, number(0)), DType::kFloat32), axis, keepdims);
    if (p == 1) return sum(absolute(x), axis, keepdims);
    const Value powers = sum(power(absolute(x), number(static_cast<float>(p))), axis, keepdims);
    return power(powers, number(static_cast<float>(1 / p)));
  }
};

template <class O>
Value statistic(const Value& x, const Axes& axis, bool keepdims) {
  O op;
  op.axis = axis;
  op.keepdims = keepdims;
  return on(op, x);
}

}  // namespace

OpEntries statistics_ops() { return op_entries<Var, Std, Logsumexp, Norm>(); }

Value var(const Value& x, const Axes& axis, bool keepdims) {
  return statistic<Var>(x, axis, keepdims);
}
Value std(const Value& x, const Axes& axis, bool keepdims) {
  return statistic<Std>(x, axis, keepdims);
}
Value logsumexp(const Value& x, const Axes& axis, bool keepdims) {
  return statistic<Logsumexp>(x, axis, keepdims);
}
Value norm(const Value& x, const NormOrder& ord, const Axes& axis, bool keepdims) {
  Norm op;
  if (const double* p = std::get_if<double>(&ord)) op.ord = *p;
  if (const ::std::string* name = std::get_if<::std::string>(&ord)) op.ord = *name;
  op.axis = axis;
  op.keepdims = keepdims;
  return on(op, x);
}

}  // namespace keratin::ops
