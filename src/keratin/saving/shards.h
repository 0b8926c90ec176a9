// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "keratin/formats/bytes.h"
#include "keratin/saving/named_weights.h"
#include "keratin/saving/weight_paths.h"
#include "keratin/tensor/tensor.h"

/// Weights in several HDF5 files beside each other, the shards, and an index that says where each
/// group stands: `NAME.weights.json` with `NAME_00000.weights.h5` ... docs/formats/keras.md. Not
/// installed.
namespace keratin::saving {

/// Whether a JSON text is such an index.
bool is_shard_index(const formats::Bytes& json);

/// The arrays of all shards by their places, "layers/dense/vars/0". `folder`: of the index; shards
/// that lie elsewhere are refused. Throws FormatError that names the file, and FileError for a
/// shard that is not there.
NamedArrays read_shards(const formats::Bytes& index, const std::string& folder);

/// Writes what weights_writer() writes, in shards of `max_gigabytes` times 2^30 bytes of arrays at
/// most. Shards are new files, and the index takes its place when they are whole: whoever opens
/// the index, at any moment, finds the old weights or the new ones; then the shards of the old
/// index are removed. Throws FileError, and std::invalid_argument where the path does not end in
/// `.weights.json`, is taken and must not be overwritten, or an array is larger than a shard.
void write_shards(const std::string& path, bool overwrite, const WeightPaths& paths,
                  std::vector<Tensor> optimizer_state, double max_gigabytes);

}  // namespace keratin::saving
