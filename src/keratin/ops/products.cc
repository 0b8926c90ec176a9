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
#include "keratin/ops/matmul.h"
#include "keratin/ops/op_of.h"
#include "keratin/ops/reductions.h"
#include "keratin/ops/result_type.h"
#include "keratin/ops/shapes.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::ops {
namespace {

// Axes have labels: a letter is itself, the axes of an ellipsis are -1 (the last), -2 ...
using Labels = std::vector<int>;
struct Terms {
  std::vector<Labels> in;
  Labels out;
};

bool has(const Labels& labels, int label) {
  return std::find(labels.begin(), labels.end(), label) != labels.end();
}
bool is_ellipsis(int label) { return label < 0; }

/// The size of each label of `labels`, as the operands give it. Refuses those that differ.
template <class Operands>
Shape sizes_of(const Operation& op, const Labels& labels, const Terms& terms,
               const Operands& operands) {
  Shape sizes;
  for (const int label : labels) {
    std::int64_t size = is_ellipsis(label) ? 1 : kNone;
    for (std::size_t i = 0; i < terms.in.size(); ++i) {
      for (std::size_t k = 0; k < terms.in[i].size(); ++k) {
        if (terms.in[i][k] != label) continue;
        const std::int64_t own = operands[i].shape()[k];
        if (is_ellipsis(label) ? size == 1 || (size == kNone && own != 1) : size == kNone) {
          size = own;
        } else if (own != size && own != kNone && !(is_ellipsis(label) && own == 1)) {
          refuse(op, "axes of one name must have one size. Received: ", size, " and ", own,
                 " in values of shapes ", operands[0].shape(),
                 operands.size() > 1 ? str(" and ", operands[1].shape()) : str());
        }
      }
    }
    sizes.push_back(size);
  }
  return sizes;
}

/// A value and the labels of its axes.
struct Named {
  Value value;
  Labels labels;
};

Named in_order(const Named& x, const Labels& order) {
  if (x.labels == order) return x;
  std::vector<std::int64_t> axes;
  for (const int label : order) {
    axes.push_back(std::find(x.labels.begin(), x.labels.end(), label) - x.labels.begin());
  }
  return {transpose(x.value, Axes(axes)), order};
}

Named without(const Named& x, const Labels& gone) {
  if (gone.empty()) return x;
  std::vector<std::int64_t> axes;
  Labels rest;
  for (std::size_t i = 0; i < x.labels.size(); ++i) {
    if (has(gone, x.labels[i])) {
      axes.push_back(static_cast<std::int64_t>(i));
    } else {
      rest.push_back(x.labels[i]);
    }
  }
  return {sum(x.value, Axes(axes)), rest};
}

/// A label that comes twice is a diagonal; an axis of the ellipsis that is repeated is left out.
Named simple(Named x, const Labels& all, const Shape& sizes) {
  for (std::size_t i = 0; i < x.labels.size(); ++i) {
    const auto again = std::find(x.labels.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                                 x.labels.end(), x.labels[i]);
    if (again == x.labels.end()) continue;
    const std::int64_t other = again - x.labels.begin();
    const int label = x.labels[i];
    x.value = diagonal(x.value, 0, static_cast<std::int64_t>(i), other);
    x.labels.erase(x.labels.begin() + other);
    x.labels.erase(x.labels.begin() + static_cast<std::ptrdiff_t>(i));
    x.labels.push_back(label);
    --i;  // another axis stands here now
  }
  std::vector<std::int64_t> repeated;
  Labels rest;
  for (std::size_t i = 0; i < x.labels.size(); ++i) {
    const auto at = std::find(all.begin(), all.end(), x.labels[i]) - all.begin();
    if (x.value.shape()[i] == 1 && sizes[static_cast<std::size_t>(at)] != 1) {
      repeated.push_back(static_cast<std::int64_t>(i));
    } else {
      rest.push_back(x.labels[i]);
    }
  }
  if (!repeated.empty()) x = {squeeze(x.value, Axes(repeated)), rest};
  return x;
}

std::int64_t size_of_axes(const Named& x, std::size_t begin, std::size_t end) {
  std::int64_t size = 1;
  for (std::size_t i = begin; i < end; ++i) size *= x.value.shape()[i];
  return size;
}

Labels joined(const Labels& a, const Labels& b, const Labels& c) {
  Labels all = a;
  all.insert(all.end(), b.begin(), b.end());
  all.insert(all.end(), c.begin(), c.end());
  return all;
}

/// Two values as one: their common labels that nobody reads any more are summed over.
Named product(Named a, Named b, const Labels& keep) {
  Labels batch, summed, left, right, gone_left, gone_right;
  for (const int label : a.labels) {
    if (has(b.labels, label)) {
      (has(keep, label) ? batch : summed).push_back(label);
    } else {
      (has(keep, label) ? left : gone_left).push_back(label);
    }
  }
  for (const int label : b.labels) {
    if (!has(a.labels, label)) (has(keep, label) ? right : gone_right).push_back(label);
  }
  a = in_order(without(a, gone_left), joined(batch, left, summed));
  b = in_order(without(b, gone_right), joined(batch, summed, right));
  const std::size_t shared = batch.size();
  Shape shape;
  for (std::size_t i = 0; i < shared + left.size(); ++i) shape.push_back(a.value.shape()[i]);
  for (std::size_t i = 0; i < right.size(); ++i)
    shape.push_back(b.value.shape()[shared + summed.size() + i]);
  const std::int64_t stack = size_of_axes(a, 0, shared);
  const std::int64_t rows = size_of_axes(a, shared, shared + left.size());
  const std::int64_t inner = size_of_axes(a, shared + left.size(), a.labels.size());
  const std::int64_t columns = size_of_axes(b, shared + summed.size(), b.labels.size());
  const Value x = reshape(a.value, {stack, rows, inner});
  const Value y = reshape(b.value, {stack, inner, columns});
  // Nothing to sum over: every element by every other is no work for a matrix product.
  const Value z = summed.empty() ? multiply(x, y) : matmul(x, y);
  return {reshape(z, std::vector<std::int64_t>(shape.begin(), shape.end())),
          joined(batch, left, right)};
}

Value contracted(const Operation& op, const Terms& terms, const Values& operands) {
  Labels all;
  for (const Labels& labels : terms.in) {
    for (const int label : labels) {
      if (!has(all, label)) all.push_back(label);
    }
  }
  const Shape sizes = sizes_of(op, all, terms, operands);
  const auto operand = [&](std::size_t i) {
    return simple({operands[i], terms.in[i]}, all, sizes);
  };
  Named result = operand(0);
  for (std::size_t i = 1; i < terms.in.size(); ++i) {
    Labels keep = terms.out;
    for (std::size_t k = i + 1; k < terms.in.size(); ++k) keep = joined(keep, terms.in[k], {});
    result = product(std::move(result), operand(i), keep);
  }
  Labels gone;
  for (const int label : result.labels) {
    if (!has(terms.out, label)) gone.push_back(label);
  }
  return in_order(without(result, gone), terms.out).value;
}

/// An op on values whose axes have names. `Self` has `Terms terms(const Values&) const`, which
/// checks, and type_of(values).
template <class Self>
struct Contraction : OpOf<Self> {
  static constexpr std::size_t kInputs = 2;

