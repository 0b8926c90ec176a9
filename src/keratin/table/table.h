// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "keratin/kernels/rows.h"

namespace keratin::table {

/// V rows of D floats that are found by id: what a lookup knows of a table, whatever it is kept as.
/// Its kinds: RowStorage, which optimizers train; PackedTable, of integer codes; LowRankTable, one
/// and a product of two thin matrices.
///
/// Ids are int32 or int64 and were checked. Threads: all of this is safe from any number of
/// threads.
class Table {
 public:
  virtual ~Table() = default;
  virtual std::int64_t rows() const = 0;
  virtual std::int64_t width() const = 0;

  /// out[i] = row ids[i] as it is now.
  virtual void read(const std::int32_t* ids, std::int64_t count, float* out) const = 0;
  virtual void read(const std::int64_t* ids, std::int64_t count, float* out) const = 0;
  /// kernels::reduce_rows on the rows as they are now; with `weights`, of a sum,
  /// kernels::sum_weighted_rows. Works on the thread that calls it.
  virtual void reduce(kernels::Reduction reduction, const std::int32_t* ids,
                      const std::int64_t* first, std::int64_t bags, float* out,
                      const float* weights = nullptr) const = 0;
  virtual void reduce(kernels::Reduction reduction, const std::int64_t* ids,
                      const std::int64_t* first, std::int64_t bags, float* out,
                      const float* weights = nullptr) const = 0;
  /// Before reduce() is called for parts of a batch: makes reading these rows cheap, however often
  /// it happens. Nothing that could be read changes.
  virtual void advance(const std::int32_t* /*ids*/, std::int64_t /*count*/) const {}
  virtual void advance(const std::int64_t* /*ids*/, std::int64_t /*count*/) const {}
  /// Another number after anything that may have changed what read() gives.
  virtual std::uint64_t version() const { return 0; }
};

}  // namespace keratin::table
