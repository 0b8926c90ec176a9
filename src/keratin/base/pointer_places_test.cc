// SPDX-License-Identifier: Apache-2.0
#include "keratin/base/pointer_places.h"

#include <cstddef>
#include <vector>

#include <gtest/gtest.h>

namespace keratin {
namespace {

TEST(PointerPlaces, AreThoseOfTheirAddition) {
  const std::vector<double> objects(3000);
  PointerPlaces places;
  for (int round = 0; round < 2; ++round) {  // cleared, it begins anew
    EXPECT_EQ(places.find(&objects[0]), PointerPlaces::kNone);
    for (std::size_t count = 1; count < objects.size(); ++count) {
      // Neighbours and others in turn: from both ends.
      const std::size_t i = count % 2 == 0 ? count / 2 : objects.size() - 1 - count / 2;
      EXPECT_EQ(places.find(&objects[i]), PointerPlaces::kNone);
      places.add(&objects[i]);
      EXPECT_EQ(places.size(), count);
      if (count > 40 && count % 100 != 0) continue;
      for (std::size_t known = 1; known <= count; ++known) {
        const std::size_t at = known % 2 == 0 ? known / 2 : objects.size() - 1 - known / 2;
        ASSERT_EQ(places.find(&objects[at]), known - 1);
      }
    }
    EXPECT_EQ(places.find(nullptr), PointerPlaces::kNone);
    places.clear();
  }
}

}  // namespace
}  // namespace keratin
