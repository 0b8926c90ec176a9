// SPDX-License-Identifier: Apache-2.0
#include "keratin/random/process_state.h"

#include <cstdint>
#include <stdexcept>
#include <vector>

#include <gtest/gtest.h>

#include "keratin/base/seed.h"
#include "keratin/random/seed_generator.h"

namespace keratin::random {
namespace {

struct Drawn {
  std::vector<std::int64_t> seeds;
  std::vector<std::uint32_t> keys;
  bool operator==(const Drawn&) const = default;
};

Drawn drawn() {
  Drawn drawn;
  for (int i = 0; i < 700; ++i) drawn.seeds.push_back(make_default_seed());
  for (int i = 0; i < 5; ++i) {
    const Key key = next_global_key();
    drawn.keys.insert(drawn.keys.end(), {key.a, key.b});
  }
  return drawn;
}

TEST(ProcessState, GoesOnAsItWouldHave) {
  for (const bool has_drawn : {false, true}) {
    set_random_seed(3);
    make_default_seed();
    if (has_drawn) next_global_key();
    const Tensor state = process_state();
    const Drawn wanted = drawn();
    EXPECT_NE(drawn(), wanted);
    set_process_state(state);
    EXPECT_EQ(drawn(), wanted);
    set_random_seed(99);  // as another process, which was given another seed or none
    next_global_key();
    set_process_state(state);
    EXPECT_EQ(drawn(), wanted);
  }
}

TEST(ProcessState, RefusesOtherNumbers) {
  set_random_seed(3);
  const Tensor state = process_state();
  for (const std::size_t count : {0U, 3U, 100U}) {
    EXPECT_THROW(set_process_state(Tensor::from(std::vector<std::uint32_t>(count, 1))),
                 std::invalid_argument);
  }
  const Drawn wanted = drawn();
  set_process_state(state);
  EXPECT_EQ(drawn(), wanted);
}

}  // namespace
}  // namespace keratin::random
