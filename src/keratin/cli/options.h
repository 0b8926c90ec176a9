// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>

#include <CLI/CLI.hpp>

#include "keratin/base/error.h"
#include "keratin/cli/data_file.h"
#include "keratin/cli/failure.h"
#include "keratin/cli/numbers.h"

/// How options of a command are declared.
namespace keratin::cli {

inline constexpr std::int64_t kMost = 1000000000;
inline constexpr std::int64_t kWidest =
    1 << 20;  // of a layer, a text, a batch: beyond it a slip of the finger

template <class T>
struct Inner {
  using type = T;
};
template <class T>
struct Inner<std::optional<T>> {
  using type = T;
};

template <class T>
void read_number(const char* name, const std::string& text, T lowest, T highest, auto& target) {
  constexpr bool is_whole = std::is_integral_v<T>;
  const auto number = [&] {
    if constexpr (is_whole) {
      return whole_number(text);
    } else {
      return real_number(text);
    }
  }();
  if (!number || *number < lowest || *number > highest) {
    throw UsageError(str(name, ": expected a ", is_whole ? "whole number" : "number", " from ",
                         lowest, " to ", highest, ". Received: '", text, "'."));
  }
  target = static_cast<T>(*number);
}

/// An option that is a number from `lowest` to `highest`, all of it (numbers.h).
template <class Target, class T = typename Inner<Target>::type>
void add_number(CLI::App& command, const char* name, Target& target, std::type_identity_t<T> lowest,
                std::type_identity_t<T> highest, const char* help) {
  CLI::Option* option = command.add_option_function<std::string>(
      name,
      [=, &target](const std::string& text) {
        read_number<T>(name, text, lowest, highest, target);
      },
      help);
  option->type_name(std::is_integral_v<T> ? "INT" : "NUMBER");
  if constexpr (std::is_same_v<T, Target>) option->default_str(str(target));
}

/// What says how a file of labelled texts is read.
inline void add_data_file(CLI::App& command, DataFileOptions& data) {
  command
      .add_option("--format", data.format, "Where neither the file's name nor its contents tell")
      ->check(CLI::IsMember({"tsv", "csv", "jsonl", "fasttext"}));
  command.add_option(
      "--text-column", data.columns.text,
      "The column of the texts, by name or number from 1; by default found by looking");
  command.add_option("--label-column", data.columns.label, "The column of the labels, likewise");
}

}  // namespace keratin::cli