  DType type_of(const Given& x) const { return result_type(x[0].dtype(), x[1].dtype()); }
  Spec spec(const Given& x) const {
    const Terms terms = self().terms(x);
    for (const Labels& labels : terms.in) sizes_of(*this, labels, terms, x);
    return {sizes_of(*this, terms.out, terms, x), self().type_of(x)};
  }
  Result compute(const Arguments& x) const {
    const Spec out = spec(x);
    const Terms terms = self().terms(x);
    if (out.dtype == DType::kFloat32) {
      return composed(x, [&](const Values& in) {
        Values floats;
        for (const Value& v : in) {
          floats.push_back(v.dtype() == out.dtype ? v : Value(cast(v.tensor(), out.dtype)));
        }
        return contracted(*this, terms, floats);
      });
    }
    Values wide;
    for (std::size_t i = 0; i < x.size(); ++i) wide.push_back(Value(cast(x[i], DType::kInt64)));
    return {cast(contracted(*this, terms, wide).tensor(), out.dtype)};
  }

 private:
  const Self& self() const { return static_cast<const Self&>(*this); }
};

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

struct Outer final : OpOf<Outer> {
  static constexpr std::string_view kName = "Outer";
  static constexpr std::size_t kInputs = 2;
  static std::int64_t count(const Shape& shape) { return shape.is_known() ? shape.size() : kNone; }
  Spec spec(const Given& x) const {
    return {{count(x[0].shape()), count(x[1].shape())}, result_type(x[0].dtype(), x[1].dtype())};
  }
  Result compute(const Arguments& x) const {
    return composed(x, [](const Values& in) {
      return multiply(reshape(in[0], {-1, 1}), reshape(in[1], {1, -1}));
    });
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

OpEntries products_ops() { return op_entries<Dot, Inner, Tensordot, Einsum, Outer, Vdot>(); }

Value dot(const Value& x1, const Value& x2) { return on(Dot(), {x1, x2}); }
Value inner(const Value& x1, const Value& x2) { return on(Inner(), {x1, x2}); }
Value outer(const Value& x1, const Value& x2) { return on(Outer(), {x1, x2}); }
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
