// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>

#include "keratin/cli/command_line.h"

namespace keratin::cli {

/// Declares the commands that take a model: their options go to `line`, which must outlive `app`.
void add_model_commands(CLI::App& app, CommandLine& line);

}  // namespace keratin::cli
