// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "keratin/table/table.h"
#include "keratin/tensor/tensor.h"

namespace keratin::table {

/// Rows of one table plus `scale` times a row of another, (V, r), multiplied by a matrix (r, D): a
/// table with its LoRA update, which is nowhere stored. Hu et al., arXiv:2106.09685.
class LowRankTable final : public Table {
 public:
  /// Shares all three; `right` is float32.
  LowRankTable(std::shared_ptr<const Table> table, std::shared_ptr<const Table> left, Tensor right,
               float scale)
      : table_(std::move(table)), left_(std::move(left)), right_(std::move(right)), scale_(scale) {}

  std::int64_t rows() const override { return table_->rows(); }
  std::int64_t width() const override { return table_->width(); }
  void read(const std::int32_t* ids, std::int64_t count, float* out) const override;
  void read(const std::int64_t* ids, std::int64_t count, float* out) const override;
  void reduce(kernels::Reduction reduction, const std::int32_t* ids, const std::int64_t* first,
              std::int64_t bags, float* out, const float* weights = nullptr) const override;
  void reduce(kernels::Reduction reduction, const std::int64_t* ids, const std::int64_t* first,
              std::int64_t bags, float* out, const float* weights = nullptr) const override;

 private:
  template <class Id>
  void read_any(const Id* ids, std::int64_t count, float* out) const;
  template <class Id>
  void reduce_any(kernels::Reduction reduction, const Id* ids, const std::int64_t* first,
                  std::int64_t bags, float* out, const float* weights) const;

  std::shared_ptr<const Table> table_, left_;
  Tensor right_;
  float scale_;
};

}  // namespace keratin::table
