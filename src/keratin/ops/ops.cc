// SPDX-License-Identifier: Apache-2.0
#include "keratin/ops/ops.h"

#include "keratin/ops/define.h"

namespace keratin::ops {
namespace {

const NamedList<const Op>& list() {
  static const NamedList<const Op> all("keras.ops", "operation", [] {
    OpEntries entries;
    for (const OpEntries& unit : {elementwise_ops(),    rounding_ops(),     cast_ops(),
                                  arithmetic_ops(),     comparison_ops(),   activation_ops(),
                                  one_hot_ops(),        crossentropy_ops(), ctc_ops(),
                                  digitize_ops(),       reductions_ops(),   choices_ops(),
                                  shapes_ops(),         slices_ops(),       joins_ops(),
                                  repeats_ops(),        places_ops(),       scatters_ops(),
                                  matmul_ops(),         products_ops(),     scans_ops(),
                                  sorting_ops(),        statistics_ops(),   making_ops(),
                                  outer_products_ops(), quantiles_ops(),    bits_ops()})
      entries.insert(entries.end(), unit.begin(), unit.end());
    return entries;
  }());
  return all;
}

}  // namespace

std::span<const NamedEntry<const Op>> entries() { return list().entries(); }
std::shared_ptr<const Op> deserialize(const Config& config) { return list().deserialize(config); }
Config serialize(const Op& op) { return list().serialize(op.class_name(), op.get_config()); }

}  // namespace keratin::ops
