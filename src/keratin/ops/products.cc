// SPDX-License-Identifier: Apache-2.0
#include "keratin/ops/products.h"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "keratin/ops/arithmetic.h"
#include "keratin/ops/axes.h"
#include "keratin/ops/composed.h"
#include "keratin/ops/contraction.h"
#include "keratin/ops/matmul.h"
#include "keratin/ops/op_of.h"
#include "keratin/ops/result_type.h"
#include "keratin/ops/shapes.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::ops {
namespace {

// -- the products that have names -----------------------------------------------------------------

/// Labels 1, 2 ... for the axes of both, those of x2 behind those of x1.
Terms apart(const Given& x) {
  Terms terms;
  int next = 1;
  for (const Value& value : x) {
    terms.in.emplace_back();
    for (std::size_t i = 0; i < value.shape().rank(); ++i) terms.in.back().push_back(next++);
  }
  return terms;
}
/// Sums over axis `a` of x1 and `b` of x2, which are one then.
void join(Terms& terms, std::size_t a, std::size_t b) { terms.in[1][b] = terms.in[0][a]; }
/// All labels that are not shared come out.
Terms with_rest(Terms terms) {
  for (const int label : terms.in[0]) {
    if (!has(terms.in[1], label)) terms.out.push_back(label);
  }
  for (const int label : terms.in[1]) {
    if (!has(terms.in[0], label)) terms.out.push_back(label);
  }
  return terms;
}

struct Dot final : Contraction<Dot> {
  static constexpr std::string_view kName = "Dot";
  Terms terms(const Given& x) const {
    Terms terms = apart(x);
    const std::size_t a = x[0].shape().rank();
    const std::size_t b = x[1].shape().rank();
    if (a > 0 && b > 0) join(terms, a - 1, b == 1 ? 0 : b - 2);
    return with_rest(std::move(terms));
  }
};

struct Inner final : Contraction<Inner> {
  static constexpr std::string_view kName = "Inner";
  Terms terms(const Given& x) const {
    Terms terms = apart(x);
    const std::size_t a = x[0].shape().rank();
    const std::size_t b = x[1].shape().rank();
    if (a > 0 && b > 0) join(terms, a - 1, b - 1);
    return with_rest(std::move(terms));
  }
};

struct Tensordot final : Contraction<Tensordot> {
  static constexpr std::string_view kName = "Tensordot";
  Config axes = 2;  // a number, or a list of two: axes of x1, axes of x2

  template <class F>
  void fields(F& f) {
    f("axes", axes);
  }
  void validate() const {
    if (axes.is_int() ? axes.as_int() >= 0 : axes.is_list() && axes.as_list().size() == 2) return;
    refuse(*this, "axes must be a number, 0 or larger, or two lists of axes.");
  }
  std::vector<std::int64_t> side(std::size_t which, std::size_t rank) const {
    std::vector<std::int64_t> list;
    if (axes.is_int()) {
      const std::int64_t count = axes.as_int();
      if (count > static_cast<std::int64_t>(rank)) {
        refuse(*this, "axes must not be more than a value has. Received: ", count,
               " for one of rank ", rank);
      }
      for (std::int64_t i = 0; i < count; ++i)
        list.push_back(which == 0 ? static_cast<std::int64_t>(rank) - count + i : i);
      return list;
    }
    Axes given;
    ops::from_config(axes.as_list()[which], given);
    if (given.is_none()) refuse(*this, "axes must be two lists of axes.");
    return given.of(*this, rank);
  }
  Terms terms(const Given& x) const {
    const std::vector<std::int64_t> a = side(0, x[0].shape().rank());
    const std::vector<std::int64_t> b = side(1, x[1].shape().rank());
    if (a.size() != b.size()) {
      refuse(*this, "axes must be as many of x1 as of x2. Received: ", a.size(), " and ", b.size());
    }
    Terms terms = apart(x);
    for (std::size_t i = 0; i < a.size(); ++i)
      join(terms, static_cast<std::size_t>(a[i]), static_cast<std::size_t>(b[i]));
    return with_rest(std::move(terms));
  }
};

// -- einsum ---------------------------------------------------------------------------------------

struct Einsum final : Contraction<Einsum> {
  static constexpr std::string_view kName = "Einsum";
  static constexpr std::size_t kInputs = kSome;
  std::string subscripts;

