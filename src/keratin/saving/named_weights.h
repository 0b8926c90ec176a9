// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "keratin/formats/array.h"
#include "keratin/formats/bytes.h"
#include "keratin/formats/sink.h"
#include "keratin/saving/weights_reader.h"

/// Weights by their names alone: safetensors and npz. Not installed.
namespace keratin::saving {

using NamedArrays = std::vector<std::pair<std::string, formats::Array>>;

/// Weights are written by Keras's paths, "sequential/dense/kernel"; of equal ones by number behind
/// it. They are read by those, or by the places of Keras 3's files, "layers/dense/vars/0". Throws
/// FormatError that names `file` and the first weight that is not there, or has another shape.
/// Arrays that no weight asks for are odd.
ReadWeights read_named_weights(const formats::Bytes& file, const NamedArrays& arrays,
                               const WeightPaths& paths, const ReadOptions& options);

/// As the ending of `path` says, `.safetensors` or `.npz`. Throws FileError; then the file that was
/// there is as before.
void write_named_weights(const std::string& path, bool overwrite, const WeightPaths& paths);

}  // namespace keratin::saving
