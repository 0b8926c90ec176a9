// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace keratin {

/// "GlobalAveragePooling1D" -> "global_average_pooling1d", as Keras's to_snake_case.
std::string to_snake_case(std::string_view class_name);

/// A name for an object of that class, unique in the process: "embedding", "embedding_1", ...
/// Keras: `auto_name`. Threads: safe.
std::string auto_name(std::string_view class_name);

/// Starts all counters again, as `keras.utils.clear_session` does. Threads: safe.
void reset_auto_names();

}  // namespace keratin
