// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "keratin/base/configured.h"
#include "keratin/layers/rnn/cell.h"

namespace keratin::layers {

struct StackedRNNCellsOptions {
  std::vector<Identifier<Layer>> cells = {};  // Cells, one or more; must be given
  std::optional<std::string> name = {};
  bool trainable = true;
};

/// Cells one behind another as one cell: each is given the output of the one before it.
///   input    (B, ...), and "states", those of each cell one behind another
///   outputs  that of the last cell, and the states of all
class StackedRNNCells final
    : public Configured<StackedRNNCells, StackedRNNCellsOptions, LayerOf<StackedRNNCells, Cell>> {
 public:
  static constexpr std::string_view kName = "StackedRNNCells";
  /// Throws std::invalid_argument for no cell, and what is none (cell_from()).
  explicit StackedRNNCells(const StackedRNNCellsOptions& options);

  const std::vector<std::shared_ptr<Cell>>& cells() const { return cells_; }
  std::vector<std::int64_t> state_sizes() const override;
  std::int64_t output_size() const override { return cells_.back()->output_size(); }
  Values get_initial_state(std::int64_t batch_size, Pass& pass) const override;
  std::optional<DType> input_dtype() const override { return cells_.front()->input_dtype(); }
  std::size_t rank_of_step() const override { return cells_.front()->rank_of_step(); }
  Shape compute_output_shape(const Shape& input_shape) const override;
  Values call(const Inputs& inputs, Pass& pass) const override;
  std::vector<std::shared_ptr<Layer>> parts() const override;
  std::string_view name_of_part(std::size_t i) const override { return names_.at(i); }
  std::vector<std::int64_t> chance() const override;

 protected:
  /// The whole sequence through one cell after the other.
  Values over_steps(const Value& x, const Value& mask, const Values& states,
                    const SequenceOptions& options, Pass& pass) const override;

 private:
  void build_weights(const Shape& input_shape) override;
  void take_chance(const std::vector<std::int64_t>& chance) override;

  std::vector<std::shared_ptr<Cell>> cells_;
  std::vector<std::string> names_;
};

}  // namespace keratin::layers
