// SPDX-License-Identifier: Apache-2.0
#include "keratin/ops/contraction.h"

#include <cstddef>
#include <utility>

#include "keratin/ops/arithmetic.h"
#include "keratin/ops/axes.h"
#include "keratin/ops/matmul.h"
#include "keratin/ops/reductions.h"
#include "keratin/ops/shapes.h"

namespace keratin::ops {
namespace {

bool is_ellipsis(int label) { return label < 0; }

template <class Operands>
Shape sizes(const Operation& op, const Labels& labels, const Terms& terms,
            const Operands& operands) {
  Shape result;
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
    result.push_back(size);
  }
  return result;
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
  b = without(b, gone_right);
  // As a matrix product may take it: no copy of what lies that way.
  const bool transposed = !summed.empty() && b.labels == joined(batch, right, summed);
  if (!transposed) b = in_order(b, joined(batch, summed, right));
  const std::size_t shared = batch.size();
  const std::size_t first_right = transposed ? shared : shared + summed.size();
  Shape shape;
  for (std::size_t i = 0; i < shared + left.size(); ++i) shape.push_back(a.value.shape()[i]);
  for (std::size_t i = 0; i < right.size(); ++i) shape.push_back(b.value.shape()[first_right + i]);
  const std::int64_t stack = size_of_axes(a, 0, shared);
  const std::int64_t rows = size_of_axes(a, shared, shared + left.size());
  const std::int64_t inner = size_of_axes(a, shared + left.size(), a.labels.size());
  const std::int64_t columns = size_of_axes(b, first_right, first_right + right.size());
  const Value x = reshape(a.value, {stack, rows, inner});
  const Value y = reshape(b.value, transposed ? std::vector{stack, columns, inner}
                                              : std::vector{stack, inner, columns});
  // Nothing to sum over: every element by every other is no work for a matrix product.
  const Value z = summed.empty() ? multiply(x, y)
                  : transposed   ? matmul_transposed(x, y)
                                 : matmul(x, y);
  return {reshape(z, std::vector<std::int64_t>(shape.begin(), shape.end())),
          joined(batch, left, right)};
}

}  // namespace

Shape sizes_of(const Operation& op, const Labels& labels, const Terms& terms,
               const Given& operands) {
  return sizes(op, labels, terms, operands);
}

Value contracted(const Operation& op, const Terms& terms, const Values& operands) {
  Labels all;
  for (const Labels& labels : terms.in) {
    for (const int label : labels) {
      if (!has(all, label)) all.push_back(label);
    }
  }
  const Shape known = sizes(op, all, terms, operands);
  const auto operand = [&](std::size_t i) {
    return simple({operands[i], terms.in[i]}, all, known);
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

}  // namespace keratin::ops
