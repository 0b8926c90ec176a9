// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "fuzz/dice.h"

#include "keratin/formats/bytes.h"

namespace keratin::fuzz {

/// A format, and what reads all that a file of it has.
struct Kind {
  const char* name;
  void (*read)(const formats::Bytes&);
};

/// A good file.
struct Sample {
  std::string name;
  const Kind* kind;
  std::string bytes;
};

/// Files that the writers of formats/ write: small, of every kind.
std::vector<Sample> samples();
/// f(path, bytes) for the files of a folder and its folders, of 200 kB at most, in their order.
void for_each_small_file(const std::string& folder,
                         const std::function<void(const std::filesystem::path&, std::string)>& f);
/// Adds the files of a folder and its folders, of 200 kB at most, each as what its first bytes say.
void add_folder(std::vector<Sample>& samples, const std::string& folder);
void write_sample(const Sample& sample, const std::string& folder);

/// The sample with a few changes: bits, bytes, numbers, parts moved, the end cut. The same seed
/// gives the same file. Checksums of what was changed are mended now and then, so that it is looked
/// at behind them.
std::string mutated(const Sample& sample, std::uint64_t seed);

}  // namespace keratin::fuzz
