// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "keratin/base/config.h"

/// Which functions of TensorFlow tf_functions.h knows, and what they are in Keras 3. Not installed.
namespace keratin::saving::tf {

enum class Kind { kValue, kOption, kFixed };

/// An argument behind the first.
struct Argument {
  std::string_view name;
  Kind kind = Kind::kValue;
  std::string_view option = {};  // its name in Keras 3; empty: the same
  Config otherwise = {};  // of an option: what a call without it means; kFixed: all it may be
};

/// What a call of a function says, in Keras 3's words.
struct Call {
  std::string name;  // of the layer
  Config::List values;
  Config options = Config::dict();
};

struct Function {
  std::string_view name;        // in TensorFlow, without "tf." and "compat.v1."
  std::string_view class_name;  // of the operation that it is, in Keras 3
  std::vector<Argument> arguments = {};
  Config::List (*made)(Call) = nullptr;  // where it is more than that
};

/// All of them.
const std::vector<Function>& functions();

/// What config["layers"] of Keras 3 has for an operation of that class, called on these values.
Config entry_of(std::string_view class_name, const std::string& name, Config options,
                Config::List values);

/// A value of the model, in those: that output of that call of the layer.
Config tensor_of(const Config& name, const Config& call, const Config& output);

}  // namespace keratin::saving::tf
