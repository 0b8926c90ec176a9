// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "keratin/formats/hdf5/writer.h"
#include "keratin/saving/weight_paths.h"
#include "keratin/tensor/tensor.h"

namespace keratin::saving {

/// An HDF5 file as Keras 3 has it in its archives and as `.weights.h5`: weights by path
/// (weight_paths.h), and the optimizer's state where there is one. The weights must outlive the
/// writer. Not installed.
formats::hdf5::Writer weights_writer(const WeightPaths& paths, std::vector<Tensor> optimizer_state);

}  // namespace keratin::saving
