// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string_view>
#include <vector>

#include "fuzz/files.h"
#include "fuzz/runs.h"

#include "keratin/base/error.h"
#include "keratin/base/format_error.h"

/// Gives broken files to every reader of formats/: fuzz/README.md.
namespace {

using namespace keratin;

/// What the readers may do with any bytes. Returns whether they refused them.
bool is_refused(const fuzz::Kind& kind, const std::string& bytes) {
  try {
    kind.read(formats::Bytes::view(std::as_bytes(std::span(bytes)), "mutant"));
    return false;
  } catch (const FormatError& error) {
    if (std::string_view(error.what()).size() > kLongestMessage) std::abort();
    return true;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: threw what is no FormatError: %s\n", kind.name, error.what());
    std::abort();
  }
}

}  // namespace

int main(int argc, char** argv) {
  const auto runs = fuzz::Runs::from(argc, argv, {.runs = 20'000});
  std::vector<fuzz::Sample> samples = fuzz::samples();
  if (!runs.samples.empty()) {  // for tests/files/oracle.py
    for (const fuzz::Sample& sample : samples) fuzz::write_sample(sample, runs.samples);
    return 0;
  }
  for (const std::string& folder : runs.corpus) fuzz::add_folder(samples, folder);
  std::uint64_t refused = 0;
  const std::uint64_t done = runs.repeat([&](fuzz::Dice& dice) {
    const fuzz::Sample& sample = samples[fuzz::below(dice, samples.size())];
    const std::uint64_t seed = dice();
    if (runs.is_verbose) {
      std::printf("%llu %s\n", static_cast<unsigned long long>(seed), sample.name.c_str());
      std::fflush(stdout);
    }
    refused += is_refused(*sample.kind, fuzz::mutated(sample, seed)) ? 1 : 0;
    return true;
  });
  std::printf("%llu files of %zu samples, %llu refused\n", static_cast<unsigned long long>(done),
              samples.size(), static_cast<unsigned long long>(refused));
  return refused > 0 && refused < done ? 0 : 1;
}
