// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace keratin {

/// How near two vectors are: their product; that over both lengths, 0 where one of them is 0; or
/// the Euclidean distance, of which less is nearer.
enum class Similarity { kDot, kCosine, kDistance };

}  // namespace keratin
