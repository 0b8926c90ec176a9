// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "keratin/base/named_list.h"
#include "keratin/losses/categorical_losses.h"
#include "keratin/losses/circle.h"
#include "keratin/losses/ctc.h"
#include "keratin/losses/custom_loss.h"
#include "keratin/losses/hinge_losses.h"
#include "keratin/losses/probabilistic_losses.h"
#include "keratin/losses/ranking_losses.h"
#include "keratin/losses/regression_losses.h"
#include "keratin/losses/segmentation_losses.h"
#include "keratin/losses/sparse_losses.h"

namespace keratin::losses {

/// Every loss that a name or a file can choose.
std::span<const NamedEntry<const Loss>> entries();

}  // namespace keratin::losses
