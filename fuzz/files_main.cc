// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/files.h"

#include "keratin/base/error.h"
#include "keratin/base/format_error.h"

/// Gives broken files to every reader of formats/: fuzz/README.md.
namespace {

using namespace keratin;

struct Options {
  std::uint64_t runs = 20'000;
  double seconds = 1e9;
  std::uint64_t seed = 1;
  bool is_verbose = false;
  std::vector<std::string> corpus;
};

/// What the readers may do with any bytes.
int read(const fuzz::Kind& kind, const std::string& bytes) {
  try {
    kind.read(formats::Bytes::view(std::as_bytes(std::span(bytes)), "mutant"));
    return 0;
  } catch (const FormatError& error) {
    if (std::string_view(error.what()).size() > kLongestMessage) std::abort();
    return 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: threw what is no FormatError: %s\n", kind.name, error.what());
    std::abort();
  }
}

int run(const Options& options) {
  const auto begin = std::chrono::steady_clock::now();
  std::vector<fuzz::Sample> samples = fuzz::samples();
  for (const std::string& folder : options.corpus) fuzz::add_folder(samples, folder);
  fuzz::Dice dice(options.seed);
  std::uint64_t refused = 0, done = 0;
  for (; done < options.runs; ++done) {
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - begin;
    if (passed.count() > options.seconds) break;
    const fuzz::Sample& sample = samples[fuzz::below(dice, samples.size())];
    const std::uint64_t seed = dice();
    if (options.is_verbose) {
      std::printf("%llu %s\n", static_cast<unsigned long long>(seed), sample.name.c_str());
      std::fflush(stdout);
    }
    refused += static_cast<std::uint64_t>(read(*sample.kind, fuzz::mutated(sample, seed)));
  }
  std::printf("%llu files of %zu samples, %llu refused\n", static_cast<unsigned long long>(done),
              samples.size(), static_cast<unsigned long long>(refused));
  return refused > 0 && refused < done ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    const char* value = i + 1 < argc ? argv[i + 1] : "";
    if (name == "--verbose") {
      options.is_verbose = true;
    } else if (name == "--samples") {  // for tests/files/oracle.py
      for (const fuzz::Sample& sample : fuzz::samples()) fuzz::write_sample(sample, value);
      return 0;
    } else if (++i; name == "--runs") {
      options.runs = std::strtoull(value, nullptr, 10);
    } else if (name == "--seconds") {
      options.seconds = std::strtod(value, nullptr);
    } else if (name == "--seed") {
      options.seed = std::strtoull(value, nullptr, 10);
    } else if (name == "--corpus") {
      options.corpus.emplace_back(value);
    } else {
      std::fprintf(
          stderr,
          "--runs N, --seconds S, --seed N, --corpus FOLDER, --verbose, --samples FOLDER\n");
      return 2;
    }
  }
  return run(options);
}
