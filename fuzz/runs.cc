// SPDX-License-Identifier: Apache-2.0
#include "fuzz/runs.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace keratin::fuzz {

Runs Runs::from(int argc, char** argv, Runs defaults) {
  Runs runs = std::move(defaults);
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    const char* value = i + 1 < argc ? argv[i + 1] : "";
    if (name == "--verbose") {
      runs.is_verbose = true;
    } else if (++i; name == "--runs") {
      runs.runs = std::strtoull(value, nullptr, 10);
    } else if (name == "--seconds") {
      runs.seconds = std::strtod(value, nullptr);
    } else if (name == "--seed") {
      runs.seed = std::strtoull(value, nullptr, 10);
    } else if (name == "--corpus") {
      runs.corpus.emplace_back(value);
    } else if (name == "--samples") {
      runs.samples = value;
    } else {
      std::fprintf(
          stderr,
          "--runs N, --seconds S, --seed N, --corpus FOLDER, --verbose, --samples FOLDER\n");
      std::exit(2);
    }
  }
  return runs;
}

std::uint64_t Runs::repeat(const std::function<bool(Dice&)>& run) const {
  const auto begin = std::chrono::steady_clock::now();
  Dice dice(seed);
  for (std::uint64_t done = 0; done < runs; ++done) {
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - begin;
    if (passed.count() > seconds) return done;
    if (!run(dice)) return done + 1;
  }
  return runs;
}

}  // namespace keratin::fuzz
