// SPDX-License-Identifier: Apache-2.0
#include "keratin/table/row_gradient.h"

#include <array>
#include <cstring>
#include <utility>

#include "keratin/parallel/parallel.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::table {
namespace {

struct Entry {
  std::int64_t id;
  std::int64_t position;
};

/// Stable, least significant digit first; digits of 8 bits, as many as the largest id has.
void radix_sort(std::vector<Entry>& entries, std::int64_t rows) {
  std::vector<Entry> other(entries.size());
  const auto largest = static_cast<std::uint64_t>(rows - 1);
  for (int shift = 0; shift < 64 && (largest >> shift) != 0; shift += 8) {
    std::array<std::size_t, 257> start{};
    const auto digit = [shift](const Entry& e) {
      return static_cast<std::size_t>((e.id >> shift) & 255);
    };
    for (const Entry& e : entries) ++start[digit(e) + 1];
    for (std::size_t d = 0; d < 256; ++d) start[d + 1] += start[d];
    for (const Entry& e : entries) other[start[digit(e)]++] = e;
    entries.swap(other);
  }
}

}  // namespace

UniqueRows unique_rows(const std::int64_t* ids, std::int64_t count, std::int64_t rows) {
  std::vector<Entry> entries(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i) entries[static_cast<std::size_t>(i)] = {ids[i], i};
  radix_sort(entries, rows);

  UniqueRows unique;
  unique.positions.resize(entries.size());
  unique.inverse.resize(entries.size());
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (i == 0 || entries[i].id != entries[i - 1].id) {
      unique.ids.push_back(entries[i].id);
      unique.first.push_back(static_cast<std::int64_t>(i));
    }
    unique.positions[i] = entries[i].position;
    unique.inverse[static_cast<std::size_t>(entries[i].position)] =
        static_cast<std::int64_t>(unique.ids.size()) - 1;
  }
  unique.first.push_back(count);
  return unique;
}

SparseRows sum_rows(const UniqueRows& unique, const float* gradient, std::int64_t width) {
  const auto count = static_cast<std::int64_t>(unique.ids.size());
  Tensor values = uninitialized({count, width});
  float* out = values.data<float>().data();
  const std::size_t bytes = static_cast<std::size_t>(width) * sizeof(float);
  constexpr std::int64_t kRowsPerTask = 1024;
  parallel::for_chunks(count, kRowsPerTask, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      float* sum = out + row * width;
      const std::int64_t* position =
          unique.positions.data() + unique.first[static_cast<std::size_t>(row)];
      const std::int64_t* last =
          unique.positions.data() + unique.first[static_cast<std::size_t>(row) + 1];
      std::memcpy(sum, gradient + *position * width, bytes);
      while (++position != last) {
        const float* more = gradient + *position * width;
        for (std::int64_t d = 0; d < width; ++d) sum[d] += more[d];
      }
    }
  });
  return {unique.ids, std::move(values)};
}

}  // namespace keratin::table
