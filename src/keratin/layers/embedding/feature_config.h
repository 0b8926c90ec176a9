// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "keratin/base/config.h"
#include "keratin/base/identifier.h"
#include "keratin/base/shape.h"
#include "keratin/initializers/initializer.h"
#include "keratin/optimizers/optimizer.h"

/// What a DistributedEmbedding is made of.
namespace keratin::layers {

/// A table. KerasRS: `keras_rs.layers.TableConfig`.
struct TableConfig {
  std::string name = {};             // must be given; of no two tables of a layer the same
  std::int64_t vocabulary_size = 0;  // V; must be given
  std::int64_t embedding_dim = 0;    // D; must be given
  /// None: VarianceScaling(mode="fan_out").
  Identifier<const initializers::Initializer> initializer = {};
  /// What trains the table, whatever the model is compiled with. None: what that is compiled with.
  Identifier<optimizers::Optimizer> optimizer = "adam";
  std::string combiner = "mean";   // or "sum", "sqrtn": as EmbedReduce has it
  std::string placement = "auto";  // or "default_device", which is the same on one machine
  /// Sizes of buffers of TPUs, which have no part in any number here: they stay in the config.
  std::int64_t max_ids_per_partition = 256;
  std::int64_t max_unique_ids_per_partition = 256;
};

/// What is looked up in a table, which features may share. KerasRS:
/// `keras_rs.layers.FeatureConfig`.
struct FeatureConfig {
  std::string name = {};                          // must be given
  std::shared_ptr<const TableConfig> table = {};  // must be given
  Shape input_shape = {};   // (B, T) of bags of T ids, or (B) of one id each; kNone: any
  Shape output_shape = {};  // (B, D)
};

Config to_config(const TableConfig& table);
void from_config(const Config& config, TableConfig& table);

}  // namespace keratin::layers
