// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "keratin/base/config.h"
#include "keratin/formats/hdf5/writer.h"
#include "keratin/saving/weight_paths.h"
#include "keratin/tensor/tensor.h"

namespace keratin::saving {

/// The state of an optimizer, as a legacy file has it.
struct NamedState {
  std::vector<std::string> names;
  std::vector<Tensor> tensors;  // one a name
};

/// A whole model as HDF5 of Keras 2's kind: `config` and, unless it is null, `compile_config` as
/// Keras 3 has them. The weights must outlive the writer. Not installed.
formats::hdf5::Writer legacy_writer(const Config& config, const Config& compile_config,
                                    const WeightPaths& paths, NamedState state);

}  // namespace keratin::saving