  template <class F>
  void fields(F& f) {
    f("subscripts", subscripts);
  }
  DType type_of(const Given& x) const {
    DType dtype = x[0].dtype();
    bool bytes = true;
    for (const Value& value : x) {
      dtype = result_type(dtype, value.dtype());
      bytes = bytes && value.dtype() == DType::kInt8;
    }
    return bytes ? DType::kInt32 : dtype == DType::kFloat64 ? DType::kFloat32 : dtype;
  }
  [[noreturn]] void refuse_text(std::string_view why) const {
    refuse(*this, why, " Received: subscripts='", subscripts.substr(0, 200), "'");
  }
  /// The labels of "a...b" for an ellipsis of `axes` axes.
  Labels labels_of(std::string_view text, std::size_t axes, bool& ellipsis) const {
    Labels labels;
    ellipsis = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (std::isalpha(static_cast<unsigned char>(text[i])) != 0) {
        labels.push_back(static_cast<unsigned char>(text[i]));
      } else if (text.substr(i, 3) == "..." && !ellipsis) {
        for (std::size_t k = axes; k > 0; --k) labels.push_back(-static_cast<int>(k));
        ellipsis = true;
        i += 2;
      } else {
        refuse_text("subscripts are letters and one '...' a term.");
      }
    }
    return labels;
  }
  Terms terms(const Given& x) const {
    std::string text;
    for (const char c : subscripts) {
      if (c != ' ') text += c;
    }
    const std::size_t arrow = text.find("->");
    const std::string left = text.substr(0, arrow);
    if (static_cast<std::size_t>(std::count(left.begin(), left.end(), ',')) + 1 != x.size()) {
      refuse(*this, "there must be one term a value. Received: ", x.size(), " for subscripts='",
             subscripts.substr(0, 200), "'");
    }
    Terms terms;
    std::size_t most = 0;  // axes of the longest ellipsis
    std::size_t begin = 0;
    for (const Value& value : x) {
      const std::size_t end = std::min(left.find(',', begin), left.size());
      const std::string term = left.substr(begin, end - begin);
      begin = end + 1;
      bool ellipsis = false;
      const std::size_t letters = labels_of(term, 0, ellipsis).size();
      const std::size_t rank = value.shape().rank();
      if (ellipsis ? letters > rank : letters != rank) {
        refuse(*this, "term '", term, "' does not fit a value of shape ", value.shape(), ".");
      }
      terms.in.push_back(labels_of(term, rank - letters, ellipsis));
      most = std::max(most, rank - letters);
    }
    bool ellipsis = false;
    if (arrow != std::string::npos) {
      terms.out = labels_of(text.substr(arrow + 2), most, ellipsis);
      check_out(terms);
      return terms;
    }
    for (std::size_t k = most; k > 0; --k) terms.out.push_back(-static_cast<int>(k));
    for (int letter = 1; letter < 256; ++letter) {
      std::ptrdiff_t times = 0;
      for (const Labels& labels : terms.in)
        times += std::count(labels.begin(), labels.end(), letter);
      if (times == 1) terms.out.push_back(letter);
    }
    return terms;
  }
  void check_out(const Terms& terms) const {
    for (std::size_t i = 0; i < terms.out.size(); ++i) {
      const bool known = std::any_of(terms.in.begin(), terms.in.end(), [&](const Labels& labels) {
        return has(labels, terms.out[i]);
      });
      const bool again = std::count(terms.out.begin(), terms.out.end(), terms.out[i]) > 1;
      if (!known || again) {
        refuse_text("what comes out must be letters of the terms, each once.");
      }
    }
  }
};

struct Vdot final : OpOf<Vdot> {
  static constexpr std::string_view kName = "Vdot";
  static constexpr std::size_t kInputs = 2;
  Spec spec(const Given& x) const {
    const Shape& a = x[0].shape();
    const Shape& b = x[1].shape();
    if (a.is_known() && b.is_known() && a.size() != b.size()) {
      refuse(*this, "values must have as many elements. Received: shapes ", a, " and ", b);
    }
    return {{}, result_type(x[0].dtype(), x[1].dtype())};
  }
  Result compute(const Arguments& x) const {
    const Spec out = spec(x);
    Result result =
        composed(x, [](const Values& in) { return matmul(ravel(in[0]), ravel(in[1])); });
    result.outputs[0] = cast(result.outputs[0], out.dtype);
    return result;
  }
};

}  // namespace

OpEntries products_ops() { return op_entries<Dot, Inner, Tensordot, Einsum, Vdot>(); }

Value dot(const Value& x1, const Value& x2) { return on(Dot(), {x1, x2}); }
Value inner(const Value& x1, const Value& x2) { return on(Inner(), {x1, x2}); }
Value vdot(const Value& x1, const Value& x2) { return on(Vdot(), {x1, x2}); }
Value tensordot(const Value& x1, const Value& x2, std::int64_t axes) {
  Tensordot op;
  op.axes = axes;
  return on(op, {x1, x2});
}
Value tensordot(const Value& x1, const Value& x2,
                const std::pair<std::vector<std::int64_t>, std::vector<std::int64_t>>& axes) {
  Tensordot op;
  op.axes = Config(Config::List{keratin::to_config(axes.first), keratin::to_config(axes.second)});
  return on(op, {x1, x2});
}
Value einsum(const std::string& subscripts, const Values& operands) {
  Einsum op;
  op.subscripts = subscripts;
  return on(op, operands);
}

}  // namespace keratin::ops
