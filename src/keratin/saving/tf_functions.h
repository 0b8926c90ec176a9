// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

#include "keratin/base/config.h"

/// What tf.keras makes of TensorFlow's functions, operators and slices between layers, as
/// operations of Keras 3. Not installed.
namespace keratin::saving {

/// Whether a layer of tf.keras stands for such a function: TFOpLambda, SlicingOpLambda.
bool stands_for_tf_function(std::string_view class_name);

/// Those that there is an operation for, without "tf." and "compat.v1.".
std::vector<std::string_view> tf_function_names();

/// The entries of config["layers"] that do what this one does, in their order; the last has its
/// name. Nothing is looked up or run by what the file says: a closed list has the functions, with
/// every argument that they take.
///
/// Throws std::invalid_argument, naming the function and the argument, for a function that is not
/// on the list, an argument that it does not take here, and a value of the model where a number
/// must stand.
Config::List ops_for_tf_function(const Config& entry);

}  // namespace keratin::saving
