// SPDX-License-Identifier: Apache-2.0
#include "keratin/tensor/gradients.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/parallel/parallel.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin {
namespace {

std::string words(const Tensor& gradient) {
  return gradient ? str(to_string(gradient.dtype()), " of shape ", gradient.shape()) : "none";
}

void check(const Variable& variable, const Tensor& gradient) {
  if (!gradient || gradient.dtype() != DType::kFloat32 || gradient.shape() != variable.shape()) {
    invalid_argument(variable.path(), "its gradient must be float32 of shape ", variable.shape(),
                     ". Received: ", words(gradient));
  }
}

/// Whether the ids ascend, and are rows.
bool ascend(const std::vector<std::int64_t>& ids, std::int64_t rows) {
  constexpr std::int64_t kIdsPerTask = 1 << 15;
  if (ids.empty()) return true;
  if (ids.front() < 0 || ids.back() >= rows) return false;
  std::atomic<bool> all = true;
  parallel::for_chunks(static_cast<std::int64_t>(ids.size()) - 1, kIdsPerTask,
                       [&, id = ids.data()](std::int64_t begin, std::int64_t end) {
                         bool good = true;
                         for (std::int64_t i = begin; i < end; ++i) good &= id[i] < id[i + 1];
                         if (!good) all.store(false, std::memory_order_relaxed);
                       });
  return all.load(std::memory_order_relaxed);
}

void check(const Variable& variable, const SparseRows& rows) {
  const Shape& shape = variable.shape();
  const auto count = static_cast<std::int64_t>(rows.ids.size());
  if (shape.rank() != 2 || !rows.values || rows.values.dtype() != DType::kFloat32 ||
      rows.values.shape() != shape.with_batch(count)) {
    invalid_argument(variable.path(), "a gradient of ", count, " rows must be float32 of shape (",
                     count, ", D), for a weight of shape (V, D). Received: ", words(rows.values),
                     ", for a weight of shape ", shape);
  }
  if (ascend(rows.ids, shape[0])) return;
  std::int64_t last = -1;
  for (const std::int64_t id : rows.ids) {
    if (id < 0 || id >= shape[0]) {
      out_of_range(variable.path(), "a gradient names a row outside [0, ", shape[0],
                   "). Received: ", id);
    }
    if (id <= last) {
      invalid_argument(variable.path(), "the rows of a gradient must ascend. Received: ", id,
                       " after ", last);
    }
    last = id;
  }
}

/// Others may have the elements that were taken over.
std::span<float> own_elements(Tensor& gradient) {
  if (!TensorAccess::is_alone(gradient)) gradient = copy_of(gradient);
  return gradient.data<float>();
}

void add_to(Tensor& sum, const Tensor& more) {
  const auto from = more.data<float>();
  const auto to = own_elements(sum);
  for (std::size_t i = 0; i < to.size(); ++i) to[i] += from[i];
}

void add_to(Tensor& sum, const SparseRows& rows) {
  const auto from = rows.values.data<float>();
  const auto to = own_elements(sum);
  const auto width = static_cast<std::size_t>(sum.shape().back());
  for (std::size_t i = 0; i < rows.ids.size(); ++i) {
    float* row = to.data() + static_cast<std::size_t>(rows.ids[i]) * width;
    for (std::size_t d = 0; d < width; ++d) row[d] += from[i * width + d];
  }
}

}  // namespace

void Gradients::add(const Variable& variable, Tensor gradient) {
  check(variable, gradient);
  auto* const found = const_cast<Entry*>(find(variable));
  if (found == nullptr) {
    append({&variable, std::move(gradient), {}});
  } else if (found->dense) {
    add_to(found->dense, gradient);
  } else {
    add_to(gradient, found->rows);
    found->dense = std::move(gradient);
    found->rows = {};
  }
}

void Gradients::add(const Variable& variable, SparseRows rows) {
  check(variable, rows);
  auto* const found = const_cast<Entry*>(find(variable));
  if (found == nullptr) {
    append({&variable, {}, std::move(rows)});
  } else if (found->dense) {
    add_to(found->dense, rows);
  } else {
    found->rows = sum_of(found->rows, rows, variable.shape().back());
  }
}

const Gradients::Entry* Gradients::find(const Variable& variable) const {
  const std::size_t place = places_.find(&variable);
  return place == PointerPlaces::kNone ? nullptr : &entries_[place];
}

void Gradients::append(Entry entry) {
  make_room(entries_);
  places_.add(entry.variable);
  entries_.push_back(std::move(entry));
}

}  // namespace keratin
