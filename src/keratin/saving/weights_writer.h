// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "keratin/formats/hdf5/writer.h"
#include "keratin/saving/weight_paths.h"
#include "keratin/tensor/tensor.h"

namespace keratin::saving {

/// Its numbers as they lie in memory.
std::span<const std::byte> bytes_of(const Tensor& tensor);

/// The values of a weight as they are now, as float32. A table that is drawn on demand, or is
/// stored in 16 bits, is written some rows at a time: it is never there whole, and no row comes
/// into use.
void write_numbers(formats::Sink& sink, const Variable& weight);

/// Plans an array of an HDF5 file; of a weight, float32, with the values that it has when the file
/// is written.
void add_weight(formats::hdf5::Writer& writer, const std::string& path,
                std::shared_ptr<Variable> weight);
void add_tensor(formats::hdf5::Writer& writer, const std::string& path, Tensor tensor);

/// An HDF5 file as Keras 3 has it in its archives and as `.weights.h5`: weights by path
/// (weight_paths.h), and the optimizer's state where there is one. The weights must outlive the
/// writer. Not installed.
formats::hdf5::Writer weights_writer(const WeightPaths& paths, std::vector<Tensor> optimizer_state);

}  // namespace keratin::saving
