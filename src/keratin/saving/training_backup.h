// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "keratin/models/model.h"
#include "keratin/saving/weight_paths.h"
#include "keratin/trainers/run_state.h"

/// A run of fit in a file: a `.weights.h5`, which Keras reads, and beside the weights a group
/// "keratin_run" that Keras passes over. Not installed.
namespace keratin::saving {

/// Writes the weights, the state of the optimizer (`with_optimizer`), what random layers draw from,
/// and `run`. The file takes its place when it is whole. Throws FileError.
void write_backup(const std::string& path, const models::Model& model, const WeightPaths& paths,
                  const trainers::RunState& run, bool with_optimizer = true);

/// Gives the model what write_backup() was given; the run is empty where the file is of Keras.
/// Throws FileError, and FormatError for what does not fit the model, which is as before then.
trainers::RunState read_backup(const std::string& path, models::Model& model,
                               const WeightPaths& paths, bool with_optimizer = true);

}  // namespace keratin::saving
